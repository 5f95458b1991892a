"""FAISS as the engine: exact up to 200,000 vectors, inverted lists above, in one file mapped into memory."""

from recommender.index.faiss.engine import FaissIndex

__all__ = ["FaissIndex"]
