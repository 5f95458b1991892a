"""vectors.faiss: the nearest papers, fast. A cache over the store that can always be made anew."""

from recommender.index.index import Index, IndexStatus
from recommender.index.view import products

__all__ = ["Index", "IndexStatus", "products"]
