"""README.md files of DailyArXiv and its forks, read back into papers: migration without a single request.

What stands between the markers of our own digest is passed over: its text is escaped for Markdown, and its papers
are stored already.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from recommender.dailyarxiv import row
from recommender.dailyarxiv.row import Column
from recommender.digest.markdown import GENERATED
from recommender.digest.markers import BEGIN, END
from recommender.errors import InputError
from recommender.paper import Paper, clean

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?=\S)")
_NOTE = re.compile(r"\s-\s+(\d+ in Total|No Paper Found|Preview \d+ papers?)\Z", re.IGNORECASE)
_UPDATE = re.compile(r"Last update:\s*(\d{4}-\d\d-\d\d)", re.IGNORECASE)
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+\s*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class DailySection:
    """One keyword and its tables."""

    title: str
    papers: tuple[Paper, ...] = ()
    "`updated` is the row's date; `published` is known for first versions only"
    columns: tuple[Column, ...] = ()
    "in order; `other`: one that a fork has added and that holds nothing of a paper"
    note: str = ""
    "what a fork appends to the heading: `100 in Total`, `No Paper Found`"


@dataclass(frozen=True, slots=True)
class Table:
    """Which lines of a file one table is, counted from 1."""

    title: str
    "heading above it"
    lines: range
    "its own; none where a heading says that there is no paper"
    heading: int = 0
    "line of the heading, where nothing but blank lines lies between; 0: there is none"
    unread: tuple[int, ...] = ()
    "lines of rows that could not be read"
    whole: bool = True
    "whether its papers hold all that the rows say"


@dataclass(frozen=True, slots=True)
class DailyReadme:
    """A whole file."""

    updated: date | None
    "its `Last update`, a date in Asia/Shanghai; None where the file has none"
    sections: tuple[DailySection, ...]
    skipped: tuple[str, ...] = ()
    "rows that could not be read, each as `line 12: why`"
    tables: tuple[Table, ...] = ()

    @property
    def papers(self) -> tuple[Paper, ...]:
        """Every paper once, in the order in which the file first names it."""
        return tuple({paper.id: paper for section in self.sections for paper in section.papers}.values())


def parse(text: str, *, today: date | None = None) -> DailyReadme:
    """Read a README or an issue body of DailyArXiv or a fork; raises `InputError` where there is no table of it.

    A row that cannot be read is left out and listed in `skipped`. Days after `today` count as not known.
    """
    reader = _Reader(today and today + timedelta(days=1))  # of the date line's far side
    for number, line in enumerate(lines_of(text.removeprefix("\ufeff")), 1):
        reader.line(number, line.rstrip("\r\n"))
    reader.finish()
    if not reader.sections:
        raise InputError(_OWN if reader.own else _NONE)
    return DailyReadme(reader.updated, tuple(reader.sections), tuple(reader.skipped), tuple(reader.tables))


_OWN = "is a digest that `recommend` wrote itself, its text escaped for Markdown; its papers are in the index already"
_NONE = (
    "no table with the columns of DailyArXiv (**Title**, **Date**, ...) under a heading; "
    "is this the README.md of a DailyArXiv fork?"
)


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends; only CR and LF end one."""
    return _LINE.findall(text)


@dataclass(slots=True)
class _Open:
    """A table whose end has not been met."""

    columns: tuple[Column, ...]
    first: int
    heading: int
    last: int = 0
    unread: list[int] = field(default_factory=list)
    rows: int = 0
    whole: bool = True


class _Reader:
    def __init__(self, latest: date | None) -> None:
        self.updated: date | None = None
        self.sections: list[DailySection] = []
        self.skipped: list[str] = []
        self.tables: list[Table] = []
        self.own = False
        self._latest = latest
        self._title, self._note, self._heading = "", "", 0
        self._columns: tuple[Column, ...] = ()
        self._papers: list[Paper] = []
        self._table: _Open | None = None
        self._foreign = False
        self._inside: Callable[[str], bool] | None = None

    def line(self, number: int, line: str) -> None:
        """Take note of the next line."""
        if self._inside is not None:
            self._inside = None if self._inside(line) else self._inside
        elif number == 1 and line.strip() == GENERATED:
            self.own, self._inside = True, lambda _: False
        elif line.strip() == BEGIN:
            self.own, self._inside = True, lambda end: end.strip() == END
            self._text()
        elif fence := _FENCE.match(line):
            mark = fence[1]
            self._inside = lambda end: end.strip().startswith(mark) and not end.strip().strip(mark[0])
            self._text()
        elif line.startswith("|"):
            self._bar(number, line)
        elif heading := _HEADING.match(line):
            self._head(number, line[heading.end() :])
        elif line.strip():
            if not self.sections and not self._columns and (found := _UPDATE.match(line)):
                self.updated = row.day(found[1], self._latest)
            self._text()
        else:
            self._foreign = False

    def finish(self) -> None:
        """Close the section that is open."""
        self._close()
        if self._note and not self._columns:
            self.tables.append(Table(self._title, range(0), self._heading))
        if self._columns or self._note:
            self.sections.append(DailySection(self._title, tuple(self._papers), self._columns, self._note))
        self._columns, self._papers = (), []

    def _head(self, number: int, text: str) -> None:
        self.finish()
        text = clean(text.strip())
        note = _NOTE.search(text)
        self._title = (text[: note.start()] if note else text).strip()[:_LONGEST_TITLE]
        self._note, self._heading, self._foreign = note[1] if note else "", number, False

    def _text(self) -> None:
        """Something stands here that is no table: the heading is its heading as well."""
        self._close()
        self._heading, self._foreign = 0, False

    def _bar(self, number: int, line: str) -> None:
        """Take a line that begins with `|`."""
        within = self._table is not None and "arxiv.org/" in line  # most lines are rows: do not look for a head in them
        if columns := () if within else row.columns(line):
            self._close()
            self._columns, self._foreign = self._columns or columns, False
            self._table, self._heading = _Open(columns, number, self._heading, number), 0
        elif _RULE.fullmatch(line) and self._table:
            self._table.last = number
        elif self._table and not self._foreign:
            self._row(self._table, number, line)
        else:
            self._foreign = True

    def _row(self, table: _Open, number: int, line: str) -> None:
        if number > table.last + 1 and not row.has_address(line):  # after a blank line: the head of another table
            self._text()
            self._foreign = True
            return
        try:
            paper, whole = row.read(table.columns, line, self._latest)
        except InputError as error:
            self.skipped.append(f"line {number}: {error}")
            table.unread.append(number)
        else:
            self._papers.append(paper)
            table.whole &= whole
        table.rows += 1
        table.last = number

    def _close(self) -> None:
        """End the table that is open; one without a column of titles counts only if it holds papers."""
        table, self._table = self._table, None
        if table is None:
            return
        if "title" not in table.columns and len(table.unread) == table.rows:
            self.skipped = self.skipped[: len(self.skipped) - table.rows]
            self._columns = () if not self._papers else self._columns
            return
        lines = range(table.first, table.last + 1)
        self.tables.append(Table(self._title, lines, table.heading, tuple(table.unread), table.whole))


def without(text: str, tables: Sequence[Table], block: str) -> str:
    """`text` with `block` in the place of these tables and their headings; all else stays, to the byte.

    Rows that could not be read stay, too, under the head of their table. Blank lines between two tables go.
    """
    lines = lines_of(text)
    gone: set[int] = set()
    for table in tables:
        stay = {*table.lines[:2], *table.unread} if table.unread else set()
        gone |= set(table.lines) - stay
        if table.heading and not stay:
            gone |= set(range(table.heading, table.lines.start)) if table.lines else {table.heading}
    if not gone:
        return text
    first = min(table.heading or table.lines.start for table in tables)
    newline = "\r\n" if "\r\n" in text else "\n"
    bom = "\ufeff" if first == 1 and text.startswith("\ufeff") else ""
    kept = "".join(_kept(lines, gone | _between(lines, gone), first, block.replace("\n", newline)))
    ended = max(gone) < len(lines) or lines[-1].endswith(("\r", "\n"))
    return bom + (kept if ended else kept.removesuffix(newline))


def _kept(lines: list[str], gone: set[int], first: int, block: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if number == first:
            yield block
        if number not in gone:
            yield line


def _between(lines: list[str], gone: set[int]) -> set[int]:
    """Blank lines with a line that goes before and after them."""
    blank: list[int] = []
    found: set[int] = set()
    for number in range(min(gone), max(gone) + 1):
        if number in gone:
            found.update(blank)
            blank = []
        elif not lines[number - 1].strip() and (blank or number - 1 in gone):
            blank.append(number)
        else:
            blank = []
    return found
