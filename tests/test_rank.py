"""Relevance, freshness, diversity: pure functions, so the order itself is asserted."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.paper import Paper, Scored
from recommender.rank import Calibration, Question, order
from recommender.rank.order import freshness
from recommender.vectors import FloatArray, unit

TODAY = date(2025, 6, 1)
X, Y, Z = (Paper(f"2501.1000{n}", "xyz"[n], "A") for n in range(3))


class Axes:
    """A space in which each of three words, and the paper of that title, is an axis."""

    def queries(self, texts: Sequence[str]) -> FloatArray:
        return np.eye(3, dtype=np.float32)[["xyz".index(text) for text in texts]]

    def papers(self, papers: Sequence[Paper]) -> FloatArray:
        return self.queries([paper.title for paper in papers])


def test_relevance_is_fifty_percent_between_on_and_off_topic_and_rises_with_similarity() -> None:
    calibration = Calibration.of(np.random.default_rng(0).normal(0.1, 0.05, 4096).astype(np.float32))
    similarities = np.linspace(-0.2, 0.9, 40)
    relevances = [calibration.relevance(s) for s in similarities]
    assert relevances == sorted(relevances)
    assert calibration.relevance(0.1) < 2
    assert calibration.relevance(0.6) > 98


@given(st.floats(0.1, 99.9), st.floats(-0.5, 0.5), st.floats(0.01, 0.3))
def test_a_cutoff_in_percent_is_one_in_similarity(percent: float, center: float, width: float) -> None:
    calibration = Calibration(center, width)
    assert calibration.relevance(calibration.similarity(percent)) == pytest.approx(percent)


def test_an_index_full_of_the_querys_own_papers_hardly_moves_the_scale() -> None:
    rng = np.random.default_rng(1)
    unrelated = rng.normal(0.0, 0.07, 4096).astype(np.float32)
    crowded = unrelated.copy()
    crowded[:1000] = rng.normal(0.5, 0.1, 1000)
    apart, together = Calibration.of(unrelated), Calibration.of(crowded)
    assert together.center == pytest.approx(apart.center, abs=0.03)
    assert together.width == pytest.approx(apart.width, rel=0.15)


def test_a_tiny_index_has_a_scale_too() -> None:
    for background in ([], [0.3], [0.3, 0.3]):
        assert 0 <= Calibration.of(np.array(background, np.float32)).relevance(0.4) <= 100


def test_examples_pull_the_query_towards_them_and_counterexamples_push_it_away() -> None:
    x, y, z = np.eye(3, dtype=np.float32)
    pulled = Question("x", like=(Y,)).vector(Axes())
    pushed = Question("x", unlike=(Z,)).vector(Axes())
    assert pulled @ y > 0.5 > x @ y
    assert pushed @ z < 0
    assert np.linalg.norm(pulled) == pytest.approx(1)
    np.testing.assert_allclose(Question(like=(Y,), like_texts=("x",)).vector(Axes()), unit(x + y))


def test_the_example_that_decided_is_named() -> None:
    x, y, z = np.eye(3, dtype=np.float32)
    question = Question("x", like=(Y, Z))
    assert question.decisive(Axes(), np.stack([unit(x / 2 + y), unit(x / 2 + z), unit(x + y / 2)])) == [Y.id, Z.id, ""]
    assert Question("x").decisive(Axes(), np.stack([y])) == [""]


def test_freshness_halves_with_every_half_life_and_can_be_off() -> None:
    assert freshness(TODAY - timedelta(days=60), TODAY, 30) == pytest.approx(0.25)
    assert freshness(TODAY + timedelta(days=2), TODAY, 30) == 1
    assert freshness(date(1992, 1, 1), TODAY, 0) == 1


def scored(paper_id: str, relevance: float, day: date = TODAY) -> Scored:
    return Scored(Paper(paper_id, "T", "A", updated=day), relevance / 100, relevance)


CANDIDATES = [scored("2501.00001", 90, TODAY - timedelta(days=90)), scored("2501.00002", 80), scored("2501.00003", 70)]
VECTORS: FloatArray = np.array([[1, 0], [1, 0], [0, 1]], np.float32)


def ids(*, half_life_days: float = 0, diversity: float = 0, top: int = 3) -> list[str]:
    found = order(CANDIDATES, VECTORS, today=TODAY, half_life_days=half_life_days, diversity=diversity, top=top)
    return [candidate.paper.id[-1] for candidate in found]


def test_by_default_the_order_is_that_of_similarity() -> None:
    assert ids() == ["1", "2", "3"]
    assert ids(top=2) == ["1", "2"]


def test_with_a_half_life_an_old_paper_sinks() -> None:
    assert ids(half_life_days=30) == ["2", "3", "1"]


def test_with_diversity_a_paper_like_the_one_above_sinks() -> None:
    assert ids(diversity=0.5) == ["1", "3", "2"]
