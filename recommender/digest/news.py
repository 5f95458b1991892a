"""What one reader has not been told yet: the rows of a digest that are new since a day, and what became of the rest.

"Nothing new", "not fetched today" and "could not be fetched" are three different sentences here too.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from recommender.digest import rows as rows_of
from recommender.digest.escape import visible
from recommender.digest.model import Row, Section
from recommender.paper import Paper, PaperId

_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One section as a reader's message has it."""

    title: str
    rows: tuple[Row, ...]
    "new to the reader, in the section's order, each where its full row is"
    status: str
    "what there is to say beside its papers, in plain words; empty where it was fetched and has news"
    trouble: str = ""
    "what the reader is told of once: the section's name, and since when it could not be fetched; empty: nothing"
    first: bool = False
    "whether both the section and the reader begin, so that its papers are not news"


@dataclass(frozen=True, slots=True)
class News:
    """All that a message may tell."""

    day: date
    since: date
    "first day that it tells of"
    parts: tuple[Part, ...]
    untold: tuple[str, ...] = ()
    "what of it the reader has not been told: ids of papers with their versions, and troubles"

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The new papers, each once."""
        return tuple({row.paper.id: row.paper for part in self.parts for row in part.rows}.values())

    @property
    def troubled(self) -> bool:
        """Whether anything could not be fetched."""
        return any(part.trouble for part in self.parts)

    @property
    def counted(self) -> str:
        """What it tells, in words: `7 new, 1 new version`, or what there is instead."""
        begins = {row.paper.id for part in self.parts if part.first for row in part.rows}
        counts = counted([paper for paper in self.papers if paper.id not in begins], begins=len(begins))
        if self.troubled and not counts:
            return "arXiv could not be read"
        return counts or "nothing new"

    def cut(self, most: int) -> "News":
        """The same with the first `most` papers, taken from the parts in turn."""
        kept = {id(row) for row in _in_turn([part.rows for part in self.parts], most)}
        parts = tuple(replace(part, rows=tuple(row for row in part.rows if id(row) in kept)) for part in self.parts)
        return replace(self, parts=parts)


def of(sections: Sequence[Section], *, day: date, since: date, told: Collection[str], begins: date) -> News:
    """What is new in sections since a day, that day included, for a reader who was `told` some of it.

    A paper that any section showed before that day is not new, whatever other section it comes into. The message is
    said to tell of the days from `begins` on.
    """
    placed = [row for section in sections for row in section.rows]
    old = {row.paper.id for row in placed if row.since and row.since < since}
    old |= {row.paper.id for row in placed if item_of(row.paper) in told}
    parts = tuple(
        replace(_part(section, old, day, today=begins >= day), first=section.first and not told) for section in sections
    )
    items = [item_of(row.paper) for part in parts for row in part.rows]
    items += [part.trouble for part in parts if part.trouble and part.trouble not in told]
    return News(day, begins, parts, tuple(dict.fromkeys(items)))


def counted(papers: Collection[Paper], *, begins: int = 0) -> str:
    """How many are new, how many new versions, and how many a section begins with, in words; empty for none."""
    revised = sum(paper.revised for paper in papers)
    new = len(papers) - revised
    counts = [f"{new:,} new"] if new else []
    counts += [f"{revised:,} new version{'s' * (revised != 1)}"] if revised else []
    counts += [f"{begins:,} to begin with"] if begins else []
    return ", ".join(counts)


def item_of(paper: Paper) -> str:
    """What stands for a paper among what a reader was told: its id and version."""
    return str(PaperId(paper.id, paper.version))


def _part(section: Section, old: Collection[str], day: date, *, today: bool) -> Part:
    rows = tuple(row for row in section.rows if not row.elsewhere and row.paper.id not in old)
    stale = section.provenance.stale_since
    trouble = f"! {section.title} {stale.isoformat()}" if stale else ""
    said = [_status(section, day, news=bool(rows), today=today), *map(visible, section.problems)]
    return Part(visible(section.title), rows, "; ".join(text for text in said if text), trouble)


def _status(section: Section, day: date, *, news: bool, today: bool) -> str:
    where = section.provenance
    if where.stale_since:
        reason = visible(where.stale_reason)
        shown = reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"
        stays = f"; the papers of {where.fetched} stay" if where.fetched else ""
        return f"could not be fetched since {where.stale_since}{f' ({shown})' if shown else ''}{stays}"
    if barred := rows_of.barred(section):
        return barred
    if not where.fetched:
        return "" if news else "never fetched from arXiv"
    if where.fetched < day - timedelta(days=1):
        return f"not fetched since {where.fetched}"
    if news:
        return ""
    return "nothing new today" if today and where.fetched == day else f"nothing new, as of {where.fetched}"


def _in_turn(lists: Sequence[Sequence[Row]], most: int) -> Iterator[Row]:
    """The first of each list, then the second of each, up to `most`."""
    depth = max(map(len, lists), default=0)
    turn = [rows[place] for place in range(depth) for rows in lists if place < len(rows)]
    yield from turn[:most]
