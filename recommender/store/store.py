"""The store: one SQLite file of papers, vectors, marks and provenance, and the only module that speaks SQL to it."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from recommender.errors import ModelError, StoreError
from recommender.paper import Paper
from recommender.store import cache, filing, intake, schema
from recommender.store.encoding import COLUMNS, paper_of, unpack
from recommender.store.lock import WriteLock
from recommender.store.records import Added, Fetch, Filter, FloatArray, HalfArray, IndexFile, IntArray

_CHUNK = 20_000
"vectors handed out at once: 10 MB at 256 dimensions"


class Store:
    """An open papers.db; a writer holds the folder's lock, a reader sees the state at its opening."""

    def __init__(self, folder: Path, db: sqlite3.Connection, lock: WriteLock | None) -> None:
        self.folder = folder
        self._db = db
        self._lock = lock
        self._path = folder / schema.FILE_NAME

    @classmethod
    def open(cls, folder: Path, *, write: bool = False, wait: float = 10.0) -> "Store":
        """Open the papers in `folder`; with `write`, create it and wait so many seconds for another writer."""
        schema.finish_rescue(folder)
        if not write:
            try:
                db = schema.connect(folder / schema.FILE_NAME, write=False)
            except schema.OlderSchemaError:
                cls.open(folder, write=True, wait=wait).close()  # brings it forward
                db = schema.connect(folder / schema.FILE_NAME, write=False)
            store = cls(folder, db, None)
            store.reread()
            return store
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made ({error.strerror}); choose another [index] path") from error
        lock = WriteLock(folder, wait=wait)
        try:
            return cls(folder, schema.connect(folder / schema.FILE_NAME, write=True), lock)
        except BaseException:
            lock.release()
            raise

    @property
    def writable(self) -> bool:
        """Whether this is the folder's one writer."""
        return self._lock is not None

    def reread(self) -> None:
        """Move a reader on to the newest state; until then it sees what was there at its opening."""
        if self._lock is None:
            with schema.errors_of(self._path):
                if self._db.in_transaction:
                    self._db.execute("COMMIT")
                self._db.execute("BEGIN")
                self._db.execute("SELECT 1 FROM meta LIMIT 1").fetchone()

    def close(self) -> None:
        """Close the file and let the next writer in; harmless when closed already."""
        self._db.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; raises `StoreError` when the store was opened for reading only."""
        if self._lock is None:
            raise StoreError(f"{self._path}: is open for reading only")
        with schema.errors_of(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:  # SQLite has rolled back by itself when the disk was full
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows that answer a question in SQL; for the store's own modules."""
        with schema.errors_of(self._path):
            return self._db.execute(sql, values).fetchall()

    def every_record(self) -> Iterator[tuple[Any, ...]]:
        """Row number, `COLUMNS` and text hash of every paper, streamed."""
        with schema.errors_of(self._path):
            yield from self._db.execute(f"SELECT row, {COLUMNS}, text_hash FROM papers ORDER BY row")

    def __len__(self) -> int:
        return int(self.query("SELECT count(*) FROM papers")[0][0])

    # -- papers ------------------------------------------------------------------------------------------------

    def add(
        self,
        papers: Iterable[Paper],
        encode: Callable[[Sequence[Paper]], FloatArray],
        *,
        encoder: str,
        today: date,
        batch: int = intake.BATCH,
    ) -> Added:
        """Store papers with their vectors, merged with what is known; one transaction for each `batch` of them.

        Only new or changed text is embedded. `encode` runs in a thread of its own, a batch ahead of the writing.
        Raises `ModelError` when the vectors here are of another encoder than the one named.
        """
        self._claim(encoder)
        return intake.add(self, papers, encode, encoder=encoder, today=today, batch=batch)

    def _claim(self, encoder: str) -> None:
        known = self.encoder
        if known is not None and known != encoder:
            raise ModelError(
                f"the papers in {self.folder} were embedded with {known!r}, not with {encoder!r}; set [embedding] "
                "model back, or run `recommend index --rebuild` to embed them anew"
            )

    @property
    def encoder(self) -> str | None:
        """Identity of the encoder that made the vectors; None while there are none."""
        return self.note("encoder")

    def note(self, name: str) -> str | None:
        """A fact about the store itself, such as its encoder."""
        found = self.query("SELECT value FROM meta WHERE name = ?", name)
        return str(found[0][0]) if found else None

    def set_note(self, name: str, value: str) -> None:
        """Write such a fact down."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def remove(self, ids: Iterable[str]) -> int:
        """Take papers out, and tell the index that their vectors are void; returns how many were there."""
        rows = self.rows(ids)
        papers = dict(zip(rows.values(), self.papers(list(rows.values())), strict=True))
        with self.transaction() as db:
            cabinet = filing.Cabinet(db)
            for number, (row, paper) in enumerate(papers.items(), self.sequence + 1):
                cabinet.refile(row, paper, None)
                db.execute("DELETE FROM papers WHERE row = ?", (row,))
                db.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?, NULL)", (row, number))
        return len(papers)

    def records(self, ids: Iterable[str]) -> list[tuple[Any, ...]]:
        """The stored columns `COLUMNS` and text hash of the papers among `ids`."""
        sql = f"SELECT {COLUMNS}, text_hash FROM papers WHERE id IN (SELECT value FROM json_each(?))"
        return self.query(sql, json.dumps(list(ids)))

    def get(self, ids: Iterable[str]) -> dict[str, Paper]:
        """The stored papers among `ids`."""
        return {record[0]: paper_of(record) for record in self.records(ids)}

    def papers(self, rows: Sequence[int] | IntArray) -> list[Paper]:
        """The papers in these rows, in this order; raises `StoreError` on a row that is not there."""
        wanted = [int(row) for row in rows]
        sql = f"SELECT row, {COLUMNS} FROM papers WHERE row IN (SELECT value FROM json_each(?))"
        found = {record[0]: paper_of(record[1:]) for record in self.query(sql, json.dumps(wanted))}
        return [self._present(found, row) for row in wanted]

    def rows(self, ids: Iterable[str]) -> dict[str, int]:
        """The row numbers of the stored papers among `ids`."""
        sql = "SELECT id, row FROM papers WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self.query(sql, json.dumps(list(ids))))

    def select(self, filter: Filter) -> IntArray | None:  # noqa: A002 - the word of the field
        """Row numbers of the papers that pass, ascending; None when nothing is restricted."""
        return self.every_row(filter) if filter else None

    def every_row(self, filter: Filter = Filter()) -> IntArray:  # noqa: A002, B008 - frozen
        """As `select`, spelt out where nothing is restricted."""
        with schema.errors_of(self._path):
            return filing.select(self._db, filter)

    def newest(self, filter: Filter = Filter()) -> date | None:  # noqa: A002, B008 - frozen
        """Day of the newest paper that passes."""
        with schema.errors_of(self._path):
            day = filing.newest(self._db, filter)
        return date.fromordinal(day) if day else None

    # -- vectors -----------------------------------------------------------------------------------------------

    def written_since(self, sequence: int) -> int:
        """How many vectors were written after that number, removals included."""
        return int(self.query("SELECT count(*) FROM vectors WHERE seq > ?", sequence)[0][0])

    def index_files(self) -> list[IndexFile]:
        """Every index file that may be met, since it was about to be put in place."""
        sql = "SELECT sha256, size, modified, sequence, trained, nprobe, recall FROM index_files"
        return [IndexFile(*record) for record in self.query(sql)]

    def index_sample(self, file: IndexFile) -> tuple[IntArray, HalfArray]:
        """The random sample written down with a file: rows and vectors."""
        found = self.query("SELECT sample_rows, sample FROM index_files WHERE sha256 = ?", file.sha256)
        rows, vectors = found[0] if found else (b"", b"")
        return np.frombuffer(rows, np.int64), unpack([vectors]).reshape(len(rows) // 8, -1)

    def enter_index_file(self, file: IndexFile, rows: IntArray, vectors: HalfArray) -> None:
        """Write down a file before it is put in place, with a random sample of what it holds."""
        with self.transaction() as db:
            values = (*astuple(file), rows.astype("<i8").tobytes(), vectors.astype("<f2").tobytes())
            db.execute("INSERT OR REPLACE INTO index_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def keep_index_file(self, file: IndexFile | None) -> None:
        """Forget all files but this one."""
        with self.transaction() as db:
            db.execute("DELETE FROM index_files WHERE sha256 IS NOT ?", (file.sha256 if file else None,))

    @property
    def sequence(self) -> int:
        """Number of the newest vector written; 0 when there is none."""
        return int(self.query("SELECT coalesce(max(seq), 0) FROM vectors")[0][0])

    def vectors(self, rows: Sequence[int] | IntArray) -> FloatArray:
        """The vectors of these rows, in this order: (n, d) float32."""
        wanted = [int(row) for row in rows]
        sql = "SELECT row, vector FROM vectors WHERE row IN (SELECT value FROM json_each(?)) AND vector IS NOT NULL"
        found = dict(self.query(sql, json.dumps(wanted)))
        blobs = [self._present(found, row) for row in wanted]
        return unpack(blobs).astype(np.float32)

    def changes(self, since: int = 0) -> Iterator[tuple[IntArray, HalfArray, IntArray]]:
        """Chunks of rows, their float16 vectors, and rows removed, of all that was written after number `since`."""
        which = f"WHERE seq > {since} ORDER BY seq" if since else "ORDER BY row"
        with schema.errors_of(self._path):
            cursor = self._db.execute(f"SELECT row, vector FROM vectors {which}")
            while chunk := cursor.fetchmany(_CHUNK):
                kept = [(row, blob) for row, blob in chunk if blob is not None]
                yield (
                    np.array([row for row, _ in kept], np.int64),
                    unpack([blob for _, blob in kept]),
                    np.array([row for row, blob in chunk if blob is None], np.int64),
                )

    def cached_vectors(self, model: str, papers: Sequence[Paper]) -> dict[str, FloatArray]:
        """The vectors of a second model kept for the present text of these papers, by id."""
        with schema.errors_of(self._path):
            return cache.read(self._db, model, papers)

    def cache_vectors(self, model: str, papers: Sequence[Paper], vectors: FloatArray) -> None:
        """Keep vectors of a second model; a reader keeps them only if it can be the writer for a moment."""
        if self.writable:
            with self.transaction() as db:
                cache.write(db, model, papers, vectors)
            return
        with suppress(StoreError), Store.open(self.folder, write=True, wait=0) as writer:
            writer.cache_vectors(model, papers, vectors)

    def _present(self, found: dict[Any, Any], row: int) -> Any:
        if row not in found:
            raise StoreError(f"{self._path}: holds no row {row}; open the index again")
        return found[row]

    # -- provenance and memory ---------------------------------------------------------------------------------

    def log(self, fetch: Fetch) -> None:
        """Write down a fetch, good or bad."""
        newest = fetch.newest.isoformat() if fetch.newest else None
        values = (fetch.target, fetch.source, fetch.at.isoformat(), fetch.ok, fetch.detail)
        with self.transaction() as db:
            db.execute(
                "INSERT INTO fetches (target, source, at, ok, detail, new, revised, requests, newest) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, fetch.new, fetch.revised, fetch.requests, newest),
            )

    def last_fetch(self, target: str, *, ok: bool | None = None, source: str | None = None) -> Fetch | None:
        """The newest fetch for `target`, if asked only a good or a bad one, or of one source."""
        return self._fetch(
            "target = ? AND (? IS NULL OR ok = ?) AND (? IS NULL OR source = ?) ORDER BY number DESC LIMIT 1",
            *(target, ok, ok, source, source),
        )

    def _fetch(self, where: str, *values: object) -> Fetch | None:
        columns = "target, source, at, ok, detail, new, revised, requests, newest"
        found = self.query(f"SELECT {columns} FROM fetches WHERE {where}", *values)
        if not found:
            return None
        target, source, at, was_ok, detail, new, revised, requests, newest = found[0]
        day = date.fromisoformat(newest) if newest else None
        return Fetch(target, source, datetime.fromisoformat(at), bool(was_ok), detail, new, revised, requests, day)

    def failing_since(self, target: str) -> Fetch | None:
        """The first failed fetch for `target` since the last good one; None where the last was good."""
        found = self.query(
            "SELECT MIN(number) FROM fetches WHERE target = ?1 AND NOT ok AND number > "
            "(SELECT COALESCE(MAX(number), 0) FROM fetches WHERE target = ?1 AND ok)",
            target,
        )
        return self._fetch("number = ?", found[0][0]) if found[0][0] is not None else None

    def targets(self) -> list[str]:
        """Everything that was ever fetched for, by name."""
        return [target for (target,) in self.query("SELECT DISTINCT target FROM fetches ORDER BY target")]

    def mark(self, name: str) -> str | None:
        """A cursor that outlives the process, such as a harvest's high-water mark."""
        found = self.query("SELECT value FROM marks WHERE name = ?", name)
        return str(found[0][0]) if found else None

    def set_mark(self, name: str, value: str) -> None:
        """Move a cursor."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def shown(self, section: str) -> dict[str, tuple[int | None, date]]:
        """What a section has shown: the version of each id, and the day that version was first shown."""
        found = self.query("SELECT id, version, day FROM shown WHERE section = ?", section)
        return {id: (version, date.fromisoformat(day)) for id, version, day in found}  # noqa: A001

    def shown_sections(self) -> list[str]:
        """The sections that have ever shown a paper, those of a former config.toml included."""
        return [section for (section,) in self.query("SELECT DISTINCT section FROM shown ORDER BY section")]

    def set_shown(self, section: str, papers: Mapping[str, tuple[int | None, date]]) -> None:
        """Remember what a section shows, in place of what it showed before."""
        with self.transaction() as db:
            db.execute("DELETE FROM shown WHERE section = ?", (section,))
            db.executemany(
                "INSERT INTO shown VALUES (?, ?, ?, ?)",
                [(section, id, version, day.isoformat()) for id, (version, day) in papers.items()],  # noqa: A001
            )
