"""What is new as an issue's text: whoever watches the repository gets it by mail.

The file starts with `title` and `labels`, as GitHub's issue templates do, and stays under GitHub's limit by this rule:
abstracts for the first k papers of each section, with the largest k that fits; else the first k papers alone; else a
sentence that leads to the digest.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from recommender.digest import rows as rows_of
from recommender.digest.budget import largest, size
from recommender.digest.escape import address, inline
from recommender.digest.model import Digest, Row, Section

MOST_BYTES = 65_536
"GitHub refuses more characters than this; bytes of UTF-8 are never fewer."
START = "---\ntitle: "
"How every such text begins."
_OURS = re.compile(rb"---\ntitle: ([^\n]* papers? - \d{4}-\d\d-\d\d|Latest \d+ Papers - [^\n]+)\nlabels: [^\n]*\n---\n")
_PLAIN_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+)*")


def render(
    digest: Digest,
    *,
    url: str,
    labels: Sequence[str] = ("documentation",),
    link: Literal["abs", "pdf"] = "abs",
    most_bytes: int = MOST_BYTES,
) -> str | None:
    """The text of the issue, or None on a day without a new or revised paper; `url` leads to the digest."""
    if not digest.news:
        return None

    def fits(text: str) -> bool:
        return size(text) <= most_bytes

    news = [_News.of(section, digest.day, link) for section in digest.sections]
    most = max(len(section.items) for section in news)
    complete = _ours(digest, news, most, most, url, labels)
    if fits(complete):
        return complete
    return (
        largest(most - 1, fits, lambda number: _ours(digest, news, most, number, url, labels))
        or largest(most - 1, fits, lambda number: _ours(digest, news, number, 0, url, labels))
        or short(digest, url, labels)
    )


def recognised(head: bytes) -> bool:
    """Whether a file is such a text, by its first bytes."""
    return _OURS.match(head) is not None


@dataclass(frozen=True, slots=True)
class _News:
    """What is new in a section, each paper where its full row is, as lines of a list."""

    heading: str
    warning: str
    items: list[tuple[str, str]]
    "the line without its end, and the abstract to go on with"

    @classmethod
    def of(cls, section: Section, day: date, link: Literal["abs", "pdf"]) -> "_News":
        title = inline(section.title, most=600)
        stale = section.provenance.stale_since is not None
        return cls(
            f"## {title}\n\n",
            f"{title}: {rows_of.provenance(section, day)}\n\n" if stale else "",
            [_item(row, link) for row in section.rows if row.mark and not row.elsewhere],
        )


def _ours(digest: Digest, news: Sequence[_News], papers: int, abstracts: int, url: str, labels: Sequence[str]) -> str:
    """The first `papers` of each section, the first `abstracts` of them with their abstracts."""
    most = max(len(section.items) for section in news)
    cut = (
        f"only the first {papers} new papers of each section are here"
        if papers < most
        else f"only the first {abstracts} new papers of each section have their abstracts here"
        if abstracts < most
        else ""
    )
    parts = [front(_title(digest), labels), _whole(url)]
    parts.append(f"; to keep this text short, {cut}.\n\n" if cut else ".\n\n")
    for section in news:
        if section.items:
            shown = section.items[:papers]
            lines = (f"{line}{text if number < abstracts else ''}\n" for number, (line, text) in enumerate(shown))
            parts.append(f"{section.heading}{''.join(lines)}\n")
    parts += [section.warning for section in news]
    return "".join(parts).rstrip("\n") + "\n"


def _item(row: Row, link: Literal["abs", "pdf"]) -> tuple[str, str]:
    """A list item, all on one line, where no text of a paper can start a block."""
    facts = rows_of.cells(row, ("title", "date", "relevance", "authors"), link=link, pointer=str)
    facts.append(inline(row.paper.comment, most=600))
    line = " · ".join(fact.replace("<br>", " ") for fact in facts if fact)
    abstract = inline(row.paper.abstract, most=16_000)
    return f"* {line}", f"<br>{abstract}" if abstract else ""


def short(digest: Digest, url: str, labels: Sequence[str]) -> str:
    """The text of the last resort: a sentence that leads to the digest."""
    return f"{front(_title(digest), labels)}{_whole(url)}; there is too much to list here.\n"


def _whole(url: str) -> str:
    return f"[The whole digest]({address(url)})" if url else "The whole digest is in the repository"


def _title(digest: Digest) -> str:
    marks = {row.paper.id: row.mark for section in digest.sections for row in section.rows}
    new, revised = (sum(mark == wanted for mark in marks.values()) for wanted in ("new", "revised"))
    counts = " and ".join(f"{count} {word}" for count, word in ((new, "new"), (revised, "revised")) if count)
    return f"{counts} {'paper' if new + revised == 1 else 'papers'} - {digest.day.isoformat()}"


def front(title: str, labels: Sequence[str]) -> str:
    """The head in YAML; labels that YAML would misread stand as a list of quoted texts."""
    plain = all(_PLAIN_LABEL.fullmatch(label) for label in labels)
    shown = ", ".join(labels) if plain else json.dumps(list(labels), ensure_ascii=False)
    return f"{START}{title}\nlabels: {shown}\n---\n"
