"""Taking papers in: read, compare, embed and write as a line of batches, so that no step waits for the others.

Reading and comparing happen in the caller's thread, embedding in one other; the writing of a batch waits until its
vectors are there, while the next batches are read and embedded.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.errors import ModelError
from recommender.paper import Paper, merge
from recommender.store import filing, title_entries
from recommender.store.database import Database
from recommender.store.encoding import (
    COLUMNS,
    NAMES,
    UnreadableError,
    paper_of,
    record_hash,
    text_hash,
    values_of,
    vector_sum,
)
from recommender.store.papers import Papers
from recommender.store.records import Added
from recommender.store.set_aside import SetAside
from recommender.store.vectors import Vectors
from recommender.vectors import FloatArray

if TYPE_CHECKING:
    from sqlite3 import Connection

BATCH = 1024
"papers read, embedded and written at once"
_AHEAD = 2
"batches that may wait for their vectors: bounds the memory"


@dataclass(frozen=True, slots=True)
class _Change:
    """A paper to be written."""

    paper: Paper
    hash: bytes
    embed: bool
    "whether its text has no vector yet"
    before: Paper | None = None
    "as it is filed now"
    ruin: "_Ruin | None" = None
    "what it takes the place of"


@dataclass(frozen=True, slots=True)
class _Ruin:
    """A stored record that cannot be read."""

    row: int
    values: tuple[Any, ...]
    "as they are in the columns `COLUMNS`"
    reason: str


def add(
    database: Database,
    papers: Iterable[Paper],
    encode: Callable[[Sequence[Paper]], FloatArray],
    *,
    encoder: str,
    today: date,
    batch: int,
) -> Added:
    """Do the work of `Store.add`."""
    new: list[str] = []
    revised: list[str] = []
    unchanged = 0
    unwritten: dict[str, _Change] = {}
    waiting: deque[tuple[list[_Change], Future[FloatArray]]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="encode") as pool:
        try:
            for some in _batches(papers, batch):
                changes = list[_Change]()
                known, ruins = _known(database, some, unwritten)
                for paper in some:
                    change, kind = _compare(known.get(paper.id), paper)
                    if kind == "new" and paper.id in ruins and change:
                        change, kind = replace(change, ruin=ruins[paper.id]), "revised"
                    if kind == "new":
                        new.append(paper.id)
                    elif kind == "revised":
                        revised.append(paper.id)
                    else:
                        unchanged += 1
                    if change is not None:
                        known[paper.id] = unwritten[paper.id] = change
                        changes.append(change)
                if changes:
                    waiting.append((changes, pool.submit(_encoded, encode, changes)))
                while len(waiting) > _AHEAD:
                    _write(database, *_next(waiting, unwritten), encoder=encoder, today=today)
            while waiting:
                _write(database, *_next(waiting, unwritten), encoder=encoder, today=today)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return Added(tuple(new), tuple(dict.fromkeys(revised)), unchanged)


def _batches(papers: Iterable[Paper], size: int) -> Iterator[list[Paper]]:
    rest = iter(papers)
    while batch := list(islice(rest, size)):
        yield batch


def _known(
    database: Database, batch: list[Paper], unwritten: dict[str, _Change]
) -> tuple[dict[str, _Change], dict[str, _Ruin]]:
    """What is stored of the batch's papers, or about to be; and what is stored of them but cannot be read."""
    known: dict[str, _Change] = {}
    ruins: dict[str, _Ruin] = {}
    ids = [paper.id for paper in batch]
    for record in Papers(database).records(ids):
        try:
            known[record[1]] = _Change(paper_of(record[1:]), record[-1], False)
        except UnreadableError as error:
            ruins[record[1]] = _Ruin(record[0], record[1 : 1 + len(NAMES)], str(error))
    known.update((name, unwritten[name]) for name in ids if name in unwritten)
    return known, ruins


def _compare(known: _Change | None, met: Paper) -> tuple[_Change | None, str]:
    """What is to be written after `met` was met, if anything, and whether that is new, revised or unchanged."""
    if known is None:
        return _Change(met, text_hash(met), True), "new"
    merged = merge(known.paper, met)
    if merged == known.paper:
        return None, "unchanged"
    hash_ = text_hash(merged)
    versions = (known.paper.version, merged.version)
    newer = None not in versions and versions[0] != versions[1]
    change = _Change(merged, hash_, hash_ != known.hash, known.paper)
    return change, "revised" if newer or change.embed else "unchanged"


def _encoded(encode: Callable[[Sequence[Paper]], FloatArray], changes: list[_Change]) -> FloatArray:
    papers = [change.paper for change in changes if change.embed]
    if not papers:
        return np.empty((0, 0), np.float32)
    vectors = encode(papers)
    if vectors.ndim != 2 or len(vectors) != len(papers) or not np.isfinite(vectors).all():
        raise ModelError(f"the model gave {vectors.shape} numbers, some perhaps not finite, for {len(papers)} papers")
    return vectors


def _next(
    waiting: deque[tuple[list[_Change], Future[FloatArray]]], unwritten: dict[str, _Change]
) -> tuple[list[_Change], FloatArray]:
    """The oldest batch with its vectors, once they are there."""
    changes, future = waiting.popleft()
    vectors = future.result()
    for change in changes:
        if unwritten.get(change.paper.id) is change:
            del unwritten[change.paper.id]
    return changes, vectors


def _write(database: Database, changes: list[_Change], vectors: FloatArray, *, encoder: str, today: date) -> None:
    """Papers and their vectors in one transaction: neither is ever there without the other."""
    halves = iter(vectors.astype("<f2"))
    blobs = {id(change): next(halves).tobytes() for change in changes if change.embed}
    with database.transaction() as db:
        db.execute("INSERT OR IGNORE INTO meta VALUES ('encoder', ?)", (encoder,))
        last = db.execute(_LAST_ROW).fetchone()[0]
        _clear(database, db, [change.ruin for change in changes if change.ruin], today)
        new = list(enumerate((change for change in changes if change.before is None), last + 1))
        day = today.isoformat()
        db.executemany(_INSERT, [(row, *_record(change), day) for row, change in new])
        old = [
            (db.execute(_UPDATE, (*_record(change), change.paper.id)).fetchone()[0], change)
            for change in changes
            if change.before is not None
        ]
        embedded = [(row, change) for row, change in new + old if change.embed]
        db.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
            [
                (row, seq, blobs[id(change)], vector_sum(blobs[id(change)]))
                for seq, (row, change) in enumerate(embedded, Vectors(database).sequence + 1)
            ],
        )
        entries = filing.Filing(db)
        entries.add((row, change.paper) for row, change in new)
        title_entries.add(db, ((row, change.paper) for row, change in new))
        for row, change in old:
            entries.move(row, change.before or change.paper, change.paper)
            title_entries.move(db, row, change.before or change.paper, change.paper)


def _record(change: _Change) -> tuple[Any, ...]:
    """The columns `COLUMNS`, text hash and record hash."""
    values = values_of(change.paper)
    return (*values, change.hash, record_hash(values, change.hash))


def _clear(database: Database, db: "Connection", ruins: list[_Ruin], today: date) -> None:
    """Set records that cannot be read aside, so that what was met now can take their place."""
    kept = SetAside(database.folder, today)
    for number, ruin in enumerate(ruins, Vectors(database).sequence + 1):
        kept.add("papers", dict(zip(NAMES, ruin.values, strict=True)), f"{ruin.reason}; the paper was met again")
        db.execute("DELETE FROM papers WHERE row = ?", (ruin.row,))
        db.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?, NULL, NULL)", (ruin.row, number))
    kept.write()


_LAST_ROW = """SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'papers'), 0),
    coalesce((SELECT max(row) FROM papers), 0), coalesce((SELECT max(row) FROM vectors), 0))"""
"rows are never given twice, not even after the sequence was damaged"
_FILLED = f"{COLUMNS}, text_hash, record_hash"
_INSERT = f"INSERT INTO papers (row, {_FILLED}, added) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE = f"UPDATE papers SET ({_FILLED}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ? RETURNING row"
