"""Many who ask one library at once: over one index whose state is swapped whole, while others write."""

import threading
from concurrent.futures import wait
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from recommender.errors import InputError, StoreError
from recommender.index import Index, SharedIndex
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.rank import Question
from recommender.store import Store
from recommender.verbs.readers import Readers
from tests.helpers import small_home


def readers(folder: Path, threads: int = 3) -> Readers:
    return Readers(folder / "config.toml", today=lambda: date(2026, 11, 21), threads=threads)


def more(first: int, number: int) -> list[Paper]:
    """Papers about codes that nobody has stored yet."""
    return [replace(small_home.paper(small_home.CODES, n % 7), id=f"2610.{first + n:05}") for n in range(number)]


def asks(text: str, number: int = 5):  # type: ignore[no-untyped-def]
    return lambda library: [scored.paper.id for scored in library.search(text, number)]


def test_threads_answer_as_one_reader_does(tmp_path: Path) -> None:
    small_home.fill(tmp_path, small_home.papers())
    texts = ["surface codes", "dwarf galaxies", "protein folding", "image retrieval"] * 10
    with small_home.open_home(tmp_path) as library:
        expected = [asks(text)(library) for text in texts]
    house = readers(tmp_path)
    try:
        assert [answer.result() for answer in [house.ask(asks(text)) for text in texts]] == expected
        with pytest.raises(InputError, match="empty"):
            house.ask(lambda library: library.search(" ")).result()
    finally:
        house.close()


def test_what_others_store_is_found_by_the_next_question_in_every_thread(tmp_path: Path) -> None:
    small_home.fill(tmp_path, small_home.papers())
    house = readers(tmp_path)
    try:
        house.ask(asks("surface codes")).result()
        for turn in range(5):
            small_home.fill(tmp_path, more(turn * 10, 3))
            answers = [house.ask(lambda library: len(library.search("quantum error correction", 99))) for _ in range(9)]
            assert {answer.result() for answer in answers} == {small_home.NUMBER + 3 * (turn + 1)}
    finally:
        house.close()


def test_no_answer_is_wrong_while_papers_come_and_go(tmp_path: Path) -> None:
    small_home.fill(tmp_path, small_home.papers())
    house, ended = readers(tmp_path), threading.Event()

    def write() -> None:
        for turn in range(12):
            with small_home.open_home(tmp_path, write=True) as library:
                library.add(more(turn * 10, 10))
                library.store.remove([paper.id for paper in more(turn * 10, 4)])
                library.refresh()
        ended.set()

    def consistent(library: Recommender) -> bool:
        found = library.answer(Question(("quantum error correction",)), 40)
        stored = library.store.papers.get([scored.paper.id for scored in found])
        vectors = library.papers([scored.paper for scored in found])
        cosines = vectors @ library.queries(["quantum error correction"])[0]
        order = [scored.similarity for scored in found]
        return len(stored) == len(found) and np.allclose(cosines, order, atol=1e-3) and order == sorted(order)[::-1]

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not ended.is_set():
            answers = [house.ask(consistent) for _ in range(6)]
            wait(answers)
            assert all(answer.result() for answer in answers)
        writer.join()
        assert house.ask(lambda library: len(library.store)).result() == small_home.NUMBER + 12 * 6
    finally:
        house.close()


def test_no_reader_holds_on_to_an_old_state_between_questions(tmp_path: Path) -> None:
    small_home.fill(tmp_path, small_home.papers())
    house = readers(tmp_path)
    try:
        wait([house.ask(asks("surface codes")) for _ in range(9)])
        small_home.fill(tmp_path, more(0, 5))
        with Store.open(tmp_path / "index", write=True) as store, store.database.reading() as connection:
            busy, frames, moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert (busy, frames, moved) == (0, 0, 0)
    finally:
        house.close()


def test_another_papers_db_in_its_place_is_opened(tmp_path: Path) -> None:
    small_home.fill(tmp_path, small_home.papers())
    small_home.fill(tmp_path / "other", more(0, 3))
    house = readers(tmp_path)
    try:
        assert house.ask(lambda library: len(library.store)).result() == small_home.NUMBER
        for name in ("papers.db-wal", "papers.db-shm", "vectors.faiss"):
            (tmp_path / "index" / name).unlink(missing_ok=True)
        (tmp_path / "other" / "index" / "papers.db").replace(tmp_path / "index" / "papers.db")
        found = house.ask(asks("quantum error correction", 99)).result()
        assert set(found) == {paper.id for paper in more(0, 3)}
    finally:
        house.close()


def test_a_damaged_index_file_is_made_anew_once_for_all(tmp_path: Path) -> None:
    small_home.fill(tmp_path, small_home.papers())
    file = tmp_path / "index" / "vectors.faiss"
    content = bytearray(file.read_bytes())
    content[-200:-100] = bytes(100)
    times = file.stat()
    file.write_bytes(content)
    import os

    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    house = readers(tmp_path)
    try:
        answers = [house.ask(lambda library: len(library.search("surface codes", 99))) for _ in range(9)]
        assert {answer.result() for answer in answers} == {small_home.NUMBER}
    finally:
        house.close()


def test_a_shared_index_without_papers_tells_each_reader_why(tmp_path: Path) -> None:
    shared = SharedIndex(tmp_path)
    for _ in range(2):
        with pytest.raises(StoreError, match="no papers"):
            shared.reach(0)
    shared.close()


def test_a_tail_goes_on_where_it_was_and_holds_what_a_fresh_one_would(tmp_path: Path) -> None:
    small_home.fill(tmp_path, small_home.papers())
    encode = small_home.encoder().encode_documents
    with Store.open(tmp_path / "index", write=True) as store:
        index = Index.open(store.folder, store)
        index._engine.due = lambda waiting: False  # type: ignore[method-assign]
        day, identity = date(2026, 11, 21), small_home.encoder().identity
        for change in range(4):
            store.add(more(change * 5, 8), encode, encoder=identity, today=day)
            store.add([replace(more(change, 1)[0], abstract=f"{change}")], encode, encoder=identity, today=day)
            store.remove([more(change * 5, 1)[0].id])
            index.refresh()
            fresh = Index.closed(store.folder, store)
            fresh._engine.due = lambda waiting: False  # type: ignore[method-assign]
            fresh.refresh()
            one, other = index._tail, fresh._tail
            assert (one.sequence, one.upto) == (other.sequence, other.upto)
            assert np.array_equal(one.void, other.void)
            a, b = np.argsort(one.rows), np.argsort(other.rows)
            assert np.array_equal(one.rows[a], other.rows[b])
            assert np.array_equal(one.vectors[a], other.vectors[b])
