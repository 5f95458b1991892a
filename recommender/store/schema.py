"""Opening papers.db: its tables, their versions, and SQLite's errors in words.

`PRAGMA user_version` holds the schema's version. A file of an older version is brought forward one step at a time,
each step in one transaction; a newer one is refused.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.errors import LockedError, StoreError
from recommender.store import filing, title_entries
from recommender.store.encoding import COLUMNS, paper_of

FILE_NAME = "papers.db"
RESCUED_NAME = "papers.db.rescued"
APPLICATION_ID = 0x61725869  # "arXi": tells our files from other SQLite databases

_VERSION_1 = """
CREATE TABLE papers (
    row INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice, so an old index cannot point at a wrong paper
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    authors TEXT NOT NULL,                  -- JSON list of names
    categories TEXT NOT NULL,               -- separated by blanks, the primary one first
    published TEXT,                         -- ISO day
    updated TEXT,                           -- ISO day
    version INTEGER,
    comment TEXT NOT NULL,
    text_hash BLOB NOT NULL,                -- of title and abstract, as embedded
    added TEXT NOT NULL                     -- ISO day of the run that first stored it
);
CREATE TABLE vectors (
    row INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL UNIQUE,            -- grows with every write; the index knows all up to some number
    vector BLOB                             -- float16, little endian; NULL once the paper is removed
);
CREATE TABLE second_vectors (               -- a cache for re-ranking; any row may go
    model TEXT NOT NULL, text_hash BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, text_hash)
) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fetches (
    number INTEGER PRIMARY KEY,
    target TEXT NOT NULL, source TEXT NOT NULL, at TEXT NOT NULL, ok INTEGER NOT NULL, detail TEXT NOT NULL,
    new INTEGER NOT NULL, revised INTEGER NOT NULL, requests INTEGER NOT NULL, newest TEXT
);
CREATE INDEX fetches_by_target ON fetches (target, number);
CREATE TABLE shown (
    section TEXT NOT NULL, id TEXT NOT NULL, version INTEGER, day TEXT NOT NULL, PRIMARY KEY (section, id)
) WITHOUT ROWID;
"""

_VERSION_2 = f"""
{filing.TABLES}
DELETE FROM meta WHERE name = 'index files';
CREATE TABLE index_files (                  -- every vectors.faiss that may be met
    sha256 TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    trained INTEGER NOT NULL,
    nprobe INTEGER,
    recall REAL,
    sample_rows BLOB NOT NULL,              -- int64: a random sample of the papers inside
    sample BLOB NOT NULL                    -- float16: their vectors
);
CREATE TABLE next_vectors (                 -- of another encoder, until all papers have one
    row INTEGER PRIMARY KEY, text_hash BLOB NOT NULL, vector BLOB NOT NULL
);
"""

_VERSION_3 = """
CREATE TABLE engine_states (                -- what an index engine must remember; only the engine reads `state`
    engine TEXT NOT NULL, state BLOB NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (engine, state)
) WITHOUT ROWID;
INSERT INTO engine_states
    SELECT 'faiss', CAST(json_object('sha256', sha256, 'size', size, 'modified', modified, 'trained', trained,
        'nprobe', nprobe, 'recall', recall) AS BLOB), sequence FROM index_files;
DROP TABLE index_files;
"""


def file_all(db: sqlite3.Connection) -> None:
    """File all papers; version 1 found them by reading every one."""
    entries = filing.Filing(db)
    for record in db.execute(f"SELECT row, {COLUMNS} FROM papers"):
        entries.add([(record[0], paper_of(record[1:]))])


def _nothing(_: sqlite3.Connection) -> None:
    """Leave it at the script."""


_STEPS: tuple[tuple[str, Callable[[sqlite3.Connection], None]], ...] = (
    (_VERSION_1, _nothing),
    (_VERSION_2, file_all),
    (_VERSION_3, _nothing),
    (title_entries.TABLE, title_entries.fill),
)
"what leads from version n to n + 1: a script of tables, then a function that fills them"

VERSION = len(_STEPS)


class DamagedError(StoreError):
    """SQLite cannot make sense of the file."""


class OlderSchemaError(StoreError):
    """A reader met a file that a writer has to bring forward first."""


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into one line: what happened to which file, and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith("SQLITE_FULL"):
            said = "the disk is full; free some space and run again, everything stored before is kept"
        elif name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")):
            raise DamagedError(
                f"{path}: is damaged ({error}); `recommend index --rebuild` saves what can be read, or restore a backup"
            ) from error
        elif name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
            said = f"cannot be opened for this ({error}); check the permissions of the file and its folder"
        elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise LockedError(f"{path}: another program holds the file; run again when it has ended") from error
        elif name.startswith("SQLITE_IOERR"):
            said = f"the disk reports an error ({error}); check the disk and its free space, then run again"
        else:
            raise
        raise StoreError(f"{path}: {said}") from error


def finish_rescue(folder: Path) -> None:
    """Put a rescued file where the damaged one was moved away from; nothing to do otherwise."""
    path, rescued = folder / FILE_NAME, folder / RESCUED_NAME
    if not path.exists() and rescued.exists():
        for suffix in ("-wal", "-shm"):  # of the damaged file: SQLite would apply them to the new one
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        rescued.replace(path)


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open papers.db with its schema brought up to date; only a writer creates or changes anything."""
    if not write and not path.exists():
        raise StoreError(f"{path}: no papers here yet; `recommend update` or `recommend import` brings some")
    with errors_of(path):
        db = sqlite3.connect(path, isolation_level=None, timeout=10.0) if write else _open_for_reading(path)
        try:
            _prepare(db, path, write=write)
        except BaseException:
            db.close()
            raise
    return db


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """Open read-only; in a folder that cannot be written, where SQLite's WAL files cannot be made, as immutable."""
    address = path.absolute().as_uri()
    db = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None, timeout=10.0)
    try:
        db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        db.close()
        journal = path.with_name(path.name + "-wal")
        if journal.exists() and journal.stat().st_size:
            raise
        db = sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
        db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    return db


def _prepare(db: sqlite3.Connection, path: Path, *, write: bool) -> None:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    empty = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if not empty and db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreError(f"{path}: is a database of another program; choose another [index] path")
    if version > VERSION:
        raise StoreError(
            f"{path}: was written by a newer recommender (schema {version}, this one knows {VERSION}); "
            "upgrade with `pip install -U recommender`"
        )
    if write:
        _settings(db, new=empty)
        migrate(db, version)
    elif empty:
        raise StoreError(f"{path}: no papers here yet; `recommend update` or `recommend import` brings some")
    elif version < VERSION:
        raise OlderSchemaError(
            f"{path}: is of an older schema ({version}) and cannot be brought up to date by a reader"
        )


def _settings(db: sqlite3.Connection, *, new: bool) -> None:
    if new:
        db.execute("PRAGMA page_size = 8192")  # five abstracts or fifteen vectors a page; at 4096 a fifth stays empty
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # a batch counts as stored once it has reached the disk, not the cache


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Bring a database from `version` to `VERSION`, each step in a transaction of its own."""
    for number in range(version, VERSION):
        script, fill = _STEPS[number]
        try:
            db.executescript(f"BEGIN IMMEDIATE; {script}")
            fill(db)
            db.execute(f"PRAGMA user_version = {number + 1}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
