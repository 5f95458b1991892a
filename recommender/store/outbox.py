"""What was sent to whom, or could not be: a message is noted before it leaves, and again when it has left.

A process that dies between the two leaves a message of which nobody knows whether it arrived. It is sent once more, so
that none is lost without a word, and no third time.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from recommender.store.database import Database
from recommender.store.encoding import UnreadableError, day_of_text, text_of

State = Literal["sending", "sent", "failed"]
_STATES: tuple[State, ...] = ("sending", "sent", "failed")
COLUMNS = "target, day, content, state, tries, at, detail, items"
_MOST_TRIES = 2
"Attempts with an unknown end after which a message counts as sent."


@dataclass(frozen=True, slots=True)
class Sending:
    """One message to one target."""

    target: str
    day: date
    content: str
    "hash of what it says"
    state: State
    tries: int
    "attempts of which it is not known how they ended"
    at: datetime
    "aware: of the last change"
    detail: str
    "why it failed, or what is to be said of one that was sent"
    items: tuple[str, ...]
    "what it tells of: a paper's id with its version, or what could not be fetched; of a failed one what was told"


class Outbox:
    """The messages in papers.db."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def targets(self) -> list[str]:
        """Everybody to whom anything was to be sent, by name."""
        found = self._database.query("SELECT DISTINCT target FROM outbox ORDER BY target")
        return [name for (name,) in found if isinstance(name, str)]

    def of(self, target: str) -> list[Sending]:
        """The messages to a target, the oldest first."""
        found: list[Sending] = []
        sql = f"SELECT {COLUMNS} FROM outbox WHERE target = ? ORDER BY day, at, content"
        for record in self._database.query(sql, target):
            with suppress(UnreadableError):
                found.append(sending_of(record))
        return found

    def begin(self, target: str, day: date, content: str, items: Collection[str], now: datetime) -> None:
        """Note that a message is about to leave; it is on the disk when this returns."""
        self._write(target, day, content, "sending", 1, now, "", items)

    def end(
        self,
        target: str,
        day: date,
        content: str,
        now: datetime,
        *,
        sent: bool,
        detail: str = "",
        items: Iterable[str] = (),
        begun: bool = True,
    ) -> None:
        """Note how an attempt ended; `items` is what the other side has taken.

        A message that failed before it was `begun` is noted too.
        """
        self._write(target, day, content, "sent" if sent else "failed", -1 if begun else 0, now, detail, tuple(items))

    def leave(self, target: str, day: date, content: str, now: datetime, detail: str) -> None:
        """Note why it is not known how an attempt ended."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE outbox SET detail = ?, at = ? WHERE target = ? AND day = ? AND content = ?",
                (detail, now.isoformat(), target, day.isoformat(), content),
            )

    def _write(
        self,
        target: str,
        day: date,
        content: str,
        state: State,
        tries: int,
        now: datetime,
        detail: str,
        items: Collection[str],
    ) -> None:
        values = (state, max(tries, 0), now.isoformat(), detail, json.dumps(list(items)))
        with self._database.transaction() as db:
            db.execute(
                f"INSERT INTO outbox ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "state = excluded.state, tries = tries + ?, at = excluded.at, detail = excluded.detail, "
                "items = excluded.items",
                (target, day.isoformat(), content, *values, tries),
            )


def told(sendings: Iterable[Sending]) -> set[str]:
    """What a target has been told: by messages that were sent, or in part, or twice left with an unknown end."""
    known: set[str] = set()
    unknown: Counter[str] = Counter()
    for each in sendings:
        if each.state == "sending":
            unknown.update(dict.fromkeys(each.items, each.tries))
        else:
            known.update(each.items)
    return known | {item for item, tries in unknown.items() if tries >= _MOST_TRIES}


def days_done(sendings: Sequence[Sending]) -> set[date]:
    """The days of which a target gets nothing more: it was sent a message, or two were left with an unknown end."""
    tries: Counter[date] = Counter()
    for each in sendings:
        tries[each.day] += each.tries
    sent = {each.day for each in sendings if each.state == "sent"}
    return sent | {day for day, number in tries.items() if number >= _MOST_TRIES}


def sending_of(record: Sequence[Any]) -> Sending:
    """A message from the columns `COLUMNS`; raises `UnreadableError` where they hold none."""
    target, day, content, state, tries, at, detail, items = record
    if state not in _STATES:
        raise UnreadableError("state is none of a message")
    if not isinstance(tries, int):
        raise UnreadableError("tries is no number")
    try:
        moment, listed = datetime.fromisoformat(at), json.loads(items)
    except (ValueError, TypeError, RecursionError):
        raise UnreadableError("at is no moment, or items are no list") from None
    if moment.tzinfo is None:
        raise UnreadableError("at is a time of no zone")
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise UnreadableError("items are no list of texts")
    return Sending(
        text_of("target", target),
        day_of_text("day", day),
        text_of("content", content),
        state,
        tries,
        moment,
        text_of("detail", detail),
        tuple(listed),
    )
