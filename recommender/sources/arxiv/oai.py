"""OAI-PMH: everything that changed in a category since a day, page by page behind resumption tokens.

Written here rather than taken from sickle or oaipmh-scythe. Both read replies with lxml's `recover=True`, so a
truncated page passes as a short one; both own the connection and sleep by themselves, where one gate must hold all
requests of the machine apart and one budget bound them; and what is left of the protocol is one verb.

Asked from a day that is known to have a record, a good answer is never empty: the record is there, or has moved to a
later day. "No records match" is then a fault, not "nothing new".
"""

import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree import ElementTree

from recommender import archives
from recommender.paper import Paper, clean
from recommender.sources.authors import split_authors
from recommender.sources.base import (
    AnswerError,
    Cursor,
    Cursors,
    Page,
    Request,
    SourceName,
    latest,
    moment,
    read_each,
    text_of,
)
from recommender.sources.web.ask import Web
from recommender.sources.web.markup import parse

OVERLAP = timedelta(days=2)
"""Harvested again each time: records have been missing for a day."""
FIRST_TIME = timedelta(days=14)
"""How far back a first harvest goes; datestamps tell the last change, so old papers come along."""
_ALL_DAYS = timedelta(days=7)
"""How far back all of arXiv is harvested to find keywords in it: about 2,000 records a day."""
_PATIENCE = timedelta(days=14)
"""How long a record that cannot be read is asked for again."""
_LONGEST_TOKEN = 2_000
_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_PHYSICS = frozenset(
    ["astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin"]
) | frozenset(["nucl-ex", "nucl-th", "physics", "quant-ph"])


class _ExpiredError(AnswerError):
    """The resumption token is not valid any more: begin again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One page of a harvest."""

    papers: tuple[Paper, ...]
    skipped: tuple[str, ...]
    newest: date
    "the latest datestamp"
    token: str
    "leads to the next page; empty on the last"
    unread: date | None = None
    "the earliest day that a record which could not be read may be of"


class OaiSource:
    """Incremental harvests by category set."""

    name: SourceName = "oai"

    def __init__(self, url: str, web: Web, *, seconds: float, today: Callable[[], date]) -> None:
        self._url = url
        self._web = web
        self._seconds = seconds
        self._today = today

    def refuses(self, request: Request, cursors: Cursors) -> str:
        """Papers by id, and a keyword in all of arXiv over more than some days, are not for a harvest."""
        if request.ids:
            return "harvests by category, not by id"
        if not request.categories and self._today() - self._first(request, "", cursors) > _ALL_DAYS:
            return f"searches all of arXiv for keywords over {_ALL_DAYS.days} days at most; categories would help"
        return ""

    def fetch(self, request: Request, cursors: Cursors) -> Iterator[Page]:
        """Pages of one set after the other; raises `FetchError`."""
        places = list(dict.fromkeys(map(set_of, request.categories))) or [""]
        begun = {_cursor_name(request, place): self._first(request, place, cursors) + OVERLAP for place in places}
        fresh = {name: Cursor(day).dump() for name, day in begun.items() if not cursors(name)}
        if fresh:  # a first harvest that fails is tried again from the same day, not from a later one
            yield Page((), "oai", cursors=fresh)
        for place in places:
            yield from self._harvest(request, place, cursors)
        yield Page((), "oai", cursors={request.cursor("whole"): Cursor(self._today()).dump()})

    def _harvest(self, request: Request, place: str, cursors: Cursors) -> Iterator[Page]:
        first, today = self._first(request, place, cursors), self._today()
        cursor = Cursor.read(cursors(_cursor_name(request, place)))
        resumed = cursor.resumable(today)
        token, seen, unread = (cursor.position, cursor.seen, cursor.unread) if resumed else ("", None, None)
        restarted, followed = False, set[str]()
        while True:
            try:
                batch = self._page(first, place, token)
            except AnswerError as error:
                if restarted or not token or error.down:
                    raise
                token, seen, unread, restarted = "", None, None, True  # nothing is lost by beginning again but time
                followed.clear()
                continue
            if batch.token in followed:
                raise AnswerError("the resumption token does not advance")
            followed.add(batch.token)
            seen, token = latest(seen, batch.newest), batch.token
            unread = min(filter(None, (unread, batch.unread)), default=None)
            if token:
                reached = Cursor(cursor.newest, seen, token, today, unread)
            else:
                reached = Cursor(_behind(latest(cursor.newest, seen), unread, today))
            papers = tuple(filter(request.matches, batch.papers))
            yield Page(papers, "oai", batch.skipped, {_cursor_name(request, place): reached.dump()})
            if not token:
                return

    def _first(self, request: Request, place: str, cursors: Cursors) -> date:
        """The datestamp to harvest from: what this source has seen, or else what the API had."""
        own, other = Cursor.read(cursors(_cursor_name(request, place))), Cursor.read(cursors(request.cursor("api")))
        known = latest(*(day and min(day, self._today()) for day in (own.newest, other.newest)))
        return request.since or (known - OVERLAP if known else self._today() - FIRST_TIME)

    def _page(self, first: date, place: str, token: str) -> "Batch":
        query = {"verb": "ListRecords"}
        if token:
            query["resumptionToken"] = token
        else:
            query |= {"metadataPrefix": "arXivRaw", "from": first.isoformat()} | ({"set": place} if place else {})
        url = f"{self._url}?{urllib.parse.urlencode(query)}"
        return self._web.ask(lambda _: url, lambda body: read_page(body, first, self._today()), seconds=self._seconds)


def set_of(category: str) -> str:
    """The OAI-PMH set of a category or archive: group:archive:CATEGORY, as short as it can be."""
    archive, _, subject = category.partition(".")
    group = "physics" if archive in _PHYSICS else archive
    if subject:
        return f"{group}:{archive}:{subject}"
    return archive if group == archive and archive != "physics" else f"{group}:{archive}"


def _behind(newest: date | None, unread: date | None, today: date) -> date | None:
    """How far a harvest has come: not beyond a record that could not be read, until that is given up."""
    if newest is None or unread is None:
        return newest
    return min(newest, max(unread, today - _PATIENCE))


def _cursor_name(request: Request, place: str) -> str:
    return f"{request.cursor('oai')} {place}".strip()


def read_page(body: bytes, first: date, today: date) -> Batch:
    """What a page holds; raises `AnswerError` where a check fails."""
    root = parse(body)
    if root.tag != f"{_OAI}OAI-PMH":
        raise AnswerError(f"the answer is not OAI-PMH but <{root.tag.rpartition('}')[2][:40]}>")
    _raise_error(root, first)
    listing = root.find(f"{_OAI}ListRecords")
    records = [] if listing is None else listing.findall(f"{_OAI}record")
    if listing is None or not records:
        raise AnswerError("the answer is empty, where OAI-PMH has a word for that")
    days = [_stamp(record, today) for record in records]
    found = read_each(records, lambda record: _paper(record, today), _identifier, today)
    stamps = [day for day in days if day is not None]
    if not stamps:
        raise AnswerError("no record of the answer has a datestamp that can be read")
    if min(stamps) < first:
        raise AnswerError(f"the answer goes back to {min(stamps)}, though only records since {first} were asked for")
    token = (listing.findtext(f"{_OAI}resumptionToken") or "").strip()
    if len(token) > _LONGEST_TOKEN:
        raise AnswerError(f"the resumption token has {len(token):,} characters")
    unread = min((days[place] or first for place in found.unread), default=None)
    return Batch(found.papers, found.skipped, max(stamps), token, unread)


def _identifier(record: ElementTree.Element) -> str:
    return record.findtext(f"{_OAI}header/{_OAI}identifier") or "a record without identifier"


def _stamp(record: ElementTree.Element, today: date) -> date | None:
    """The day of a record's last change; None where it names none, or one to come."""
    try:
        day = date.fromisoformat((record.findtext(f"{_OAI}header/{_OAI}datestamp") or "").strip()[:10])
    except ValueError:
        return None
    return day if day <= today + timedelta(days=1) else None


def _raise_error(root: ElementTree.Element, first: date) -> None:
    error = root.find(f"{_OAI}error")
    if error is None:
        return
    code, text = text_of(error.get("code"))[:40] or "an error without code", text_of(error.text)[:200]
    if code == "badResumptionToken":
        raise _ExpiredError("the resumption token has expired", permanent=True)
    if code == "noRecordsMatch":
        raise AnswerError(f"the answer is that nothing changed since {first}, which cannot be; is the category right?")
    raise AnswerError(f"arXiv refuses: {code}{f' ({text})' if text else ''}", permanent=True)


def _paper(record: ElementTree.Element, today: date) -> Paper | None:
    """A record in either of arXiv's own formats, None for one that was deleted.

    Raises `ValueError` or `InputError` saying what it lacks.
    """
    if _stamp(record, today) is None:
        raise ValueError("has no datestamp that can be read, or one of a day to come")
    if record.find(f"{_OAI}header[@status='deleted']") is not None:
        return None
    holder = record.find(f"{_OAI}metadata")
    if holder is None or len(holder) == 0:
        raise ValueError("has no metadata")
    fields = holder[0]
    space, _, form = fields.tag.rpartition("}")
    if form not in ("arXiv", "arXivRaw"):
        raise ValueError(f"is in the format {form[:40]}, not arXivRaw")

    def text(name: str) -> str:
        return text_of(fields.findtext(f"{space}}}{name}"))

    named = archives.parse(text("id") or _identifier(record), today)
    title, abstract = text("title"), text("abstract")
    if not title or not abstract:
        raise ValueError(f"has no {'abstract' if title else 'title'}")
    versions = fields.findall(f"{space}}}version")
    if form == "arXivRaw":
        if not versions:
            raise ValueError("has no version")
        days = [moment(_part(item, "date")).date() for item in versions]
        version: int | None = int(versions[-1].get("version", "").removeprefix("v"))
        authors = split_authors(text("authors"))
    else:
        days = [date.fromisoformat(day) for name in ("created", "updated") if (day := text(name))]
        version = 1 if len(days) == 1 else None  # this format counts no versions
        authors = tuple(
            clean(f"{_part(author, 'forenames')} {_part(author, 'keyname')} {_part(author, 'suffix')}")
            for author in fields.iterfind(f"{space}}}authors/{space}}}author")
        )
    return Paper(
        id=named.id,
        title=title,
        abstract=abstract,
        authors=authors,
        categories=tuple(dict.fromkeys(text("categories").split())),
        published=days[0],
        updated=days[-1],
        version=version,
        comment=text("comments"),
    )


def _part(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{element.tag.rpartition('}')[0]}}}{name}") or ""
