"""How a profile ranks: several interests, dislikes that push away only what is near them, reasons that are true."""

from dataclasses import replace

import numpy as np
import pytest

from recommender import embed
from recommender.profile import Interests
from recommender.profile.clusters import tree
from recommender.profile.interests import first_page
from recommender.vectors import FloatArray, unit

NONE: FloatArray = np.empty((0, 0), np.float32)
RANDOM = np.random.default_rng(7)
BACKGROUND = unit(RANDOM.standard_normal((1500, 48)) * np.linspace(3, 0.3, 48) + 0.5)


def around(center: int, number: int, spread: float = 0.5, seed: int = 0) -> FloatArray:
    """Papers of one topic: a direction and noise."""
    noise = np.random.default_rng((center, seed)).standard_normal((number, 48)) / np.sqrt(48)
    return unit(np.eye(48)[center] * 1.0 + spread * noise)


def test_a_paper_of_any_interest_stands_above_what_lies_between_them() -> None:
    likes = np.concatenate([around(30, 6), around(40, 6)])
    between = unit(around(30, 5, seed=1) + around(40, 5, seed=1))
    judged = Interests(likes, NONE, BACKGROUND).judge(
        np.concatenate([around(30, 5, seed=1), around(40, 5, seed=1), between, BACKGROUND[:200]])
    )
    assert judged.relevances[:10].min() > 50
    assert judged.scores[:10].min() > judged.scores[15:].max()
    mean = np.concatenate([around(30, 5, seed=1), between]) @ unit(likes.mean(axis=0))
    assert mean[5:].min() > mean[:5].max()  # a mean of the likes has it the other way round


def test_a_score_does_not_depend_on_what_else_came() -> None:
    interests = Interests(around(30, 9), around(20, 3), BACKGROUND)
    papers = np.concatenate([around(30, 40, seed=2), around(20, 40, seed=2), BACKGROUND[:40]])
    together = interests.judge(papers)
    for number in (0, 50, 100):
        alone = interests.judge(papers[number : number + 1])
        assert alone.scores[0] == pytest.approx(together.scores[number], abs=1e-5)
        assert alone.relevances[0] == pytest.approx(together.relevances[number], abs=0.01)


def test_a_dislike_costs_only_what_is_nearer_to_it_than_to_any_like() -> None:
    likes, dislikes = around(30, 9), around(20, 3)
    papers = np.concatenate([around(30, 10, seed=3), around(20, 10, seed=3)])
    without, with_them = (Interests(likes, unlike, BACKGROUND).judge(papers) for unlike in (NONE, dislikes))
    assert np.array_equal(without.relevances[:10], with_them.relevances[:10])
    assert (with_them.scores[10:] < without.scores[10:]).all()


def test_a_reason_is_the_nearest_like_and_without_it_the_paper_stands_lower() -> None:
    likes = np.concatenate([around(30, 5), around(40, 4), around(10, 1)])
    papers = np.concatenate([around(center, 5, seed=4) for center in (30, 40, 10, 5)])
    interests = Interests(likes, NONE, BACKGROUND)
    judged = interests.judge(papers)
    reasons = interests.reasons(papers, judged)
    assert (
        sum(reason is not None and reason < 5 for reason in reasons[:5]) >= 4
    )  # among likes so alike one more may not
    assert [reason == 9 for reason in reasons[10:15]] == [True] * 5
    assert reasons[15:] == [None] * 5
    for number, reason in enumerate(reasons):
        if reason is not None:
            assert reason == judged.nearest[number]
            fewer = Interests(np.delete(likes, reason, axis=0), NONE, BACKGROUND)
            lower = fewer.judge(papers[number : number + 1])
            odds = fewer.scale.heights(lower.scores)[0] - fewer.scale.midpoint
            assert lower.scores[0] < judged.scores[number]
            assert odds < interests.scale.heights(judged.scores)[number] - interests.scale.midpoint


def test_likes_fall_into_the_interests_that_they_are_of() -> None:
    likes = np.concatenate([around(30, 12), around(40, 6), around(10, 2), around(5, 1)])
    found = Interests(likes, NONE, BACKGROUND).interests
    assert len(set(found[:12].tolist())) == len(set(found[12:18].tolist())) == 1
    assert found[0] == 0
    assert found[12] == 1
    assert set(found[18:].tolist()) <= {-1, 2}  # a tenth of 21 likes is more than two


def test_clusters_are_those_of_average_linkage() -> None:
    similar = np.array([[1, 0.9, 0.1, 0.2], [0.9, 1, 0.3, 0.2], [0.1, 0.3, 1, 0.6], [0.2, 0.2, 0.6, 1]], np.float32)
    merged = tree(similar)
    assert [(sorted(merge[:2]), round(merge[2], 6)) for merge in merged.merges] == [
        ([0, 1], 0.9),
        ([2, 3], 0.6),
        ([4, 5], 0.2),
    ]
    assert merged.cut(2) == [[0, 1], [2, 3]]
    assert tree(np.ones((1, 1), np.float32)).interests(0.5) == [[0]]


def test_no_interest_with_papers_above_the_cut_is_missing_from_the_first_page() -> None:
    relevances = np.array([99 - number * 0.1 for number in range(40)] + [60, 55, 52, 20], np.float32)
    interest = np.array([0] * 40 + [1, 1, 2, 3])
    order = first_page(relevances, interest, least=50, size=20)
    assert {0, 1, 2} == set(interest[order[:20]].tolist())
    assert order[:20].tolist() == [*range(18), 40, 42]
    assert sorted(order.tolist()) == list(range(43))
    assert order[20:].tolist() == [*range(18, 40), 41]


def test_a_page_smaller_than_the_interests_keeps_the_most_relevant() -> None:
    order = first_page(np.array([90, 80, 70], np.float32), np.array([0, 1, 2]), least=50, size=2)
    assert order.tolist() == [0, 1, 2]


def test_directions_for_the_index_find_what_the_exact_score_finds() -> None:
    likes = np.concatenate([around(center, 8) for center in (30, 40, 10)])
    papers = np.concatenate([*(around(center, 60, 1.2, seed=5) for center in (30, 40, 10)), BACKGROUND])
    interests = Interests(likes, NONE, BACKGROUND)
    best = set(np.argsort(-interests.judge(papers).scores)[:50].tolist())
    queries = interests.queries(16)
    assert len(queries) == 17
    named = {place for query in queries for place in np.argsort(-(papers @ query))[:60].tolist()}
    assert len(best & named) >= 49


def test_one_like_and_no_background_are_enough() -> None:
    interests = Interests(around(30, 1), NONE, BACKGROUND[:0])
    judged = interests.judge(np.concatenate([around(30, 2, seed=6), BACKGROUND[:5]]))
    assert judged.scores[:2].min() > judged.scores[2:].max()
    assert interests.judge(BACKGROUND[:0]).scores.shape == (0,)
    assert replace(judged).nearest.tolist() == [0] * 7


def test_with_the_packaged_model_unrelated_papers_stay_below_the_cut() -> None:
    background = embed.load("default").background
    likes, others = background[:12], background[500:900]
    judged = Interests(likes, NONE, background).judge(others)
    assert (judged.relevances >= 50).mean() < 0.15
    assert Interests(likes, NONE, background).judge(likes).relevances.min() > 90
