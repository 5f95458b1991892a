"""From a question to ranked papers: its vector, calibrated relevance, the second look, age and diversity."""

from recommender.rank.calibration import Calibration
from recommender.rank.order import order
from recommender.rank.question import Question, Space
from recommender.rank.rerank import Reranker

__all__ = ["Calibration", "Question", "Reranker", "Space", "order"]
