"""`recommend train`: a static model for one's own field, learnt from papers. See `command.train` for the recipe.

papers -> corpus (token ids) -> pairs (batches that should be near) -> loop (token vectors) -> folder and card
"""

from recommender.train.command import Outcome, Settings, train

__all__ = ["Outcome", "Settings", "train"]
