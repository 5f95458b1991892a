"""papers.db as one open file: its lock, its transactions, and SQLite's errors in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recommender.errors import StoreError
from recommender.store import schema
from recommender.store.lock import WriteLock


class Database:
    """An open papers.db; a writer holds the folder's lock, a reader sees the state at its opening."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: WriteLock | None) -> None:
        self.folder = folder
        self.path = folder / schema.FILE_NAME
        self._connection = connection
        self._lock = lock

    @classmethod
    def open(cls, folder: Path, *, write: bool = False, wait: float = 10.0) -> "Database":
        """Open the papers in `folder`; with `write`, create it and wait so many seconds for another writer."""
        schema.finish_rescue(folder)
        if not write:
            try:
                connection = schema.connect(folder / schema.FILE_NAME, write=False)
            except schema.OlderSchemaError:
                cls.open(folder, write=True, wait=wait).close()  # brings it forward
                connection = schema.connect(folder / schema.FILE_NAME, write=False)
            database = cls(folder, connection, None)
            database.reread()
            return database
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
            with schema.errors_of(self.path):
                if self._connection.in_transaction:
                    self._connection.execute("COMMIT")
                self._connection.execute("BEGIN")
                self._connection.execute("SELECT 1 FROM meta LIMIT 1").fetchone()

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
        with schema.errors_of(self.path):
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
        """The connection, for a question whose answer is streamed."""
        with schema.errors_of(self.path):
            yield self._connection

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows that answer a question in SQL."""
        with schema.errors_of(self.path):
            return self._connection.execute(sql, values).fetchall()

    def note(self, name: str) -> str | None:
        """A fact about the file itself, such as its encoder."""
        found = self.query("SELECT value FROM meta WHERE name = ?", name)
        return str(found[0][0]) if found else None

    def present(self, found: dict[Any, Any], row: int) -> Any:
        """What was found for a row; raises `StoreError` where nothing was."""
        if row not in found:
            raise StoreError(f"{self.path}: holds no row {row}; open the index again")
        return found[row]
