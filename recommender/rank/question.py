"""A question before any model has read it: topics in words, papers, and examples to be like and unlike.

Each topic and each paper is an interest of its own, never averaged with another: a paper is as relevant as it is to the
interest that it suits best.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommender.paper import Paper
from recommender.rank.calibration import Calibration
from recommender.vectors import FloatArray, unit

_LIKE, _UNLIKE = 1.0, 0.5
"Weights of the examples' means beside the query's 1 (Rocchio 1971, in its usual range)."
_JOINT = re.compile(r"\s*[,;]\s*(?:(?:and|or)\s+)?|\s+(?:and|or|&)\s+", re.IGNORECASE)
_TIES = "of|for|in|on|with|by|from|to|via|under|using|without|against|between|within|at|as|through"
_TIED = re.compile(rf"[:()]|(?<![\w-])(?:{_TIES})(?![\w-])", re.IGNORECASE)
_ADJECTIVE = re.compile(r"(?:ous|ive|able|ible|ary|onal|ical|modal|ular|[^e]ed)$", re.IGNORECASE)
_LONGEST_TITLE = 300
"Characters; a longer text is no title that unites topics."


class Space(Protocol):
    """Where texts and papers are vectors: the index's model with what is stored, or a reranker's."""

    def queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text: (n, d) float32, rows of length 1."""
        ...

    def papers(self, papers: Sequence[Paper]) -> FloatArray:
        """Give the vectors of stored papers, in order: (n, d) float32, rows of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class Interest:
    """One thing to look for, in the space of the index's model."""

    name: str
    "the id of the paper that others should be like; empty for words"
    vector: FloatArray
    "(d,), of length 1"
    scale: Calibration
    must: tuple[str, ...] = ()
    "words without which a paper is not shown, see `wording.required`"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; the same question can be asked in several spaces."""

    topics: tuple[str, ...] = ()
    "texts, each asked for by itself"
    papers: tuple[Paper, ...] = ()
    "stored papers, whose neighbours are asked for"
    like: tuple[Paper, ...] = ()
    "stored papers that steer every topic towards them"
    unlike: tuple[Paper, ...] = ()
    "stored papers that steer every topic away from them"

    @property
    def _by_examples(self) -> bool:
        """Whether there is nothing to go by but examples."""
        return bool(self.like) and not self.papers and not self.topics

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each interest: empty for topics, ids for papers."""
        return ("",) * (len(self.topics) or self._by_examples) + tuple(paper.id for paper in self.papers)

    def vectors(self, space: Space) -> FloatArray:
        """Give one unit vector for each topic, steered by the examples (Rocchio's sum), then for each paper: (m, d).

        Where there are examples alone, they are the one topic.
        """
        parts = [space.papers(self.papers)] if self.papers else []
        if self.topics or self._by_examples:
            topics = space.queries(self.topics) if self.topics else np.float32(0)
            if self.like:
                topics = topics + _LIKE * unit(space.papers(self.like).mean(axis=0))
            if self.unlike:
                topics = topics - _UNLIKE * unit(space.papers(self.unlike).mean(axis=0))
            parts.insert(0, unit(np.atleast_2d(topics)))
        return np.concatenate(parts)

    def decisive(self, space: Space, vectors: FloatArray) -> list[str]:
        """Name for each paper, of vectors (n, d), the id of the example that it is nearer to than to every topic.

        Empty where a topic is nearer, or where there are no examples.
        """
        if not self.like or not self.topics or not len(vectors):
            return [""] * len(vectors)
        similar = vectors @ space.papers(self.like).T
        words = (vectors @ space.queries(self.topics).T).max(axis=1)
        best = similar.argmax(axis=1)
        return [self.like[i].id if similar[row, i] > words[row] else "" for row, i in enumerate(best.tolist())]


def topics(title: str) -> tuple[str, ...]:
    """The topics that a title unites, each to be asked for by itself; the title alone where it is one topic.

    "Random matrices and free probability" are two: each side has two words or more, and no preposition, colon or
    adjective at its end ties it to the other. "Search and rescue robots" and "safety and alignment of agents" are one.
    """
    if len(title) > _LONGEST_TITLE:
        return (title,)
    sides = [side.strip() for side in _JOINT.split(title)]
    short = any(len(side.split()) < 2 for side in sides)
    if short or _TIED.search(title) or any(_ADJECTIVE.search(side) for side in sides[:-1]):
        return (title,)
    return tuple(dict.fromkeys(sides))


def in_turn(odds: FloatArray, which: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """An order of papers (n,) that gives each interest its best, then its second, ...; within a turn by odds.

    By odds alone the interest whose papers stand higher would fill a page: of "Random matrices and free probability" it
    would show six papers in a hundred about free probability. `which` (n,) is the number of each paper's interest.
    """
    best_first = np.argsort(-odds, kind="stable")
    turns = np.empty(len(odds), np.intp)
    for interest in np.unique(which):
        own = best_first[which[best_first] == interest]
        turns[own] = np.arange(len(own))
    return np.lexsort((-odds, turns))
