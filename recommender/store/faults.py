"""What can be wrong with papers.db, and SQLite's errors in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.errors import LockedError, StoreError


class DamagedError(StoreError):
    """SQLite cannot make sense of the file."""


class EmptyError(StoreError):
    """A reader met a folder without papers."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no papers here yet; `recommend update` or `recommend import` brings some")


class OlderSchemaError(StoreError):
    """A reader met a file that a writer has to bring forward first."""


_SAID: tuple[tuple[tuple[str, ...], type[StoreError], str], ...] = (
    (
        ("SQLITE_FULL",),
        StoreError,
        "the disk is full; free some space and run again, everything stored before is kept",
    ),
    (
        ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH"),
        StoreError,
        "cannot be opened for this ({}); check the permissions of the file and its folder",
    ),
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED"),
        LockedError,
        "another program holds the file; run again when it has ended",
    ),
    (
        ("SQLITE_IOERR",),
        StoreError,
        "the disk reports an error ({}); check the disk and its free space, then run again",
    ),
    (("SQLITE_TOOBIG", "SQLITE_NOLFS"), StoreError, "cannot hold this ({}); everything stored before is kept"),
    (
        ("",),  # any other: corrupt pages, rules broken, tables missing, texts that are none
        DamagedError,
        "is damaged ({}); `recommend index --rebuild` saves what can be read, or restore a backup",
    ),
)
"the beginnings of SQLite's names of errors, and what each means to a user"
_NO_FTS5 = (
    "the SQLite of this Python has no full-text search (FTS5); use another Python, such as one of python.org or of uv"
)


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into one line: what happened to which file, and what to do."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a fault of ours, such as a question to a closed file
    except sqlite3.Error as error:
        if str(error) == "no such module: fts5":
            raise StoreError(_NO_FTS5) from error
        name = getattr(error, "sqlite_errorname", "") or ""
        kind, said = next((kind, said) for names, kind, said in _SAID if name.startswith(names))
        raise kind(f"{path}: {said.format(error)}") from error
    except OverflowError as error:
        raise StoreError(f"{path}: cannot hold so large a number ({error})") from error
    except MemoryError as error:
        raise StoreError(f"{path}: there is too little memory; end other programs and run again") from error
