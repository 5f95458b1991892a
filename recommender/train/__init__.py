"""`recommend train`: a static model for one's own field, learnt from papers. See `command.train` for the recipe.

papers -> corpus (token ids) -> pairs (batches that should be near) -> loop (token vectors) -> folder and card

With `--reader`: a small transformer that reads questions for such a model. See `reader.train_reader`.

papers and pairs -> questions (what is asked of which paper) -> reading (layers and projection) -> reader.safetensors
"""

from recommender.train.command import Outcome, Settings, train
from recommender.train.reader import ReaderOutcome, ReaderSettings, train_reader

__all__ = ["Outcome", "ReaderOutcome", "ReaderSettings", "Settings", "train", "train_reader"]
