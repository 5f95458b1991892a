"""From scored papers to the order of a section: relevance, age, and unlikeness to what stands above. Pure functions."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from recommender.archives import day_of
from recommender.paper import Scored
from recommender.rank.question import in_turn
from recommender.vectors import FloatArray


def freshness(day: date, today: date, half_life_days: float) -> float:
    """Factor 0 to 1 that halves every `half_life_days`; 1 where age does not count."""
    return 0.5 ** (max((today - day).days, 0) / half_life_days) if half_life_days > 0 else 1.0


def order(
    candidates: Sequence[Scored], vectors: FloatArray, *, today: date, half_life_days: float, diversity: float, top: int
) -> list[Scored]:
    """The best `top` candidates, best first: by relevance, age and unlikeness to what stands above (MMR).

    `candidates` come best first by similarity, `vectors` (n, d) belong to them. Maximal marginal relevance:
    Carbonell and Goldstein, SIGIR 1998. Without half-life and diversity the order does not change.
    """
    if half_life_days <= 0 and diversity <= 0:
        return list(candidates[:top])
    scores = np.array([c.relevance / 100 * freshness(day_of(c.paper), today, half_life_days) for c in candidates])
    if diversity <= 0:
        return [candidates[i] for i in np.argsort(-scores, kind="stable")[:top]]
    picked: list[int] = []
    nearest = np.zeros(len(candidates))
    left = np.ones(len(candidates), bool)
    while len(picked) < min(top, len(candidates)):
        value = np.where(left, (1 - diversity) * scores - diversity * nearest, -np.inf)
        best = int(np.argmax(value))
        picked.append(best)
        left[best] = False
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return [candidates[i] for i in picked]


def share(ranked: Sequence[Scored], number: int) -> list[Scored]:
    """Cut off after `number` papers such that each interest keeps its best in turn; their order stays."""
    taken = in_turn(
        -np.arange(len(ranked), dtype=np.float32), np.array([scored.interest for scored in ranked], np.intp)
    )
    return [ranked[i] for i in np.sort(taken[:number]).tolist()]
