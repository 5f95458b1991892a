"""Saving what can be read of a damaged papers.db into a new one.

The damaged file is kept beside as `papers.db.damaged`. A kill at any moment leaves either the damaged file in its
place, or none and a finished `papers.db.rescued`, which the next opening puts there.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from recommender.errors import StoreError
from recommender.store import schema, title_entries
from recommender.store.encoding import paper_of
from recommender.store.lock import WriteLock

_TABLES = ("papers", "vectors", "second_vectors", "meta", "marks", "fetches", "shown", "categories", "filed")
_BY_ROW = ("papers", "vectors", "fetches")
"tables with a number of their own, by which rows behind a damaged page can still be reached"
_PAGES_FULL = 1000
"Rows that are looked for one by one behind a damaged page; beyond, an inner page is damaged and much with it."


def is_damaged(folder: Path) -> bool:
    """Whether SQLite finds fault with the file, tables and indexes compared; reads all of it."""
    try:
        with closing(schema.connect(folder / schema.FILE_NAME, write=False)) as db:
            return bool(db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok")
    except schema.OlderSchemaError:
        return False
    except (schema.DamagedError, sqlite3.DatabaseError):
        return True


def rescue(folder: Path, *, wait: float = 10.0) -> int:
    """Put a new file in the damaged one's place with all that can be read; returns how many papers that is.

    Raises `StoreError` when nothing can be read.
    """
    lock = WriteLock(folder, wait=wait)
    try:
        damaged, rescued = folder / schema.FILE_NAME, folder / schema.RESCUED_NAME
        for name in (rescued.name, rescued.name + "-wal", rescued.name + "-shm"):
            (folder / name).unlink(missing_ok=True)
        _pad(damaged)
        with (
            closing(sqlite3.connect(damaged, isolation_level=None)) as source,
            closing(schema.connect(rescued, write=True)) as target,
        ):
            target.execute("BEGIN")
            for table in _TABLES:
                _copy(source, target, table)
            _reconcile(target)
            target.execute("COMMIT")
            count = int(target.execute("SELECT count(*) FROM papers").fetchone()[0])
        if not count:
            rescued.unlink()
            raise StoreError(f"{damaged}: nothing in it can be read; restore a backup, or delete it and begin anew")
        damaged.replace(folder / (damaged.name + ".damaged"))
        schema.finish_rescue(folder)
        return count
    finally:
        lock.release()


def _pad(path: Path) -> None:
    """Give a file that was cut short its length again: SQLite reads nothing of one shorter than its header says."""
    with path.open("r+b") as file:
        header = file.read(32)
        pages, size = int.from_bytes(header[28:32], "big"), int.from_bytes(header[16:18], "big")
        if len(header) == 32 and file.seek(0, 2) < pages * size:
            file.truncate(pages * size)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    width = len(target.execute(f"PRAGMA table_info({table})").fetchall())
    marks = ", ".join("?" * width)
    for record in _readable(source, table):
        if len(record) == width and (table != "papers" or _sound(record)):
            try:
                target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", record)
            except sqlite3.Error:
                continue  # a flipped byte made it break a rule of its table; counted as lost by the caller


def _sound(record: Sequence[Any]) -> bool:
    """Whether a row of `papers` still is a paper; one that ran over onto a lost page ends in zeros."""
    try:
        return paper_of(record[1:]) is not None
    except (ValueError, TypeError, AttributeError):
        return False


def _readable(source: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in order, those on damaged pages left out."""
    source.text_factory = lambda data: data.decode("utf-8", "replace")
    if table not in _BY_ROW:
        try:
            yield from source.execute(f"SELECT * FROM {table}")
        except sqlite3.DatabaseError:
            return
        return
    sql = f"SELECT * FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid"
    last: int | None = 0
    while last is not None:
        try:
            for record in source.execute(sql, (last,)):
                last = record[0]
                yield record
            return
        except sqlite3.DatabaseError:
            last = _behind(source, sql, last)


def _behind(source: sqlite3.Connection, sql: str, last: int) -> int | None:
    """The nearest number after `last` beyond which rows can be read again; None where there seems to be none."""

    def readable(number: int) -> bool:
        try:
            source.execute(sql, (number,)).fetchone()
        except sqlite3.DatabaseError:
            return False
        return True

    near = range(last + 1, last + _PAGES_FULL)
    if (found := next(filter(readable, near), None)) is not None:
        return found
    far = next((last + 2**power for power in range(10, 25) if readable(last + 2**power)), None)
    return far and bisect_left(range(far), True, lo=near.stop, key=readable)


def _reconcile(db: sqlite3.Connection) -> None:
    """Drop what lost its other half, and what can be made anew."""
    db.execute("DELETE FROM vectors WHERE vector IS NOT NULL AND row NOT IN (SELECT row FROM papers)")
    db.execute("DELETE FROM filed")
    db.execute("DELETE FROM categories")
    schema.file_all(db)
    title_entries.fill(db)
