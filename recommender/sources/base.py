"""What a source of papers is asked, what it gives, and how it says that it cannot."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol, TypeVar

from recommender import archives
from recommender.errors import FetchError
from recommender.paper import Paper, clean

T = TypeVar("T")
SourceName = Literal["api", "oai", "rss"]
SERVICES: dict[str, str] = {
    "api": "arXiv's query API",
    "oai": "arXiv's OAI-PMH service",
    "rss": "arXiv's announcement feed",
}
"The sources as a reader knows them."
Cursors = Callable[[str], str | None]
"""Looks up a cursor that an earlier page gave; None where there is none."""


class AnswerError(FetchError):
    """One answer that cannot be used; `permanent` where asking again cannot help."""

    def __init__(
        self,
        message: str,
        *,
        wait: float | None = None,
        permanent: bool = False,
        down: bool = False,
        offline: bool = False,
    ) -> None:
        super().__init__(message)
        self.wait = wait
        "seconds that the remote asked us to wait; None where it did not"
        self.permanent = permanent
        self.down = down or offline
        "the service as a whole fails, whatever it is asked"
        self.offline = offline
        "no connection came about"


@dataclass(frozen=True, slots=True)
class Request:
    """Which papers are wanted: those with one of the keywords AND in one of the categories, or those named by id."""

    keywords: tuple[str, ...] = ()
    "phrases looked for in title and abstract; `A AND B` wants both"
    categories: tuple[str, ...] = ()
    "`cs.CV`, or an archive such as `math` for all beneath it"
    since: date | None = None
    "oldest day wanted; None: whatever is newer than at the last good fetch"
    limit: int = 300
    "most papers of a first fill; an increment has no limit but the source's own"
    ids: tuple[str, ...] = ()
    "ids; nothing else counts when given"

    def cursor(self, kind: SourceName | Literal["whole"]) -> str:
        """The name of a cursor of this request; another keyword or category is another request.

        A source's says how far it has come; `whole` on which day all that had been announced had been asked for.
        """
        wanted = json.dumps([sorted(self.keywords), sorted(self.categories)])
        return f"{kind} {hashlib.sha256(wanted.encode()).hexdigest()[:12]}"

    def matches(self, paper: Paper) -> bool:
        """Whether a paper belongs, read more strictly than the archive does: no stemming, so never a paper too many."""
        inside = not self.categories or any(within(have, want) for have in paper.categories for want in self.categories)
        return inside and (
            not self.keywords
            or any(all(_mentions(paper, phrase) for phrase in phrases_of(keyword)) for keyword in self.keywords)
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """A source that did not serve a request, and why."""

    source: SourceName
    reason: str
    asked: bool
    "False: the request cannot be expressed there, which is no fault of the source"
    offline: bool = False
    "no connection came about"


class SourcesError(FetchError):
    """No source served the request; `attempts` tells each one's reason."""

    def __init__(self, attempts: tuple[Attempt, ...]) -> None:
        super().__init__(reasons(attempts))
        self.attempts = attempts


def reasons(attempts: Sequence[Attempt]) -> str:
    """Why none of these sources served, in one line; that a request cannot be expressed counts only by itself."""
    told = [attempt for attempt in attempts if attempt.asked] or list(attempts)
    if len(told) > 1 and all(attempt.offline for attempt in told):
        return f"arXiv cannot be reached, is this machine online? ({told[0].reason})"
    return "; ".join(f"{attempt.source}: {attempt.reason}" for attempt in told)


@dataclass(frozen=True, slots=True)
class Page:
    """Papers of one checked answer, to be stored at once; then `cursors` are stored under their names."""

    papers: tuple[Paper, ...]
    source: SourceName
    skipped: tuple[str, ...] = ()
    "entries that could not be read, each with its reason"
    cursors: Mapping[str, str] = field(default_factory=dict)
    "where the next fetch goes on, be it this one interrupted or tomorrow's"
    instead_of: tuple[Attempt, ...] = ()
    "the sources that should have served this page"


class Source(Protocol):
    """One way to an archive's papers."""

    name: SourceName

    def refuses(self, request: Request, cursors: Cursors) -> str:
        """Why this source cannot express the request; empty where it can."""
        ...

    def fetch(self, request: Request, cursors: Cursors) -> Iterator[Page]:
        """Checked pages, newest papers first where the source can; raises `FetchError`."""
        ...


_DAYS = ("newest", "seen", "day", "unread", "doubted")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a request has come with one source: what makes tomorrow's request smaller than today's."""

    newest: date | None = None
    "newest day that a complete fetch has seen"
    seen: date | None = None
    "newest day that an interrupted fetch had seen"
    position: str = ""
    "where the interrupted fetch goes on: an offset or a resumption token"
    day: date | None = None
    "when it was interrupted"
    unread: date | None = None
    "the oldest day of which the interrupted fetch had an entry that could not be read"
    doubted: date | None = None
    "since when every answer has been older than `newest`"

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """A stored cursor; an unreadable one counts as none, which costs requests and no paper."""
        try:
            table: dict[str, Any] = json.loads(text or "{}")
            days = {name: date.fromisoformat(table[name]) for name in _DAYS if table.get(name)}
            return cls(position=str(table.get("position", "")), **days)
        except (ValueError, TypeError, AttributeError, RecursionError):
            return cls()

    def dump(self) -> str:
        """The text that `read` understands."""
        table = {name: getattr(self, name) for name in (*_DAYS, "position")}
        return json.dumps({name: str(value) for name, value in table.items() if value})

    def resumable(self, today: date) -> bool:
        """Whether an interrupted fetch is young enough to go on with: arXiv's tokens live for a day."""
        return bool(self.position) and self.day is not None and today - self.day <= timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the entries of one answer hold."""

    papers: tuple[Paper, ...]
    skipped: tuple[str, ...]
    "entries that could not be read, each with its reason"
    unread: tuple[int, ...]
    "their places"


def read_each(
    entries: Sequence[T], read: Callable[[T], Paper | None], name: Callable[[T], str], today: date
) -> Reading:
    """Read entry by entry, so that a broken one costs itself alone and is told; raises `AnswerError` for too many.

    `read` may raise whatever it meets, and gives None for what is no paper. Some broken entries are arXiv's daily
    bread; an answer with many is a bad answer, which has to be asked for again and must not pass for progress.
    """
    papers: list[Paper] = []
    skipped: list[str] = []
    unread: list[int] = []
    for place, entry in enumerate(entries):
        paper, who, why = None, "", ""
        try:
            if paper := read(entry):
                who, why = paper.id, archives.flaw(paper, today)
        except Exception as error:  # whatever an entry holds, it is this entry's fault alone
            who = clean(name(entry)[:200])[:80] or "an entry without id"
            why = clean(str(error)[:400])[:200] or type(error).__name__
        if why:
            skipped.append(f"{who}: {why}")
            unread.append(place)
        elif paper is not None:
            papers.append(paper)
    if skipped and not papers:
        raise AnswerError(f"no entry of the answer can be read ({skipped[0]})")
    if len(skipped) > max(_FEW_UNREAD, _SHARE_UNREAD * len(entries)):
        raise AnswerError(f"{len(skipped)} of {len(entries)} entries of the answer cannot be read ({skipped[0]})")
    return Reading(tuple(papers), tuple(skipped), tuple(unread))


def moment(text: str) -> datetime:
    """A date as mails and feeds write it, in UTC; raises `ValueError` for whatever is none."""
    try:
        found = parsedate_to_datetime(text[:_LONGEST_DATE])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no date") from None


def latest(*days: date | None) -> date | None:
    """The latest of the days that are known."""
    return max((day for day in days if day is not None), default=None)


def within(category: str, wanted: str) -> bool:
    """Whether a category is the wanted one or lies beneath it."""
    return category == wanted or category.startswith(f"{wanted}.")


_FEW_UNREAD = 2
_SHARE_UNREAD = 0.1
_LONGEST_DATE = 100
_WORD = re.compile(r"[^\W_]+")


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def phrases_of(keyword: str) -> list[str]:
    """The phrases that must all occur: two for `graphs AND "time series"`."""
    phrases = (" ".join(phrase.replace('"', " ").split()) for phrase in keyword.split(" AND "))
    return [phrase for phrase in phrases if phrase]


def _mentions(paper: Paper, phrase: str) -> bool:
    wanted = _words(phrase)
    return wanted.strip() != "" and (wanted in _words(paper.title) or wanted in _words(paper.abstract))


def text_of(text: str | None) -> str:
    """Text of a feed as the store keeps it."""
    return clean(text or "")
