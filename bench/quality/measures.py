"""From scores to measures: a value for every query, means with bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
import numpy.typing as npt
from ir_measures import AP, Measure, R, nDCG

from bench.quality.sets import EvalSet

_DEPTH = 1000
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over queries with its 95% bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


Values = dict[str, list[list[float]]]
"By measure, the values of the queries in each fold, in the same order for every system."


def measure(eval_set: EvalSet, scores: npt.NDArray[np.float32]) -> dict[str, Mean]:
    """Means of `values`."""
    return {name: _mean(folds) for name, folds in values(eval_set, scores).items()}


def values(eval_set: EvalSet, scores: npt.NDArray[np.float32]) -> Values:
    """nDCG@10, recall@100 and AP of every query; for CSFCube its own AP and nDCG%20."""
    return _csfcube(eval_set, scores) if eval_set.folds else _retrieval(eval_set, scores)


def gain(first: Values, second: Values) -> dict[str, Mean]:
    """What the second system has over the first: a paired bootstrap, the same queries drawn for both."""
    return {
        name: _mean(
            [np.subtract(after, before).tolist() for before, after in zip(first[name], second[name], strict=True)]
        )
        for name in first
    }


def _retrieval(eval_set: EvalSet, scores: npt.NDArray[np.float32]) -> Values:
    run = {}
    for row, query in enumerate(eval_set.queries):
        best = np.argsort(-scores[row], kind="stable")[:_DEPTH]
        # by rank, not by score: trec_eval orders ties by document id
        run[query] = {eval_set.documents[i].id: float(-rank) for rank, i in enumerate(best) if scores[row, i] > -np.inf}
    names: dict[str, Measure] = {"nDCG@10": nDCG @ 10, "recall@100": R @ 100, "MAP": AP}
    found: dict[str, dict[str, float]] = {name: {} for name in names}
    titles = {str(wanted): name for name, wanted in names.items()}
    for metric in ir_measures.iter_calc(list(names.values()), eval_set.qrels, run):
        found[titles[str(metric.measure)]][metric.query_id] = metric.value
    return {name: [[by_query[query] for query in eval_set.queries]] for name, by_query in found.items()}


def _csfcube(eval_set: EvalSet, scores: npt.NDArray[np.float32]) -> Values:
    """Mysore et al. 2021: average precision with relevance from grade 2, nDCG of the pool's first fifth."""
    place = {paper.id: i for i, paper in enumerate(eval_set.documents)}
    precision, gained = {}, {}
    for row, (query, judged) in enumerate((query, eval_set.qrels[query]) for query in eval_set.queries):
        order = np.argsort(-scores[row, [place[name] for name in judged]], kind="stable")
        grades = np.array(list(judged.values()))[order]
        hits = np.flatnonzero(grades >= 2)
        precision[query] = float(np.mean(np.arange(1, len(hits) + 1) / (hits + 1))) if len(hits) else 0.0
        fifth = len(grades) // 5
        ideal = _burges(np.sort(grades)[::-1][:fifth])
        gained[query] = _burges(grades[:fifth]) / ideal if ideal else 0.0
    return {
        name: [[by_query[query] for query in fold] for fold in eval_set.folds]
        for name, by_query in (("MAP", precision), ("nDCG%20", gained))
    }


def _burges(grades: npt.NDArray[np.int64]) -> float:
    discounts = np.concatenate([[1.0], np.log2(np.arange(2, len(grades) + 1))])
    return float((grades / discounts).sum())


def _mean(folds: Sequence[Sequence[float]]) -> Mean:
    """The mean of the folds' means; queries are drawn anew within each fold."""
    rng = np.random.default_rng(0)
    parts = [np.asarray(fold) for fold in folds]
    drawn = np.mean([part[rng.integers(0, len(part), (_RESAMPLES, len(part)))].mean(axis=1) for part in parts], axis=0)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Mean(float(np.mean([part.mean() for part in parts])), float(low), float(high))
