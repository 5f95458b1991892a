"""OAI-PMH: everything that changed in a category since a day, page by page behind resumption tokens.

Written here rather than taken from sickle or oaipmh-scythe. Both read replies with lxml's `recover=True`, so a
truncated page passes as a short one; both own the connection and sleep by themselves, where one gate must hold all
requests of the machine apart and one budget bound them; and what is left of the protocol is one verb.

Asked from a day that is known to have a record, a good answer is never empty: the record is there, or has moved to a
later day. "No records match" is then a fault, not "nothing new".
"""

import re
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree import ElementTree

from recommender import archives
from recommender.errors import InputError
from recommender.paper import Paper, clean
from recommender.sources.base import AnswerError, Cursor, Cursors, Page, Request, SourceName, latest, moment, text_of
from recommender.sources.web.ask import Web
from recommender.sources.web.markup import parse

OVERLAP = timedelta(days=2)
"""Harvested again each time: records have been missing for a day."""
FIRST_TIME = timedelta(days=14)
"""How far back a first harvest goes; datestamps tell the last change, so old papers come along."""
_ALL_DAYS = timedelta(days=7)
"""How far back all of arXiv is harvested to find keywords in it: about 2,000 records a day."""
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
        token, seen = (cursor.position, cursor.seen) if cursor.resumable(today) else ("", None)
        restarted = False
        while True:
            try:
                batch = self._page(first, place, token)
            except _ExpiredError:
                if restarted or not token:
                    raise
                token, seen, restarted = "", None, True  # nothing is lost by beginning again but time
                continue
            if batch.newest > today + timedelta(days=1):
                raise AnswerError(f"the answer has a record of {batch.newest}, a day to come")
            if batch.token and batch.token == token:
                raise AnswerError("the resumption token does not advance")
            seen, token = latest(seen, batch.newest), batch.token
            reached = Cursor(cursor.newest, seen, token, today) if token else Cursor(latest(cursor.newest, seen))
            papers = tuple(filter(request.matches, batch.papers))
            yield Page(papers, "oai", batch.skipped, {_cursor_name(request, place): reached.dump()})
            if not token:
                return

    def _first(self, request: Request, place: str, cursors: Cursors) -> date:
        """The datestamp to harvest from: what this source has seen, or else what the API had."""
        own, other = Cursor.read(cursors(_cursor_name(request, place))), Cursor.read(cursors(request.cursor("api")))
        known = latest(own.newest, other.newest)
        return request.since or (known - OVERLAP if known else self._today() - FIRST_TIME)

    def _page(self, first: date, place: str, token: str) -> "Batch":
        query = {"verb": "ListRecords"}
        if token:
            query["resumptionToken"] = token
        else:
            query |= {"metadataPrefix": "arXivRaw", "from": first.isoformat()} | ({"set": place} if place else {})
        url = f"{self._url}?{urllib.parse.urlencode(query)}"
        return self._web.ask(lambda _: url, lambda body: read_page(body, first), seconds=self._seconds)


def set_of(category: str) -> str:
    """The OAI-PMH set of a category or archive: group:archive:CATEGORY, as short as it can be."""
    archive, _, subject = category.partition(".")
    group = "physics" if archive in _PHYSICS else archive
    if subject:
        return f"{group}:{archive}:{subject}"
    return archive if group == archive and archive != "physics" else f"{group}:{archive}"


def _cursor_name(request: Request, place: str) -> str:
    return f"{request.cursor('oai')} {place}".strip()


def read_page(body: bytes, first: date) -> Batch:
    """What a page holds; raises `AnswerError` where a check fails."""
    root = parse(body)
    if root.tag != f"{_OAI}OAI-PMH":
        raise AnswerError(f"the answer is not OAI-PMH but <{root.tag.rpartition('}')[2]}>")
    _raise_error(root, first)
    listing = root.find(f"{_OAI}ListRecords")
    records = [] if listing is None else listing.findall(f"{_OAI}record")
    if listing is None or not records:
        raise AnswerError("the answer is empty, where OAI-PMH has a word for that")
    papers, skipped, stamps = [], [], []
    for record in records:
        name = record.findtext(f"{_OAI}header/{_OAI}identifier", "a record without identifier")
        try:
            stamps.append(date.fromisoformat(record.findtext(f"{_OAI}header/{_OAI}datestamp", "").strip()[:10]))
            if record.find(f"{_OAI}header[@status='deleted']") is None:
                papers.append(_paper(record))
        except (InputError, ValueError, TypeError) as error:
            skipped.append(f"{text_of(name)[:80]}: {error}")
    if not stamps or len(skipped) == len(records):
        raise AnswerError(f"no record of the answer can be read ({skipped[0]})")
    if min(stamps) < first:
        raise AnswerError(f"the answer goes back to {min(stamps)}, though only records since {first} were asked for")
    token = (listing.findtext(f"{_OAI}resumptionToken") or "").strip()
    return Batch(tuple(papers), tuple(skipped), max(stamps), token)


def _raise_error(root: ElementTree.Element, first: date) -> None:
    error = root.find(f"{_OAI}error")
    if error is None:
        return
    code, text = error.get("code", "an error without code"), text_of(error.text)
    if code == "badResumptionToken":
        raise _ExpiredError("the resumption token has expired", permanent=True)
    if code == "noRecordsMatch":
        raise AnswerError(f"the answer is that nothing changed since {first}, which cannot be; is the category right?")
    raise AnswerError(f"arXiv refuses: {code}{f' ({text})' if text else ''}", permanent=True)


def _paper(record: ElementTree.Element) -> Paper:
    """A record in either of arXiv's own formats; raises `ValueError` or `InputError` saying what it lacks."""
    holder = record.find(f"{_OAI}metadata")
    if holder is None or len(holder) == 0:
        raise ValueError("has no metadata")
    fields = holder[0]
    space, _, form = fields.tag.rpartition("}")
    if form not in ("arXiv", "arXivRaw"):
        raise ValueError(f"is in the format {form}, not arXivRaw")

    def text(name: str) -> str:
        return text_of(fields.findtext(f"{space}}}{name}"))

    named = archives.parse(text("id") or record.findtext(f"{_OAI}header/{_OAI}identifier", ""))
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
        categories=tuple(text("categories").split()),
        published=days[0],
        updated=days[-1],
        version=version,
        comment=text("comments"),
    )


def _part(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{element.tag.rpartition('}')[0]}}}{name}") or ""


def split_authors(text: str) -> tuple[str, ...]:
    """Names from arXiv's one line of authors: affiliations in parentheses dropped, `,` `;` and `and` between them."""
    while (bare := re.sub(r"\([^()]*\)", " ", text)) != text:
        text = bare
    names = re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+", text)
    suffixed: list[str] = []
    for name in filter(None, map(clean, names)):
        if suffixed and re.fullmatch(r"(?:Jr|Sr)\.?|I{2,3}|IV", name):
            suffixed[-1] += f" {name}"
        else:
            suffixed.append(name)
    return tuple(suffixed)
