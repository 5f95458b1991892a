"""Zotero: its own API on this machine, else the one on the web, else a copy of its database. Nothing is ever written.

The live database is never opened: Zotero holds it locked, and read as immutable it would lack all that still lies in
its journal.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.errors import InputError
from recommender.paper import clean
from recommender.profile.entry import Entry, References
from recommender.profile.formats import of_item

LOCAL = "http://127.0.0.1:23119/api"
WEB = "https://api.zotero.org"
KEY, USER, FOLDER = "ZOTERO_API_KEY", "ZOTERO_USER_ID", "ZOTERO_DATA_DIR"
"Environment variables: the web API's key, the user's number there, the folder of zotero.sqlite."
_PAGE = 100
_TRIES = 5
_NO_REFERENCE = {"attachment", "note", "annotation"}
_EXTRA = "pyzotero is not installed: pip install 'recommender[zotero]'"


@dataclass(frozen=True, slots=True)
class Library:
    """One library of Zotero, the reader's own or a group's, as its API describes it."""

    name: str
    collections: Sequence[Mapping[str, Any]]
    "`key`, `name`, `parentCollection` (a key, or False)"
    items: Sequence[Mapping[str, Any]]
    "`key`, `itemType`, `collections` (keys) and the fields of each top-level item"


class UnreachableError(InputError):
    """One way to Zotero is closed; `str()` is a clause that says why."""


def read(
    collection: str = "",
    *,
    exclude: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
    local: str = LOCAL,
    web: str = WEB,
) -> References:
    """All references, or those of the collections and groups of a name, with what lies beneath; groups included.

    Raises `InputError` where Zotero cannot be had in any way, or has no collection of that name.
    """
    reasons: list[str] = []
    ways: tuple[Callable[[], list[Library]], ...] = (
        lambda: from_local(local),
        lambda: from_web(environ, web),
        lambda: from_file(Path(environ.get(FOLDER) or Path.home() / "Zotero") / "zotero.sqlite"),
    )
    for way in ways:
        try:
            return select(way(), collection, exclude)
        except UnreachableError as error:
            reasons.append(str(error))
    raise InputError(f"Zotero cannot be read: {'; '.join(reasons)}")


def select(libraries: Sequence[Library], collection: str, exclude: Sequence[str]) -> References:
    """The references of libraries that lie in a collection, and in none that is excluded."""
    entries: list[Entry] = []
    faults: list[str] = []
    excluded, found = 0, not collection
    for library in libraries:
        wanted, left_out = _beneath(library, collection), {key for name in exclude for key in _beneath(library, name)}
        whole = not collection or library.name.casefold() == collection.casefold()
        found = found or whole or bool(wanted)
        for item in library.items:
            inside = set(item.get("collections") or ())
            if item.get("itemType") in _NO_REFERENCE or not (whole or inside & wanted):
                continue
            if inside & left_out or library.name in exclude:
                excluded += 1
                continue
            where = f"{library.name or 'My Library'} item {item.get('key', '?')}"
            try:
                entries.append(of_item(where, dict(item)))
            except InputError as error:
                faults.append(f"{where}: {error}")
    if not found:
        raise InputError(f"zotero:{collection}: there is no such collection; {_known(libraries)}")
    return References(tuple(entries), tuple(faults), excluded)


def _beneath(library: Library, name: str) -> set[str]:
    """The keys of the collections of that name, and of all within them."""
    keys = {str(each["key"]) for each in library.collections if name and each["name"].casefold() == name.casefold()}
    while True:
        more = {str(each["key"]) for each in library.collections if each.get("parentCollection") in keys} - keys
        if not more:
            return keys
        keys |= more


def _known(libraries: Sequence[Library]) -> str:
    names = sorted({clean(each["name"]) for library in libraries for each in library.collections})
    names += sorted(library.name for library in libraries if library.name)
    return f"known: {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}" if names else "it has no collections"


# -- the two APIs ----------------------------------------------------------------------------------------------


def from_local(address: str = LOCAL) -> list[Library]:
    """What the running Zotero says; raises `UnreachableError`."""
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=2).close()
    except OSError:
        raise UnreachableError("it is not running on this machine (start it)") from None
    return _through_api("0", None, address)


def from_web(environ: Mapping[str, str], address: str = WEB) -> list[Library]:
    """What zotero.org says, with the key from the environment; raises `UnreachableError`."""
    key, user = environ.get(KEY, ""), environ.get(USER, "")
    if not key:
        raise UnreachableError(f"no key for the web API in {KEY}")
    return _through_api(user, key, address)


def _through_api(user: str, key: str | None, address: str) -> list[Library]:
    try:
        from pyzotero import zotero
        from pyzotero.zotero_errors import PyZoteroError
    except ImportError:
        raise UnreachableError(_EXTRA) from None

    def client(number: str, kind: str) -> Any:
        made = zotero.Zotero(number, kind, key, local=key is None)
        made.endpoint = address
        return made

    try:
        if key and not user:
            user = str(client("0", "user").key_info()["userID"])
        own = client(user, "user")
        libraries = [_library("", own)]
        for group in own.everything(own.groups(limit=_PAGE)):
            name = str(group.get("data", group).get("name", group["id"]))
            libraries.append(_library(name, client(str(group["id"]), "group")))
        return libraries
    except (PyZoteroError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreachableError(_refused(error, key)) from error
    except Exception as error:  # httpx's errors, whichever of its successors pyzotero uses, have no base of Python's
        if type(error).__module__.partition(".")[0] not in ("httpx", "httpx2", "httpcore", "httpcore2"):
            raise
        raise UnreachableError(_refused(error, key)) from error


def _refused(error: Exception, key: str | None) -> str:
    """Say why; the key, which is part of an address, is not said."""
    text = clean(str(error)).replace(key or "\0", "...")[:120] or type(error).__name__
    if key:
        return f"the web API refuses ({text}); check {KEY}"
    if "403" in text or "not enabled" in text or type(error).__name__ == "UserNotAuthorisedError":
        return "it lets no other program in (Settings > Advanced > Allow other applications to communicate with Zotero)"
    return f"its API on this machine answers badly ({text})"


def _library(name: str, client: Any) -> Library:
    collections = [each["data"] for each in client.everything(client.collections(limit=_PAGE))]
    return Library(name, collections, [each["data"] for each in client.everything(client.top(limit=_PAGE))])


# -- the database ----------------------------------------------------------------------------------------------


def from_file(path: Path) -> list[Library]:
    """What a copy of zotero.sqlite and its journals says; raises `UnreachableError`."""
    if not path.is_file():
        raise UnreachableError(f"there is no {path} (its folder can be named in {FOLDER})")
    with tempfile.TemporaryDirectory(prefix="recommend-zotero-") as folder:
        try:
            with closing(_opened(path, Path(folder))) as db:
                return list(_libraries(db))
        except sqlite3.DatabaseError as error:
            raise UnreachableError(f"{path} cannot be read ({error})") from error
        except OSError as error:
            raise UnreachableError(f"{path} cannot be copied ({error.strerror})") from error


def _opened(path: Path, folder: Path) -> sqlite3.Connection:
    """Open a copy that fits together: one during which the files changed is made again."""
    copy = folder / path.name
    for attempt in range(_TRIES):
        before = _state(path)
        for suffix in ("-wal", "-journal", ""):
            (folder / (path.name + suffix)).unlink(missing_ok=True)
            if (beside := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(beside, folder / (path.name + suffix))
        if _state(path) != before and attempt < _TRIES - 1:
            continue
        db = sqlite3.connect(copy)  # to be written: only so are the pages in its journal taken in
        try:
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok":
                return db
        except sqlite3.DatabaseError:
            if attempt == _TRIES - 1:
                db.close()
                raise
        db.close()
        (folder / (path.name + "-shm")).unlink(missing_ok=True)
    raise sqlite3.DatabaseError("it is damaged, or changes all the time; close Zotero and try again")


def _state(path: Path) -> list[tuple[int, int]]:
    files = (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-journal"))
    return [(file.stat().st_size, file.stat().st_mtime_ns) if file.exists() else (0, 0) for file in files]


_ITEMS = """
SELECT i.itemID, i.key, t.typeName FROM items i JOIN itemTypes t USING (itemTypeID)
WHERE i.libraryID = ? AND i.itemID NOT IN (SELECT itemID FROM deletedItems) ORDER BY i.itemID
"""
_FIELDS = """
SELECT d.itemID, f.fieldName, v.value FROM itemData d JOIN fields f USING (fieldID)
JOIN itemDataValues v USING (valueID) JOIN items i USING (itemID) WHERE i.libraryID = ?
"""
_CREATORS = """
SELECT ic.itemID, c.firstName, c.lastName FROM itemCreators ic JOIN creators c USING (creatorID)
JOIN items i USING (itemID) WHERE i.libraryID = ? ORDER BY ic.itemID, ic.orderIndex
"""
_IN = """
SELECT ci.itemID, c.key FROM collectionItems ci JOIN collections c USING (collectionID) WHERE c.libraryID = ?
"""
_COLLECTIONS = """
SELECT c.key, c.collectionName, p.key FROM collections c LEFT JOIN collections p
ON p.collectionID = c.parentCollectionID WHERE c.libraryID = ?
"""
_LIBRARIES = """
SELECT l.libraryID, coalesce(g.name, '') FROM libraries l LEFT JOIN groups g USING (libraryID)
WHERE l.type IN ('user', 'group') ORDER BY l.libraryID
"""


def _libraries(db: sqlite3.Connection) -> Iterator[Library]:
    for number, name in db.execute(_LIBRARIES).fetchall():
        items: dict[int, dict[str, Any]] = {
            item: {"key": key, "itemType": kind, "collections": [], "creators": []}
            for item, key, kind in db.execute(_ITEMS, (number,))
        }
        for item, field, value in db.execute(_FIELDS, (number,)):
            if item in items:
                items[item][field] = value
        for item, first, last in db.execute(_CREATORS, (number,)):
            if item in items:
                items[item]["creators"].append({"firstName": first or "", "lastName": last or ""})
        for item, key in db.execute(_IN, (number,)):
            if item in items:
                items[item]["collections"].append(key)
        collections = [
            {"key": key, "name": named, "parentCollection": parent or False}
            for key, named, parent in db.execute(_COLLECTIONS, (number,))
        ]
        yield Library(name, collections, list(items.values()))
