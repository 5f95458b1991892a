"""From a score to a percentage: how far a paper stands above what the profile has in common with all of the archive.

Scores of papers that have nothing to do with the profile form a bell. Its centre and width are read off the lower
quantiles of the scores of a fixed random sample of the archive, which the profile's own papers, all in the upper tail,
hardly move. A paper's percentage depends on the profile and on that sample, never on what else was found that day.
"""

from dataclasses import dataclass

import numpy as np

from recommender.vectors import FloatArray

_LOW, _MIDDLE = 0.05, 0.25
_LOW_Z, _MIDDLE_Z = -1.6449, -0.6745
"The quantiles that the bell is read off, and where they lie in a standard normal distribution."
_SHOULDER = 0.98
"The quantile whose height says how much of the archive is near the profile."
MIDPOINT = (2.5, 0.6)
"""Where relevance is 50 percent, in widths above the centre: a constant and a share of the shoulder's height, which
is 2.7 for one like, 3.8 for one interest and 5.2 for three. bench/profile prints what that keeps of the papers that
authors went on to write (about half), and what it lets in of all arXiv (2 % for one interest, 3 % for three)."""
STEEPNESS = 1.2
"Slope of the log odds, per width."


@dataclass(frozen=True, slots=True)
class Scale:
    """What scores of unrelated papers look like, and where 50 percent lies."""

    center: float
    width: float
    midpoint: float
    "in widths above the centre"

    @classmethod
    def of(cls, background: FloatArray) -> "Scale":
        """Read it off the scores (n,) of a random sample of the archive."""
        if len(background) < 2:
            return cls(0.0, 0.1, 5.0)
        low, middle, shoulder = np.quantile(background, [_LOW, _MIDDLE, _SHOULDER]).tolist()
        width = max((middle - low) / (_MIDDLE_Z - _LOW_Z), 1e-4)
        center = middle - _MIDDLE_Z * width
        return cls(center, width, MIDPOINT[0] + MIDPOINT[1] * (shoulder - center) / width)

    def heights(self, scores: FloatArray) -> FloatArray:
        """How many widths above the centre scores (n,) stand."""
        high: FloatArray = (scores - self.center) / self.width
        return high

    def relevances(self, scores: FloatArray) -> FloatArray:
        """Percent, 0 to 100, rising with the scores (n,) wherever floats can tell."""
        odds = STEEPNESS * (self.heights(scores) - self.midpoint)
        percent: FloatArray = (100.0 / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0)))).astype(np.float32)
        return percent
