"""What a source of papers is asked, what it gives, and how it says that it cannot."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, Protocol

from recommender.errors import FetchError
from recommender.paper import Paper, clean

SourceName = Literal["api", "oai", "rss"]
Announced = Literal["new", "cross", "replace", "replace-cross"]
Marks = Callable[[str], str | None]
"""Looks up a cursor that an earlier page gave; None where there is none."""


class AnswerError(FetchError):
    """One answer that cannot be used; `permanent` where asking again cannot help."""

    def __init__(self, message: str, *, wait: float | None = None, permanent: bool = False, down: bool = False) -> None:
        super().__init__(message)
        self.wait = wait
        "seconds that the remote asked us to wait; None where it did not"
        self.permanent = permanent
        self.down = down
        "the remote as a whole is out of reach, whatever it is asked"


@dataclass(frozen=True, slots=True)
class Request:
    """Which papers are wanted: those with one of the keywords AND in one of the categories, or those named by id."""

    keywords: tuple[str, ...] = ()
    "phrases looked for in title and abstract"
    categories: tuple[str, ...] = ()
    "`cs.CV`, or an archive such as `math` for all beneath it"
    since: date | None = None
    "oldest day wanted; None: whatever is newer than at the last good fetch"
    limit: int = 300
    "most papers of a first fill; an increment has no limit but the source's own"
    ids: tuple[str, ...] = ()
    "arXiv ids; nothing else counts when given"

    @property
    def key(self) -> str:
        """Names the cursors of this request; another keyword or category is another request."""
        wanted = json.dumps([sorted(self.keywords), sorted(self.categories)])
        return hashlib.sha256(wanted.encode()).hexdigest()[:12]

    def matches(self, paper: Paper) -> bool:
        """Whether a paper belongs, read more strictly than arXiv does: no stemming, so never a paper too many."""
        inside = not self.categories or any(within(have, want) for have in paper.categories for want in self.categories)
        return inside and (not self.keywords or any(_mentions(paper, phrase) for phrase in self.keywords))


@dataclass(frozen=True, slots=True)
class Page:
    """Papers of one checked answer, to be stored at once; then `marks` are stored under their names."""

    papers: tuple[Paper, ...]
    source: SourceName
    skipped: tuple[str, ...] = ()
    "entries that could not be read, each with its reason"
    marks: Mapping[str, str] = field(default_factory=dict)
    "cursors: where the next fetch goes on, be it this one interrupted or tomorrow's"
    announced: Mapping[str, Announced] = field(default_factory=dict)
    "how arXiv announced a paper, by id; empty where the source does not say"


class Source(Protocol):
    """One protocol that arXiv speaks."""

    name: SourceName

    def refuses(self, request: Request) -> str:
        """Why this source cannot express the request; empty where it can."""
        ...

    def fetch(self, request: Request, marks: Marks) -> Iterator[Page]:
        """Checked pages, newest papers first where the source can; raises `FetchError`."""
        ...


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

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """A stored cursor; an unreadable one counts as none, which costs requests and no paper."""
        try:
            table: dict[str, Any] = json.loads(text or "{}")
            days = {name: date.fromisoformat(table[name]) for name in ("newest", "seen", "day") if table.get(name)}
            return cls(position=str(table.get("position", "")), **days)
        except (ValueError, TypeError, AttributeError):
            return cls()

    def dump(self) -> str:
        """The text that `read` understands."""
        table = {"newest": self.newest, "seen": self.seen, "position": self.position, "day": self.day}
        return json.dumps({name: str(value) for name, value in table.items() if value})

    def resumable(self, today: date) -> bool:
        """Whether an interrupted fetch is young enough to go on with: arXiv's tokens live for a day."""
        return bool(self.position) and self.day is not None and today - self.day <= timedelta(days=1)


def latest(*days: date | None) -> date | None:
    """The latest of the days that are known."""
    return max((day for day in days if day is not None), default=None)


def within(category: str, wanted: str) -> bool:
    """Whether a category is the wanted one or lies beneath it."""
    return category == wanted or category.startswith(f"{wanted}.")


_WORD = re.compile(r"[^\W_]+")


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _mentions(paper: Paper, phrase: str) -> bool:
    wanted = _words(phrase)
    return wanted.strip() != "" and (wanted in _words(paper.title) or wanted in _words(paper.abstract))


def text_of(text: str | None) -> str:
    """Text of a feed as the store keeps it."""
    return clean(text or "")
