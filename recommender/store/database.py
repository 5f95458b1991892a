"""papers.db as one open file: its lock, its transactions, and SQLite's errors in words."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from recommender.errors import LockedError, StoreError
from recommender.progress import Say, mute
from recommender.store import schema
from recommender.store.faults import DamagedError, OlderSchemaError, errors_of
from recommender.store.lock import UnwritableError, WriteLock

_PATIENCE, _TURN = 6, 0.2
"How many times as long a reader waits for whoever brings the file forward, and the seconds until it looks again."


class Database:
    """An open papers.db; a writer holds the folder's lock, a reader sees one state in each `snapshot`."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: WriteLock | None) -> None:
        self.folder = folder
        self.path = folder / schema.FILE_NAME
        self._connection = connection
        self._lock = lock
        self._snapshots = 0
        self._seen: int | None = None

    @classmethod
    def open(cls, folder: Path, *, write: bool = False, wait: float = 10.0, say: Say = mute) -> "Database":
        """Open the papers in `folder`; with `write`, create it and wait so many seconds for another writer."""
        try:
            return cls._writer(folder, wait, say) if write else cls._reader(folder, _PATIENCE * wait, say)
        except OSError as error:
            raise StoreError(
                f"{folder}: cannot be read ({error.strerror}); check the permissions, or choose another [index] path"
            ) from error

    @classmethod
    def _reader(cls, folder: Path, patience: float, say: Say) -> "Database":
        """Open for reading; an older file is first brought forward, here or by whoever is at it already."""
        schema.finish_rescue(folder)
        deadline = time.monotonic() + patience
        while True:
            try:
                return cls(folder, schema.connect(folder / schema.FILE_NAME, write=False), None)
            except OlderSchemaError as older:
                try:
                    cls._writer(folder, _TURN, say).close()
                except LockedError:
                    if time.monotonic() >= deadline:
                        raise
                except UnwritableError as error:
                    raise StoreError(f"{older}, and {error.folder} cannot be written") from error

    @classmethod
    def _writer(cls, folder: Path, wait: float, say: Say) -> "Database":
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made ({error.strerror}); choose another [index] path") from error
        lock = WriteLock(folder, wait=wait)
        try:
            schema.finish_rescue(folder)
            return cls(folder, schema.connect(folder / schema.FILE_NAME, write=True, say=say), lock)
        except BaseException:
            lock.release()
            raise

    @property
    def writable(self) -> bool:
        """Whether this is the folder's one writer."""
        return self._lock is not None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let a reader see one state throughout, for as long as one question takes; may be nested.

        No longer: what was written since cannot leave SQLite's journal while a reader holds on to what was before.
        """
        if self._lock is not None:
            yield
            return
        if not self._snapshots:
            self._begin()
        self._snapshots += 1
        try:
            yield
        finally:
            self._snapshots -= 1
            if not self._snapshots and self._connection.in_transaction:
                with suppress(sqlite3.Error):  # of a damaged file; nothing was written
                    self._connection.execute("ROLLBACK")

    def _begin(self) -> None:
        with errors_of(self.path):
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT 1 FROM meta LIMIT 1").fetchone()  # the state is that of the first read

    def reread(self) -> None:
        """Move a snapshot on to the newest state."""
        if self._snapshots:
            with errors_of(self.path):
                self._connection.execute("ROLLBACK")
            self._begin()

    def moved(self) -> bool:
        """Tell whether others have written since this was asked last; the first time, they have."""
        seen = self._seen
        self._seen = self.version
        return seen != self._seen

    @property
    def version(self) -> int:
        """A number that is another as soon as another connection has written; it means nothing to any but this one."""
        return int(self.query("PRAGMA data_version")[0][0])

    def close(self) -> None:
        """Close the file and let the next writer in; harmless when closed already."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; raises `StoreError` when the file was opened for reading only."""
        if self._lock is None:
            raise StoreError(f"{self.path}: is open for reading only")
        with errors_of(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:  # SQLite has rolled back by itself when the disk was full
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for a question whose answer is streamed and holds no text."""
        with errors_of(self.path):
            yield self._connection

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows that answer a question in SQL; a text that is not UTF-8 comes as its bytes."""
        with errors_of(self.path):
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorname", None):  # Python's own error, of a text, has no name
                    raise
            self._connection.text_factory = schema.text_or_bytes  # so only now: it makes reading slower
            try:
                return self._connection.execute(sql, values).fetchall()
            finally:
                self._connection.text_factory = str

    def note(self, name: str) -> str | None:
        """A fact about the file itself, such as its encoder."""
        found = self.query("SELECT value FROM meta WHERE name = ?", name)
        return str(found[0][0]) if found else None

    def damaged(self, what: str) -> DamagedError:
        """The refusal of something in the file that cannot be used."""
        return DamagedError(f"{self.path}: {what}; `recommend check` says more, `recommend index --rebuild` mends it")
