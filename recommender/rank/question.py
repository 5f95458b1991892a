"""A question before any model has read it: a text, and papers to be like and unlike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from recommender.paper import Paper
from recommender.vectors import FloatArray, unit

_LIKE, _UNLIKE = 1.0, 0.5
"Weights of the examples' means beside the query's 1 (Rocchio 1971, in its usual range)."


class Space(Protocol):
    """Where texts and papers are vectors: the index's model with what is stored, or a reranker's."""

    def queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text: (n, d) float32, rows of length 1."""
        ...

    def papers(self, papers: Sequence[Paper]) -> FloatArray:
        """Give the vectors of stored papers, in order: (n, d) float32, rows of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; the same question can be asked in several spaces."""

    text: str = ""
    "in words; empty: the examples alone ask"
    like: tuple[Paper, ...] = ()
    "stored papers that answers should be like"
    like_texts: tuple[str, ...] = ()
    "texts that answers should be like"
    unlike: tuple[Paper, ...] = ()
    "stored papers that answers should not be like"

    def vector(self, space: Space) -> FloatArray:
        """One unit vector (d,) for the text and its examples: Rocchio's sum."""
        parts = [space.queries([self.text])[0]] if self.text else []
        likes = [space.papers(self.like)] if self.like else []
        likes += [space.queries(self.like_texts)] if self.like_texts else []
        if likes:
            parts.append(_LIKE * unit(np.concatenate(likes).mean(axis=0)))
        if self.unlike:
            parts.append(-_UNLIKE * unit(space.papers(self.unlike).mean(axis=0)))
        return unit(np.sum(parts, axis=0))

    def decisive(self, space: Space, vectors: FloatArray) -> list[str]:
        """Name for each paper, of vectors (n, d), the id of the example that it is nearer to than to the text.

        Empty where the text is nearer, or where there are no examples.
        """
        if not self.like or not len(vectors):
            return [""] * len(vectors)
        similar = vectors @ space.papers(self.like).T
        words = vectors @ space.queries([self.text])[0] if self.text else np.full(len(vectors), -1.0)
        best = similar.argmax(axis=1)
        return [self.like[i].id if similar[row, i] > words[row] else "" for row, i in enumerate(best.tolist())]
