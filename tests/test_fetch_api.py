"""The query API: what a good answer is, and what becomes of each bad one."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest

from recommender.errors import FetchError
from recommender.sources.base import Page, Request
from recommender.sources.fetcher import Fetcher
from recommender.sources.gate import Clock
from tests import arxiv_server as play
from tests.arxiv_server import ArxivServer, make_papers

GRAPHS = Request(keywords=("graph",))


class FakeTime:
    """A clock that moves when something sleeps, and remembers how long."""

    def __init__(self, server: ArxivServer) -> None:
        self.slept: list[float] = []
        self.clock = Clock(lambda: server.now.timestamp() + sum(self.slept), lambda: sum(self.slept), self.slept.append)


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    with ArxivServer(make_papers(100)) as server:
        yield server


@pytest.fixture
def time(server: ArxivServer) -> FakeTime:
    return FakeTime(server)


def fetcher(server: ArxivServer, time: FakeTime, **options: object) -> Fetcher:
    return Fetcher(**server.urls, order=("api",), clock=time.clock, random=Random(1), timeout=0.4, **options)  # type: ignore[arg-type]


def ids(pages: list[Page]) -> set[str]:
    return {paper.id for page in pages for paper in page.papers}


def test_a_first_fill_gives_the_newest_papers_of_a_keyword_up_to_the_limit(server: ArxivServer, time: FakeTime) -> None:
    pages = list(fetcher(server, time).fetch(Request(keywords=("graph",), limit=30)))
    truth = [paper for paper in server.papers if "Graph" in paper.title]
    assert [paper for page in pages for paper in page.papers] == sorted(
        truth, key=lambda paper: (paper.date, paper.id), reverse=True
    )[:30]
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (play.empty, "the answer is empty"),
        (play.empty_page, "0 rows instead of 25"),
        (play.partial, "12 rows instead of 25: a partial page"),
        (play.unsorted, "not sorted by date"),
        (play.status(429), "429 Too Many Requests"),
        (play.status(503), "503 Service Unavailable"),
        (play.rate_text, "asked too often"),
        (play.status(406), "406 Not Acceptable"),
        (play.hang, "no complete answer"),
        (play.trickle, "no complete answer"),
        (play.trickle_header, "no complete answer"),
        (play.malformed, "not well-formed XML"),
        (play.truncated, "not well-formed XML"),
        (play.cut_off, "broke off"),
        (play.html, "not an Atom feed but <html>"),
        (play.gigabyte, "more than the 32 MiB"),
        (play.endless, "more than the 32 MiB"),
        (play.bomb, "declares a document type"),
        (play.external_entity, "declares a document type"),
        (play.bad_utf8, "not valid UTF-8"),
        (play.many_rows(1000), "1000 rows instead of 25"),
    ],
)
def test_a_bad_answer_is_asked_again_and_then_named(
    server: ArxivServer, time: FakeTime, fault: play.Fault, says: str
) -> None:
    server.play(fault)
    assert len(ids(list(fetcher(server, time).fetch(GRAPHS)))) == 50
    assert len(server.log) == 2
    assert 2 <= sum(time.slept) <= 6

    server.break_for_good(fault)
    with pytest.raises(FetchError, match=says) as caught:
        list(fetcher(server, time).fetch(GRAPHS))
    assert "\n" not in str(caught.value)
    assert len(server.log) == 2 + 4


def test_an_increment_asks_only_down_to_what_was_seen(server: ArxivServer, time: FakeTime, tmp_path: Path) -> None:
    marks: dict[str, str] = {}
    for page in fetcher(server, time).fetch(Request(categories=("cs.LG",), limit=1000), marks.get):
        marks.update(page.marks)
    server.papers = make_papers(2000, last=date(2026, 11, 23)) + server.papers
    pages = list(fetcher(server, time).fetch(Request(categories=("cs.LG",), limit=1000), marks.get))
    assert len(server.log) == 2
    assert {paper.date for page in pages for paper in page.papers} >= {date(2026, 11, 23), date(2026, 11, 12)}
