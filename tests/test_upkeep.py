"""Whatever happens to the files, `check` says it and `rebuild` saves what can be read."""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bench.loopback import bag_of_words
from bench.loopback.bag_of_words import IDENTITY, BagOfWords
from recommender.errors import ModelError, StoreError
from recommender.index import Index
from recommender.paper import Paper
from recommender.store import Filter, Store, reembed
from recommender.vectors import FloatArray
from recommender.verbs import upkeep

TODAY = date(2026, 3, 1)
COUNT = 400


def papers(count: int = COUNT) -> list[Paper]:
    words = np.random.default_rng(0).integers(0, 500, (count, 40))
    return [
        Paper(f"2401.{number:05d}", f"Title {number}", " ".join(f"w{word}" for word in row), categories=("cs.CV",))
        for number, row in enumerate(words)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.open(tmp_path, write=True) as store:
        store.add(papers(), bag_of_words.encode, encoder=IDENTITY, today=TODAY)
        store.ledger.set_cursor("oai cs", "2026-03-01")
        Index.open(tmp_path, store)
    return tmp_path


def faults(folder: Path) -> list[str]:
    return [finding.what for finding in upkeep.check(folder, BagOfWords()) if not finding.ok]


def test_a_sound_folder_passes_every_check(folder: Path) -> None:
    assert [finding.what for finding in upkeep.check(folder, BagOfWords())] == [
        "database",
        "texts",
        "records",
        "counts",
        "filters",
        "titles",
        "vectors",
        "index",
    ]
    assert faults(folder) == []


def test_a_text_changed_behind_our_back_is_found_and_embedded_anew(folder: Path) -> None:
    with sqlite3.connect(folder / "papers.db") as db:
        db.execute("UPDATE papers SET abstract = 'of something else altogether' WHERE row = 7")
    assert "texts" in faults(folder)
    done = upkeep.rebuild(folder, BagOfWords())
    assert "1 papers embedded whose vector was missing, damaged or of another text" in done
    assert faults(folder) == []
    with Store.open(folder) as store:
        query = bag_of_words.encode_texts(["Title 6 of something else altogether"])[0]
        assert Index.open(folder, store).search(query, 1)[0].tolist() == [7]


def test_a_vector_lost_or_bent_is_found(folder: Path) -> None:
    with sqlite3.connect(folder / "papers.db") as db:
        db.execute("DELETE FROM vectors WHERE row = 7")
        db.execute("UPDATE vectors SET vector = zeroblob(128) WHERE row = 8")
    assert faults(folder) == ["counts", "vectors"]


def test_a_flipped_byte_in_the_index_is_found_whatever_the_clock_says(folder: Path) -> None:
    path = folder / "vectors.faiss"
    times = path.stat()
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert faults(folder) == ["index"]
    upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []


@pytest.mark.parametrize("seed", range(6))
def test_pages_overwritten_cost_their_own_papers_and_no_others(folder: Path, seed: int) -> None:
    path = folder / "papers.db"
    data = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    for page in random.choice(np.arange(8, len(data) // 8192), 3, replace=False):
        data[page * 8192 : (page + 1) * 8192] = random.bytes(8192)
    path.write_bytes(data)
    before = path.read_bytes()
    if not faults(folder):
        return  # the pages were free ones
    assert "papers.db was damaged" in upkeep.rebuild(folder, BagOfWords())[0]
    assert (folder / "papers.db.damaged").read_bytes() == before
    assert faults(folder) == []
    with Store.open(folder) as store:
        assert len(store) >= COUNT - 3 * 40  # about twenty such papers lie on a page
        whole = {paper.id: paper for paper in papers()}
        assert all(paper == whole[name] for name, paper in store.papers.get(whole).items())
        assert len(store.papers.every_row(Filter(("cs",)))) == len(store)


@pytest.mark.parametrize("size", [0, 5000, -20_000, -100_000])
def test_a_truncated_database_ends_in_one_line_or_in_what_could_be_saved(folder: Path, size: int) -> None:
    path = folder / "papers.db"
    path.write_bytes(path.read_bytes()[:size])
    if size >= 0:  # not even the table of tables is left
        with suppress(StoreError):
            upkeep.rebuild(folder, BagOfWords())
        return
    upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []


def test_a_kill_between_the_steps_of_a_rescue_leaves_the_saved_papers(folder: Path) -> None:
    shutil.copy(folder / "papers.db", folder / "papers.db.rescued")
    (folder / "papers.db").rename(folder / "papers.db.damaged")
    with Store.open(folder) as store:
        assert len(store) == COUNT


def test_another_encoder_embeds_everything_anew_from_stored_text(folder: Path) -> None:
    with Store.open(folder, write=True) as store, pytest.raises(ModelError):
        store.add(papers(), BagOfWords(turned=True).encode_documents, encoder=f"{IDENTITY}, turned", today=TODAY)
    assert upkeep.rebuild(folder, BagOfWords(turned=True)) == [
        "400 papers embedded anew",
        "index of 400 papers made: flat",
    ]
    with Store.open(folder) as store:
        assert store.vectors.encoder == f"{IDENTITY}, turned"
        query = BagOfWords(turned=True).encode_documents(papers()[5:6])[0]
        assert store.papers.at(Index.open(folder, store).search(query, 1)[0]) == papers()[5:6]
        assert store.ledger.cursor("oai cs") == "2026-03-01"


def test_an_interrupted_change_of_encoder_keeps_the_old_vectors_and_goes_on_where_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reembed, "_TO_EMBED", reembed._TO_EMBED.replace("LIMIT 1024", "LIMIT 100"))
    done: list[str] = []

    class Dying(BagOfWords):
        def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
            if len(done) == 200:
                raise KeyboardInterrupt
            done.extend(paper.id for paper in papers)
            return super().encode_documents(papers)

    with pytest.raises(KeyboardInterrupt):
        upkeep.rebuild(folder, Dying(turned=True))
    assert faults(folder) == []
    done.append("")
    upkeep.rebuild(folder, Dying(turned=True))
    assert sorted(done) == ["", *(paper.id for paper in papers())]


def test_vectors_that_the_encoder_would_not_give_again_are_found(folder: Path) -> None:
    changed = BagOfWords(turned=True)
    changed.identity = IDENTITY
    assert [finding.what for finding in upkeep.check(folder, changed) if not finding.ok] == ["vectors"]


def test_bringing_the_index_up_to_date_makes_a_damaged_file_anew_and_says_so(folder: Path) -> None:
    path = folder / "vectors.faiss"
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    times = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    said = upkeep.catch_up(folder, BagOfWords())
    assert said == ["vectors.faiss was damaged and is made anew", f"index of {COUNT} papers: flat, 0 beside it"]
    assert faults(folder) == []
    assert upkeep.catch_up(folder, BagOfWords()) == said[1:]
