"""Vectors to two dimensions, for the map: near on the map should be near in meaning."""

import numpy as np

from recommender.vectors import DoubleArray, FloatArray

_PERPLEXITY = 15.0
"Neighbours that a paper is held to; the usual 5 to 50."
_STEPS = 300
_EVENNESS = 0.5
_EXAGGERATED = 100
"First steps, in which attraction is exaggerated so that groups gather before they spread."


def plane(vectors: FloatArray) -> DoubleArray:
    """Positions in the unit square: (n, 2) for n unit vectors, the same for the same input.

    t-SNE (van der Maaten and Hinton 2008), exact, begun from the first two principal components, with the learning
    rate of Belkina et al. 2019. Quadratic in n; fewer than 10 papers are placed by their components alone.
    """
    start = _components(vectors.astype(np.float64))
    if len(vectors) < 10:
        return _fit(start)
    return _even(_fit(_spread(_affinities(vectors.astype(np.float64)), start)))


def _products(some: DoubleArray, others: DoubleArray) -> DoubleArray:
    """Inner products (n, m) of rows (n, d) and (m, d), the same whatever number of threads BLAS has: without it."""
    found: DoubleArray = np.einsum("id,jd->ij", some, others)
    return found


def _components(vectors: DoubleArray) -> DoubleArray:
    """The first two principal components; the sign, which they leave open, makes the largest weight positive."""
    centred = vectors - vectors.mean(axis=0) if len(vectors) else vectors
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, :-3:-1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    positions: DoubleArray = np.round(centred @ axes, 9)
    return positions


def _affinities(vectors: DoubleArray) -> DoubleArray:
    """Symmetric joint probabilities; every row's bandwidth is bisected to the wanted perplexity."""
    distances = np.maximum(2 - 2 * _products(vectors, vectors), 0)
    np.fill_diagonal(distances, np.inf)
    distances -= distances.min(axis=1, keepdims=True)
    wanted = np.log(min(_PERPLEXITY, (len(vectors) - 1) / 3))
    low, high = np.zeros(len(vectors)), np.full(len(vectors), np.inf)
    precision = np.ones(len(vectors))
    finite = np.where(np.isfinite(distances), distances, 0)
    for _ in range(40):
        weights = np.exp(-distances * precision[:, None])
        total = weights.sum(axis=1)
        entropy = np.log(total) + precision * (weights * finite).sum(axis=1) / total
        low = np.where(entropy > wanted, precision, low)
        high = np.where(entropy > wanted, high, precision)
        precision = np.where(np.isinf(high), precision * 2, (low + high) / 2)
    joint = weights / total[:, None]
    symmetric: DoubleArray = np.maximum((joint + joint.T) / (2 * len(vectors)), 1e-12)
    return symmetric


def _spread(joint: DoubleArray, start: DoubleArray) -> DoubleArray:
    count = len(joint)
    positions: DoubleArray = start / max(start[:, 0].std(), 1e-12) * 1e-4
    velocity, gain = np.zeros_like(positions), np.ones_like(positions)
    rate = max(count / 12 / 4, 50.0)
    for step in range(_STEPS):
        squares = (positions**2).sum(axis=1)
        closeness = 1 / (1 + np.maximum(squares[:, None] + squares - 2 * _products(positions, positions), 0))
        np.fill_diagonal(closeness, 0)
        pull = joint * 12 if step < _EXAGGERATED else joint
        force = (pull - closeness / closeness.sum()) * closeness
        gradient = 4 * (force.sum(axis=1)[:, None] * positions - _products(force, positions.T))
        gain = np.maximum(np.where(np.sign(gradient) == np.sign(velocity), gain * 0.8, gain + 0.2), 0.01)
        velocity = (0.5 if step < _EXAGGERATED else 0.8) * velocity - rate * gain * gradient
        positions = positions + velocity
        positions -= positions.mean(axis=0)
    return positions


def _even(positions: DoubleArray) -> DoubleArray:
    """Draw groups that are far apart nearer together, so that more of the square is theirs; order stays, on each axis.

    Halfway from where the papers lie to where they would if each axis were filled evenly, and from end to end.
    """
    ranks = positions.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") / max(len(positions) - 1, 1)
    evened: DoubleArray = _EVENNESS * ranks + (1 - _EVENNESS) * positions
    low, high = evened.min(axis=0), evened.max(axis=0)
    stretched: DoubleArray = (evened - low) / np.maximum(high - low, 1e-12)
    return stretched


def _fit(positions: DoubleArray) -> DoubleArray:
    """Into the unit square, the longer side filling it, what is short of papers in the middle."""
    if not len(positions):
        return positions
    low, high = positions.min(axis=0), positions.max(axis=0)
    scale = max((high - low).max(), 1e-12)
    fitted: DoubleArray = (positions - (low + high) / 2) / scale + 0.5
    return fitted
