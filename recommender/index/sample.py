"""A random sample of rows that hardly changes when papers come and go."""

import numpy as np
import numpy.typing as npt

from recommender.vectors import IntArray


def places(rows: IntArray, size: int) -> IntArray:
    """Where a random sample of at most `size` rows stands in `rows`, in random order.

    Those with the smallest numbers: new papers displace few, and the order of `rows` does not matter.
    """
    return np.argsort(scrambled(rows), kind="stable")[:size]


def scrambled(rows: IntArray) -> npt.NDArray[np.uint64]:
    """A random number for each row, the same in every run (the finalizer of SplitMix64, Steele et al. 2014)."""
    mixed = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
