"""Papers scored by what one reader likes: several interests, never one mean.

A score is the log-sum-exp of the similarities to all likes, in the space whitened by a random sample of the archive, so
that what all papers of a field share does not count; less a penalty where a paper is nearer to a dislike than to any
like. bench/profile has what that is worth beside other ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recommender.profile.clusters import Tree, tree
from recommender.profile.scale import Scale
from recommender.vectors import FloatArray, IntArray, unit

TEMPERATURE = 0.15
"""How much the nearest like counts before the others; towards 0 it alone does. Of 0.05 to 0.3 this is near the best for
one interest and for three alike."""
PENALTY = 2.0
"How much a paper loses that is nearer to a dislike than to any like, per difference of the two similarities."
_RIDGE = 0.5
"Share of the mean variance that is added to each direction's, so that rare directions are not blown up."
_SAMPLE = 4096
"Papers of the background that are looked at."
_LINKED = 2000
"Likes that are clustered; more are counted to the nearest of these."
_BLOCK = 8192
"Papers scored at once: 10 MB for 300 likes."


@dataclass(frozen=True, slots=True)
class Whitening:
    """A linear map after which the archive's papers are alike in all directions; rows come out with length 1."""

    mean: FloatArray
    matrix: FloatArray
    "(d, d)"

    @classmethod
    def of(cls, background: FloatArray) -> "Whitening":
        """From a random sample (n, d) of the archive; with fewer than two papers nothing is changed."""
        dimensions = background.shape[1]
        if len(background) < 2:
            return cls(np.zeros(dimensions, np.float32), np.eye(dimensions, dtype=np.float32))
        mean = background.mean(axis=0)
        centered = background - mean
        covariance = (centered.T @ centered / len(background)).astype(np.float64)
        covariance += _RIDGE * max(np.trace(covariance) / dimensions, 1e-9) * np.eye(dimensions)
        return cls(mean, np.linalg.inv(np.linalg.cholesky(covariance)).T.astype(np.float32))

    def __call__(self, vectors: FloatArray) -> FloatArray:
        """Map vectors (n, d)."""
        return unit((vectors - self.mean) @ self.matrix)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a profile thinks of papers, in their order."""

    scores: FloatArray
    "(n,), comparable within one profile"
    relevances: FloatArray
    "(n,) percent"
    nearest: IntArray
    "(n,) the like that each is nearest to, by its number"
    similarities: FloatArray
    "(n,) cosine to that like, in the whitened space"

    def at(self, places: IntArray) -> "Judged":
        """The same of these papers alone, in this order."""
        return Judged(self.scores[places], self.relevances[places], self.nearest[places], self.similarities[places])


class Interests:
    """A reader's likes and dislikes as vectors."""

    def __init__(self, likes: FloatArray, dislikes: FloatArray, background: FloatArray) -> None:
        """Of likes (m, d), m at least 1, dislikes (k, d) and a fixed random sample (n, d) of the archive; all unit."""
        sample = background[:: max(1, -(-len(background) // _SAMPLE))]
        self._whiten = Whitening.of(sample)
        self.likes = self._whiten(likes)
        self._dislikes = self._whiten(dislikes) if len(dislikes) else None
        self._background = self._whiten(sample) @ self.likes.T  # (s, m)

    @cached_property
    def scale(self) -> Scale:
        """Read off the likes alone: a dislike changes no percentage but those of papers near it."""
        return Scale.of(_soft_max(self._background))

    def judge(self, vectors: FloatArray) -> Judged:
        """Score papers (n, d), each by itself."""
        if not len(vectors):
            empty = np.empty(0, np.float32)
            return Judged(empty, empty, np.empty(0, np.int64), empty)
        blocks = [self._block(vectors[start : start + _BLOCK]) for start in range(0, len(vectors), _BLOCK)]
        scores, nearest, similar = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return Judged(scores, self.scale.relevances(scores), nearest, similar)

    def _block(self, vectors: FloatArray) -> tuple[FloatArray, IntArray, FloatArray]:
        papers = self._whiten(vectors)
        similar = papers @ self.likes.T
        scores = _soft_max(similar)
        nearest = similar.max(axis=1)
        if self._dislikes is not None:
            scores = scores - PENALTY * np.maximum((papers @ self._dislikes.T).max(axis=1) - nearest, 0)
        return scores, similar.argmax(axis=1), nearest

    def reasons(self, vectors: FloatArray, judged: Judged) -> list[int | None]:
        """For papers (n, d) the like that brought each here, where one did: the nearest of all.

        It must by itself make the paper more relevant than not, and without it the paper must be less relevant.
        """
        papers = self._whiten(vectors)
        found: list[int | None] = []
        alone: dict[int, Scale] = {}
        for number, like in enumerate(judged.nearest.tolist()):
            if like not in alone:
                alone[like] = Scale.of(self._background[:, like])
            near = papers[number : number + 1] @ self.likes[like]
            own = float(alone[like].relevances(near)[0]) >= 50
            found.append(like if own and self._counts(papers[number : number + 1], like) else None)
        return found

    def _counts(self, paper: FloatArray, like: int) -> bool:
        """Whether a paper (1, d) would stand lower without that like, on the scale of the profile without it."""
        if len(self.likes) == 1:
            return True
        similar = paper @ self.likes.T
        rest = np.arange(len(self.likes)) != like
        with_it = self.scale.heights(_soft_max(similar))[0] - self.scale.midpoint
        scale = self._without(like)
        return bool(scale.heights(_soft_max(similar[:, rest]))[0] - scale.midpoint < with_it)

    def _without(self, like: int) -> Scale:
        if like not in self._scales_without:
            sums = np.maximum(self._sums - np.exp(self._background[:, like] / TEMPERATURE), 1e-6)
            self._scales_without[like] = Scale.of(TEMPERATURE * np.log(sums))
        return self._scales_without[like]

    @cached_property
    def _scales_without(self) -> dict[int, Scale]:
        return {}

    @cached_property
    def _sums(self) -> FloatArray:
        """The sum over all likes for each paper of the background, (s,)."""
        sums: FloatArray = np.exp(self._background / TEMPERATURE).sum(axis=1)
        return sums

    # -- interests ---------------------------------------------------------------------------------------------

    @cached_property
    def _tree(self) -> Tree:
        some = self.likes[:_LINKED]
        return tree(some @ some.T)

    @cached_property
    def interests(self) -> IntArray:
        """The interest of each like (m,), by number, the largest first; -1 for one that belongs to none."""
        scales = [Scale.of(column) for column in self._background[:, :_LINKED:8].T]
        tight = float(np.median([scale.center + scale.width * scale.midpoint for scale in scales]))
        of: IntArray = np.full(len(self.likes), -1)
        for number, members in enumerate(self._tree.interests(tight)):
            of[members] = number
        if len(of) > _LINKED:
            of[_LINKED:] = of[(self.likes[_LINKED:] @ self.likes[:_LINKED].T).argmax(axis=1)]
        return of

    def queries(self, most: int = 16) -> FloatArray:
        """Directions (q, d) of the index's own space in which the likes' neighbours lie: of clusters, then of all."""
        groups = self._tree.cut(most)
        sums = [self.likes[members].mean(axis=0) for members in groups]
        if len(groups) > 1:
            sums.append(self.likes.mean(axis=0))
        return unit(np.stack(sums) @ self._whiten.matrix.T)


def first_page(relevances: FloatArray, interest: IntArray, *, least: float, size: int = 20) -> IntArray:
    """An order of papers (n,) in which no interest is missing from the first `size` that has a paper there at all.

    By relevance, but the best paper of an interest that would be missing takes the place of the last of those that
    are not the only one of theirs. Only papers of at least `least` percent are named; `interest` is -1 for none.
    """
    order = np.argsort(-relevances, kind="stable")
    order = order[relevances[order] >= least]
    page, rest = order[:size].tolist(), order[size:].tolist()
    best = {int(interest[paper]): paper for paper in reversed(rest)}
    for number in sorted(best.keys() - set(interest[page].tolist()) - {-1}):
        spare = [paper for paper in page if _spare(interest, page, paper)]
        if not spare:
            break
        page[page.index(spare[-1])] = best[number]
    kept = set(page)
    page.sort(key=lambda paper: -relevances[paper])
    found: IntArray = np.array([*page, *(paper for paper in order.tolist() if paper not in kept)], np.int64)
    return found


def _spare(interest: IntArray, page: Sequence[int], paper: int) -> bool:
    return bool(interest[paper] == -1) or sum(interest[other] == interest[paper] for other in page) > 1


def _soft_max(similar: FloatArray) -> FloatArray:
    """The log-sum-exp of each row's similarities (n, m): (n,)."""
    top = similar.max(axis=1, keepdims=True)
    sums: FloatArray = top[:, 0] + TEMPERATURE * np.log(np.exp((similar - top) / TEMPERATURE).sum(axis=1))
    return sums
