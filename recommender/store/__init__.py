"""papers.db: papers, their vectors and where they came from. The truth; all else can be made anew from it."""

from recommender.store.records import Added, Fetch, Filter, FloatArray, HalfArray, IndexFile, IntArray
from recommender.store.store import Store

__all__ = ["Added", "Fetch", "Filter", "FloatArray", "HalfArray", "IndexFile", "IntArray", "Store"]
