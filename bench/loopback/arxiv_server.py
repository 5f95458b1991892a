"""arXiv on loopback: a real HTTP server that speaks the API, OAI-PMH and RSS over a given set of papers.

It answers as arXiv does (shapes taken from recorded replies) until told otherwise: `server.play(fault, ...)` makes the
next replies go wrong, one fault a request, `None` for a good one. Every request is logged with its time and headers.
"""

import contextlib
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

from recommender.archives import day_of
from recommender.paper import Paper

Fault = Callable[["Handler", bytes], None]
"""Sends a reply in place of the good body it is given."""

ATOM = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
 xmlns="http://www.w3.org/2005/Atom">
<id>https://arxiv.org/api/x</id><title>arXiv Query</title><updated>2026-11-20T00:00:00Z</updated>
<opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>
<opensearch:totalResults>{total}</opensearch:totalResults>
<opensearch:startIndex>{start}</opensearch:startIndex>
{entries}
</feed>"""

OAI = """<?xml version='1.0' encoding='UTF-8'?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>{now}</responseDate>
<request verb="ListRecords">http://oaipmh.arxiv.org/oai</request>
{content}
</OAI-PMH>"""

RSS = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>
<title>updates on arXiv.org</title><link>http://rss.arxiv.org/rss</link><description>updates</description>
<language>en-us</language><lastBuildDate>{built}</lastBuildDate><pubDate>{issue}</pubDate>
{items}
</channel></rss>"""


def entry(paper: Paper) -> str:
    """A paper as the API gives it."""
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in paper.authors)
    places = "".join(f'<category term="{name}" scheme="http://arxiv.org/schemas/atom"/>' for name in paper.categories)
    comment = f"<arxiv:comment>{escape(paper.comment)}</arxiv:comment>" if paper.comment else ""
    return (
        f"<entry><id>http://arxiv.org/abs/{paper.id}v{paper.version or 1}</id><title>{escape(paper.title)}</title>"
        f"<updated>{paper.updated}T17:00:00Z</updated><summary>{escape(paper.abstract)}</summary>{places}"
        f"<published>{paper.published}T17:00:00Z</published>{comment}"
        f'<arxiv:primary_category term="{paper.categories[0]}"/>{authors}</entry>'
    )


def feed(papers: Iterable[Paper], *, total: int, start: int = 0, size: int = 200) -> bytes:
    """A page of the API."""
    return ATOM.format(total=total, start=start, size=size, entries="\n".join(map(entry, papers))).encode()


def record(paper: Paper, stamp: date) -> str:
    """A paper as OAI-PMH gives it in the arXivRaw format."""
    at = [paper.published] + [paper.updated] * ((paper.version or 1) - 1)
    versions = "".join(
        f'<version version="v{number}"><date>{day:%a, %d %b %Y} 17:00:00 GMT</date></version>'
        for number, day in enumerate(at, 1)
    )
    comments = f"<comments>{escape(paper.comment)}</comments>" if paper.comment else ""
    return (
        f"<record><header><identifier>oai:arXiv.org:{paper.id}</identifier><datestamp>{stamp}</datestamp></header>"
        f'<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{paper.id}</id>{versions}'
        f"<title>{escape(paper.title)}</title><authors>{escape(', '.join(paper.authors))}</authors>"
        f"<categories>{' '.join(paper.categories)}</categories>{comments}<abstract>{escape(paper.abstract)}</abstract>"
        "</arXivRaw></metadata></record>"
    )


def item(paper: Paper, kind: str, day: str) -> str:
    """A paper as an announcement feed gives it."""
    places = "".join(f"<category>{name}</category>" for name in paper.categories)
    return (
        f"<item><title>{escape(paper.title)}</title><link>https://arxiv.org/abs/{paper.id}</link>"
        f"<description>arXiv:{paper.id}v{paper.version or 1} Announce Type: {kind} \nAbstract: "
        f"{escape(paper.abstract)}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{paper.id}v{paper.version or 1}</guid>{places}'
        f"<pubDate>{day}</pubDate>"
        f"<arxiv:announce_type>{kind}</arxiv:announce_type>"
        f"<dc:creator>{escape(', '.join(paper.authors))}</dc:creator></item>"
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived."""

    at: float
    "seconds on the steady clock"
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class ArxivServer:
    """The state of the pretended arXiv; use as a context manager."""

    papers: list[Paper] = field(default_factory=list)
    now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
    oai_page: int = 50
    announced: dict[str, str] = field(default_factory=dict)
    "announce type by id, for the RSS feed; papers not named are not in it"
    issue: date | None = None
    "the day the RSS feed says it is of; None: today"

    def __post_init__(self) -> None:
        self.log: list[Asked] = []
        self.faults: dict[str, list[Fault | None]] = {}
        self.always: dict[str, Fault] = {}
        self.closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.arxiv = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> "ArxivServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """Stop answering: from now on connections are refused."""
        if not self.closing.is_set():
            self.closing.set()
            self._http.shutdown()
            self._http.server_close()
            self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def urls(self) -> dict[str, str]:
        """The three addresses, as a `Fetcher` wants them."""
        return {"api_url": f"{self.url}/api/query", "oai_url": f"{self.url}/oai", "rss_url": f"{self.url}/rss"}

    def play(self, *faults: Fault | None, on: str = "api") -> None:
        """Let the next replies of a service go wrong, in this order; None is a good reply."""
        self.faults.setdefault(on, []).extend(faults)

    def break_for_good(self, fault: Fault, *services: str) -> None:
        """Let every reply of these services go wrong; of all services where none is named."""
        for service in services or ("api", "oai", "rss"):
            self.always[service] = fault

    def mend(self) -> None:
        """Answer well again."""
        self.faults.clear()
        self.always.clear()

    def asked(self, service: str) -> list[Asked]:
        """The requests that a service got."""
        return [asked for asked in self.log if asked.path.startswith(f"/{service}")]

    def answer(self, path: str, query: Mapping[str, str]) -> bytes:
        """The good reply."""
        if "/api/query" in path:
            return self._api(query)
        return self._oai(query) if "/oai" in path else self._rss(path)

    def _api(self, query: Mapping[str, str]) -> bytes:
        start, size = int(query["start"]), int(query["max_results"])
        if query.get("id_list"):
            wanted = [re.sub(r"v\d+$", "", text) for text in query["id_list"].split(",")]
            found = [paper for paper in self.papers if paper.id in wanted]
        else:
            found = sorted(
                self._search(query["search_query"]), key=lambda paper: (day_of(paper), paper.id), reverse=True
            )
        return feed(found[start : start + size], total=len(found), start=start, size=size)

    def _search(self, query: str) -> list[Paper]:
        phrases = re.findall(r'ti:"([^"]*)"', query)
        places = re.findall(r"cat:([\w.-]+)", query)
        return [
            paper
            for paper in self.papers
            if (not phrases or any(text.lower() in f"{paper.title} {paper.abstract}".lower() for text in phrases))
            and (not places or any(have == want for have in paper.categories for want in places))
        ]

    def _oai(self, query: Mapping[str, str]) -> bytes:
        if "resumptionToken" in query:
            first, start, place = [*query["resumptionToken"].split("|"), "0", ""][:3]
        else:
            first, start, place = query.get("from", "2005-09-16"), "0", query.get("set", "")
        category = place.rpartition(":")[2] if place.count(":") == 2 else ""
        known = [(self.stamp(paper), paper) for paper in self.papers]
        found = sorted(
            ((day, paper) for day, paper in known if str(day) >= first and self._in_set(paper, place, category)),
            key=lambda pair: (pair[0], pair[1].id),
        )
        page = found[int(start) : int(start) + self.oai_page]
        if not page:
            return self.oai('<error code="noRecordsMatch"/>')
        rest = int(start) + len(page)
        token = f"{first}|{rest}|{place}" if rest < len(found) else ""
        records = "".join(record(paper, day) for day, paper in page)
        return self.oai(f"<ListRecords>{records}<resumptionToken>{token}</resumptionToken></ListRecords>")

    @staticmethod
    def stamp(paper: Paper) -> date:
        """When OAI-PMH says that a paper last changed: the day after."""
        return day_of(paper) + timedelta(days=1)

    @staticmethod
    def _in_set(paper: Paper, place: str, category: str) -> bool:
        archive = place.split(":")[-1] if place.count(":") < 2 else place.split(":")[1]
        if not place:
            return True
        if category and category != archive:
            return any(name == f"{archive}.{category}" for name in paper.categories)
        return any(name == archive or name.startswith(f"{archive}.") for name in paper.categories)

    def oai(self, content: str) -> bytes:
        return OAI.format(now=self.now.strftime("%Y-%m-%dT%H:%M:%SZ"), content=content).encode()

    def _rss(self, path: str) -> bytes:
        places = urllib.parse.unquote(path.rpartition("/")[2]).split("+")
        issue = self.issue or self.now.date()
        day = f"{issue:%a, %d %b %Y} 00:00:00 -0500"
        items = [
            item(paper, self.announced[paper.id], day)
            for paper in self.papers
            if paper.id in self.announced
            and any(have == want or have.startswith(f"{want}.") for have in paper.categories for want in places)
        ]
        return RSS.format(built=format_datetime(self.now), issue=day, items="\n".join(items)).encode()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    @property
    def arxiv(self) -> ArxivServer:
        return self.server.arxiv  # type: ignore[attr-defined, no-any-return]

    def do_GET(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        service = parts.path.split("/")[1]
        self.arxiv.log.append(Asked(time.monotonic(), parts.path, query, dict(self.headers)))
        queue = self.arxiv.faults.get(service)
        fault = queue.pop(0) if queue else self.arxiv.always.get(service)
        good = self.arxiv.answer(parts.path, query)
        with contextlib.suppress(ConnectionError):
            if fault is None:
                self.reply(good)
            else:
                fault(self, good)

    def reply(self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def make_papers(
    count: int, *, last: date = date(2026, 11, 19), per_day: int = 4, category: str = "cs.LG"
) -> list[Paper]:
    """Papers that are each other's neighbours in time: every fifth revised, `graph` in the title of every second."""
    papers = []
    for number in range(count):
        day = last - timedelta(days=number // per_day)
        revised = number % 5 == 4
        papers.append(
            Paper(
                id=f"{day:%y%m}.{10000 + number:05d}",
                title=f"{'Graph' if number % 2 == 0 else 'Image'} learning, part {number}",
                abstract=f"We study things & more, part {number} of <many>.",
                authors=(f"Ada Author{number}", "Bo Writer"),
                categories=(category, "stat.ML") if number % 3 == 0 else (category,),
                published=day - timedelta(days=40) if revised else day,
                updated=day,
                version=2 if revised else 1,
                comment="12 pages" if number % 7 == 0 else "",
            )
        )
    return papers


def refused_address() -> str:
    """An address of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
