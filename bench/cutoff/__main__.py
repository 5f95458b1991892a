"""Where relevance is 50 percent, measured: `python -m bench.cutoff [folder]`.

labels.tsv holds the 239 rows of a keyword-matched digest of three sections, each judged by hand: does the paper
belong under this heading? (30 do not: a phrase of the heading stands somewhere in their abstracts.) For each row
this prints how many widths above its query's background it stands, fits the logistic curve that rank.py holds, both
classes weighing the same, and shows what the default cut-off keeps and leaves out. With the folder of a larger index
it does the same against that index: the midpoint has to hold whatever else is stored.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recommender import config
from recommender.library import Recommender
from recommender.rank import calibration

LABELS = Path(__file__).parent / "labels.tsv"


def labels() -> Iterator[tuple[str, str, bool, str]]:
    """Each judged row: section, id, whether it belongs there, title."""
    for line in LABELS.read_text(encoding="utf-8").splitlines()[1:]:
        section, paper_id, belongs, title = line.split("\t")
        yield section, paper_id, belongs == "1", title


def fit(heights: np.ndarray, belongs: np.ndarray) -> tuple[float, float]:
    """Midpoint and steepness of the logistic curve of least log loss, each class weighing half (Newton's method)."""
    weights = np.where(belongs, 0.5 / belongs.sum(), 0.5 / (~belongs).sum())
    points = np.stack([heights, np.ones_like(heights)], axis=1)
    theta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-points @ theta))
        gradient = points.T @ (weights * (p - belongs)) + 1e-4 * theta
        hessian = points.T @ (points * (weights * p * (1 - p))[:, None]) + 1e-4 * np.eye(2)
        theta -= np.linalg.solve(hessian, gradient)
    return float(-theta[1] / theta[0]), float(theta[0])


def main() -> None:
    """Measure against the starter papers, or against the index in the folder named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="cutoff-"))
    rows = list(labels())
    heights, similarities = [], []
    with Recommender(config.Config(folder)) as recommender:
        for section, paper_id, _, _ in rows:
            query = recommender.encoder.encode_queries([section])[0]
            scale = recommender._calibration(query)
            similarity = float(
                recommender.store.vectors.at([recommender.store.papers.rows([paper_id])[paper_id]])[0] @ query
            )
            similarities.append(similarity)
            heights.append((similarity - scale.center) / scale.width)
        stored = len(recommender.store)
    height, belongs = np.array(heights), np.array([row[2] for row in rows])
    midpoint, steepness = fit(height, belongs)
    print(f"{stored:,} papers stored; {belongs.sum()} rows belong, {(~belongs).sum()} do not")
    print(f"best fit: midpoint {midpoint:.2f} widths, steepness {steepness:.2f} per width")
    print(f"rank.py:  midpoint {calibration.MIDPOINT:.2f} widths, steepness {calibration.STEEPNESS:.2f} per width")
    kept = height >= calibration.MIDPOINT
    print(f"at rank.py's midpoint: {kept[belongs].mean():.0%} of what belongs is kept, ", end="")
    print(f"{(~kept)[~belongs].mean():.0%} of what does not is left out")
    print("midpoint  kept of what belongs  left out of what does not")
    for at in np.arange(4.5, 8.01, 0.5):
        print(f"{at:8.1f}  {(height >= at)[belongs].mean():20.0%}  {(height < at)[~belongs].mean():25.0%}")
    print(f"area under the ROC curve: {_auc(height, belongs):.3f}")
    for name, picked in (
        ("kept, though it does not belong", kept & ~belongs),
        ("left out, though it belongs", ~kept & belongs),
    ):
        print(f"\n{name}:")
        for i in np.flatnonzero(picked):
            print(f"  {height[i]:5.2f}  {rows[i][0]}: {rows[i][3][:90]}")


def _auc(height: np.ndarray, belongs: np.ndarray) -> float:
    return float(np.mean(height[belongs][:, None] > height[~belongs][None, :]))


if __name__ == "__main__":
    main()
