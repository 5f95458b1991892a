"""How a query is read: what is named is looked up, what is described is ranked by meaning and by its words."""

from recommender.finding.find import Found, House, NotStoredError, by_words, find

__all__ = ["Found", "House", "NotStoredError", "by_words", "find"]
