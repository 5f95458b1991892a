"""A papers.db of any older version opens and loses nothing; one of a newer version or another program is refused."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bench.loopback.bag_of_words import IDENTITY, encode
from recommender.errors import LockedError, StoreError
from recommender.index import Index
from recommender.paper import Paper
from recommender.store import Fetch, Filter, Store, schema
from recommender.store.faults import errors_of
from recommender.store.lock import WriteLock

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


def test_bringing_a_large_file_up_to_date_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(OLDER[-1], tmp_path / "papers.db")
    said: list[str] = []
    monkeypatch.setattr(schema, "_MANY", 3)
    for _ in range(2):
        Store.open(tmp_path, say=said.append).close()
    assert said == ["bringing papers.db with 3 papers up to date, once; this takes up to a minute"]


def test_a_reader_waits_for_whoever_brings_the_file_forward_and_no_longer(tmp_path: Path) -> None:
    shutil.copy(OLDER[-1], tmp_path / "papers.db")
    lock = WriteLock(tmp_path, wait=0)
    with ThreadPoolExecutor() as pool:
        with pytest.raises(LockedError, match="another process is writing"):
            Store.open(tmp_path, wait=0)
        waiting = pool.submit(count, tmp_path)
        schema.connect(tmp_path / "papers.db", write=True).close()
        assert waiting.result() == 3
    lock.release()


def count(folder: Path) -> int:
    with Store.open(folder, wait=5) as reader:
        return len(reader)


def test_who_reads_an_older_file_sees_one_state_while_it_is_brought_forward(tmp_path: Path) -> None:
    shutil.copy(OLDER[-1], tmp_path / "papers.db")
    with closing(sqlite3.connect(tmp_path / "papers.db", isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode = WAL")
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM papers").fetchone() == (3,)
        Store.open(tmp_path, write=True).close()
        assert reader.execute("PRAGMA user_version").fetchone() == (schema.VERSION - 1,)
        assert reader.execute("SELECT count(*) FROM papers").fetchone() == (3,)


def test_an_older_file_in_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    shutil.copy(OLDER[-1], tmp_path / "papers.db")
    (tmp_path / "papers.lock").mkdir()  # stands for a folder where no file can be opened for writing, also to root
    with pytest.raises(StoreError, match=r"older version \(schema \d+\) and must once .* cannot be written"):
        Store.open(tmp_path)


def test_a_python_without_full_text_search_is_told_so() -> None:
    missing = sqlite3.OperationalError("no such module: fts5")
    with pytest.raises(StoreError, match="no full-text search"), errors_of(Path("papers.db")):
        raise missing


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
