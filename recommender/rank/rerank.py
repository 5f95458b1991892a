"""The second look: a transformer re-scores the papers that the index's model found best.

Scores are blended, not replaced: bench/QUALITY.md shows the blend at least level with the default on every set, and the
transformer alone far below it on questions. The transformer's vectors of papers are kept in a cache, so that a second
query, or tomorrow's digest, embeds only papers never seen before.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from recommender.embed import Encoder, in_batches
from recommender.paper import Paper
from recommender.progress import Progress, silent
from recommender.vectors import FloatArray


class Cache(Protocol):
    """Where vectors of a second model are kept, by the paper's text; the store has one."""

    def read(self, model: str, papers: Sequence[Paper]) -> dict[str, FloatArray]:
        """Give the vectors kept for these papers' present text, by id."""
        ...

    def write(self, model: str, papers: Sequence[Paper], vectors: FloatArray) -> None:
        """Keep vectors, if the cache can be written to."""
        ...


class Reranker:
    """A transformer, its share of the score, and the cache of its vectors."""

    def __init__(self, encoder: Encoder, cache: Cache, *, weight: float, progress: Progress = silent) -> None:
        self._encoder = encoder
        self._cache = cache
        self._weight = weight
        self._progress = progress

    def queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text: (n, d) float32, rows of length 1."""
        return self._encoder.encode_queries(texts)

    def papers(self, papers: Sequence[Paper]) -> FloatArray:
        """The transformer's vectors of papers, (n, d): cached ones as kept, the others embedded and kept."""
        known = self._cache.read(self._encoder.identity, papers)
        missing = list({paper.id: paper for paper in papers if paper.id not in known}.values())
        if missing:
            known |= self._embedded(missing)
        return np.array([known[paper.id] for paper in papers], np.float32)

    def _embedded(self, papers: Sequence[Paper]) -> dict[str, FloatArray]:
        """Embed and keep a few batches at a time: an interruption costs only the last."""
        vectors: dict[str, FloatArray] = {}
        for some, fresh in in_batches(papers, self._encoder):
            self._cache.write(self._encoder.identity, some, fresh)
            vectors |= {paper.id: vector for paper, vector in zip(some, fresh, strict=True)}
            self._progress("re-ranking", len(vectors), len(papers))
        return vectors

    def similarities(self, query: FloatArray, papers: Sequence[Paper], found: FloatArray) -> FloatArray:
        """Blend the index's cosines `found` of papers with those to `query`, a vector of the transformer's space."""
        if not papers:
            return found
        return blend(found, self.papers(papers) @ query, self._weight)


def blend(first: FloatArray, second: FloatArray, weight: float) -> FloatArray:
    """Mix two models' cosines of the same papers, `weight` being the second's share, on the scale of the first.

    Models spread their cosines differently, so the second's are first brought to the mean and spread that the first
    has over these papers.
    """
    spread = float(second.std())
    if spread == 0:
        return first
    rescaled = (second - second.mean()) / spread * first.std() + first.mean()
    blended: FloatArray = ((1 - weight) * first + weight * rescaled).astype(np.float32)
    return blended
