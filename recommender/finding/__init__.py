"""How a query is read: what is named is looked up, what is described is ranked by meaning and by its words."""

from recommender.finding.find import find
from recommender.finding.found import Found, House, Kind, NotStoredError, Reading, Wanted
from recommender.finding.order import by_words

__all__ = ["Found", "House", "Kind", "NotStoredError", "Reading", "Wanted", "by_words", "find"]
