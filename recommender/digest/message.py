"""A reader's news as a message: plain text with every address in full, HTML, and the parts of a chat message.

A mail keeps to a size that mail programs show whole by this rule: abstracts for the first k papers of each section,
with the largest k that fits; else the first k papers alone.
"""

import html
import textwrap
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from recommender.archives import shown_day, url_of
from recommender.digest.budget import size
from recommender.digest.escape import visible
from recommender.digest.model import Row
from recommender.digest.news import News, Part, counted, item_of

_WIDTH = 72
_MOST_BYTES = 90_000
"Gmail cuts a mail at 102 kB, with what the way there adds."
_LONGEST = {"title": 300, "abstract": 400, "authors": 100, "heading": 120}
"Characters: arXiv's own titles are shorter, but papers can come from any file."
_AUTHORS = 3
CHAT = 10
"Papers that a chat message lists at most."


@dataclass(frozen=True, slots=True)
class Message:
    """A mail without its addresses."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a chat message that is never torn, and what it tells of."""

    text: str
    items: tuple[str, ...] = ()


def subject(news: News, title: str) -> str:
    """`Papers 2026-11-25: 7 new, 1 new version`."""
    return f"{_cut(title, 'heading')} {news.day}: {news.counted}"


def mail(news: News, *, title: str, top: int, url: str, footer: str) -> Message:
    """The mail of a day, with at most `top` papers of each section; `footer` says why it comes and how to stop it."""
    most = max((len(part.rows[:top]) for part in news.parts), default=0)

    def too_long(papers: int, abstracts: int) -> bool:
        return size(_html(news, title, papers, abstracts, url, footer)) > _MOST_BYTES

    papers, abstracts = most, bisect(range(1, most + 1), False, key=lambda number: too_long(most, number))
    if not abstracts:
        papers = bisect(range(1, most + 1), False, key=lambda number: too_long(number, 0))
    page = _html(news, title, papers, abstracts, url, footer)
    return Message(subject(news, title), _text(news, title, papers, abstracts, url, footer), page)


def chat(news: News, *, top: int, url: str, escape: Callable[[str], str], link: Callable[[str], str]) -> list[Piece]:
    """The pieces of a chat message, in order: headings with their papers, what else there is to say, a link.

    `escape` makes a text one that the chat shows as it is, `link` an address one that it makes a link of.
    """
    shown = news.cut(min(top, CHAT))
    left = len(news.papers) - len(shown.papers)
    trouble = [escape(line) for line in _statuses(news.parts, trouble=True)]
    pieces = [Piece("\n".join(trouble))] if trouble else []
    for part in shown.parts:
        for number, row in enumerate(part.rows, 1):
            heading = f"{escape(_cut(part.title, 'heading'))}\n" if number == 1 else ""
            mark = " (new version)" if row.paper.revised else ""
            title = escape(_cut(row.paper.title, "title"))
            text = f"{heading}{number}. {title}{mark}\n{link(url_of(row.paper))}"
            pieces.append(Piece(text, (item_of(row.paper),)))
    listed = {item for piece in pieces for item in piece.items}
    rest = tuple(item for item in news.untold if item not in listed)
    lines = [escape(line) for line in _statuses(news.parts, trouble=False)]
    lines += [f"{left:,} more{'' if url else ' in the digest'}"] if left > 0 else []
    lines += [f"The whole digest: {link(url)}"] if url else []
    lines += [] if pieces or lines else [news.counted]
    if not lines:
        return [*pieces[:-1], replace(pieces[-1], items=(*pieces[-1].items, *rest))]
    return [*pieces, Piece("\n".join(lines), rest)]


def _statuses(parts: Sequence[Part], *, trouble: bool) -> Iterator[str]:
    """What there is to say beside the papers, of sections in trouble or of the others, those of one status together."""
    names: dict[str, list[str]] = {}
    for part in parts:
        if part.status and bool(part.trouble) == trouble:
            names.setdefault(part.status, []).append(_cut(part.title, "heading"))
    for status, titles in names.items():
        yield f"{' · '.join(titles)}: {status}"


# -- text --------------------------------------------------------------------------------------------------------


def _text(news: News, title: str, papers: int, abstracts: int, url: str, footer: str) -> str:
    lines = [f"{_cut(title, 'heading')}, {_span(news)}: {news.counted}", ""]
    for status in _statuses(news.parts, trouble=True):
        lines += [*_wrapped(status, ""), ""]
    for part in (part for part in news.parts if part.rows):
        heading = f"{_cut(part.title, 'heading')} ({_count(part)})"
        lines += [*_wrapped(heading, ""), "-" * min(len(heading), _WIDTH), ""]
        for number, row in enumerate(part.rows[:papers], 1):
            lines += [*_row_lines(row, number, abstract=number <= abstracts), ""]
        if more := len(part.rows) - papers:
            lines += [f"and {more:,} more", ""] if more > 0 else []
    for status in _statuses(news.parts, trouble=False):
        lines += [*_wrapped(status, ""), ""]
    lines += [f"The whole digest: {url}", ""] if url else []
    lines += ["-- ", *_wrapped(footer, "")]
    return "\n".join(lines) + "\n"


def _row_lines(row: Row, number: int, *, abstract: bool) -> Iterator[str]:
    indent = "    "
    first, *rest = _wrapped(_cut(row.paper.title, "title"), indent)
    yield f"{number:2}. {first.strip()}"
    yield from rest
    yield from _wrapped(_facts(row), indent)
    yield f"{indent}{url_of(row.paper)}"
    if because := _because(row):
        yield from _wrapped(because, indent)
    if abstract and row.paper.abstract:
        yield from _wrapped(_cut(row.paper.abstract, "abstract"), indent)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


# -- HTML --------------------------------------------------------------------------------------------------------

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
</head>
<body style="margin:0;padding:16px;font:16px/1.45 -apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif">
<div style="max-width:640px;margin:0 auto;overflow-wrap:anywhere">
{body}
</div>
</body>
</html>
"""
_MUTED = "opacity:.7;font-size:14px"


def _html(news: News, title: str, papers: int, abstracts: int, url: str, footer: str) -> str:
    heading = f'<h1 style="font-size:20px;margin:0 0 4px">{_safe(_cut(title, "heading"))}</h1>'
    blocks = [heading, f'<p style="margin:0 0 24px;{_MUTED}">{_span(news)} · {news.counted}</p>']
    blocks += [f'<p style="margin:0 0 16px">⚠ {_safe(status)}</p>' for status in _statuses(news.parts, trouble=True)]
    for part in (part for part in news.parts if part.rows):
        count = f'<span style="{_MUTED};font-weight:400;white-space:nowrap">{_count(part)}</span>'
        blocks.append(
            f'<h2 style="font-size:18px;margin:28px 0 8px;border-bottom:1px solid #8884;padding-bottom:4px">'
            f"{_safe(_cut(part.title, 'heading'))} {count}</h2>"
        )
        rows = enumerate(part.rows[:papers], 1)
        blocks += [_row_html(row, abstract=number <= abstracts) for number, row in rows]
        more = len(part.rows) - papers
        blocks += [f'<p style="{_MUTED}">and {more:,} more</p>'] if more > 0 else []
    blocks += [f'<p style="margin:20px 0 0">{_safe(status)}</p>' for status in _statuses(news.parts, trouble=False)]
    if url:
        blocks.append(f'<p style="margin:24px 0 0"><a href="{_safe(url)}">The whole digest</a></p>')
    blocks.append(f'<p style="margin:32px 0 0;{_MUTED}">{_safe(footer)}</p>')
    return _PAGE.format(subject=_safe(subject(news, title)), body="\n".join(blocks))


def _row_html(row: Row, *, abstract: bool) -> str:
    title = _safe(_cut(row.paper.title, "title"))
    lines = [f'<a href="{_safe(url_of(row.paper))}" style="text-decoration:none"><b>{title}</b></a>']
    lines.append(f'<span style="{_MUTED}">{_safe(_facts(row))}</span>')
    if because := _because(row):
        lines.append(f'<i style="font-size:14px">{_safe(because)}</i>')
    if abstract and row.paper.abstract:
        text = _safe(_cut(row.paper.abstract, "abstract"))
        lines.append(f'<span style="font-size:15px">{text}</span>')
    return f'<p style="margin:0 0 18px">{"<br>".join(lines)}</p>'


def _safe(text: str) -> str:
    return html.escape(visible(text))


# -- what both say -----------------------------------------------------------------------------------------------


def _facts(row: Row) -> str:
    names = ", ".join(row.paper.authors[:_AUTHORS]) + (" et al." if len(row.paper.authors) > _AUTHORS else "")
    version = f"new version, v{row.paper.version}" if row.paper.version else "new version"
    facts = [shown_day(row.paper), f"{row.scored.relevance:.0f}%", _cut(names, "authors")]
    return " · ".join(fact for fact in [*facts, version if row.paper.revised else ""] if fact)


def _because(row: Row) -> str:
    reason = row.scored.because
    return f'because it resembles "{_cut(reason.title or reason.id, "title")}"' if reason else ""


def _count(part: Part) -> str:
    return counted([], begins=len(part.rows)) if part.first else counted([row.paper for row in part.rows])


def _span(news: News) -> str:
    return _day(news.day) if news.since >= news.day else f"{_day(news.since)} to {_day(news.day)}"


def _day(day: date) -> str:
    return day.isoformat()


def _cut(text: str, kind: str) -> str:
    """A text on one line, without characters that nobody sees, cut behind a word."""
    text, most = visible(text), _LONGEST[kind]
    if len(text) <= most:
        return text
    start = text[: most - 1]
    return f"{start[: start.rfind(' ')] if ' ' in start[most // 2 :] else start}…"
