"""Batches of pairs that belong together; all else in a batch is a negative, so most keep to a few categories."""

from collections.abc import Sequence

import numpy as np

from recommender.train.corpus import Bag, Corpus, Counted, counted
from recommender.vectors import IntArray

_TITLES, _HALVES = 0.65, 0.20
"Shares of batches of titles with abstracts, and of beginnings with ends of abstracts; the rest pairs by authors."
_HARD = 0.85
"Share of batches drawn from a handful of categories."
_DROPPED = 0.2
"Share of a text's different tokens left out."
_SHORTEST = 8
"Tokens an abstract must have to be cut in two."


class Groups:
    """Numbers grouped by category, to be drawn all over or from a handful of groups."""

    def __init__(self, members: IntArray, categories: IntArray) -> None:
        self._members = members
        order = np.argsort(categories, kind="stable")
        _, starts = np.unique(categories[order], return_index=True)
        self._groups: Sequence[IntArray] = np.split(members[order], starts[1:])
        weights = np.array([len(group) for group in self._groups], np.float64) ** 0.75
        self._weights = weights / weights.sum()

    def draw(self, number: int, hard: float, rng: np.random.Generator) -> IntArray:
        """Up to `number` different members; with probability `hard` from few groups, at most a third from each."""
        if rng.random() >= hard:
            return rng.choice(self._members, min(number, len(self._members)), replace=False)
        drawn, got = [], 0
        for which in rng.choice(len(self._groups), len(self._groups), replace=False, p=self._weights):
            group = self._groups[which]
            drawn.append(rng.choice(group, min(len(group), -(-number // 3), number - got), replace=False))
            got += len(drawn[-1])
            if got == number:
                break
        return np.concatenate(drawn)


class Pairs:
    """An endless supply of training batches from a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._papers = Groups(corpus.learnt, corpus.categories[corpus.learnt])
        pairs = corpus.authors
        self._authors = (
            Groups(np.arange(len(pairs)), corpus.categories[pairs[:, 0]]) if len(pairs) > 2 * _SHORTEST else None
        )

    def draw(self, size: int, rng: np.random.Generator) -> tuple[Counted, Counted]:
        """About `size` pairs: as many first texts as second ones."""
        kind = rng.random()
        if kind < _TITLES:
            first, second = self._titles(size, rng)
        elif kind < _TITLES + _HALVES or self._authors is None:
            first, second = self._halves(size, rng)
        else:
            first, second = self._by_authors(self._authors, size, rng)
        return counted(first, dropped=_DROPPED, rng=rng), counted(second, dropped=_DROPPED, rng=rng)

    def _titles(self, size: int, rng: np.random.Generator) -> tuple[Bag, Bag]:
        rows = self._papers.draw(size, _HARD, rng)
        return self._corpus.titles.bag(rows), self._corpus.abstracts.bag(rows)

    def _halves(self, size: int, rng: np.random.Generator) -> tuple[Bag, Bag]:
        rows = self._papers.draw(size, _HARD, rng)
        start, end = self._corpus.abstracts.span(rows)
        long = end - start >= _SHORTEST
        start, end = start[long], end[long]
        middle = start + ((end - start) * rng.uniform(0.25, 0.75, len(start))).astype(np.int64)
        return self._corpus.abstracts.cut(start, middle), self._corpus.abstracts.cut(middle, end)

    def _by_authors(self, groups: Groups, size: int, rng: np.random.Generator) -> tuple[Bag, Bag]:
        pairs = self._corpus.authors[groups.draw(size, _HARD, rng)]
        for side in (0, 1):  # a paper met twice would be its own negative
            pairs = pairs[np.unique(pairs[:, side], return_index=True)[1]]
        pairs = np.where(rng.random(len(pairs))[:, None] < 0.5, pairs, pairs[:, ::-1])
        return self._corpus.full(pairs[:, 0]), self._corpus.full(pairs[:, 1])
