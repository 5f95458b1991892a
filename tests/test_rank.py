"""Relevance, freshness, diversity: pure functions, so the order itself is asserted."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from recommender.paper import Paper, Scored
from recommender.rank import Question, in_turn, order, topics
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


def test_examples_pull_a_topic_towards_them_and_counterexamples_push_it_away() -> None:
    x, y, z = np.eye(3, dtype=np.float32)
    pulled = Question(("x",), like=(Y,)).vectors(Axes())[0]
    pushed = Question(("x",), unlike=(Z,)).vectors(Axes())[0]
    assert pulled @ y > 0.5 > x @ y
    assert pushed @ z < 0
    assert np.linalg.norm(pulled) == pytest.approx(1)


def test_topics_and_papers_are_interests_of_their_own_and_never_averaged() -> None:
    question = Question(("x", "y"), (Z,))
    np.testing.assert_array_equal(question.vectors(Axes()), np.eye(3, dtype=np.float32))
    assert question.names == ("", "", Z.id)


def test_the_example_that_decided_is_named() -> None:
    x, y, z = np.eye(3, dtype=np.float32)
    question = Question(("x",), like=(Y, Z))
    assert question.decisive(Axes(), np.stack([unit(x / 2 + y), unit(x / 2 + z), unit(x + y / 2)])) == [Y.id, Z.id, ""]
    assert Question(("x",)).decisive(Axes(), np.stack([y])) == [""]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Random matrices and free probability", ("Random matrices", "free probability")),
        ("Black holes, neutron stars & white dwarfs", ("Black holes", "neutron stars", "white dwarfs")),
        ("Search and rescue robots", ("Search and rescue robots",)),
        ("Attacks and defenses", ("Attacks and defenses",)),
        ("safety alignment and agent design of large models", ("safety alignment and agent design of large models",)),
        ("Text-to-image and text-to-video generation", ("Text-to-image and text-to-video generation",)),
        ("LLM", ("LLM",)),
        ("a b and c d" * 10_000, ("a b and c d" * 10_000,)),
        ("", ("",)),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_title_that_unites_topics_is_taken_apart(title: str, expected: tuple[str, ...]) -> None:
    assert topics(title) == expected


def test_of_two_interests_both_get_their_turn() -> None:
    odds = np.array([9, 8, 7, 1, 0], np.float32)
    assert in_turn(odds, np.array([0, 0, 0, 1, 1])).tolist() == [0, 3, 1, 4, 2]


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


def test_with_diversity_a_paper_is_held_against_all_above_it_not_the_last_alone() -> None:
    first, second, like_the_first, like_both = (scored(f"2501.0000{n}", 90) for n in range(1, 5))
    vectors = np.array([[1, 0], [0, 1], [1, 0], [0.7, 0.7]], np.float32)
    papers = [first, second, like_the_first, like_both]
    found = order(papers, vectors, today=TODAY, half_life_days=0, diversity=0.5, top=3)
    assert found == [first, second, like_both]
