"""What goes into the store and comes out of it, besides papers."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """Which papers are meant; every part that is given must hold."""

    categories: tuple[str, ...] = ()
    "any of these, or none that is known; an archive such as `math` stands for all beneath it; empty: all papers"
    since: date | None = None
    "first day, by `archives.day_of`"
    until: date | None = None
    "last day, inclusive"
    authors: tuple[str, ...] = ()
    "names, all of which must stand on the paper: `Levine`, `Sergey Levine`, `S. Levine`, `Levine, Sergey`"
    after_row: int = 0
    "only papers that were first stored after the one in this row"

    def __bool__(self) -> bool:
        """Whether anything is restricted at all."""
        return bool(self.categories or self.since or self.until or self.authors or self.after_row)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of papers handed to `Store.add`."""

    new: tuple[str, ...] = ()
    "ids that the store had never seen, in the order met"
    revised: tuple[str, ...] = ()
    "ids whose text or version changed"
    unchanged: int = 0
    "papers that were stored already; gaps such as a missing comment were filled from them"


@dataclass(frozen=True, slots=True)
class Fetch:
    """One line of provenance: what was asked of whom, when, and what came of it."""

    target: str
    "what was wanted: a section's title, or e.g. `categories cs.CV`"
    source: str
    "who was asked: `api`, `oai`, `rss`, or a file's name"
    at: datetime
    ok: bool
    detail: str = ""
    "the reason of a failure"
    new: int = 0
    revised: int = 0
    requests: int = 0
    newest: date | None = None
    "day of the newest paper that came"
