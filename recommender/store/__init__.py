"""papers.db: papers, their vectors and where they came from. The truth; all else can be made anew from it."""

from recommender.store.faults import DamagedError, EmptyError
from recommender.store.records import Added, Fetch, Filter
from recommender.store.store import Store

__all__ = ["Added", "DamagedError", "EmptyError", "Fetch", "Filter", "Store"]
