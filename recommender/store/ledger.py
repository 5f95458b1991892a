"""What was fetched when and with what result, and the cursors from which the next fetch goes on."""

from datetime import date, datetime

from recommender.store.database import Database
from recommender.store.records import Fetch

_COLUMNS = "target, source, at, ok, detail, new, revised, requests, newest"


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
                f"INSERT INTO fetches ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, fetch.new, fetch.revised, fetch.requests, newest),
            )

    def last(self, target: str, *, ok: bool | None = None, source: str | None = None) -> Fetch | None:
        """The newest fetch for `target`, if asked only a good or a bad one, or of one source."""
        return self._fetch(
            "target = ? AND (? IS NULL OR ok = ?) AND (? IS NULL OR source = ?) ORDER BY number DESC LIMIT 1",
            *(target, ok, ok, source, source),
        )

    def failing_since(self, target: str) -> Fetch | None:
        """The first failed fetch for `target` since the last good one; None where the last was good."""
        found = self._database.query(
            "SELECT MIN(number) FROM fetches WHERE target = ?1 AND NOT ok AND number > "
            "(SELECT COALESCE(MAX(number), 0) FROM fetches WHERE target = ?1 AND ok)",
            target,
        )
        return self._fetch("number = ?", found[0][0]) if found[0][0] is not None else None

    def targets(self) -> list[str]:
        """Everything that was ever fetched for, by name."""
        return [target for (target,) in self._database.query("SELECT DISTINCT target FROM fetches ORDER BY target")]

    def cursor(self, name: str) -> str | None:
        """A position that outlives the process, such as a harvest's newest day."""
        found = self._database.query("SELECT value FROM marks WHERE name = ?", name)
        return str(found[0][0]) if found else None

    def set_cursor(self, name: str, value: str) -> None:
        """Move a cursor."""
        with self._database.transaction() as db:
            db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def _fetch(self, where: str, *values: object) -> Fetch | None:
        found = self._database.query(f"SELECT {_COLUMNS} FROM fetches WHERE {where}", *values)
        if not found:
            return None
        target, source, at, was_ok, detail, new, revised, requests, newest = found[0]
        day = date.fromisoformat(newest) if newest else None
        return Fetch(target, source, datetime.fromisoformat(at), bool(was_ok), detail, new, revised, requests, day)
