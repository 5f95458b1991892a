"""The store keeps every paper it acknowledged, says what was new, and refuses what it cannot honour."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bench.loopback.bag_of_words import IDENTITY, encode
from recommender.errors import LockedError, ModelError, StoreError
from recommender.paper import Paper
from recommender.store import Fetch, Filter, Store
from recommender.vectors import FloatArray

TODAY = date(2026, 3, 1)


def paper(number: int, text: str = "", **fields: object) -> Paper:
    title = text or f"Paper number {number}"
    return replace(Paper(f"2401.{number:05d}", title, f"An abstract about {title}."), **fields)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, write=True) as opened:
        yield opened


def add(store: Store, *papers: Paper, encoder: str = IDENTITY) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    added = store.add(papers, encode, encoder=encoder, today=TODAY)
    return added.new, added.revised, added.unchanged


def test_a_paper_comes_back_as_it_was_given(store: Store) -> None:
    given = Paper(
        id="quant-ph/0201082",
        title="Größe & $\\alpha$",
        abstract='With "quotes", | bars\\ and 漢字',
        authors=("Émile Borel", 'O"Neil, Jr.'),
        categories=("quant-ph", "math.AG"),
        published=date(2002, 1, 15),
        updated=date(2003, 2, 1),
        version=2,
        comment="5 pages",
    )
    bare = Paper("2401.00001", "Only a title", "")
    add(store, given, bare)
    assert store.papers.get([given.id, bare.id, "9999.99999"]) == {given.id: given, bare.id: bare}
    assert len(store) == 2


def test_papers_come_in_the_order_of_their_rows_and_a_missing_row_is_an_error(store: Store) -> None:
    add(store, paper(1), paper(2), paper(3))
    rows = store.papers.rows(["2401.00003", "2401.00001"])
    assert store.papers.at([rows["2401.00003"], rows["2401.00001"]]) == [paper(3), paper(1)]
    with pytest.raises(StoreError, match="no paper can be read in row 99"):
        store.papers.at([99])


def test_what_was_met_before_is_neither_new_nor_embedded_again(store: Store) -> None:
    embedded: list[str] = []

    def counting(papers: Sequence[Paper]) -> FloatArray:
        embedded.extend(p.id for p in papers)
        return encode(papers)

    for _ in range(2):
        added = store.add([paper(1), paper(2)], counting, encoder=IDENTITY, today=TODAY)
    assert (added.new, added.revised, added.unchanged) == ((), (), 2)
    assert embedded == ["2401.00001", "2401.00002"]


def test_a_changed_text_is_embedded_anew_and_keeps_its_row(store: Store) -> None:
    add(store, paper(1), paper(2))
    before = store.papers.rows(["2401.00001"])
    assert add(store, paper(1, "Quite another title", version=2)) == ((), ("2401.00001",), 0)
    assert store.papers.rows(["2401.00001"]) == before
    expected = encode([paper(1, "Quite another title")])
    np.testing.assert_allclose(store.vectors.at([before["2401.00001"]]), expected, atol=1e-3)


def test_a_comment_that_was_missing_is_filled_in_without_calling_the_paper_revised(store: Store) -> None:
    add(store, paper(1))
    assert add(store, paper(1, comment="12 pages")) == ((), (), 1)
    assert store.papers.get(["2401.00001"])["2401.00001"].comment == "12 pages"


def test_the_same_paper_twice_in_one_import_is_one_paper_of_the_later_version(store: Store) -> None:
    many = [paper(n) for n in range(3000)]
    first, second = paper(1, "First words", version=1), paper(1, "Second words", version=2)
    new, revised, unchanged = add(store, second, *many[2:], first, second)
    assert (len(new), revised, unchanged) == (2999, (), 2)
    assert store.papers.get(["2401.00001"])["2401.00001"] == second


def test_a_broken_file_loses_nothing_that_was_acknowledged_before(store: Store) -> None:
    def broken() -> Iterator[Paper]:
        yield paper(2)
        raise ValueError("cut off")

    add(store, paper(1))
    with pytest.raises(ValueError, match="cut off"):
        store.add(broken(), encode, encoder=IDENTITY, today=TODAY)
    assert "2401.00001" in store.papers.get(["2401.00001"])
    assert add(store, paper(3))[0] == ("2401.00003",)


def test_vectors_of_another_encoder_are_refused_with_the_remedy(store: Store) -> None:
    add(store, paper(1))
    with pytest.raises(ModelError, match=r"embedded with 'bag of words', not with 'other'.*--rebuild"):
        add(store, paper(2), encoder="other")


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (Filter(), None),
        (Filter(("cs.CV",)), [1, 3]),
        (Filter(("cs",)), [1, 2, 3]),
        (Filter(("hep-th",)), [4]),
        (Filter(("hep",)), []),
        (Filter(("cs.LG", "hep-th")), [2, 3, 4]),
        (Filter(since=date(2026, 1, 2)), [2, 3]),
        (Filter(until=date(2026, 1, 1)), [1, 4]),
        (Filter(("cs.CV",), since=date(2026, 1, 2)), [3]),
    ],
)
def test_filters_look_at_every_category_and_at_the_day_of_the_version(
    store: Store, filter_: Filter, expected: list[int] | None
) -> None:
    add(
        store,
        paper(1, categories=("cs.CV",), published=date(2026, 1, 1)),
        paper(2, categories=("cs.LG",), published=date(2026, 1, 2)),
        paper(3, categories=("stat.ML", "cs.LG", "cs.CV"), published=date(2020, 1, 1), updated=date(2026, 1, 3)),
        paper(4, categories=("hep-th",)),  # its day is that of its id: January 2024
    )
    found = store.papers.select(filter_)
    assert (None if found is None else found.tolist()) == expected


def test_the_newest_paper_of_a_filter_is_known(store: Store) -> None:
    assert store.papers.newest() is None
    first = paper(1, categories=("cs.CV",), published=date(2026, 1, 1))
    add(store, first, paper(2, categories=("cs.LG",), published=date(2026, 1, 9)))
    assert store.papers.newest() == date(2026, 1, 9)
    assert store.papers.newest(Filter(("cs.CV",))) == date(2026, 1, 1)


def test_a_removed_paper_is_gone_and_its_row_is_never_given_again(store: Store) -> None:
    add(store, paper(1), paper(2))
    row = store.papers.rows(["2401.00002"])["2401.00002"]
    assert store.remove(["2401.00002", "2401.00009"]) == 1
    assert len(store) == 1
    add(store, paper(2))
    assert store.papers.rows(["2401.00002"])["2401.00002"] > row


def test_fetches_are_remembered_good_and_bad(store: Store) -> None:
    at = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
    good = Fetch("Video", "api", at, True, new=3, revised=1, requests=2, newest=date(2026, 2, 28))
    bad = Fetch("Video", "oai", at.replace(hour=5), False, "503 twice", requests=2)
    store.ledger.enter(good)
    store.ledger.enter(bad)
    assert store.ledger.last("Video") == bad
    assert store.ledger.last("Video", ok=True) == good
    assert store.ledger.last("Video", source="api") == good
    assert store.ledger.last("Audio") is None
    assert store.ledger.targets() == ["Video"]


def test_marks_and_the_digests_memory_outlive_the_process(tmp_path: Path) -> None:
    with Store.open(tmp_path, write=True) as store:
        assert store.ledger.cursor("oai cs") is None
        store.ledger.set_cursor("oai cs", "2026-03-01")
        store.memory.set_shown("Video", {"2401.00001": (2, TODAY), "2401.00002": (None, TODAY)})
        store.memory.set_shown("Video", {"2401.00001": (2, TODAY)})
    with Store.open(tmp_path) as store:
        assert store.ledger.cursor("oai cs") == "2026-03-01"
        assert store.memory.shown("Video") == {"2401.00001": (2, TODAY)}
        assert store.memory.shown("Audio") == {}


def test_a_second_writer_learns_who_holds_the_lock(store: Store, tmp_path: Path) -> None:
    with pytest.raises(LockedError, match=r"another process is writing \(process id \d+\)"):
        Store.open(tmp_path, write=True, wait=0)


def test_a_reader_sees_one_state_as_long_as_a_question_takes_and_the_newest_with_the_next(
    store: Store, tmp_path: Path
) -> None:
    add(store, paper(1))
    with Store.open(tmp_path) as reader:
        with reader.snapshot(), reader.snapshot():
            assert len(reader) == 1
            add(store, paper(2))
            assert len(reader) == 1
            reader.reread()
            assert len(reader) == 2
            add(store, paper(3))
            assert len(reader) == 2
        assert len(reader) == 3
        with pytest.raises(StoreError, match="reading only"):
            reader.ledger.set_cursor("a", "b")


def test_a_reader_that_lives_long_pins_nothing_of_the_journal(store: Store, tmp_path: Path) -> None:
    add(store, paper(1))
    with Store.open(tmp_path) as reader:
        with reader.snapshot():
            assert len(reader) == 1
        for number in range(2, 8):
            add(store, paper(number))
        assert store.database.query("PRAGMA wal_checkpoint(TRUNCATE)") == [(0, 0, 0)]
        assert (tmp_path / "papers.db-wal").stat().st_size == 0
        assert len(reader) == 7


def test_a_folder_without_papers_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no papers here yet; `recommend update`"):
        Store.open(tmp_path)


def test_an_interruption_costs_no_more_than_the_batches_under_way(store: Store) -> None:
    def broken(papers: Sequence[Paper]) -> FloatArray:
        if any(paper.id == "2401.00039" for paper in papers):
            raise KeyboardInterrupt
        return encode(papers)

    with pytest.raises(KeyboardInterrupt):
        store.add([paper(n) for n in range(50)], broken, encoder=IDENTITY, today=TODAY, batch=5)
    assert 20 <= len(store) <= 35


def test_vectors_of_a_second_model_are_kept_by_model_and_text(store: Store) -> None:
    papers = [paper(1), paper(2), paper(3)]
    store.cache.write("second", papers[:2], encode(papers[:2]))
    kept = store.cache.read("second", [paper(1), paper(2, "Another text"), paper(3)])
    assert list(kept) == ["2401.00001"]
    np.testing.assert_allclose(kept["2401.00001"], encode(papers[:1])[0], atol=1e-3)
    assert store.cache.read("third", papers) == {}


def test_a_reader_keeps_such_vectors_when_nobody_else_writes(tmp_path: Path) -> None:
    with Store.open(tmp_path, write=True) as writer:
        add(writer, paper(1))
        with Store.open(tmp_path) as reader:
            reader.cache.write("second", [paper(1)], encode([paper(1)]))
            assert reader.cache.read("second", [paper(1)]) == {}
    with Store.open(tmp_path) as reader:
        with reader.snapshot():
            reader.cache.write("second", [paper(1)], encode([paper(1)]))
        assert list(reader.cache.read("second", [paper(1)])) == ["2401.00001"]


def test_filters_follow_a_paper_that_moves(store: Store) -> None:
    add(store, paper(1, categories=("cs.CV",), published=date(2026, 1, 1)))
    add(store, paper(1, categories=("cs.LG", "cs.CV"), published=date(2026, 1, 1), updated=date(2026, 2, 1), version=2))
    assert store.papers.select(Filter(("cs.LG",))).tolist() == [1]  # type: ignore[union-attr]
    assert store.papers.select(Filter(until=date(2026, 1, 31))).tolist() == []  # type: ignore[union-attr]
    store.remove(["2401.00001"])
    assert store.papers.select(Filter(("cs",))).tolist() == []  # type: ignore[union-attr]
    assert store.papers.newest() is None


def test_a_paper_that_is_new_and_revised_in_one_batch_is_filed_once(store: Store) -> None:
    first = paper(1, "First words", categories=("cs.CV",), version=1)
    second = paper(1, "Second words", categories=("math.AG",), version=2)
    assert add(store, first, second) == (("2401.00001",), ("2401.00001",), 0)
    assert store.papers.select(Filter(("cs",))).tolist() == []  # type: ignore[union-attr]
    assert store.papers.select(Filter(("math",))).tolist() == [1]  # type: ignore[union-attr]
    np.testing.assert_allclose(store.vectors.at([1]), encode([second]), atol=1e-3)


def test_a_paper_whose_categories_nobody_told_passes_every_filter(store: Store) -> None:
    known = Paper("2401.00007", "Known", "Known.", categories=("cs.CV",), published=date(2024, 1, 1))
    unknown = Paper("2401.00008", "Unknown", "Unknown.", published=date(2024, 1, 9))
    add(store, known, unknown)
    rows = store.papers.rows([known.id, unknown.id])
    for names, expected in ((("cs",), {known.id, unknown.id}), (("math", "hep-th"), {unknown.id})):
        found = store.papers.select(Filter(names))
        assert found is not None
        assert set(rows.values()) & set(found.tolist()) == {rows[name] for name in expected}
    assert store.papers.newest(Filter(("hep-th",))) == date(2024, 1, 9)
    add(store, replace(unknown, categories=("math.AG",)))
    found = store.papers.select(Filter(("cs",)))
    assert found is not None
    assert rows[unknown.id] not in found.tolist()


def test_papers_without_categories_of_an_older_file_pass_a_filter_too(tmp_path: Path) -> None:
    unknown = Paper("2401.00008", "Unknown", "Unknown.", published=date(2024, 1, 9))
    with Store.open(tmp_path, write=True) as store:
        add(store, unknown)
    with closing(sqlite3.connect(tmp_path / "papers.db")) as db, db:
        db.execute("DELETE FROM filed WHERE category = (SELECT number FROM categories WHERE name = '?')")
        db.execute("DELETE FROM categories WHERE name = '?'")
        later = ("ratings", "recommended", "titles", "watches", "outbox")
        db.executescript(f"{''.join(f'DROP TABLE {name};' for name in later)} PRAGMA user_version = 4")
    with Store.open(tmp_path) as reader:
        assert reader.papers.select(Filter(("cs",))).tolist() == [1]  # type: ignore[union-attr]
