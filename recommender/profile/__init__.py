"""One reader's taste: what was liked and disliked, read from files of every kind, and how papers are scored by it."""

from recommender.profile.interests import Interests

__all__ = ["Interests"]
