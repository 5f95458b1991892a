"""The second look: a transformer re-scores the papers that the index's model found best.

Scores are blended, not replaced: bench/QUALITY.md shows the blend at least level with the default on every set, and the
transformer alone far below it on questions. The transformer's vectors of papers are kept in a cache, so that a second
query, or tomorrow's digest, embeds only papers never seen before.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommender.paper import Paper

FloatArray = npt.NDArray[np.float32]


Watch = Callable[[], AbstractContextManager[Callable[[int, int], None]]]
"Opened while papers are embedded: what it yields is called with how many are, and how many there are to embed."


@contextmanager
def unwatched() -> Iterator[Callable[[int, int], None]]:
    """A `Watch` that shows nothing."""
    yield lambda _done, _all: None


class Encoder(Protocol):
    """The half of an encoder that is needed here."""

    identity: str
    batch: int
    "papers worth embedding between two writes"

    def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
        """Embed papers: (n, d) float32, rows of length 1."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text: (n, d) float32, rows of length 1."""
        ...


class Cache(Protocol):
    """Where vectors of a second model are kept, by the paper's text; `Store` is one."""

    def cached_vectors(self, model: str, papers: Sequence[Paper]) -> dict[str, FloatArray]:
        """The vectors kept for these papers' present text, by id."""
        ...

    def cache_vectors(self, model: str, papers: Sequence[Paper], vectors: FloatArray) -> None:
        """Keep vectors, if the cache can be written to."""
        ...


class Reranker:
    """A transformer, its share of the score, and the cache of its vectors."""

    def __init__(self, encoder: Encoder, cache: Cache, *, weight: float, watch: Watch = unwatched) -> None:
        self.encoder = encoder
        self._cache = cache
        self._weight = weight
        self._watch = watch

    def vectors(self, papers: Sequence[Paper]) -> FloatArray:
        """The transformer's vectors of papers, (n, d): cached ones as kept, the others embedded and kept."""
        known = self._cache.cached_vectors(self.encoder.identity, papers)
        missing = list({paper.id: paper for paper in papers if paper.id not in known}.values())
        if missing:
            known |= self._embedded(missing)
        return np.array([known[paper.id] for paper in papers], np.float32)

    def _embedded(self, papers: Sequence[Paper]) -> dict[str, FloatArray]:
        """Embed and keep a few batches at a time: an interruption costs only the last."""
        vectors: dict[str, FloatArray] = {}
        with self._watch() as report:
            for start in range(0, len(papers), self.encoder.batch):
                some = papers[start : start + self.encoder.batch]
                fresh = self.encoder.encode_documents(some)
                self._cache.cache_vectors(self.encoder.identity, some, fresh)
                vectors |= {paper.id: vector for paper, vector in zip(some, fresh, strict=True)}
                report(len(vectors), len(papers))
        return vectors

    def similarities(self, query: FloatArray, papers: Sequence[Paper], found: FloatArray) -> FloatArray:
        """Blend the index's cosines `found` of papers with those to `query`, a vector of the transformer's space."""
        if not papers:
            return found
        return blend(found, self.vectors(papers) @ query, self._weight)


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
