"""Whatever becomes of the index of titles and authors, it is noticed, and made anew from the papers."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bench.loopback.bag_of_words import IDENTITY, encode
from recommender.paper import Paper
from recommender.store import Store, mend
from recommender.store.faults import DamagedError

TODAY = date(2026, 3, 3)
PAPERS = [Paper(f"2401.{n:05}", f"Surface codes {n}", "Syndromes.", (f"Ada Lovelace{n}",)) for n in range(300)]


def garbled(db: sqlite3.Connection) -> None:
    noise = random.Random(1)
    for number, size in db.execute("SELECT id, length(block) FROM titles_data").fetchall():
        db.execute("UPDATE titles_data SET block = ? WHERE id = ?", (noise.randbytes(size), number))


def run(*statements: str) -> Callable[[sqlite3.Connection], None]:
    def act(db: sqlite3.Connection) -> None:
        for statement in statements:
            db.execute(statement)

    return act


DAMAGES = {
    "its data are empty": run("DELETE FROM titles_data"),
    "its data are noise": garbled,
    "its settings are empty": run("DELETE FROM titles_config"),
    "it is of a later format": run("UPDATE titles_config SET v = 99"),
    "its definition is garbled": run(
        "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = replace(sql, 'ascii', 'asciz')"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_said_to_be_and_made_anew(damage: str, tmp_path: Path) -> None:
    made(tmp_path, DAMAGES[damage])
    with Store.open(tmp_path) as reader:
        with pytest.raises(DamagedError, match="index --rebuild"):
            reader.titles.phrase(["surface"])
        assert mend.mistitled(reader.database)
        assert len(reader.papers.get(["2401.00007"])) == 1
    mended(tmp_path)


def test_a_word_that_is_there_but_not_reached_is_noticed(tmp_path: Path) -> None:
    made(tmp_path, run("DELETE FROM titles_idx"))
    with Store.open(tmp_path) as reader:
        assert mend.mistitled(reader.database)
    mended(tmp_path)


def made(folder: Path, damage: Callable[[sqlite3.Connection], None]) -> None:
    with Store.open(folder, write=True) as store:
        store.add(PAPERS, encode, encoder=IDENTITY, today=TODAY)
        assert not mend.mistitled(store.database)
    with closing(sqlite3.connect(folder / "papers.db", isolation_level=None)) as db:
        damage(db)


def mended(folder: Path) -> None:
    with Store.open(folder, write=True) as store:
        assert mend.mend(store.database, TODAY) == ["index of titles and authors made anew"]
        assert store.titles.by_author("Lovelace7").tolist() == [8]
        store.remove(["2401.00007"])
    with Store.open(folder) as reader:
        assert not mend.mistitled(reader.database)
        assert reader.titles.by_author("Lovelace7").tolist() == []
