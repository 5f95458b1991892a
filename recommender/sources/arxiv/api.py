"""arXiv's query API, every answer checked before it is believed.

The `arxiv` package describes what is asked: a `Search` and the orders that there are. Its client takes an empty or
malformed first page for the end of the results, mends truncated XML into a shorter page, drops entries without a word
and waits without a limit, and nothing public of it reads an answer that somebody else has fetched; so both are ours.

An increment asks the same question as a first fill, newest change first, and stops where it meets what an earlier
fetch has seen. No date goes into the query: so every good answer begins with papers, and an empty one is a fault.
"""

import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

import arxiv

from recommender import archives
from recommender.archives import day_of
from recommender.archives.announcements import oldest_credible
from recommender.paper import Paper
from recommender.sources.base import (
    AnswerError,
    Cursor,
    Cursors,
    Page,
    Reading,
    Request,
    SourceName,
    latest,
    phrases_of,
    read_each,
    text_of,
)
from recommender.sources.web.ask import Web
from recommender.sources.web.markup import parse

PAGE_SIZE = 200
OVERLAP = timedelta(days=7)
"""Looked at again each time: the index lags, and moderation holds papers back under their day of submission."""
MAX_ROWS = 30_000
"""The most rows arXiv gives for one query."""
_IDS_PER_REQUEST = 100
_SHORTEST_PAGE = 25
_MAX_DISORDER = 0.02
_MOST_DIGITS = 9
_LONGEST_DATE = 40
_ATOM = "{http://www.w3.org/2005/Atom}"
_COUNTS = "{http://a9.com/-/spec/opensearch/1.1/}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DOUBT = timedelta(days=7)
"""An index that has fallen back comes up again within days; a paper that was revised out of a topic or withdrawn never
does. After so long the answers are right and our memory of a newer paper is wrong."""
_MEMORY = timedelta(days=30)
"""How long a topic's newest paper is a measure for answers at all."""


class _OlderError(AnswerError):
    """The newest paper of an answer is older than what an earlier one had."""


class ApiSource:
    """Keyword and category queries, and papers by id."""

    name: SourceName = "api"

    def __init__(self, url: str, web: Web, *, seconds: float, today: Callable[[], date]) -> None:
        self._web = web
        self._seconds = seconds
        self._today = today
        self._address = url

    def refuses(self, request: Request, cursors: Cursors) -> str:  # noqa: ARG002
        """Empty: the API can be asked for anything."""
        return "" if request.ids or request.keywords or request.categories else "nothing is asked for"

    def fetch(self, request: Request, cursors: Cursors) -> Iterator[Page]:
        """Pages in order of last change, newest first; raises `FetchError`."""
        if request.ids:
            yield from self._by_id(request.ids)
            return
        name, today = request.cursor("api"), self._today()
        cursor = Cursor.read(cursors(name))
        since = request.since or (cursor.newest and cursor.newest - OVERLAP)
        limit = min(request.limit, MAX_ROWS) if since is None else MAX_ROWS
        resumed = cursor.resumable(today) and _row(cursor.position) < limit
        start, seen = (_row(cursor.position), cursor.seen) if resumed else (0, None)
        floor, known = _floor(cursor, today), cursor.newest
        forgotten = known is not None and floor is None
        floor = None if start else floor
        last: date | None = None
        while True:
            try:
                page, total = self._page(
                    query_of(request), start, min(PAGE_SIZE, limit - start), floor=floor, last=last
                )
            except _OlderError:
                yield Page((), "api", cursors={name: replace(cursor, doubted=cursor.doubted or today).dump()})
                raise
            start += len(page.papers) + len(page.skipped)
            days = [day_of(paper) for paper in page.papers]
            seen, last = latest(seen, *days), min(days)
            done = start >= min(total, limit) or (since is not None and last < since)
            if done:
                reached = {name: Cursor(seen if forgotten else latest(known, seen))}
                reached |= {request.cursor("whole"): Cursor(today)}
            else:
                reached = {name: Cursor(known, seen, str(start), today, doubted=cursor.doubted if forgotten else None)}
            yield Page(page.papers, "api", page.skipped, {key: value.dump() for key, value in reached.items()})
            if done:
                return
            floor = None

    def _by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        for first in range(0, len(ids), _IDS_PER_REQUEST):
            yield self._some_ids(ids[first : first + _IDS_PER_REQUEST])

    def _some_ids(self, ids: Sequence[str]) -> Page:
        url = self._url(arxiv.Search(id_list=list(ids)), 0, len(ids))
        return self._web.ask(
            lambda _: url, lambda body: read_ids(body, ids, self._today()), seconds=self._seconds, also=(400,)
        )

    def _page(self, query: str, start: int, size: int, *, floor: date | None, last: date | None) -> tuple[Page, int]:
        search = arxiv.Search(query, sort_by=arxiv.SortCriterion.LastUpdatedDate)
        sizes: list[int] = []

        def url(number: int) -> str:
            sizes.append(max(min(size, _SHORTEST_PAGE), size >> number))  # long pages often come short: ask for less
            return self._url(search, start, sizes[-1])

        def read(body: bytes) -> tuple[Page, int]:
            page, total = read_page(body, start, sizes[-1], self._today())
            check_order(page.papers, last)
            newest = max(day_of(paper) for paper in page.papers)
            if floor is not None and newest < oldest_credible(floor):
                raise _OlderError(f"the newest paper is of {newest}, though {floor} was seen before: a stale answer")
            return page, total

        return self._web.ask(url, read, seconds=self._seconds, also=(400,))

    def _url(self, search: arxiv.Search, start: int, size: int) -> str:
        query = {"search_query": search.query, "id_list": ",".join(search.id_list)}
        query |= {"sortBy": search.sort_by.value, "sortOrder": search.sort_order.value}
        return f"{self._address}?{urllib.parse.urlencode(query | {'start': start, 'max_results': size})}"


def _row(position: str) -> int:
    """The row at which an interrupted fetch goes on; 0 where the cursor holds none."""
    return int(position) if position.isascii() and position.isdigit() and len(position) < 6 else 0


def _floor(cursor: Cursor, today: date) -> date | None:
    """The day that the newest paper of a good answer cannot be far behind; None where nothing is known of it."""
    if cursor.newest is None or today - cursor.newest > _MEMORY:
        return None
    return None if cursor.doubted and today - cursor.doubted >= _DOUBT else cursor.newest


def query_of(request: Request) -> str:
    """The request in the API's language, category filters inside the query."""
    wanted = [[f'(ti:"{phrase}" OR abs:"{phrase}")' for phrase in phrases_of(word)] for word in request.keywords]
    words = " OR ".join(f"({' AND '.join(both)})" if len(both) > 1 else both[0] for both in wanted if both)
    places = " OR ".join(
        f"cat:{name}" if "." in name else f"(cat:{name} OR cat:{name}.*)" for name in request.categories
    )
    return " AND ".join(f"({part})" for part in (words, places) if part)


def read_page(body: bytes, start: int, size: int, today: date) -> tuple[Page, int]:
    """A page of a query and how many rows there are in all; raises `AnswerError` where a check fails."""
    root, entries, total = _read(body)
    if total == 0:
        raise AnswerError("the answer is empty; if it stays so, no paper has these keywords in these categories")
    given = root.findtext(f"{_COUNTS}startIndex")
    if given is not None and given.strip() != str(start):
        raise AnswerError(f"the answer begins at row {given.strip()[:20]} instead of {start}")
    if len(entries) != min(size, total - start):
        raise AnswerError(f"the answer has {len(entries)} rows instead of {min(size, total - start)}: a partial page")
    found = _read_entries(entries, today)
    return Page(found.papers, "api", found.skipped), total


def read_ids(body: bytes, wanted: Sequence[str], today: date) -> Page:
    """The page of papers asked for by id; ids that arXiv does not know are among `skipped`."""
    _, entries, total = _read(body)
    if len(entries) != min(total, len(wanted)):
        raise AnswerError(f"the answer has {len(entries)} rows instead of {total}: a partial page")
    found = _read_entries(entries, today)
    asked = {archives.parse(text, today).id: text for text in wanted}
    got = {paper.id for paper in found.papers}
    if got - set(asked):
        raise AnswerError("the answer has papers that were not asked for")
    unknown = [f"{text}: arXiv has no such paper" for paper_id, text in asked.items() if paper_id not in got]
    return Page(found.papers, "api", (*found.skipped, *unknown))


def _read(body: bytes) -> tuple[ElementTree.Element, list[ElementTree.Element], int]:
    """Root, entries and total of a feed that has them; arXiv's own errors are raised as such."""
    root = parse(body)
    if root.tag != f"{_ATOM}feed":
        raise AnswerError(f"the answer is not an Atom feed but <{root.tag.rpartition('}')[2][:40]}>")
    entries = root.findall(f"{_ATOM}entry")
    for entry in entries:
        if "/api/errors" in entry.findtext(f"{_ATOM}id", ""):
            raise AnswerError(f"arXiv refuses: {text_of(entry.findtext(f'{_ATOM}summary'))[:200]}", permanent=True)
    total = (root.findtext(f"{_COUNTS}totalResults") or "").strip()
    if not (total.isascii() and total.isdigit() and len(total) <= _MOST_DIGITS):
        raise AnswerError("the answer does not say how many results there are")
    return root, entries, int(total)


def _read_entries(entries: Sequence[ElementTree.Element], today: date) -> Reading:
    return read_each(
        entries, lambda entry: _paper(entry, today), lambda entry: entry.findtext(f"{_ATOM}id") or "", today
    )


def _paper(entry: ElementTree.Element, today: date) -> Paper:
    """One entry; raises `ValueError` or `InputError` saying what it lacks."""
    named = archives.parse(entry.findtext(f"{_ATOM}id") or "", today)
    title, abstract = (text_of(entry.findtext(f"{_ATOM}{name}")) for name in ("title", "summary"))
    if not title or not abstract:
        raise ValueError(f"has no {'abstract' if title else 'title'}")
    names = (text_of(name.text) for name in entry.iterfind(f"{_ATOM}author/{_ATOM}name"))
    places = [*entry.iterfind(f"{_ARXIV}primary_category"), *entry.iterfind(f"{_ATOM}category")]
    return Paper(
        id=named.id,
        title=title,
        abstract=abstract,
        authors=tuple(filter(None, names)),
        categories=tuple(dict.fromkeys(name for place in places for name in text_of(place.get("term")).split())),
        published=_day(entry, "published"),
        updated=_day(entry, "updated"),
        version=named.version,
        comment=text_of(entry.findtext(f"{_ARXIV}comment")),
    )


def _day(entry: ElementTree.Element, name: str) -> date:
    text = (entry.findtext(f"{_ATOM}{name}") or "").strip()[:_LONGEST_DATE]
    return datetime.fromisoformat(text).date()


def check_order(papers: Sequence[Paper], last: date | None) -> None:
    """Raise `AnswerError` where rows are not newest first, whole days compared; `last` ended the page before."""
    worst, wrong = last, 0
    for paper in papers:
        if worst is not None and day_of(paper) > worst:
            wrong += 1
        else:
            worst = day_of(paper)
    if wrong > _MAX_DISORDER * len(papers):
        raise AnswerError(f"the answer is not sorted by date ({wrong} of {len(papers)} rows out of order)")
