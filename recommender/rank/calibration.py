"""From similarities to per cent: how far a paper stands above what the query has in common with all of arXiv.

A query is compared with a fixed random sample of arXiv, never with what happens to be stored, so a paper's relevance to
a query is the same in every home. Cosines to papers that have nothing to do with a query form a bell, read off the
lower quantiles, which the query's own papers, all in the upper tail, hardly move; heights are counted in its widths.
Where relevance is 50 percent depends on how broad the query is: on the tail of the bell, and on how often its words
stand in titles. bench/cutoff fits that, and prints how well it holds for queries that were kept apart.
"""

import math
import operator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recommender.rank.wording import MOST_WORDS, Wording
from recommender.vectors import FloatArray, products

_LOW, _MIDDLE = 0.05, 0.25
_LOW_Z, _MIDDLE_Z = -1.6449, -0.6745
"The quantiles that the bell is read off, and where they lie in a standard normal distribution."
_SHOULDER, _PEAK = 0.98, 0.002
"The quantile, and the share of the highest, that say how broad a query is; 2,048 papers give them well enough."
_LOWEST, _HIGHEST = 4.3, 9.0
"Midpoints beyond these are extrapolation: a broader query would let in a hundredth of what is about something else."


@dataclass(frozen=True, slots=True)
class Curve:
    """A logistic curve over heights, in widths of the bell."""

    weights: tuple[float, ...]
    "of `terms`: what its midpoint adds up from"
    steepness: float
    "slope of the log odds, per width"


QUERY = Curve((2.518, 0.352, 0.343, 0.389, -0.215, -0.224, 0.007, 1.765), 1.75)
PAPER = Curve((0.505, 0.554, 0.371), 2.21)
"As bench/cutoff fits them with the default model; a paper as a query has no wording."


class Bell(NamedTuple):
    """A query's cosines to the sample: the bell of what is unrelated, and the tail above it in its widths."""

    center: float
    width: float
    shoulder: float
    peak: float

    @classmethod
    def of(cls, cosines: FloatArray) -> "Bell":
        """Read it off cosines (n,), n at least 2."""
        low, middle = np.quantile(cosines, [_LOW, _MIDDLE])
        width = max(float(middle - low) / (_MIDDLE_Z - _LOW_Z), 1e-3)
        center = float(middle) - _MIDDLE_Z * width
        highest = np.partition(cosines, -(most := max(2, round(len(cosines) * _PEAK))))[-most:]
        shoulder = float(np.quantile(cosines, _SHOULDER))
        return cls(center, width, (shoulder - center) / width, (float(highest.mean()) - center) / width)


def terms(bell: Bell, wording: Wording | None) -> tuple[float, ...]:
    """What the midpoint of a query is a weighted sum of: 8 numbers, 3 for a paper."""
    tail = (1.0, bell.shoulder, bell.peak)
    if wording is None:
        return tail
    words = math.log(min(max(wording.words, 1), MOST_WORDS))
    unseen = len(wording.unseen) / max(wording.words, 1)
    return *tail, words, math.log1p(wording.phrase), wording.common, unseen, unseen * words


@dataclass(frozen=True, slots=True)
class Calibration:
    """Relevance of papers to one query: cosines in, percent out."""

    center: float
    width: float
    midpoint: float
    "in widths above the center: where relevance is 50"
    steepness: float

    @classmethod
    def of(cls, query: FloatArray, background: FloatArray, wording: Wording | None) -> "Calibration":
        """For a query (d,) and the model's sample of arXiv (n, d), unit vectors; without wording it is a paper."""
        if len(background) < 2:
            return cls(0.0, 0.1, 5.0, QUERY.steepness)
        bell = Bell.of(products(background, query))
        curve = QUERY if wording is not None else PAPER
        midpoint = sum(map(operator.mul, curve.weights, terms(bell, wording)))
        lowest = _LOWEST if wording is not None else 0.0
        return cls(bell.center, bell.width, min(max(midpoint, lowest), _HIGHEST), curve.steepness)

    def relevance(self, similarity: float) -> float:
        """Percent, 0 to 100, strictly rising with similarity wherever floats can tell."""
        return percent(self.steepness * ((similarity - self.center) / self.width - self.midpoint))

    def odds(self, similarities: FloatArray) -> FloatArray:
        """Log odds that papers of these cosines (n,) belong: 0 at 50 percent; comparable between queries."""
        odds: FloatArray = self.steepness * ((similarities - self.center) / self.width - self.midpoint)
        return odds.astype(np.float32)

    def similarity(self, relevance: float) -> float:
        """The cosine at which a relevance is reached; -1 for 0 percent and below."""
        if relevance <= 0:
            return -1.0
        if relevance >= 100:
            return math.inf
        odds = math.log(relevance / (100.0 - relevance))
        return self.center + self.width * (self.midpoint + odds / self.steepness)


def parameters() -> dict[str, object]:
    """The numbers that a query's relevance is computed with, for the pages, which compute it themselves."""
    return {
        "low": (_LOW, _LOW_Z),
        "middle": (_MIDDLE, _MIDDLE_Z),
        "shoulder": _SHOULDER,
        "peak": _PEAK,
        "bounds": (_LOWEST, _HIGHEST),
        "most_words": MOST_WORDS,
        "weights": QUERY.weights,
        "steepness": QUERY.steepness,
    }


def percent(odds: float) -> float:
    """Log odds as a percentage, 0 to 100."""
    return 100.0 / (1.0 + math.exp(-max(odds, -700.0)))
