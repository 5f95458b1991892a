"""The nearest papers, fast: an engine that can always be made anew from the store, and what is newer beside it."""

from recommender.index.base import VectorIndex
from recommender.index.index import Index, IndexStatus
from recommender.index.shared import SharedIndex

__all__ = ["Index", "IndexStatus", "SharedIndex", "VectorIndex"]
