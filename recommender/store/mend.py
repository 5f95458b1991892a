"""What in papers.db is not as it was written, found record by record, and made right.

SQLite's own check finds a page that is damaged; a bit that flips inside a text, a day or a number it does not. A record
that cannot be kept, or can be only in part, is first set aside as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from recommender.paper import Paper
from recommender.store import filing, ledger, memory, outbox, ratings, title_entries, watches
from recommender.store.database import Database
from recommender.store.encoding import NAMES, UnreadableError, record_hash, salvage, text_hash, text_of, values_of
from recommender.store.papers import Papers
from recommender.store.set_aside import SetAside

_CHUNK = 5000
"papers written at once"


@dataclass(frozen=True, slots=True)
class Fault:
    """A paper's record that is not as it was written."""

    row: int
    values: tuple[Any, ...]
    "as they are in the columns `COLUMNS`"
    paper: Paper | None
    "what of it can be kept"
    reason: str
    "which column holds what; empty where only hashes tell that something changed"
    text_changed: bool = False
    "whether title and abstract are not those that were embedded"
    unsealed: bool = False
    "whether it is sound, but of a time before records had a hash"


@dataclass(frozen=True, slots=True)
class _Ledger:
    """A table of small records, each readable or not."""

    name: str
    columns: str
    key: str
    "how a row is named when it is deleted"
    read: Callable[[Sequence[Any]], object]


def _pair(record: Sequence[Any]) -> None:
    text_of("name", record[0])
    text_of("value", record[1])


def _shown(record: Sequence[Any]) -> None:
    text_of("section", record[0])
    memory.shown_of(record[1:])


_LEDGERS = (
    _Ledger("fetches", ledger.COLUMNS, "number", ledger.fetch_of),
    _Ledger("shown", "section, id, version, day", "section, id", _shown),
    _Ledger("ratings", ratings.COLUMNS, "list, id, kind", ratings.rated_of),
    _Ledger("watches", watches.COLUMNS, "name", watches.watch_of),
    _Ledger("recommended", "list, id, day", "list, id", ratings.recommended_of),
    _Ledger("outbox", outbox.COLUMNS, "target, day, content", outbox.sending_of),
    _Ledger("marks", "name, value", "name", _pair),
    _Ledger("meta", "name, value", "name", _pair),
)


def papers(database: Database) -> Iterator[Fault]:
    """The papers whose record cannot be read, or is not what its hashes say, or has none."""
    for record in Papers(database).every_record():
        row, values, stored_text, stored_record = record[0], record[1:10], record[10], record[11]
        paper, reason = salvage(values)
        if paper is None or reason:
            yield Fault(row, values, paper, reason or "title and abstract are empty", text_changed=True)
            continue
        text = text_hash(paper)
        text_changed = stored_text != text
        changed = stored_record is not None and stored_record != record_hash(values, text)
        if text_changed or changed or stored_record is None:
            yield Fault(row, values, paper, "", text_changed, unsealed=not (text_changed or changed))


def unreadable(database: Database, table: str) -> list[tuple[tuple[Any, ...], str]]:
    """The records of a small table that cannot be read, each behind its key, with the reason."""
    kept = next(ledger for ledger in _LEDGERS if ledger.name == table)
    skip = kept.key.count(",") + 1
    found = []
    for record in database.query(f"SELECT {kept.key}, {kept.columns} FROM {table}"):
        try:
            kept.read(record[skip:])
        except UnreadableError as error:
            found.append((record, str(error)))
    return found


TABLES = tuple(ledger.name for ledger in _LEDGERS)


def misfiled(database: Database) -> bool:
    """Whether papers are filed under other categories and days than their own."""
    with database.reading() as connection:
        entries = filing.Filing(connection, fixed=True)
        wanted: Iterable[tuple[Any, ...]] = (
            entry
            for record in Papers(database).every_record()
            if (paper := salvage(record[1:10])[0]) is not None
            for entry in entries.entries(record[0], paper)
        )
        try:
            expected = _fingerprint(wanted)
        except KeyError:  # a category that has no number
            return True
        found = connection.execute("SELECT category, day, row FROM filed")
        return expected != _fingerprint(found)


def mistitled(database: Database) -> bool:
    """Whether the index of titles and authors holds other words than the papers."""
    with database.reading() as connection:
        return title_entries.differs(connection, Papers(database).every_record())


def _fingerprint(entries: Iterable[tuple[Any, ...]]) -> tuple[int, int]:
    """The same for the same entries in any order."""
    count = total = 0
    for entry in entries:
        count, total = count + 1, total + hash(entry)
    return count, total


def mend(database: Database, day: date) -> list[str]:
    """Make every record one that can be read and is as its hashes say; what was done.

    A paper whose text is not the one that was embedded loses its vector, see `reembed.embed_missing`.
    """
    aside = SetAside(database.folder, day)
    mended = lost = 0
    waiting: list[Fault] = []
    for fault in papers(database):
        mended += not fault.unsealed
        lost += fault.paper is None
        waiting.append(fault)
        if len(waiting) == _CHUNK:
            _write(database, waiting, aside)
            waiting = []
    _write(database, waiting, aside)
    small = sum(_drop(database, table, aside) for table in TABLES)
    done = []
    if mended:
        done.append(f"{mended:,} papers were not as they were written, {lost:,} of them beyond reading")
    if small:
        done.append(f"{small:,} other records could not be read")
    if aside.count:
        done.append(f"what was changed or removed is kept as it was in {aside.path}")
    if misfiled(database):
        with database.transaction() as db:
            db.execute("DELETE FROM filed")
            db.execute("DELETE FROM categories")
            filing.file_all(db, ((record[0], salvage(record[1:10])[0]) for record in Papers(database).every_record()))
        done.append("papers filed anew by category and date")
    if mistitled(database):
        with database.transaction() as db:
            title_entries.refill(db, Papers(database).every_record())
        done.append("index of titles and authors made anew")
    return done


def _write(database: Database, faults: list[Fault], aside: SetAside) -> None:
    if not faults:
        return
    with database.transaction() as db:
        for fault in faults:
            if not fault.unsealed:
                reason = fault.reason or "is not as it was written; kept as it is"
                aside.add("papers", dict(zip(NAMES, fault.values, strict=True)), reason)
            if fault.paper is None:
                db.execute("DELETE FROM papers WHERE row = ?", (fault.row,))
            else:
                values, text = values_of(fault.paper), text_hash(fault.paper)
                db.execute(_UPDATE, (*values, text, record_hash(values, text), fault.row))
            if fault.paper is None or fault.text_changed:
                db.execute("DELETE FROM vectors WHERE row = ?", (fault.row,))
        aside.write()


def _drop(database: Database, table: str, aside: SetAside) -> int:
    """Set aside the records of a small table that cannot be read; how many."""
    faults = unreadable(database, table)
    kept = next(ledger for ledger in _LEDGERS if ledger.name == table)
    keys, columns = kept.key.split(", "), kept.columns.split(", ")
    if faults:
        with database.transaction() as db:
            for record, reason in faults:
                aside.add(table, dict(zip(columns, record[len(keys) :], strict=True)), reason)
                where = " AND ".join(f"{key} IS {_same(value)}" for key, value in zip(keys, record, strict=False))
                db.execute(f"DELETE FROM {table} WHERE {where}", record[: len(keys)])
            aside.write()
    return len(faults)


def _same(key: Any) -> str:
    """How a key is compared: bytes stand for a text that is not UTF-8."""
    return "CAST(? AS TEXT)" if isinstance(key, bytes) else "?"


_UPDATE = (
    f"UPDATE papers SET ({', '.join(NAMES)}, text_hash, record_hash) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE row = ?"
)
