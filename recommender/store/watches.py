"""Saved searches: what is asked again and again, and which of the papers were there when it was last looked at."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from recommender.store.database import Database
from recommender.store.encoding import UnreadableError, day_of_text, text_of

COLUMNS = "name, query, categories, author, since, least, digest, seen, looked, created"


@dataclass(frozen=True, slots=True)
class Watch:
    """A search that is kept under a name."""

    name: str
    query: str
    created: datetime
    "aware"
    looked: datetime
    "aware: when what was new was last marked as seen"
    seen: int = 0
    "row of the last paper that was stored then: what is new lies behind it"
    categories: tuple[str, ...] = ()
    author: str = ""
    since: date | None = None
    least: float | None = None
    "per cent below which a paper is left out; None: as config.toml says"
    digest: bool = False
    "whether it is a section of the digest too"


class Watches:
    """The saved searches in papers.db."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def every(self) -> list[Watch]:
        """All of them, by name."""
        return self._read("1 ORDER BY name")

    def get(self, name: str) -> Watch | None:
        """The one of a name."""
        return next(iter(self._read("name = ?", name)), None)

    def keep(self, watch: Watch) -> None:
        """Write one down, in the place of what had its name."""
        values = (
            *(watch.name, watch.query, " ".join(watch.categories), watch.author),
            *(watch.since.isoformat() if watch.since else None, watch.least, watch.digest, watch.seen),
            *(watch.looked.isoformat(), watch.created.isoformat()),
        )
        with self._database.transaction() as db:
            db.execute(f"INSERT OR REPLACE INTO watches ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def remove(self, name: str) -> bool:
        """Forget one; whether there was one."""
        with self._database.transaction() as db:
            return bool(db.execute("DELETE FROM watches WHERE name = ?", (name,)).rowcount)

    def _read(self, where: str, *values: object) -> list[Watch]:
        found: list[Watch] = []
        for record in self._database.query(f"SELECT {COLUMNS} FROM watches WHERE {where}", *values):
            with suppress(UnreadableError):
                found.append(watch_of(record))
        return found


def watch_of(record: Sequence[Any]) -> Watch:
    """A saved search from the columns `COLUMNS`; raises `UnreadableError` where they hold none."""
    name, query, categories, author, since, least, digest, seen, looked, created = record
    if not isinstance(seen, int) or not isinstance(digest, int) or not isinstance(least, float | int | None):
        raise UnreadableError("seen, digest or least is no number")
    return Watch(
        text_of("name", name),
        text_of("query", query),
        _moment("created", created),
        _moment("looked", looked),
        seen,
        tuple(text_of("categories", categories).split()),
        text_of("author", author),
        day_of_text("since", since) if since is not None else None,
        None if least is None else float(least),
        bool(digest),
    )


def _moment(name: str, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise UnreadableError(f"{name} is no moment") from None
    if moment.tzinfo is None:
        raise UnreadableError(f"{name} is a time of no zone")
    return moment
