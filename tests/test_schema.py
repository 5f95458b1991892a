"""A papers.db of any older version opens and loses nothing; one of a newer version or another program is refused."""

import shutil
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bench.loopback.bag_of_words import IDENTITY, encode
from recommender.errors import StoreError
from recommender.index import Index
from recommender.paper import Paper
from recommender.store import Fetch, Filter, Store, schema

OLDER = sorted((Path(__file__).parent / "data" / "schema").glob("*.db"))

VIDEO = Paper(
    "2401.00001",
    "Video diffusion",
    "Moving pictures from noise.",
    ("Ada Lovelace",),
    ("cs.CV", "cs.LG"),
    date(2024, 1, 2),
    date(2024, 1, 9),
    2,
    "5 pages",
)


def test_there_is_a_file_of_every_older_version() -> None:
    assert [path.stem for path in OLDER] == [str(number) for number in range(1, schema.VERSION)]


@pytest.mark.parametrize("older", OLDER, ids=lambda path: path.stem)
def test_an_older_file_is_brought_forward_with_everything_in_it(older: Path, tmp_path: Path) -> None:
    shutil.copy(older, tmp_path / "papers.db")
    with Store.open(tmp_path) as reader:
        assert reader.papers.get([VIDEO.id]) == {VIDEO.id: VIDEO}
    with Store.open(tmp_path, write=True) as store:
        assert store.papers.get([VIDEO.id]) == {VIDEO.id: VIDEO}
        assert len(store) == 3
        assert store.vectors.encoder == IDENTITY
        assert store.add([VIDEO], encode, encoder=IDENTITY, today=date(2026, 3, 3)).unchanged == 1
        assert store.papers.select(Filter(("cs",))).tolist() == [1]  # type: ignore[union-attr]
        assert store.papers.select(Filter(("hep-th", "math"))).tolist() == [2, 4]  # type: ignore[union-attr]
        assert store.papers.newest() == date(2024, 1, 9)
        assert store.papers.select(Filter(authors=("Lovelace",))).tolist() == [1]  # type: ignore[union-attr]
        assert store.ledger.last("Video") == Fetch("Video", "api", datetime(2026, 3, 1, 4, tzinfo=UTC), True, new=3)
        assert store.ledger.cursor("oai cs") == "2026-03-01"
        assert store.memory.shown("Video") == {VIDEO.id: (2, date(2026, 3, 1))}
        assert store.cache.read("second", [VIDEO])


@pytest.mark.parametrize("version", ["2", "3"])
def test_an_index_file_of_an_older_version_is_believed_and_not_made_anew(version: str, tmp_path: Path) -> None:
    for name, suffix in (("papers.db", "db"), ("vectors.faiss", "faiss")):
        shutil.copy(Path(__file__).parent / "data" / "schema" / f"{version}.{suffix}", tmp_path / name)
    written = (tmp_path / "vectors.faiss").stat()
    with Store.open(tmp_path, write=True) as store:
        index = Index.open(tmp_path, store)
        assert (index.status().kind, index.status().detail, index.status().bytes) == ("flat", "exact", written.st_size)
        assert store.papers.at(index.search(encode([VIDEO])[0], 1)[0]) == [VIDEO]
    assert (tmp_path / "vectors.faiss").stat().st_mtime_ns == written.st_mtime_ns


def test_a_newer_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    Store.open(tmp_path, write=True).close()
    with sqlite3.connect(tmp_path / "papers.db") as db:
        db.execute("PRAGMA user_version = 99")
    for write in (False, True):
        with pytest.raises(StoreError, match=r"newer recommender \(schema 99.*upgrade"):
            Store.open(tmp_path, write=write)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "papers.db") as db:
        db.execute("CREATE TABLE cookies (name)")
    before = (tmp_path / "papers.db").read_bytes()
    for write in (False, True):
        with pytest.raises(StoreError, match="another program"):
            Store.open(tmp_path, write=write)
    assert (tmp_path / "papers.db").read_bytes() == before
