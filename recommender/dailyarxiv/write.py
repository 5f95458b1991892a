"""The digest and its issue in the format of DailyArXiv and its forks, to the byte."""

import re
from collections.abc import Sequence
from typing import Literal

from recommender.archives import Form, shown_day
from recommender.digest.budget import largest, size
from recommender.digest.escape import address
from recommender.digest.issue import MOST_BYTES, front, short
from recommender.digest.model import Digest, Row, Section
from recommender.paper import Paper, PaperId

Column = Literal["title", "date", "abstract", "comment", "authors", "tags"]
Link = Literal["http://arxiv.org/abs/", "https://arxiv.org/abs/", "https://arxiv.org/pdf/"]

LINKS: dict[Form, Link] = {"abs": "https://arxiv.org/abs/", "pdf": "https://arxiv.org/pdf/"}
COLUMNS: dict[str, Column] = {
    "title": "title",
    "authors": "authors",
    "date": "date",
    "abstract": "abstract",
    "comment": "comment",
    "categories": "tags",
}
"Our columns as this format calls them; it has none for the others."
README_COLUMNS: tuple[Column, ...] = ("title", "date", "abstract", "comment")
ISSUE_COLUMNS: tuple[Column, ...] = ("title", "date", "comment")

FIRST_LINE = "# Daily Papers"
"How a README of this format begins."
_INTRODUCTION = """\
# Daily Papers
The project automatically fetches the latest papers from arXiv based on keywords.

The subheadings in the README file represent the search keywords.

Only the most recent articles for each keyword are retained, up to a maximum of 100 papers.

You can click the 'Watch' button to receive daily email notifications.

Last update: {day}

"""
ISSUE_INTRODUCTION = "**Please check the [Github]({url}) page for a better reading experience and more papers.**\n\n"
_COMMENT_CHARS, _TAGS_CHARS = 20, 10
"longest cells that are not folded, in code points"
_ISSUE_ROWS = 15
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"In English whatever the locale, as upstream has them."
_PING = re.compile(r"@(?=[A-Za-z0-9])|(?<!&)#(?=\d)")
"What would notify somebody or leave a mark in another issue; upstream's format lets it."
_BREAKS_OUT = re.compile(
    r"\||\](?=\()"
    r"|<(?=[!?]|/[A-Za-z]|[A-Za-z][\w+.-]*:|[^\s<>]+@"  # comments, closing tags, links
    r"|[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*\s*/?>)"
)
"What CommonMark would take for markup that reaches beyond the text."


def render(
    digest: Digest,
    *,
    columns: Sequence[Column] = README_COLUMNS,
    link: Link = "https://arxiv.org/abs/",
    max_bytes: int | None = None,
) -> str:
    """A whole README.md.

    Texts stand raw, as upstream writes them, except for what would break out of its cell or link: every `|`, a `]`
    before `(`, and a `<` that could open a tag, a comment or a link become `&#124;`, `&#93;` and `&#60;`, which
    `read` reads back. A file that would pass `max_bytes` leaves out, and says so under `Last update`,
    the abstracts after the first k of each section; else all abstracts and the papers after the first k; else the
    sections after the first k: always with the largest k that fits.
    """
    most = max((len(section.rows) for section in digest.sections), default=0)

    def page(sections: int, papers: int, abstracts: int, cut: str = "") -> str:
        introduction = _INTRODUCTION.format(day=digest.day.isoformat())
        note = f"To keep this file to {max_bytes:,} bytes, it holds {cut}.\n\n" if cut else ""
        shown = (
            table(section, section.rows[:papers], columns=columns, link=link, abstracts=abstracts)
            for section in digest.sections[:sections]
        )
        return introduction + note + "".join(shown)

    def fits(text: str) -> bool:
        return max_bytes is None or size(text) <= max_bytes

    whole = len(digest.sections)
    complete = page(whole, most, most)
    if fits(complete):
        return complete
    return (
        largest(most - 1, fits, lambda k: page(whole, most, k, f"abstracts of the first {k} papers of each section"))
        or largest(most - 1, fits, lambda k: page(whole, k, 0, f"the first {k} papers of each section, no abstracts"))
        or largest(whole, fits, lambda k: page(k, 0, 0, f"the first {k} headings, no papers"))
    )


def issue(digest: Digest, *, url: str, labels: Sequence[str], link: Form, most_bytes: int = MOST_BYTES) -> str | None:
    """The text of the issue: the first rows of every section, new or not; None on a day without news."""
    if not digest.news:
        return None

    def build(number: int) -> str:
        return _issue(digest, number, url, labels, link)

    return largest(_ISSUE_ROWS, lambda text: size(text) <= most_bytes, build) or short(digest, url, labels)


def _issue(digest: Digest, number: int, url: str, labels: Sequence[str], link: Form) -> str:
    day = digest.day
    title = f"Latest {_ISSUE_ROWS} Papers - {_MONTHS[day.month - 1]} {day.day:02}, {day.year}"
    tables = "".join(
        table(section, section.rows[:number], columns=ISSUE_COLUMNS, link=LINKS[link]) for section in digest.sections
    )
    quiet = _PING.sub(r"\g<0>&#8203;", tables)
    return front(title, labels) + ISSUE_INTRODUCTION.format(url=address(url)) + quiet


def table(
    section: Section, rows: Sequence[Row], *, columns: Sequence[Column], link: str, abstracts: int | None = None
) -> str:
    """The heading and these rows of one section, with the blank line that ends it; abstracts for the first so many."""
    head = " | ".join(f"**{name.capitalize()}**" for name in columns)
    lines = [f"## {section.title}", f"| {head} |", f"| {' | '.join('---' for _ in columns)} |"]
    for number, row in enumerate(rows):
        bare = abstracts is not None and number >= abstracts
        cells = ("" if bare and name == "abstract" else _cell(row.paper, name, link) for name in columns)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n\n"


def _cell(paper: Paper, column: Column, link: str) -> str:
    match column:
        case "title":
            return f"**[{_text(paper.title)}]({link}{PaperId(paper.id, paper.version)})**"
        case "date":
            return shown_day(paper)
        case "abstract":
            return f"<details><summary>Show</summary><p>{_text(paper.abstract)}</p></details>"
        case "comment":
            return _folded(paper.comment, _COMMENT_CHARS)
        case "authors":
            return f"{_text(paper.authors[0])} et al." if paper.authors else ""
        case "tags":
            return _folded(", ".join(paper.categories), _TAGS_CHARS)


def _folded(text: str, limit: int) -> str:
    if len(text) <= limit:
        return _text(text)
    return f"<details><summary>{_text(text[:5])}...</summary><p>{_text(text)}</p></details>"


def _text(text: str) -> str:
    return _BREAKS_OUT.sub(lambda found: f"&#{ord(found[0])};", text)
