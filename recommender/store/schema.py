"""Opening papers.db: its tables and their versions.

`PRAGMA user_version` holds the schema's version. A file of an older version is brought forward one step at a time,
each step in one transaction; a newer one is refused.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from recommender.errors import StoreError
from recommender.progress import Say, mute
from recommender.store import filing, title_entries
from recommender.store.encoding import COLUMNS, salvage
from recommender.store.faults import DamagedError, EmptyError, OlderSchemaError, errors_of

FILE_NAME = "papers.db"
RESCUED_NAME = "papers.db.rescued"
PAGE = 8192
"bytes a page: five abstracts or fifteen vectors; of 4096 a fifth would stay empty"
_MANY = 50_000
"Papers from which on it takes seconds to bring a file up to date."
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

_VERSION_4 = """
ALTER TABLE papers ADD COLUMN record_hash BLOB;   -- of all that is known of the paper; NULL: written before version 4
ALTER TABLE vectors ADD COLUMN sum INTEGER;       -- CRC-32 of `vector`; NULL: written before version 4
ALTER TABLE next_vectors ADD COLUMN sum INTEGER;
"""

_TABLES = {"papers", "vectors", "second_vectors", "next_vectors", "engine_states", "meta", "marks", "fetches", "shown"}
_TABLES |= {"categories", "filed", "ratings", "recommended", "watches", "outbox", *title_entries.TABLES}

_VERSION_5 = f"""
INSERT OR IGNORE INTO categories (name) VALUES ('{filing.UNKNOWN}');
INSERT OR IGNORE INTO filed                 -- papers without categories pass every filter
    SELECT (SELECT number FROM categories WHERE name = '{filing.UNKNOWN}'), day, row FROM filed
    WHERE category = (SELECT number FROM categories WHERE name = '')
        AND row IN (SELECT row FROM papers WHERE categories = '');
"""

_RATINGS = """
CREATE TABLE ratings (
    list TEXT NOT NULL,                     -- empty: the list that everybody has
    id TEXT NOT NULL,                       -- of a paper, stored or not, or `text:...`
    kind TEXT NOT NULL,                     -- opinion or reading
    rating TEXT NOT NULL,                   -- like, dislike, saved, done; empty once it was taken back
    at TEXT NOT NULL,                       -- ISO time
    source TEXT NOT NULL,                   -- where it came from: `shell`, a file's name, ...
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,                 -- empty where only the id was given
    mirrored TEXT NOT NULL,                 -- the rating that likes.txt had when it was last compared
    asked TEXT NOT NULL,                    -- ISO day on which the archive was asked for the paper and had none
    PRIMARY KEY (list, id, kind)
) WITHOUT ROWID;
CREATE TABLE recommended (                  -- to the reader of a list, first on that ISO day
    list TEXT NOT NULL, id TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (list, id)
) WITHOUT ROWID;
"""

_WATCHES = """
CREATE TABLE watches (                      -- saved searches
    name TEXT PRIMARY KEY,
    query TEXT NOT NULL,
    categories TEXT NOT NULL,               -- separated by blanks
    author TEXT NOT NULL,
    since TEXT,                             -- ISO day
    least REAL,                             -- per cent; NULL: as config.toml says
    digest INTEGER NOT NULL,                -- whether it is a section of the digest too
    seen INTEGER NOT NULL,                  -- row of the last paper that was stored when it was looked at
    looked TEXT NOT NULL,                   -- ISO time of that
    created TEXT NOT NULL                   -- ISO time
);
"""

_OUTBOX = """
CREATE TABLE outbox (
    target TEXT NOT NULL,                   -- name under [[notify]]
    day TEXT NOT NULL,                      -- ISO day that the message is of
    content TEXT NOT NULL,                  -- hash of what it says
    state TEXT NOT NULL,                    -- sending, sent, failed
    tries INTEGER NOT NULL,                 -- attempts of which it is not known how they ended
    at TEXT NOT NULL,                       -- ISO time of the last change
    detail TEXT NOT NULL,
    items TEXT NOT NULL,                    -- JSON list of what it tells of
    PRIMARY KEY (target, day, content)
) WITHOUT ROWID;
"""


def text_or_bytes(data: bytes) -> str | bytes:
    """What SQLite calls a text: one, or the bytes where they are not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _file_all(db: sqlite3.Connection) -> None:
    """File all papers; version 1 found them by reading every one."""
    records = db.execute(f"SELECT row, {COLUMNS} FROM papers")
    filing.file_all(db, ((record[0], salvage(record[1:])[0]) for record in records))


def _enter_titles(db: sqlite3.Connection) -> None:
    title_entries.fill(db, db.execute(f"SELECT row, {COLUMNS} FROM papers"))


def _nothing(_: sqlite3.Connection) -> None:
    """Leave it at the script."""


_STEPS: tuple[tuple[str, Callable[[sqlite3.Connection], None]], ...] = (
    (_VERSION_1, _nothing),
    (_VERSION_2, _file_all),
    (_VERSION_3, _nothing),
    (_VERSION_4, _nothing),
    (_VERSION_5, _nothing),
    (_RATINGS, _nothing),
    (title_entries.SCRIPT, _enter_titles),
    (_WATCHES, _nothing),
    (_OUTBOX, _nothing),
)
"what leads from version n to n + 1: a script of tables, then a function that fills them"

VERSION = len(_STEPS)


def finish_rescue(folder: Path) -> None:
    """Put a rescued file where the damaged one was moved away from; nothing to do otherwise."""
    path, rescued = folder / FILE_NAME, folder / RESCUED_NAME
    if not path.exists() and rescued.exists():
        for suffix in ("-wal", "-shm"):  # of the damaged file: SQLite would apply them to the new one
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # another process has done so
            rescued.replace(path)


def connect(path: Path, *, write: bool, say: Say = mute) -> sqlite3.Connection:
    """Open papers.db with its schema brought up to date; only a writer creates or changes anything."""
    if not write and not path.exists():
        raise EmptyError(path)
    with errors_of(path):
        db = sqlite3.connect(path, isolation_level=None, timeout=10.0) if write else _open_for_reading(path)
        try:
            _prepare(db, path, say, write=write)
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
    except sqlite3.OperationalError as error:
        db.close()
        journal = path.with_name(path.name + "-wal")
        sealed = (getattr(error, "sqlite_errorname", "") or "").startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
        if not sealed or (journal.exists() and journal.stat().st_size):
            raise
        db = sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
        db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    return db


def _prepare(db: sqlite3.Connection, path: Path, say: Say, *, write: bool) -> None:
    found = db.execute(  # in one statement: another process may be bringing the file forward
        "SELECT name, (SELECT user_version FROM pragma_user_version) FROM sqlite_schema WHERE type = 'table'"
    ).fetchall()
    tables, version = {name for name, _ in found}, found[0][1] if found else 0
    if tables:
        _recognise(db, path, tables, version)
    if write:
        _settings(db, new=not tables)
        migrate(db, version, say)
    elif not tables:
        raise EmptyError(path)
    elif version < VERSION:
        raise OlderSchemaError(
            f"{path}: is of an older version (schema {version}) and must once be opened where its folder can be written"
        )


def _recognise(db: sqlite3.Connection, path: Path, tables: set[str], version: int) -> None:
    """Raise `StoreError` for another program's file or a later version's, `DamagedError` where something is missing."""
    fault = ""
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        if not {"papers", "vectors", "fetches", "shown"} <= tables:
            raise StoreError(f"{path}: is a database of another program; choose another [index] path")
        fault = "its header names another program"
    elif version > VERSION:
        raise StoreError(
            f"{path}: was written by a newer recommender (schema {version}, this one knows {VERSION}); "
            "upgrade with `pip install -U recommender`"
        )
    elif version < 1:
        fault = f"there is no schema {version}"
    elif version == VERSION and (missing := sorted(_TABLES - tables)):
        fault = f"its table {', '.join(missing)} is missing"
    if fault:
        raise DamagedError(
            f"{path}: is damaged ({fault}); `recommend index --rebuild` saves what can be read, or restore a backup"
        )


def _settings(db: sqlite3.Connection, *, new: bool) -> None:
    if new:
        db.execute(f"PRAGMA page_size = {PAGE}")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # a batch counts as stored once it has reached the disk, not the cache


def migrate(db: sqlite3.Connection, version: int, say: Say = mute) -> None:
    """Bring a database from `version` to `VERSION`, each step in a transaction of its own."""
    db.text_factory = text_or_bytes
    if 0 < version < VERSION and (papers := db.execute("SELECT count(*) FROM papers").fetchone()[0]) >= _MANY:
        say(f"bringing papers.db with {papers:,} papers up to date, once; this takes up to a minute")
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
    db.text_factory = str
