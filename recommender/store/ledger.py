"""What was fetched when and with what result, and the cursors from which the next fetch goes on."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from recommender.store.database import Database
from recommender.store.encoding import UnreadableError, day_of_text, text_of
from recommender.store.records import Fetch

COLUMNS = "target, source, at, ok, detail, new, revised, requests, newest"


class Ledger:
    """The provenance of all that was fetched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, fetch: Fetch) -> None:
        """Write down a fetch, good or bad."""
        newest = fetch.newest.isoformat() if fetch.newest else None
        values = (fetch.target, fetch.source, fetch.at.isoformat(), fetch.ok, fetch.detail)
        with self._database.transaction() as db:
            db.execute(
                f"INSERT INTO fetches ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, fetch.new, fetch.revised, fetch.requests, newest),
            )

    def last(self, target: str, *, ok: bool | None = None, source: str | None = None) -> Fetch | None:
        """The newest fetch for `target`, if asked only a good or a bad one, or of one source."""
        which = "target = ? AND (? IS NULL OR ok = ?) AND (? IS NULL OR source = ?)"
        return self._first(f"{which} ORDER BY number DESC LIMIT 1 OFFSET ?", target, ok, ok, source, source)

    def failing_since(self, target: str) -> Fetch | None:
        """The first failed fetch for `target` since the last good one; None where the last was good."""
        return self._first(
            "target = ? AND NOT ok AND number > (SELECT COALESCE(MAX(number), 0) FROM fetches WHERE target = ? AND ok) "
            "ORDER BY number LIMIT 1 OFFSET ?",
            *(target, target),
        )

    def targets(self) -> list[str]:
        """Everything that was ever fetched for, by name."""
        found = self._database.query("SELECT DISTINCT target FROM fetches ORDER BY target")
        return [target for (target,) in found if isinstance(target, str)]

    def cursor(self, name: str) -> str | None:
        """A position that outlives the process, such as a harvest's newest day."""
        found = self._database.query("SELECT value FROM marks WHERE name = ?", name)
        return found[0][0] if found and isinstance(found[0][0], str) else None

    def set_cursor(self, name: str, value: str) -> None:
        """Move a cursor."""
        with self._database.transaction() as db:
            db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def _first(self, which: str, *values: object) -> Fetch | None:
        """The first that can be read; `which` ends with how many to pass over."""
        sql, passed = f"SELECT {COLUMNS} FROM fetches WHERE {which}", 0
        while found := self._database.query(sql, *values, passed):
            with suppress(UnreadableError):
                return fetch_of(found[0])
            passed += 1
        return None


def fetch_of(record: Sequence[Any]) -> Fetch:
    """A fetch from the columns `COLUMNS`; raises `UnreadableError` where they hold none."""
    target, source, at, ok, detail, new, revised, requests, newest = record
    try:
        moment = datetime.fromisoformat(at)
    except (ValueError, TypeError):
        raise UnreadableError("at is no moment") from None
    if moment.utcoffset() is None:
        raise UnreadableError("at has no time zone")
    if not all(isinstance(number, int) for number in (ok, new, revised, requests)):
        raise UnreadableError("a count is no number")
    return Fetch(
        text_of("target", target),
        text_of("source", source),
        moment,
        bool(ok),
        text_of("detail", detail),
        new,
        revised,
        requests,
        day_of_text("newest", newest) if newest is not None else None,
    )
