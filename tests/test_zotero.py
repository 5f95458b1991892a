"""Zotero: its own API on this machine, the web's, or a copy of its database; and what is said where none can be had."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.loopback.arxiv_server import refused_address
from recommender.errors import InputError
from recommender.profile import zotero

PAPERS: list[dict[str, Any]] = [
    {
        "key": f"AAAA{number:04d}",
        "itemType": "preprint",
        "title": f"Paper {number}",
        "abstractNote": f"About {number}.",
        "creators": [{"creatorType": "author", "firstName": "Ada", "lastName": "Lovelace"}],
        "date": "2024-01-02",
        "archiveID": f"arXiv:2401.{number:05d}",
        "collections": ["INNER001"] if number % 2 else [],
    }
    for number in range(130)
]
COLLECTIONS: list[dict[str, Any]] = [
    {"key": "OUTER001", "name": "To read", "parentCollection": False},
    {"key": "INNER001", "name": "Odd", "parentCollection": "OUTER001"},
]
GROUP: list[dict[str, Any]] = [
    {"key": "GGGG0001", "itemType": "journalArticle", "title": "Of a group", "DOI": "10.48550/arXiv.2402.00001"}
]


class Local(ThreadingHTTPServer):
    """Zotero's local API as its documentation and its answers describe it: pages by Link, groups, top-level items."""

    enabled = True
    key = ""
    "with it the web's API, which answers its bearer alone"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.root}"

    @property
    def root(self) -> str:
        return "" if self.key else "/api"

    def rows(self, path: str) -> list[dict[str, Any]]:
        mine = f"{self.root}/users/{'4711' if self.key else '0'}/"
        if path == f"{mine}groups":
            return [{"id": 77, "data": {"id": 77, "name": "Reading group"}}]
        own = path.startswith(mine)
        if path.endswith("/items/top"):
            note = {"key": "NOTE0001", "itemType": "note", "note": "text"}
            return [{"key": each["key"], "data": each} for each in ([*PAPERS, note] if own else GROUP)]
        return [{"key": each["key"], "data": each} for each in (COLLECTIONS if own else [])]


class Handler(BaseHTTPRequestHandler):
    server: Local

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if not self.server.enabled:
            self.reply(403, b"Local API is not enabled", {"Content-Type": "text/plain"})
            return
        if self.server.key and self.headers.get("Authorization") != f"Bearer {self.server.key}":
            self.reply(403, b"Invalid key", {"Content-Type": "text/plain"})
            return
        if asked.path == f"/keys/{self.server.key}":
            body = json.dumps({"key": self.server.key, "userID": 4711, "username": "ada"}).encode()
            self.reply(200, body, {"Content-Type": "application/json", "Zotero-API-Version": "3"})
            return
        rows, query = self.server.rows(asked.path), parse_qs(asked.query)
        start, limit = int(query.get("start", ["0"])[0]), int(query.get("limit", ["25"])[0])
        headers = {"Content-Type": "application/json", "Total-Results": str(len(rows)), "Zotero-API-Version": "3"}
        headers |= {"Zotero-Server-ID": "abc", "Last-Modified-Version": "1"}
        if start + limit < len(rows):
            onward = f"http://127.0.0.1:{self.server.server_address[1]}{asked.path}?limit={limit}&start={start + limit}"
            headers["Link"] = f'<{onward}>; rel="next"'
        self.reply(200, json.dumps(rows[start : start + limit]).encode(), headers)

    def reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@pytest.fixture
def local() -> Iterator[Local]:
    with Local(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_local_api_gives_the_whole_library_page_by_page_and_the_groups(local: Local) -> None:
    found = zotero.read(environ={}, local=local.address)
    assert len(found.entries) == 131
    assert {entry.id for entry in found.entries} == {f"2401.{n:05d}" for n in range(130)} | {"2402.00001"}
    first = found.entries[0]
    assert (first.title, first.abstract, first.authors, first.year) == ("Paper 0", "About 0.", ("Ada Lovelace",), 2024)


def test_a_collection_is_named_with_what_lies_beneath_it_and_a_group_too(local: Local) -> None:
    assert len(zotero.read("to read", environ={}, local=local.address).entries) == 65
    assert [entry.id for entry in zotero.read("Reading group", environ={}, local=local.address).entries] == [
        "2402.00001"
    ]
    with pytest.raises(InputError, match="no such collection; known: Odd, To read, Reading group"):
        zotero.read("Unread", environ={}, local=local.address)


def test_what_is_excluded_is_left_out_and_counted(local: Local) -> None:
    found = zotero.read(exclude=["Odd"], environ={}, local=local.address)
    assert (len(found.entries), found.excluded) == (66, 65)


def test_a_zotero_that_lets_nobody_in_is_named_with_the_setting(local: Local, tmp_path: Path) -> None:
    local.enabled = False
    with pytest.raises(InputError, match=r"lets no other program in .*Allow other applications"):
        zotero.read(environ={"ZOTERO_DATA_DIR": str(tmp_path)}, local=local.address)


NOT_RUNNING = f"{refused_address().rstrip('/')}/api"


@pytest.mark.parametrize("user", [{}, {"ZOTERO_USER_ID": "4711"}], ids=["asked for", "named"])
def test_where_zotero_does_not_run_the_webs_api_is_asked_with_the_key(local: Local, user: dict[str, str]) -> None:
    local.key = "s3cret"
    found = zotero.read(environ={"ZOTERO_API_KEY": "s3cret", **user}, local=NOT_RUNNING, web=local.address)
    assert len(found.entries) == 131
    assert "2402.00001" in {entry.id for entry in found.entries}


def test_a_key_that_the_web_refuses_is_named_and_not_shown(local: Local, tmp_path: Path) -> None:
    local.key = "s3cret"
    environ = {"ZOTERO_API_KEY": "wr0ng", "ZOTERO_DATA_DIR": str(tmp_path)}
    with pytest.raises(InputError, match=r"the web API refuses .*; check ZOTERO_API_KEY") as raised:
        zotero.read(environ=environ, local=NOT_RUNNING, web=local.address)
    assert "wr0ng" not in str(raised.value)


def test_where_zotero_cannot_be_had_every_way_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        zotero.read(environ={"ZOTERO_DATA_DIR": str(tmp_path)}, local=NOT_RUNNING)
    said = str(raised.value)
    assert "\n" not in said
    for part in ("not running on this machine (start it)", "no key for the web API in ZOTERO_API_KEY", "zotero.sqlite"):
        assert part in said


# -- the database ----------------------------------------------------------------------------------------------

SCHEMA = """
CREATE TABLE libraries (libraryID INTEGER PRIMARY KEY, type TEXT);
CREATE TABLE groups (groupID INTEGER PRIMARY KEY, libraryID INT, name TEXT);
CREATE TABLE itemTypes (itemTypeID INTEGER PRIMARY KEY, typeName TEXT);
CREATE TABLE items (itemID INTEGER PRIMARY KEY, itemTypeID INT, libraryID INT, key TEXT);
CREATE TABLE deletedItems (itemID INTEGER PRIMARY KEY);
CREATE TABLE fields (fieldID INTEGER PRIMARY KEY, fieldName TEXT);
CREATE TABLE itemDataValues (valueID INTEGER PRIMARY KEY, value);
CREATE TABLE itemData (itemID INT, fieldID INT, valueID INT);
CREATE TABLE creators (creatorID INTEGER PRIMARY KEY, firstName TEXT, lastName TEXT);
CREATE TABLE itemCreators (itemID INT, creatorID INT, creatorTypeID INT, orderIndex INT);
CREATE TABLE collections
    (collectionID INTEGER PRIMARY KEY, collectionName TEXT, parentCollectionID INT, libraryID INT, key TEXT);
CREATE TABLE collectionItems (collectionID INT, itemID INT, orderIndex INT);
INSERT INTO libraries VALUES (1, 'user'), (2, 'group'), (3, 'feed');
INSERT INTO groups VALUES (77, 2, 'Reading group');
INSERT INTO itemTypes VALUES (1, 'preprint'), (2, 'attachment');
INSERT INTO fields VALUES (1, 'title'), (2, 'abstractNote'), (3, 'archiveID'), (4, 'date');
INSERT INTO creators VALUES (1, 'Ada', 'Lovelace');
INSERT INTO collections VALUES (1, 'To read', NULL, 1, 'OUTER001'), (2, 'Inner', 1, 1, 'INNER001');
"""


def add(db: sqlite3.Connection, number: int, *, library: int = 1, kind: int = 1) -> None:
    """An item in Zotero's own tables."""
    db.execute("INSERT INTO items VALUES (?, ?, ?, ?)", (number, kind, library, f"KEY{number:05d}"))
    for field, value in ((1, f"Paper {number}"), (2, "Of graphs."), (3, f"arXiv:2401.{number:05d}"), (4, "2024")):
        value_id = db.execute("INSERT INTO itemDataValues (value) VALUES (?)", (value,)).lastrowid
        db.execute("INSERT INTO itemData VALUES (?, ?, ?)", (number, field, value_id))
    db.execute("INSERT INTO itemCreators VALUES (?, 1, 1, 0)", (number,))


def database(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.executescript(SCHEMA)
    return db


def read_file(folder: Path, collection: str = "") -> set[str]:
    found = zotero.read(
        collection, environ={"ZOTERO_DATA_DIR": str(folder)}, local=f"{refused_address().rstrip('/')}/api"
    )
    return {entry.id for entry in found.entries}


def test_a_copy_of_the_database_holds_what_lies_in_its_journal_and_not_what_is_uncommitted(tmp_path: Path) -> None:
    path = tmp_path / "zotero.sqlite"
    with closing(database(path)) as db:
        add(db, 1)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        add(db, 2)  # in the journal alone
        add(db, 3, library=2)
        add(db, 4, library=3)  # a feed's
        add(db, 5, kind=2)  # an attachment
        add(db, 6)
        db.execute("INSERT INTO deletedItems VALUES (6)")
        db.execute("INSERT INTO collectionItems VALUES (2, 2, 0)")
        db.execute("BEGIN IMMEDIATE")
        add(db, 7)
        db.execute("PRAGMA cache_spill = 1")
        before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith("-shm")}
        assert read_file(tmp_path) == {"2401.00001", "2401.00002", "2401.00003"}
        assert read_file(tmp_path, "To read") == {"2401.00002"}
        after = {file.name: file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith("-shm")}
        assert after == before
        db.execute("ROLLBACK")


def test_a_database_that_zotero_holds_locked_is_copied_all_the_same(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "zotero.sqlite", isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        add(db, 1)
        other = sqlite3.connect(f"file:{tmp_path}/zotero.sqlite?mode=ro", uri=True, timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("SELECT * FROM items")
        assert read_file(tmp_path) == {"2401.00001"}


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "zotero.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(InputError, match=r"zotero\.sqlite cannot be read"):
        read_file(tmp_path)
