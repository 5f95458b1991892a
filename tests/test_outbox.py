"""The outbox in papers.db: a record of it that is damaged costs itself, and a rescue or a rebuild keeps the others."""

import json
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bench.loopback.bag_of_words import IDENTITY, encode
from recommender.paper import Paper
from recommender.store import Store, mend, rescue
from recommender.store.outbox import told

DAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.open(tmp_path, write=True) as store:
        for name in ("lab", "me"):
            store.outbox.begin(name, DAY, "c0ffee", ["2407.16658v1"], NOW)
            store.outbox.end(name, DAY, "c0ffee", NOW, sent=True, items=["2407.16658v1"])
    return tmp_path


def damage(folder: Path, column: str, value: object) -> None:
    with sqlite3.connect(folder / "papers.db") as db:
        db.execute(f"UPDATE outbox SET {column} = ? WHERE target = 'lab'", (value,))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("day", "yesterday"),
        ("state", "lost"),
        ("tries", "many"),
        ("at", "2026-11-25"),
        ("at", b"\xff"),
        ("items", "{}"),
        ("items", "[1]"),
        ("items", "[" * 100_000),
        ("detail", b"\xff"),
    ],
)
def test_a_damaged_record_costs_itself_and_is_set_aside(folder: Path, column: str, value: object) -> None:
    damage(folder, column, value)
    with Store.open(folder, write=True) as store:
        assert store.outbox.of("lab") == []
        assert [each.state for each in store.outbox.of("me")] == ["sent"]
        (line, *_) = mend.mend(store.database, DAY)
        assert line == "1 other records could not be read"
        assert store.outbox.targets() == ["me"]
    (aside,) = folder.glob("set-aside-*.jsonl")
    assert json.loads(aside.read_text(encoding="utf-8"))["table"] == "outbox"


def test_a_rescue_keeps_what_was_sent(folder: Path) -> None:
    with Store.open(folder, write=True) as store:
        store.add([Paper("2401.00001", "Graphs", "On graphs.")], encode, encoder=IDENTITY, today=DAY)
    rescue.rescue(folder, DAY)
    with Store.open(folder) as store:
        assert told(store.outbox.of("me")) == {"2407.16658v1"}
