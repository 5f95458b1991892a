"""The fit: heights of papers that belong and of others, and the logistic curve whose midpoint knows the query."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from bench.cutoff.corpus import Corpus, Others
from bench.cutoff.queries import Query
from recommender import embed
from recommender.rank.calibration import Bell, Calibration, terms
from recommender.rank.wording import Wording

HOME = 300
"Papers of its topic that a home holds at most, among 10,884 of all kinds: where 50 percent is to be even odds."
_FEWEST, _MOST, _BROADER = 100, 1000, 0.75
"In the fit a topic with n papers in arXiv weighs 300 (n / 300) ** .75, within bounds: a broad one has more to show."
_SEPARABLE = 0.95
"Phrases whose papers stand no higher than others are no topics and are not fitted on (area under the ROC curve)."
_CARE = {"nonsense": 30.0, "foreign": 30.0}
"Weight of a query that should show nothing: few were written down, and none may be wrong."
_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Measured:
    """A query with how high papers stand for it, in widths of its bell."""

    query: Query
    scale: Calibration
    terms: np.ndarray
    belonging: np.ndarray
    "up to 300 of its papers"
    others: np.ndarray
    "that do not have the phrase in title or abstract"
    strict: np.ndarray
    "that do not have it in the title"

    @property
    def midpoint(self) -> float:
        """As shipped."""
        return self.scale.midpoint

    @property
    def area(self) -> float:
        """Under the ROC curve."""
        return float(np.searchsorted(np.sort(self.others), self.belonging).mean() / len(self.others))


def measure(query: Query, corpus: Corpus, encoder: embed.Encoder, others: Others) -> Measured:
    """Heights of the query's papers and of others."""
    if query.kind == "paper":
        vector, wording = corpus.vectors[int(query.text)], None
    else:
        vector, wording = encoder.encode_queries([query.text])[0], Wording.of(query.text)
    bell = Bell.of(encoder.background @ vector)
    height = (corpus.vectors[others.rows] @ vector - bell.center) / bell.width
    phrase = f" {' '.join(query.phrase)} "
    labelled = np.isin(others.rows, query.papers)
    mentioned = np.array([bool(query.phrase) and phrase in text for text in others.texts]) | labelled
    titled = np.array([bool(query.phrase) and phrase in title for title in others.titles]) | labelled
    chosen = np.random.default_rng(len(query.text)).permutation(query.papers)[:HOME].astype(int)
    return Measured(
        query,
        Calibration.of(vector, encoder.background, wording),
        np.array(terms(bell, wording)),
        (corpus.vectors[chosen] @ vector - bell.center) / bell.width,
        height[~mentioned],
        height[~titled],
    )


def fit(measured: Iterable[Measured]) -> tuple[np.ndarray, float]:
    """Weights of `terms` and steepness of least log loss, with a ridge on all but the constant."""
    kept = [m for m in measured if m.query.kind not in ("topic", "name") or m.area >= _SEPARABLE]
    features = np.stack([m.terms for m in kept])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    mean[0], spread[0] = 0, 1
    scaled = (features - mean) / spread
    at, height, belongs, weight = _pooled(kept)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        steepness = np.exp(theta[-1])
        odds = steepness * (height - (scaled @ theta[:-1])[at])
        value = (weight * (np.logaddexp(0, odds) - belongs * odds)).sum() + _RIDGE * (theta[1:-1] ** 2).sum()
        rest = weight * (1 / (1 + np.exp(-odds)) - belongs)
        gradient = np.append(scaled.T @ np.bincount(at, -steepness * rest, len(kept)), (rest * odds).sum())
        gradient[1:-1] += 2 * _RIDGE * theta[1:-1]
        return value, gradient

    start = np.append(np.zeros(len(mean)), 0.0)
    start[0] = 5
    theta = minimize(loss, start, jac=True, method="L-BFGS-B").x
    weights = theta[:-1] / spread
    weights[0] = theta[0] - (theta[1:-1] * mean[1:] / spread[1:]).sum()
    return weights, float(np.exp(theta[-1]))


def _pooled(kept: list[Measured]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    at, height, belongs, weight = [], [], [], []
    for i, m in enumerate(kept):
        near = m.others[m.others > 1]  # what stands lower costs nothing
        share = HOME * (min(max(len(m.query.papers), _FEWEST), _MOST) / HOME) ** _BROADER if m.query.phrase else HOME
        for heights, label, total in ((near, 0.0, len(near)), (m.belonging, 1.0, share)):
            at.append(np.full(len(heights), i))
            height.append(heights)
            belongs.append(np.full(len(heights), label))
            weight.append(np.full(len(heights), _CARE.get(m.query.kind, 1.0) * total / max(len(heights), 1)))
    weights = np.concatenate(weight)
    return np.concatenate(at), np.concatenate(height), np.concatenate(belongs), weights / weights.sum()
