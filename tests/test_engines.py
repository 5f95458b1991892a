"""What every index engine must do: the same suite for each, held against the reference."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.index.base import NO_ROWS, HeldOut, VectorIndex
from recommender.index.exact import ExactIndex
from recommender.index.faiss import FaissIndex, policy
from recommender.vectors import FloatArray, HalfArray, IntArray, unit

D = 16
Make = Callable[[], VectorIndex]


def vectors(count: int, seed: int = 0) -> HalfArray:
    return unit(np.random.default_rng(seed).standard_normal((count, D))).astype(np.float16)


def rows_of(*numbers: int) -> IntArray:
    return np.array(numbers, np.int64)


def filled(engine: VectorIndex, rows: IntArray, some: HalfArray) -> VectorIndex:
    """Build an engine over these vectors, in chunks of 300."""

    def chunks() -> Iterator[tuple[IntArray, HalfArray]]:
        for start in range(0, len(rows), 300):
            yield rows[start : start + 300], some[start : start + 300]

    def held_out() -> HeldOut:
        return [(rows[:50], some[:50].astype(np.float32))]

    engine.build(chunks, len(rows), held_out)
    return engine


def nearest(engine: VectorIndex, query: FloatArray, k: int, among: IntArray | None = None, *void: int) -> list[int]:
    """The rows found, ascending, each checked to be there once."""
    found = engine.search(query, k, among=among, void=rows_of(*void))
    assert len(set(found.tolist())) == len(found) <= k
    return sorted(found.tolist())


@pytest.fixture(params=["exact", "flat", "lists"])
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes engines that share what they save."""
    if request.param == "exact":
        return ExactIndex
    if request.param == "lists":
        monkeypatch.setattr(policy, "FLAT_LIMIT", 500)
        monkeypatch.setattr(policy, "RECALL", 1.0)
    return lambda: FaissIndex(tmp_path)


QUERY = vectors(1, seed=99)[0].astype(np.float32)
ROWS = np.arange(10, 1010, dtype=np.int64)
SOME = vectors(1000)


def test_an_empty_engine_finds_nothing(make: Make) -> None:
    engine = make()
    assert (len(engine), nearest(engine, QUERY, 5), engine.open([])) == (0, [], None)
    assert not engine.outgrown(1_000_000)


def test_more_than_there_are_gives_all_there_are(make: Make) -> None:
    engine = filled(make(), ROWS[:3], SOME[:3])
    assert nearest(engine, QUERY, 10) == [10, 11, 12]
    assert nearest(engine, QUERY, 0) == []


def test_the_answers_are_the_references(make: Make) -> None:
    engine, reference = filled(make(), ROWS, SOME), filled(ExactIndex(), ROWS, SOME)
    for query in vectors(10, seed=5).astype(np.float32):
        assert nearest(engine, query, 20) == nearest(reference, query, 20)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.5, 1.0])
def test_a_filter_of_any_size_admits_its_own_rows_only(make: Make, share: float) -> None:
    engine, reference = filled(make(), ROWS, SOME), filled(ExactIndex(), ROWS, SOME)
    among = ROWS[np.random.default_rng(3).random(len(ROWS)) < share]
    assert nearest(engine, QUERY, 20, among) == nearest(reference, QUERY, 20, among)
    assert set(nearest(engine, QUERY, 20, among)) <= set(among.tolist())


def test_a_filter_may_name_rows_that_are_not_held(make: Make) -> None:
    engine = filled(make(), ROWS[:5], SOME[:5])
    assert nearest(engine, QUERY, 10, rows_of(3, 11, 12, 70_000)) == [11, 12]


def test_void_rows_are_never_found_and_cost_no_place(make: Make) -> None:
    engine = filled(make(), ROWS, SOME)
    best = nearest(engine, QUERY, 5)
    left = nearest(engine, QUERY, 5, None, *best)
    assert len(left) == 5
    assert not set(best) & set(left)
    assert nearest(engine, QUERY, 5, np.array(best), *best) == []


def test_equal_vectors_are_all_found(make: Make) -> None:
    engine = filled(make(), ROWS[:20], np.repeat(SOME[:1], 20, axis=0))
    assert nearest(engine, SOME[0].astype(np.float32), 20) == ROWS[:20].tolist()


def test_rows_are_added_replaced_and_removed(make: Make) -> None:
    engine = filled(make(), ROWS, SOME)
    engine.change(rows_of(5000, 10), np.stack([QUERY, -QUERY]).astype(np.float16), rows_of(11, 12))
    assert len(engine) == 999
    assert nearest(engine, QUERY, 1) == [5000]
    assert nearest(engine, -QUERY, 1) == [10]
    assert not {11, 12} & set(nearest(engine, QUERY, 2000))
    engine.change(NO_ROWS, np.empty((0, 0), np.float16), rows_of(5000, 99_999))
    assert 5000 not in nearest(engine, QUERY, 2000)


def test_what_was_saved_is_opened_again_by_its_state(make: Make) -> None:
    states: list[bytes] = []
    engine = filled(make(), ROWS, SOME)
    engine.save(states.append)
    reopened = make()
    assert reopened.open(states) == states[-1]
    assert len(reopened) == len(ROWS)
    assert reopened.status() == engine.status()
    assert nearest(reopened, QUERY, 20) == nearest(engine, QUERY, 20)
    assert reopened.verify(states) == (states[-1], "")


def test_a_change_after_reopening_is_saved_too(make: Make) -> None:
    states: list[bytes] = []
    filled(make(), ROWS, SOME).save(states.append)
    engine = make()
    engine.open(states)
    engine.change(rows_of(5000), QUERY[None].astype(np.float16), rows_of(10))
    engine.save(states.append)
    last = make()
    assert last.open(states) == states[-1]
    assert nearest(last, QUERY, 1) == [5000]
    assert len(last) == len(ROWS)


def test_building_anew_forgets_what_was_held(make: Make) -> None:
    engine = filled(filled(make(), ROWS, SOME), rows_of(1, 2), SOME[:2])
    assert nearest(engine, QUERY, 10) == [1, 2]


def test_a_file_that_no_state_describes_is_not_opened(make: Make) -> None:
    filled(make(), ROWS, SOME).save(lambda _: None)
    assert make().open([]) is None


@given(st.lists(st.tuples(st.sampled_from(["put", "drop"]), st.lists(st.integers(0, 40), max_size=6)), max_size=12))
@settings(max_examples=30, deadline=None)
def test_any_sequence_of_changes_leaves_what_the_reference_holds(steps: list[tuple[str, list[int]]]) -> None:
    some = vectors(41, seed=1)
    engine, reference = FaissIndex(Path("nowhere")), ExactIndex()
    for one in (engine, reference):
        filled(one, np.arange(20, dtype=np.int64), some[:20])
    for kind, numbers in steps:
        rows = np.unique(np.array(numbers, np.int64))
        put, drop = (rows, NO_ROWS) if kind == "put" else (NO_ROWS, rows)
        for one in (engine, reference):
            one.change(put, -some[put] if len(put) else np.empty((0, 0), np.float16), drop)
    assert len(engine) == len(reference)
    assert nearest(engine, QUERY, 50) == nearest(reference, QUERY, 50)
    assert nearest(engine, QUERY, 5) == nearest(reference, QUERY, 5)
