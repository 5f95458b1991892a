"""arXiv's announcement feeds: what was announced last, each paper with its type (new, cross, replace).

A feed holds one announcement and no more, so it can tell what is new today but not what a missed day had. It has
been days old with nothing in it saying so but its dates, which is why they are checked against the calendar.
"""

import re
import urllib.parse
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from xml.etree import ElementTree

from recommender import archives
from recommender.archives.announcements import EASTERN, announcement, announces, mailing_day, previous_mailing
from recommender.paper import Paper
from recommender.sources.base import AnswerError, Cursor, Cursors, Page, Request, SourceName, moment, read_each, text_of
from recommender.sources.web.ask import Web
from recommender.sources.web.markup import parse

_GRACE = timedelta(hours=10)
"""After 20:00 Eastern; recorded feeds were built at 5 in the morning."""
_DAY = timedelta(days=1)
Announced = Literal["new", "cross", "replace", "replace-cross"]
_ITEM = re.compile(r"\s*arXiv:(\S+)\s+Announce Type:\s*(\S+)\s+Abstract:\s*(.*)", re.DOTALL)
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"


class RssSource:
    """The last announcement of some categories."""

    name: SourceName = "rss"

    def __init__(self, url: str, web: Web, *, seconds: float, now: Callable[[], datetime]) -> None:
        self._url = url
        self._web = web
        self._seconds = seconds
        self._now = now

    def refuses(self, request: Request, cursors: Cursors) -> str:  # noqa: ARG002
        """Only categories have feeds, and only the last announcement is in them."""
        if request.ids:
            return "announces by category, not by id"
        return "" if request.categories else "announces by category; a section without categories cannot be served"

    def fetch(self, request: Request, cursors: Cursors) -> Iterator[Page]:
        """One page, of the last announcement; raises `FetchError` after it where an earlier one was missed."""
        url = f"{self._url}/{urllib.parse.quote('+'.join(request.categories), safe='+')}"
        page, day = self._web.ask(lambda _: url, lambda body: read_feed(body, self._now()), seconds=self._seconds)
        papers = tuple(filter(request.matches, page.papers))
        name = request.cursor("whole")
        seen = Cursor.read(cursors(name)).newest
        needed = previous_mailing(day + _DAY) if not page.papers else previous_mailing(day)
        complete = seen is not None and seen >= needed
        reached = {name: Cursor(newest=day).dump()} if complete else {}
        yield Page(papers, "rss", page.skipped, reached)
        if not complete:
            since = f"since {seen}" if seen else "before it"
            raise AnswerError(f"the feed has the announcement of {day} alone; what arXiv announced {since} is missing")


def read_feed(body: bytes, now: datetime) -> tuple[Page, date]:
    """The papers of a feed that is of the last announcement, and its day; raises `AnswerError`."""
    root = parse(body)
    channel = root.find("channel")
    if root.tag != "rss" or channel is None:
        raise AnswerError(f"the answer is not an RSS feed but <{root.tag.rpartition('}')[2][:40]}>")
    expected = announcement(now - _GRACE)
    day = _day(channel, "the feed")
    items = channel.findall("item")
    if day < mailing_day(expected):
        raise AnswerError(
            f"the feed is of {day}, though arXiv announced papers on {mailing_day(expected)}: a stale feed"
        )
    if day > now.date() + _DAY:
        raise AnswerError(f"the feed is of {day}, a day to come")
    if not items and announces(day - _DAY):
        raise AnswerError(f"the feed is empty on {day}, a day of announcements")
    for item in items:
        if _day(item, "an item") < mailing_day(expected):
            raise AnswerError(f"the feed has papers of {_day(item, 'an item')}: a stale feed")
    today = now.date()
    found = read_each(items, lambda item: _paper(item, day, today), lambda item: item.findtext("guid") or "", today)
    return Page(found.papers, "rss", found.skipped), day


def _day(element: ElementTree.Element, what: str) -> date:
    try:
        return moment(element.findtext("pubDate", "")).astimezone(EASTERN).date()
    except ValueError:
        raise AnswerError(f"{what} has no date that can be read") from None


def _paper(item: ElementTree.Element, day: date, today: date) -> Paper:
    found = _ITEM.match(item.findtext("description") or "")
    if not found:
        raise ValueError("has no abstract")
    named = archives.parse(item.findtext("guid") or found[1], today)
    kind = (item.findtext(f"{_ARXIV}announce_type") or found[2]).strip()
    if kind not in get_args(Announced):
        raise ValueError(f"is announced as {kind[:20]!r}")
    title, abstract = text_of(item.findtext("title")), text_of(found[3])
    if not title or not abstract:
        raise ValueError(f"has no {'abstract' if title else 'title'}")
    places = (name for place in item.findall("category") for name in text_of(place.text).split())
    return Paper(
        id=named.id,
        title=title,
        abstract=abstract,
        authors=tuple(filter(None, map(text_of, (item.findtext(f"{_DUBLIN}creator") or "").split(",")))),
        categories=tuple(dict.fromkeys(places)),
        updated=_submitted(day) if kind in ("new", "replace") else None,
        version=named.version,
    )


def _submitted(day: date) -> date:
    """The earliest day on which papers announced for `day` came in; what other sources say is later and wins."""
    evening = day - 2 * _DAY
    while not announces(evening):
        evening -= _DAY
    return evening
