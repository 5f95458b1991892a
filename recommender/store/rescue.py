"""Saving what can be read of a damaged papers.db into a new one.

The damaged file is kept beside as `papers.db.damaged`. A kill at any moment leaves either the damaged file in its
place, or none and a finished `papers.db.rescued`, which the next opening puts there.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from recommender.errors import StoreError
from recommender.store import mend, schema
from recommender.store.database import Database
from recommender.store.faults import DamagedError, errors_of
from recommender.store.lock import WriteLock
from recommender.store.set_aside import SetAside

_TABLES = (
    *("papers", "vectors", "second_vectors", "meta", "marks", "fetches"),
    *("shown", "ratings", "recommended", "watches", "outbox"),
)
_BY_ROW = ("papers", "vectors", "fetches")
"tables with a number of their own, by which rows behind a damaged page can still be reached"
_DERIVED = ("vectors", "second_vectors")
"what is lost of them is made anew"
_PAGES_FULL = 1000
"Rows that are looked for one by one behind a damaged page; beyond, an inner page is damaged and much with it."


def is_damaged(folder: Path) -> bool:
    """Whether the file cannot be opened, or SQLite finds fault with it; reads all of it."""
    try:
        if _head_differs(folder / schema.FILE_NAME):
            return True
        with closing(Database.open(folder)) as database:
            return bool(database.query("PRAGMA integrity_check(1)") != [("ok",)])
    except DamagedError:
        return True


def rescue(folder: Path, day: date, *, wait: float = 10.0) -> tuple[int, Path]:
    """Put a new file in the damaged one's place with all that can be read; how many papers that is, and the old file.

    Raises `StoreError` when nothing can be read.
    """
    lock = WriteLock(folder, wait=wait)
    try:
        damaged, rescued = folder / schema.FILE_NAME, folder / schema.RESCUED_NAME
        with errors_of(damaged):
            saved, rated = _saved(folder, day, lock)
        if not saved and not rated:
            rescued.unlink()
            raise StoreError(f"{damaged}: nothing in it can be read; restore a backup, or delete it and begin anew")
        kept = _free(damaged)
        damaged.replace(kept)
        schema.finish_rescue(folder)
        return saved, kept
    except OSError as error:
        raise StoreError(f"{folder}: papers.db cannot be saved ({error.strerror}); nothing was changed") from error
    finally:
        lock.release()


def _saved(folder: Path, day: date, lock: WriteLock) -> tuple[int, int]:
    """Fill a new file with all that can be read of the damaged one; how many papers and ratings that is."""
    damaged, rescued = folder / schema.FILE_NAME, folder / schema.RESCUED_NAME
    for name in (rescued.name, rescued.name + "-wal", rescued.name + "-shm"):
        (folder / name).unlink(missing_ok=True)
    aside = SetAside(folder, day)
    _readable_header(damaged, aside)
    with (
        closing(sqlite3.connect(damaged, isolation_level=None)) as source,
        closing(schema.connect(rescued, write=True)) as target,
    ):
        source.text_factory = bytes
        target.execute("BEGIN")
        for table in _TABLES:
            _copy(source, target, table, aside)
        target.execute("DELETE FROM vectors WHERE vector IS NOT NULL AND row NOT IN (SELECT row FROM papers)")
        aside.write()
        target.execute("COMMIT")
        mend.mend(Database(folder, target, lock), day)
        papers, rated = (target.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("papers", "ratings"))
        return int(papers), int(rated)


def _head_differs(path: Path) -> bool:
    """Whether a database of ours begins as none of ours does; SQLite minds some of that only when it writes."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError:
        return False  # said by opening it
    named = head[68:72] == schema.APPLICATION_ID.to_bytes(4, "big")
    return named and head[18:20] not in _HEADER[18]


def _free(path: Path) -> Path:
    """A name for the damaged file that no earlier one has."""
    names = (path.with_name(f"{path.name}.damaged{f'.{number}' if number > 1 else ''}") for number in count(1))
    return next(name for name in names if not name.exists())


def _readable_header(path: Path, aside: SetAside) -> None:
    """Put right what has but few values at the head of our files, and give one cut short its length again.

    SQLite reads nothing of a file whose page size is another, or that is shorter than its header says.
    """
    with path.open("r+b") as file:
        before = file.read(100)
        actual = file.seek(0, 2) // schema.PAGE
        if len(before) < 100:
            return
        header = bytearray(before)
        for place, possible in _HEADER.items():
            if before[place : place + len(possible[0])] not in possible:
                header[place : place + len(possible[0])] = possible[0]
        pages = int.from_bytes(header[28:32], "big")
        if not actual <= pages <= 64 * actual:
            header[28:32] = actual.to_bytes(4, "big")
            pages = actual
        if header != before:
            aside.add("header", {"bytes": before}, "is not the head of our files")
            aside.write()
            file.seek(0)
            file.write(header)
        if file.seek(0, 2) < pages * schema.PAGE:
            file.truncate(pages * schema.PAGE)


_HEADER = {
    0: (b"SQLite format 3\0",),
    16: (schema.PAGE.to_bytes(2, "big"),),
    18: (bytes([2, 2]), bytes([1, 1])),  # a journal beside the file, of its one kind or the other
    20: (bytes(1), bytes([8]), bytes([12]), bytes([32])),  # reserved by some builds of SQLite
    21: (bytes([64, 32, 32]),),
    44: ((4).to_bytes(4, "big"),),
    52: (bytes(4),),  # no vacuum
    56: ((1).to_bytes(4, "big"),),  # UTF-8
    64: (bytes(4),),
    72: (bytes(20),),
}
"what stands where in the head of each papers.db: https://www.sqlite.org/fileformat.html#the_database_header"


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str, aside: SetAside) -> None:
    """Copy the columns that both files know; what breaks a rule of its table is set aside."""
    types = {name.decode(): kind for _, name, kind, *_ in _columns(source, table)}
    names = [name for _, name, *_ in target.execute(f"PRAGMA table_info({table})") if name in types]
    if not names:
        return
    values = ", ".join("CAST(? AS TEXT)" if types[name] == b"TEXT" else "?" for name in names)
    insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})"
    for record in _readable(source, table, ", ".join(names)):
        try:
            target.execute(insert, record)
        except sqlite3.IntegrityError as error:  # a flipped byte made it break a rule of its table
            if table not in _DERIVED:
                aside.add(table, dict(zip(names, map(_legible, record), strict=True)), str(error))


def _columns(source: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    try:
        return source.execute(f"PRAGMA table_info({table})").fetchall()
    except sqlite3.DatabaseError:
        return []


def _legible(value: Any) -> Any:
    return schema.text_or_bytes(value) if isinstance(value, bytes) else value


def _readable(source: sqlite3.Connection, table: str, names: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in order, those on damaged pages left out."""
    if table not in _BY_ROW:
        try:
            yield from source.execute(f"SELECT {names} FROM {table}")
        except sqlite3.DatabaseError:
            return
        return
    sql = f"SELECT {names} FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid"
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
