"""From a question to ranked papers: its interests, calibrated relevance, the second look, age and diversity."""

from recommender.rank.calibration import Calibration, percent
from recommender.rank.order import order, share
from recommender.rank.question import Interest, Question, Space, in_turn, topics
from recommender.rank.rerank import Reranker
from recommender.rank.wording import Wording

__all__ = [
    "Calibration",
    "Interest",
    "Question",
    "Reranker",
    "Space",
    "Wording",
    "in_turn",
    "order",
    "percent",
    "share",
    "topics",
]
