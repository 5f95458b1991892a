"""The index finds what an exact scan finds, whatever has been added, replaced, removed or damaged meanwhile."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bench.loopback.bag_of_words import DIMENSIONS, IDENTITY, encode, encode_texts
from recommender.index import Index
from recommender.index.faiss import policy
from recommender.paper import Paper
from recommender.store import Filter, Store
from recommender.vectors import FloatArray, IntArray

TODAY = date(2026, 3, 1)
WORDS = [f"word{number}" for number in range(300)]


def papers(first: int, last: int) -> list[Paper]:
    return [paper(number) for number in range(first, last)]


def paper(number: int) -> Paper:
    random = np.random.default_rng(number)
    title, abstract = " ".join(random.choice(WORDS, 4)), " ".join(random.choice(WORDS, 30))
    return Paper(f"2401.{number:05d}", title, abstract, categories=(["cs.CV", "cs.LG", "math.AG"][number % 3],))


def fill(store: Store, some: list[Paper]) -> None:
    store.add(some, encode, encoder=IDENTITY, today=TODAY)


def exact(store: Store, query: FloatArray, k: int, rows: IntArray | None = None) -> IntArray:
    """The answer by definition: every stored vector compared, best first, equal ones by row."""
    every = np.sort(np.concatenate([chunk[0] for chunk in store.vectors.changes()]))
    looked_at = every if rows is None else rows
    cosines = store.vectors.at(looked_at).astype(np.float64) @ query.astype(np.float64)
    return looked_at[np.lexsort((looked_at, -cosines.astype(np.float32)))[:k]]


def agrees(index: Index, store: Store, k: int = 20) -> None:
    """Assert that index and definition give the same rows, unfiltered and filtered."""
    for query in encode(papers(90_000, 90_010)):
        np.testing.assert_array_equal(index.search(query, k)[0], exact(store, query, k))
        some = store.papers.select(Filter(("cs.CV",)))
        np.testing.assert_array_equal(index.search(query, k, rows=some)[0], exact(store, query, k, some))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, write=True) as opened:
        yield opened


def test_an_empty_store_answers_with_nothing(store: Store, tmp_path: Path) -> None:
    index = Index.open(tmp_path, store)
    query = np.full(DIMENSIONS, 1 / 8, np.float32)
    rows, cosines = index.search(query, 5)
    assert (len(rows), len(cosines)) == (0, 0)
    assert (index.status().vectors, index.status().bytes) == (0, 0)


def test_fewer_papers_than_asked_for_gives_all_of_them_and_never_a_pad(store: Store, tmp_path: Path) -> None:
    fill(store, papers(0, 3))
    rows, cosines = Index.open(tmp_path, store).search(encode(papers(1, 2))[0], 10)
    assert sorted(rows) == sorted(store.papers.rows(["2401.00000", "2401.00001", "2401.00002"]).values())
    assert list(cosines) == sorted(cosines, reverse=True)
    assert cosines[0] == pytest.approx(1, abs=1e-3)


def test_the_order_is_that_of_an_exact_scan_before_and_after_folding(store: Store, tmp_path: Path) -> None:
    fill(store, papers(0, 900))
    index = Index.open(tmp_path, store)
    assert index.status().pending == 0
    agrees(index, store)
    fill(store, papers(900, 1000))
    index.refresh()
    agrees(index, store)


def test_equal_papers_come_in_the_order_of_their_rows(store: Store, tmp_path: Path) -> None:
    fill(store, [Paper(f"2401.{number:05d}", "the same", "words") for number in range(20)])
    rows, _ = Index.open(tmp_path, store).search(encode([Paper("x", "the same", "words")])[0], 8)
    assert rows.tolist() == sorted(store.papers.rows(f"2401.{n:05d}" for n in range(8)).values())


def test_replaced_and_removed_vectors_are_never_returned(store: Store, tmp_path: Path) -> None:
    fill(store, papers(0, 500))
    index = Index.open(tmp_path, store)
    old = papers(0, 500)[7]
    new = replace(old, title="entirely different", abstract="text about nothing known", version=2)
    row = store.papers.rows([old.id])[old.id]
    fill(store, [new])
    index.refresh()
    rows, cosines = index.search(encode([old])[0], 500)
    assert dict(zip(rows.tolist(), cosines.tolist(), strict=True))[row] < 0.5
    assert index.search(encode([new])[0], 1)[0].tolist() == [row]
    store.remove([new.id])
    index.refresh()
    assert row not in index.search(encode([new])[0], 500)[0]
    agrees(index, store)


def test_a_reader_finds_new_papers_without_writing_anything(store: Store, tmp_path: Path) -> None:
    fill(store, papers(0, 50))
    Index.open(tmp_path, store)
    before = (tmp_path / "vectors.faiss").read_bytes()
    fill(store, papers(50, 60))
    with Store.open(tmp_path) as reader:
        agrees(Index.open(tmp_path, reader), reader)
    assert (tmp_path / "vectors.faiss").read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.write_bytes(path.read_bytes()[:1000] + bytes(64) + path.read_bytes()[1064:]),
        lambda path: path.write_bytes(b"not an index at all"),
    ],
    ids=["lost", "emptied", "cut short", "bytes flipped", "overwritten"],
)
def test_a_damaged_file_is_noticed_and_made_anew(store: Store, tmp_path: Path, damage: object) -> None:
    fill(store, papers(0, 300))
    Index.open(tmp_path, store)
    good = (tmp_path / "vectors.faiss").read_bytes()
    damage(tmp_path / "vectors.faiss")  # type: ignore[operator]
    agrees(Index.open(tmp_path, store), store)
    assert (tmp_path / "vectors.faiss").read_bytes() == good


def test_a_large_index_lies_in_lists_and_says_at_which_recall(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "FLAT_LIMIT", 1000)
    fill(store, papers(0, 900))
    index = Index.open(tmp_path, store, encode_texts)
    assert index.status().kind == "flat"
    fill(store, papers(900, 3000))
    index.refresh()
    status = index.status()
    assert (status.kind, status.pending) == ("ivf16", 0)
    assert float(status.detail.rpartition(" ")[2]) >= 0.99
    agrees_nearly(index, store)
    fill(store, [replace(old, title="quite another", version=2) for old in papers(0, 50)])
    store.remove([f"2401.{number:05d}" for number in range(50, 90)])
    index.refresh()
    agrees_nearly(index, store)
    with Store.open(tmp_path) as reader:
        agrees_nearly(Index.open(tmp_path, reader), reader)


def test_a_reader_never_trains_lists_but_compares_everything(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, papers(0, 1200))
    store.close()
    monkeypatch.setattr(policy, "FLAT_LIMIT", 1000)
    with Store.open(tmp_path) as reader:
        index = Index.open(tmp_path, reader)
        assert index.status().kind == "flat"
        agrees(index, reader)
    with Store.open(tmp_path, write=True) as writer:
        assert Index.open(tmp_path, writer).status().kind == "ivf4"


def agrees_nearly(index: Index, store: Store) -> None:
    """Assert recall@100 of at least .97 over twenty queries; exactness under a filter that keeps few papers."""
    queries = encode(papers(90_000, 90_020))
    recall = [np.isin(exact(store, query, 100), index.search(query, 100)[0]).mean() for query in queries]
    assert np.mean(recall) >= 0.97
    few = store.papers.every_row()[::20]
    for query in queries[:5]:
        np.testing.assert_array_equal(index.search(query, 20, rows=few)[0], exact(store, query, 20, few))


def test_a_copied_index_is_believed_by_its_checksum_and_not_made_anew(store: Store) -> None:
    fill(store, papers(0, 50))
    Index.open(store.folder, store)
    file = store.folder / "vectors.faiss"
    os.utime(file, ns=(1, 1))
    Index.open(store.folder, store)
    assert file.stat().st_mtime_ns == 1


def test_many_questions_at_once_get_the_answers_that_each_gets_alone(store: Store, tmp_path: Path) -> None:
    fill(store, papers(0, 400))
    index = Index.open(tmp_path, store)
    fill(store, papers(400, 450))
    index.refresh()
    queries = encode(papers(90_000, 90_010))
    for query, (rows, cosines) in zip(queries, index.search_each(queries, 20), strict=True):
        alone = index.search(query, 20)
        np.testing.assert_array_equal(rows, alone[0])
        np.testing.assert_array_equal(cosines, alone[1])
    assert index.search_each(queries[:0], 20) == []
