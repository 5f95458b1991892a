"""Rows of a section's table and the sentence on where they come from, as Markdown."""

from collections.abc import Callable, Sequence
from datetime import date

from recommender.archives import Form, day_of, shown_day, url_of
from recommender.digest.escape import address, inline
from recommender.digest.model import Column, Row, Section
from recommender.paper import Paper, Reason

MARKS = {"new": "🆕 ", "revised": "🔁 ", "": ""}
LEGEND = "🆕 new, 🔁 new version"

_MOST = {"title": 1200, "comment": 1500, "authors": 600, "categories": 300, "abstract": 16_000}
"Most bytes of a cell: arXiv's own limits stay far below, but papers can come from any file."
_UNFOLDED = 40
"Longest comment, in characters, that is shown whole."
_AUTHORS = 3
"How many authors are named before `et al.`"
_HEADS = {"date": "Date".center(16, "\u00a0")}
"The date's head is as wide as a date, which would otherwise be broken at its hyphens."


def head(columns: Sequence[Column]) -> str:
    """The two lines that open a table."""
    return line([_HEADS.get(name, name.capitalize()) for name in columns]) + line(["---"] * len(columns))


def cells(
    item: Row,
    columns: Sequence[Column],
    *,
    link: Form,
    pointer: Callable[[str], str],
    most_abstract: int = _MOST["abstract"],
) -> list[str]:
    """The cells of one row, the abstract in at most `most_abstract` bytes.

    `pointer` gives the address of the section, by title, that shows a paper in full.
    """
    return [_cell(item, name, link, pointer, most_abstract) for name in columns]


def line(texts: Sequence[str]) -> str:
    """Cells as one line of a table."""
    return f"| {' | '.join(texts)} |\n"


def _cell(item: Row, column: Column, link: Form, pointer: Callable[[str], str], most_abstract: int) -> str:
    paper = item.paper
    match column:
        case "title":
            title = f"{MARKS[item.mark]}**[{inline(paper.title, most=_MOST['title'])}]({url(paper, link)})**"
            because = f"<br>{_because(item.scored.because)}" if item.scored.because else ""
            if item.elsewhere:
                return f"{title} → [{inline(item.elsewhere)}]({pointer(item.elsewhere)}){because}"
            like = f"<br>like {inline(item.scored.like)}" if item.scored.like and not because else ""
            return f"{title}{like}{because}"
        case "date":
            return f"{shown_day(paper)}{_version(paper)}"
        case "relevance":
            return f"{item.scored.relevance:.0f}%"
    if item.elsewhere:
        return ""
    match column:
        case "abstract":
            text = inline(paper.abstract, most=most_abstract)
            return f"<details><summary>Show</summary><p>{text}</p></details>" if text else ""
        case "comment":
            text = inline(paper.comment, most=_MOST["comment"])
            if len(paper.comment) <= _UNFOLDED:
                return text
            start = paper.comment[: _UNFOLDED // 2].rsplit(" ", 1)[0]
            return f"<details><summary>{inline(start)} …</summary><p>{text}</p></details>"
        case "authors":
            names = ", ".join(paper.authors[:_AUTHORS])
            return inline(names, most=_MOST["authors"]) + (" et al." if len(paper.authors) > _AUTHORS else "")
        case "categories":
            return inline(", ".join(paper.categories), most=_MOST["categories"])


def _because(reason: Reason) -> str:
    liked = inline(reason.title or reason.id, most=_MOST["title"])
    return f"*because it resembles {f'[{liked}]({address(reason.url)})' if reason.url else liked}*"


def url(paper: Paper, link: Form) -> str:
    """Where a paper's title leads."""
    return address(url_of(paper, link))


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _version(paper: Paper) -> str:
    if not paper.revised:
        return ""
    words = [f"v{paper.version}"] if paper.version else []
    if paper.published and paper.published != day_of(paper):
        words.append(f"first {_day(paper.published)}")
    return f"<br>({', '.join(words)})" if words else ""


def provenance(section: Section, day: date) -> str:
    """One line: whether the section is up to date, from where, out of how many, what is new."""
    where = section.provenance
    failed = where.stale_since is not None
    reason = f" ({inline(where.stale_reason, most=400)})" if where.stale_reason else ""
    newest = f"newest paper of {_day(where.newest)}" if where.newest else barred(section) or "no papers yet"
    before = inline(where.source, most=200) if where.source else "papers that were here before"
    if failed and where.fetched:
        parts = [
            f"⚠️ **Out of date since {_day(where.stale_since)}:** arXiv could not be read{reason}; "
            f"these are the papers of {_day(where.fetched)}"
        ]
    elif failed:
        parts = [f"⚠️ **arXiv could not be reached**{reason}; these are {before}"]
    elif where.fetched:
        parts = [f"Fetched {_day(where.fetched)}" + (f" from {inline(where.source, most=200)}" if where.source else "")]
    else:
        parts = [f"Not fetched from arXiv yet; these are {before}"]
    parts += [newest, f"{len(section.rows):,} shown of {where.candidates:,}"]
    quiet = "nothing new today" if where.fetched == day and not failed and not section.first else ""
    parts += [text for text in (news(section) or quiet,) if text]
    parts += [f"⚠️ {inline(problem, most=400)}" for problem in section.problems]
    return " · ".join(parts)


def barred(section: Section) -> str:
    """Say that the filter admits nothing of what is stored; empty where that is not so."""
    if not section.barred:
        return ""
    where = section.provenance
    return f"the filter `{where.filter.replace('`', '')}` admits none of the {where.stored:,} stored papers"


def empty(section: Section) -> str:
    """Why a section shows no paper, as a sentence: nothing is stored, admitted, or near enough."""
    if reason := barred(section):
        return f"No paper to show: {reason}."
    if not section.provenance.candidates:
        failed = section.provenance.stale_since is not None
        return f"No paper is stored yet{', and arXiv could not be read' if failed else ''}."
    asked = "this section's query" if section.query else "what you like"
    return f"No paper is near enough to {asked}."


def news(section: Section) -> str:
    """`3 new, 1 revised`; empty where nothing is."""
    counts = (("new", section.marked("new")), ("revised", section.marked("revised")))
    return ", ".join(f"{count} {word}" for word, count in counts if count)
