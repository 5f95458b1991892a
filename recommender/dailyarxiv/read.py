"""README.md files of DailyArXiv and its forks, read back into papers: migration without a single request.

Upstream never escapes a `|`, so that a row cannot be split at them; every row is matched against the fixed
delimiters of its table's columns instead.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from recommender import archives
from recommender.errors import InputError
from recommender.paper import Paper, clean

Link = Literal["http://arxiv.org/abs/", "https://arxiv.org/abs/", "https://arxiv.org/pdf/"]
Column = Literal["title", "date", "abstract", "comment", "authors", "tags", "other"]

_HEADING = re.compile(r"##\s+(?P<title>.*?)(?:\s+-\s+(?P<note>\d+ in Total|No Paper Found))?\s*", re.IGNORECASE)
_UPDATE = re.compile(r"Last update:\s*(\d{4}-\d\d-\d\d)", re.IGNORECASE)
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+\s*")
_NAMES: dict[str, Column] = {
    "title": "title",
    "date": "date",
    "abstract": "abstract",
    "comment": "comment",
    "comments": "comment",
    "author": "authors",
    "authors": "authors",
    "tag": "tags",
    "tags": "tags",
}
_ADDRESS = r"https?://(?:[\w-]+\.)*arxiv\.org/(?:abs|pdf)/[^\s()|]+"
_CELLS: dict[Column, str] = {
    "title": rf"(?:\*\*)?\[(?P<title>.*?)\]\((?P<url>{_ADDRESS})\)(?:\*\*)?",
    "date": r"(?P<date>\d{4}-\d\d-\d\d)?(?:\d{4}-\d\d)?",
    "abstract": r"(?:<details><summary>[^<]*</summary><p>(?P<abstract>.*?)</p></details>)?",
    "comment": r"(?P<comment>.*?)",
    "authors": r"(?P<authors>.*?)",
    "tags": r"(?P<tags>.*?)",
    "other": r".*?",
}
_FOLDED = re.compile(r"<details><summary>.*?</summary><p>(?P<whole>.*)</p></details>")
_ESCAPED = {"&#124;": "|", "&#60;": "<", "&#93;": "]"}


@dataclass(frozen=True, slots=True)
class DailyRow:
    """One row of a table."""

    paper: Paper
    "`updated` is the row's date; `published` is known for first versions only"
    link: str
    "what stands before the id in the title's address, e.g. `https://arxiv.org/abs/`"
    tags: tuple[str, ...] = ()
    "as the row lists them; arXiv categories as far as upstream wrote them"
    more_authors: bool = False
    "whether the row named the first author only, followed by `et al.`"


@dataclass(frozen=True, slots=True)
class DailySection:
    """One keyword and its table."""

    title: str
    rows: tuple[DailyRow, ...] = ()
    columns: tuple[Column, ...] = ()
    "in order; `other`: one that a fork has added and that holds nothing of a paper"
    note: str = ""
    "what a fork appends to the heading: `100 in Total`, `No Paper Found`"


@dataclass(frozen=True, slots=True)
class DailyReadme:
    """A whole file."""

    updated: date | None
    "its `Last update`, a date in Asia/Shanghai; None where the file has none"
    sections: tuple[DailySection, ...]
    skipped: tuple[str, ...] = ()
    "rows that could not be read, each as `line 12: why`"

    @property
    def papers(self) -> tuple[Paper, ...]:
        """Every paper once, in the order in which the file first names it."""
        return tuple({row.paper.id: row.paper for section in self.sections for row in section.rows}.values())


def parse(text: str) -> DailyReadme:
    """Read a README or an issue body of DailyArXiv or a fork; raises `InputError` where there is no table of it.

    A row that cannot be read is left out and listed in `skipped`.
    """
    updated: date | None = None
    sections: list[DailySection] = []
    skipped: list[str] = []
    title, note = "", ""
    columns: tuple[Column, ...] = ()
    patterns: list[re.Pattern[str]] = []
    rows: list[DailyRow] = []

    def finish() -> None:
        if columns or note:
            sections.append(DailySection(title, tuple(rows), columns, note))

    for number, line in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), 1):
        if heading := _HEADING.fullmatch(line):
            finish()
            title, note, columns, patterns, rows = heading["title"], heading["note"] or "", (), [], []
        elif not sections and not columns and (found := _UPDATE.match(line)):
            updated = _day(found[1])
        elif not columns and (found_columns := _columns(line)):
            columns, patterns = found_columns, _patterns(found_columns)
        elif columns and line.startswith("|") and not _RULE.fullmatch(line):
            try:
                rows.append(_row(patterns, line))
            except InputError as error:
                skipped.append(f"line {number}: {error}")
    finish()
    if not sections:
        raise InputError(
            "no table with the columns of DailyArXiv (**Title**, **Date**, ...) under a `## ` heading; "
            "is this the README.md of a DailyArXiv fork?"
        )
    return DailyReadme(updated, tuple(sections), tuple(skipped))


def _columns(line: str) -> tuple[Column, ...]:
    """The columns that a table's head names; empty where the line is no such head."""
    if not (line.startswith("|") and line.rstrip().endswith("|")):
        return ()
    cells = [cell.strip().strip("*").strip().lower() for cell in line.strip()[1:-1].split("|")]
    columns = tuple(_NAMES.get(cell, "other") for cell in cells)
    known = [column for column in columns if column != "other"]
    return columns if {"title", "date"} <= set(known) and len(set(known)) == len(known) else ()


def _patterns(columns: tuple[Column, ...]) -> list[re.Pattern[str]]:
    """What a row looks like; after the whole row, what it looks like where trailing cells are missing."""
    shorter = [columns[:count] for count in range(len(columns), 0, -1) if "title" in columns[:count]]
    return [re.compile(r"\|\s*" + r"\s*\|\s*".join(_CELLS[name] for name in names) + r"\s*\|\s*") for names in shorter]


def _row(patterns: list[re.Pattern[str]], line: str) -> DailyRow:
    found = next((found for pattern in patterns if (found := pattern.fullmatch(line))), None)
    if not found:
        raise InputError(f"does not have the form of its table's rows: {line[:60]!r}")
    cells = {name: text or "" for name, text in found.groupdict().items()}
    arxiv_id = archives.parse(cells["url"])
    authors = _unfold(cells.get("authors", ""))
    first_author = authors.removesuffix(" et al.")
    day = _day(cells.get("date", ""))
    tags = tuple(tag.strip() for tag in _unfold(cells.get("tags", "")).split(",") if tag.strip())
    paper = Paper(
        id=arxiv_id.id,
        title=_plain(cells["title"]),
        abstract=_plain(cells.get("abstract", "")),
        authors=tuple(name.strip() for name in first_author.split(", ") if name.strip()),
        categories=tuple(tag for tag in tags if re.fullmatch(r"[a-z]+(-[a-z]+)*(\.[A-Za-z-]+)?", tag)),
        published=day if arxiv_id.version == 1 else None,
        updated=day,
        version=arxiv_id.version,
        comment=_unfold(cells.get("comment", "")),
    )
    link = cells["url"][: cells["url"].rindex(arxiv_id.id)] if arxiv_id.id in cells["url"] else ""
    return DailyRow(paper, link, tags, more_authors=first_author != authors)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"{text!r} is no date") from None


def _unfold(cell: str) -> str:
    folded = _FOLDED.fullmatch(cell)
    return _plain(folded["whole"] if folded else cell)


def _plain(text: str) -> str:
    """The text of a cell; the escapes that `write` writes are undone."""
    for escape, char in _ESCAPED.items():
        text = text.replace(escape, char)
    return clean(text)
