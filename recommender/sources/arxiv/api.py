"""arXiv's query API through the `arxiv` package, every answer checked before it is believed.

The package alone takes an empty or malformed first page for the end of the results, mends truncated XML into a
shorter page, drops entries without a word and waits without a limit. Here it builds addresses and reads entries;
everything between is ours.

An increment asks the same question as a first fill, newest change first, and stops where it meets what an earlier
fetch has seen. No date goes into the query: so every good answer begins with papers, and an empty one is a fault.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from xml.etree import ElementTree

import arxiv
from arxiv import _feed

from recommender import archives
from recommender.archives import day_of
from recommender.archives.announcements import oldest_credible
from recommender.errors import InputError
from recommender.paper import Paper
from recommender.sources.base import (
    AnswerError,
    Cursor,
    Cursors,
    Page,
    Request,
    SourceName,
    latest,
    phrases_of,
    text_of,
)
from recommender.sources.web.ask import Web
from recommender.sources.web.markup import document, parse

PAGE_SIZE = 200
OVERLAP = timedelta(days=7)
"""Looked at again each time: the index lags, and moderation holds papers back under their day of submission."""
MAX_ROWS = 30_000
"""The most rows arXiv gives for one query."""
_IDS_PER_REQUEST = 100
_SHORTEST_PAGE = 25
_MAX_DISORDER = 0.02
_ATOM = "{http://www.w3.org/2005/Atom}"
_COUNTS = "{http://a9.com/-/spec/opensearch/1.1/}"


class ApiSource:
    """Keyword and category queries, and papers by id."""

    name: SourceName = "api"

    def __init__(self, url: str, web: Web, *, seconds: float, today: Callable[[], date]) -> None:
        self._web = web
        self._seconds = seconds
        self._today = today
        self._client = arxiv.Client()
        self._client.query_url_format = url + "?{}"

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
        resumed = cursor.resumable(today) and cursor.position.isdigit()
        start = int(cursor.position) if resumed and int(cursor.position) < limit else 0
        seen, floor = (cursor.seen if resumed else None), cursor.newest
        last: date | None = None
        while True:
            page, total = self._page(query_of(request), start, min(PAGE_SIZE, limit - start), floor=floor, last=last)
            start += len(page.papers) + len(page.skipped)
            days = [day_of(paper) for paper in page.papers]
            seen, last = latest(seen, *days), min(days)
            done = start >= min(total, limit) or (since is not None and last < since)
            if done:
                reached = {name: Cursor(latest(cursor.newest, seen)), request.cursor("whole"): Cursor(today)}
            else:
                reached = {name: Cursor(cursor.newest, seen, str(start), today)}
            yield Page(page.papers, "api", page.skipped, {key: value.dump() for key, value in reached.items()})
            if done:
                return
            floor = None

    def _by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        for first in range(0, len(ids), _IDS_PER_REQUEST):
            yield self._some_ids(ids[first : first + _IDS_PER_REQUEST])

    def _some_ids(self, ids: Sequence[str]) -> Page:
        url = self._url(arxiv.Search(id_list=list(ids)), 0, len(ids))
        return self._web.ask(lambda _: url, lambda body: read_ids(body, ids), seconds=self._seconds, also=(400,))

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
                raise AnswerError(f"the newest paper is of {newest}, though {floor} was seen before: a stale answer")
            return page, total

        return self._web.ask(url, read, seconds=self._seconds, also=(400,))

    def _url(self, search: arxiv.Search, start: int, size: int) -> str:
        return str(self._client._format_url(search, start, size))


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
        raise AnswerError(f"the answer begins at row {given.strip()} instead of {start}")
    if len(entries) != min(size, total - start):
        raise AnswerError(f"the answer has {len(entries)} rows instead of {min(size, total - start)}: a partial page")
    found, skipped = _papers(root, entries)
    papers = tuple(paper for paper in found if day_of(paper) <= today + timedelta(days=1))
    skipped += tuple(f"{paper.id}: is of {day_of(paper)}, a day to come" for paper in found if paper not in papers)
    if not papers:
        raise AnswerError(f"no entry of the answer can be read ({skipped[0]})")
    return Page(papers, "api", skipped), total


def read_ids(body: bytes, wanted: Sequence[str]) -> Page:
    """The page of papers asked for by id; ids that arXiv does not know are among `skipped`."""
    root, entries, total = _read(body)
    if len(entries) != min(total, len(wanted)):
        raise AnswerError(f"the answer has {len(entries)} rows instead of {total}: a partial page")
    papers, skipped = _papers(root, entries)
    got = {paper.id for paper in papers}
    unknown = [f"{text}: arXiv has no such paper" for text in wanted if archives.parse(text).id not in got]
    if any(paper.id not in {archives.parse(text).id for text in wanted} for paper in papers):
        raise AnswerError("the answer has papers that were not asked for")
    return Page(papers, "api", (*skipped, *unknown))


def _read(body: bytes) -> tuple[ElementTree.Element, list[ElementTree.Element], int]:
    """Root, entries and total of a feed that has them; arXiv's own errors are raised as such."""
    root = parse(body)
    if root.tag != f"{_ATOM}feed":
        raise AnswerError(f"the answer is not an Atom feed but <{root.tag.rpartition('}')[2]}>")
    entries = root.findall(f"{_ATOM}entry")
    for entry in entries:
        if "/api/errors" in entry.findtext(f"{_ATOM}id", ""):
            raise AnswerError(f"arXiv refuses: {text_of(entry.findtext(f'{_ATOM}summary'))}", permanent=True)
    total = (root.findtext(f"{_COUNTS}totalResults") or "").strip()
    if not (total.isascii() and total.isdigit()):
        raise AnswerError("the answer does not say how many results there are")
    return root, entries, int(total)


def _papers(root: ElementTree.Element, entries: list[ElementTree.Element]) -> tuple[tuple[Paper, ...], tuple[str, ...]]:
    """Entry by entry, so that a broken one costs itself alone and is told."""
    papers, skipped = [], []
    for entry in entries:
        feed = ElementTree.Element(root.tag)
        feed.append(entry)
        try:
            papers.append(_paper(ElementTree.tostring(feed)))
        except (InputError, ValueError, OverflowError) as error:
            skipped.append(f"{text_of(entry.findtext(f'{_ATOM}id'))[:80] or 'an entry without id'}: {error}")
    return tuple(papers), tuple(skipped)


def _paper(feed: bytes) -> Paper:
    results = _feed.parse(document(feed)).results
    if not results:
        raise ValueError("has no id or no date")
    found = results[0]
    named = archives.parse(found.entry_id)
    title, abstract = text_of(found.title), text_of(found.summary)
    if not title or not abstract:
        raise ValueError(f"has no {'abstract' if title else 'title'}")
    places = dict.fromkeys([found.primary_category, *found.categories])
    return Paper(
        id=named.id,
        title=title,
        abstract=abstract,
        authors=tuple(name for author in found.authors if (name := text_of(author.name))),
        categories=tuple(place for place in places if place),
        published=found.published.date(),
        updated=found.updated.date(),
        version=named.version,
        comment=text_of(found.comment),
    )


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
