"""The digest as feeds: Atom (RFC 4287) and JSON Feed 1.1, for each section and for all.

An entry is a paper, whatever its version: a revision brings its entry up to date and makes no second one. An entry's
day is the day on which a digest first showed that version, so that a file changes when its papers do and not before.
"""

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from xml.etree import ElementTree

from recommender.archives import category_scheme, day_of, identifier, shown_day, url_of
from recommender.digest.escape import visible
from recommender.digest.model import Digest, Row, Section, slugs
from recommender.paper import Paper

ALL = "all"
"Name of the feeds of all sections together."
_ATOM = "http://www.w3.org/2005/Atom"
_JSON_HEAD = b'{\n "version": "https://jsonfeed.org/version/1.1",\n "title": "'
_NO_XML = re.compile("[\ufffe\uffff]")
_NEVER = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class _Entry:
    paper: Paper
    day: date
    "on which a digest first showed this version"
    sections: tuple[str, ...]
    because: str = ""
    "title of the reader's like that the paper resembles"


@dataclass(frozen=True, slots=True)
class _Feed:
    name: str
    title: str
    entries: list[_Entry]
    "newest first"


def render(digest: Digest, *, title: str = "Papers", url: str = "", most: int = 100) -> dict[str, str]:
    """Two feeds for each section and two for all, `all.atom` and `all.json`: file name -> content.

    `url` is the address of the folder that the files will be published in, empty where it is not known. Each holds
    the `most` papers that a digest showed last.
    """
    names = slugs([section.title for section in digest.sections])
    feeds = [
        _Feed(ALL, title, _entries(digest.sections)[:most]),
        *(
            _Feed(names[section.title], f"{title}: {section.title}", _entries([section])[:most])
            for section in digest.sections
        ),
    ]
    base = url.rstrip("/")
    files: dict[str, str] = {}
    for feed in feeds:
        files[f"{feed.name}.atom"] = _atom(feed, base)
        files[f"{feed.name}.json"] = _json(feed, base)
    return files


def of_section(section: Section, name: str, *, title: str, url: str) -> dict[str, str]:
    """The feeds of one section, named `name` in the folder of that address: `atom` and `json` -> content."""
    feed = _Feed(name, f"{title}: {section.title}", _entries([section]))
    base = url.rstrip("/")
    return {"atom": _atom(feed, base), "json": _json(feed, base)}


def recognised(name: str, head: bytes) -> bool:
    """Whether a file bears the marks of one of these feeds, by its name and first bytes."""
    if name.endswith(".atom"):
        return b"<generator>recommender</generator>" in head
    return name.endswith(".json") and head.startswith(_JSON_HEAD) and b'\n "language": "en",\n "items": [' in head


def _entries(sections: Iterable[Section]) -> list[_Entry]:
    """Every paper once, the latest shown first; a paper in several sections is as old as in the first of them."""
    found: dict[str, _Entry] = {}
    for section in sections:
        for row in section.rows:
            like = row.scored.because
            entry = _Entry(row.paper, _day(row), (section.title,), like.title if like else "")
            known = found.get(row.paper.id)
            if known:
                titles = (*known.sections, section.title)
                because = known.because or entry.because
                entry = replace(known, day=min(known.day, entry.day), sections=titles, because=because)
            found[row.paper.id] = entry
    return sorted(found.values(), key=lambda entry: entry.day, reverse=True)


def _day(row: Row) -> date:
    return row.since or day_of(row.paper)


def _atom(feed: _Feed, base: str) -> str:
    ElementTree.register_namespace("", _ATOM)
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    _add(root, "id", _feed_id(feed, base))
    _add(root, "title", feed.title)
    _add(root, "updated", _time(max((entry.day for entry in feed.entries), default=_NEVER)))
    if base:
        _add(root, "link", rel="self", type="application/atom+xml", href=f"{base}/{feed.name}.atom")
    _add(_add(root, "author"), "name", "arXiv")
    _add(root, "generator", "recommender")
    for entry in feed.entries:
        paper = entry.paper
        item = _add(root, "entry")
        _add(item, "id", _entry_id(paper))
        _add(item, "title", paper.title)
        _add(item, "updated", _time(entry.day))
        _add(item, "link", rel="alternate", type="text/html", href=url_of(paper))
        for author in paper.authors:
            _add(_add(item, "author"), "name", author)
        for category in paper.categories:
            _add(item, "category", term=category, scheme=category_scheme(paper))
        for section in entry.sections:
            _add(item, "category", term=section)
        _add(item, "content", _content(entry))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    shown = {key: _xml(value) for key, value in attributes.items()}
    child = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", shown)
    child.text = _xml(text) or None
    return child


def _xml(text: str) -> str:
    return "\n".join(_NO_XML.sub("", visible(line)) for line in text.split("\n"))


def _json(feed: _Feed, base: str) -> str:
    content: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": visible(feed.title)}
    if base:
        content["feed_url"] = f"{base}/{feed.name}.json"
    content["language"] = "en"
    content["items"] = [_item(entry) for entry in feed.entries]
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _item(entry: _Entry) -> dict[str, Any]:
    paper = entry.paper
    item: dict[str, Any] = {
        "id": _entry_id(paper),
        "url": url_of(paper),
        "title": visible(paper.title),
        "content_text": _content(entry),
        "date_modified": _time(entry.day),
        "authors": [{"name": visible(author)} for author in paper.authors],
        "tags": [visible(tag) for tag in (*paper.categories, *entry.sections)],
    }
    return {key: value for key, value in item.items() if value or key == "content_text"}


def _content(entry: _Entry) -> str:
    """Abstract, comment, the facts on the version and the like that it resembles, as plain text."""
    paper = entry.paper
    facts = [identifier(paper), shown_day(paper)]
    if paper.revised and paper.published:
        facts.append(f"first submitted {paper.published.isoformat()}")
    because = f'because it resembles "{visible(entry.because)}"' if entry.because else ""
    parts = (visible(paper.abstract), visible(paper.comment), " · ".join(facts), because)
    return "\n\n".join(part for part in parts if part)


def _entry_id(paper: Paper) -> str:
    return url_of(replace(paper, version=None))


def _feed_id(feed: _Feed, base: str) -> str:
    if base:
        return f"{base}/{feed.name}.atom"
    return uuid.uuid5(uuid.NAMESPACE_URL, f"recommender:{visible(feed.title)}").urn


def _time(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
