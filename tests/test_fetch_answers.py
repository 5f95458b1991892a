"""Every bad answer, alone: it is asked again, named when it stays bad, and never stored."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bench.loopback import arxiv_faults as play
from bench.loopback.arxiv_server import ArxivServer, Fault, make_papers
from bench.loopback.fetch_world import World
from recommender.archives import day_of
from recommender.sources.base import Request, SourceName


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ArxivServer(make_papers(100)) as server:
        yield World(server, tmp_path)


COMMON: list[tuple[Fault, str]] = [
    (play.status(429), "answers 429 Too Many Requests"),
    (play.status(500), "answers 500 Internal Server Error"),
    (play.status(503), "answers 503 Service Unavailable"),
    (play.status(503, Retry_After="20"), "answers 503 Service Unavailable"),
    (play.rate_text, "was asked too often"),
    (play.status(406), "answers 406 Not Acceptable"),
    (play.hang, "no complete answer"),
    (play.trickle, "no complete answer"),
    (play.trickle_header, "no complete answer"),
    (play.malformed, "not well-formed XML"),
    (play.truncated, "not well-formed XML"),
    (play.cut_off, "broke off"),
    (play.html, "<html>"),
    (play.gigabyte, "more than the 2 MiB"),
    (play.endless, "more than the 2 MiB"),
    (play.bomb, "declares a document type"),
    (play.external_entity, "declares a document type"),
    (play.bad_utf8, "not valid UTF-8"),
]
API: list[tuple[Fault, str]] = [
    (play.empty, "the answer is empty"),
    (play.empty_page, "0 rows instead of"),
    (play.partial, "rows instead of"),
    (play.unsorted, "not sorted by date"),
    (play.many_rows(3000), "3000 rows instead of"),
]
OAI: list[tuple[Fault, str]] = [
    (play.no_records, "the answer is empty"),
    (play.oai_error("noRecordsMatch"), "nothing changed since"),
]
CASES = [
    *(("api", fault, says) for fault, says in COMMON + API),
    *(("oai", fault, says) for fault, says in COMMON + OAI),
    *(("rss", fault, says) for fault, says in COMMON),
]


SLOW = (play.hang, play.trickle, play.trickle_header)


@pytest.mark.parametrize(("source", "fault", "says"), CASES)
def test_a_bad_answer_is_asked_again_and_a_good_one_then_counts(
    world: World, source: SourceName, fault: Fault, says: str
) -> None:
    announce_everything(world)
    world.server.play(fault, on=source)
    report = world.one(order=(source,), timeout=1.0 if fault in SLOW else 30.0, limit=2 * 2**20)
    assert report.new > 0
    assert report.requests == len(world.server.log) > 1
    assert says in world.said[0]
    assert 2 <= sum(world.slept) <= 20
    assert set(world.stored()) <= {paper.id for paper in world.truth()}


@pytest.mark.parametrize(("source", "fault", "says"), CASES)
def test_an_answer_that_stays_bad_is_named_and_nothing_of_it_is_stored(
    world: World, source: SourceName, fault: Fault, says: str
) -> None:
    world.server.break_for_good(fault)
    report = world.one(order=(source,), timeout=0.1 if fault in SLOW else 30.0, limit=2 * 2**20)
    assert not report.ok
    assert report.line.startswith(f"Section 1: could not be fetched: {source}: ")
    assert says in report.line
    assert "(asked 4 times)" in report.line
    assert "\n" not in report.line
    assert report.requests == len(world.server.log) == 4
    assert 14 <= sum(world.slept) <= 61
    assert world.stored() == {}


@pytest.mark.parametrize(
    ("fault", "says", "requests"),
    [
        (play.status(400), "answers 400 Bad Request", 1),
        (play.status(403), "403 Forbidden; arXiv blocks clients that ask too much", 1),
        (play.status(404), "answers 404 Not Found", 1),
        (play.status(503, Retry_After="4000"), "503 Service Unavailable and asks to wait 4000 s", 1),
        (play.redirect("http://evil.example/"), "redirects to 'http://evil.example/', which is not followed", 1),
        (play.redirect("https://evil.example/api"), "redirects to 'https://evil.example/api', which is not", 1),
        (play.redirect("https://notarxiv.org/api"), "redirects to 'https://notarxiv.org/api', which is not", 1),
        (play.redirect("http://export.arxiv.org/api"), "redirects to 'http://export.arxiv.org/api', which is not", 1),
        (play.redirect("ftp://export.arxiv.org/api"), "redirects to 'ftp://export.arxiv.org/api', which is not", 1),
        (play.redirect("file:///etc/passwd"), "redirects to 'file:///etc/passwd', which is not followed", 1),
        (play.redirect("http://[nowhere"), "redirects to 'http://[nowhere', which is no address", 1),
        (
            play.redirect("https://evil.example/\u00e9 x"),
            "redirects to 'https://evil.example/%C3%A9%20x', which is not",
            1,
        ),
        (play.redirect(""), "which is not followed", 1),
        (play.circle, "redirects in a circle", 4),
    ],
)
def test_what_asking_again_cannot_mend_is_not_asked_again(world: World, fault: Fault, says: str, requests: int) -> None:
    world.server.break_for_good(fault)
    report = world.one(order=("oai",))
    assert says in report.line
    assert report.requests == len(world.server.log) == requests
    assert world.slept == []
    assert world.stored() == {}


def test_a_redirect_within_the_service_is_followed(world: World) -> None:
    world.server.play(play.moved("/elsewhere"))
    assert world.one(order=("api",)).new == 50
    assert [asked.path for asked in world.server.log] == ["/api/query", "/elsewhere/api/query"]


def test_one_broken_entry_costs_itself_alone_and_is_told(world: World) -> None:
    world.server.play(play.broken_entry)
    report = world.one(order=("api",))
    assert report.line == "Section 1: 49 new; 1 entry could not be read"
    assert "Invalid isoformat string" in report.skipped[0]
    assert report.requests == 1


@pytest.mark.parametrize("source", ["api", "oai", "rss"])
def test_an_id_that_is_none_costs_its_entry_alone_and_is_told(world: World, source: SourceName) -> None:
    announce_everything(world)
    world.server.play(play.no_id, on=source)
    report = world.one(order=(source,))
    assert len(report.skipped) == 1
    assert "is not an arXiv id" in report.skipped[0]
    assert report.new > 3


def test_a_paper_of_a_day_to_come_does_not_make_every_later_answer_look_stale(world: World) -> None:
    world.server.papers.append(replace(world.server.papers[0], id="2611.66666", updated=date(2099, 1, 1)))
    report = world.one(order=("api",))
    assert report.skipped == ("2611.66666: is of 2099-01-01, a day to come",)
    world.later(days=1)
    assert world.one(order=("api",)).ok
    report = world.one(order=("oai",))
    assert report.ok
    assert "a day to come" in report.skipped[0]
    assert max(day_of(paper) for paper in world.stored().values()) == date(2026, 11, 19)


def test_a_feed_of_a_day_to_come_is_refused(world: World) -> None:
    world.server.issue = date(2099, 1, 1)
    assert "the feed is of 2099-01-01, a day to come" in world.one(order=("rss",)).line


@pytest.mark.parametrize("source", ["api", "oai"])
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (play.chunk(b"-5\r\n"), "no HTTP reply"),
        (play.chunk(b"\xff\r\n"), "broke off"),
        (play.nested(50_000), "more elements, or deeper ones"),
        (play.elements(1_100_000), "more elements, or deeper ones"),
        (play.gzipped, "not valid UTF-8"),
        (play.many_versions, "of the answer can"),
        (play.long_titles, "entry of the answer can be read"),
    ],
)
def test_whatever_comes_costs_its_answer_and_not_the_run(
    world: World, source: SourceName, fault: Fault, says: str
) -> None:
    world.server.break_for_good(fault, source)
    report = world.one(order=(source,), limit=32 * 2**20)
    assert not report.ok
    assert says in report.line
    world.server.mend()
    assert world.one(order=(source,)).ok


def test_a_total_of_five_thousand_digits_is_no_total(world: World) -> None:
    world.server.break_for_good(play.replaced(rb"(totalResults>)\d+", rb"\g<1>" + b"9" * 5_000), "api")
    assert "does not say how many results there are" in world.one(order=("api",)).line


def test_what_no_check_foresaw_is_a_bad_answer_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unforeseen(_: bytes) -> None:
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr("recommender.sources.arxiv.api.parse", unforeseen)
    report = world.one(order=("api",))
    assert not report.ok
    assert "cannot be read (RecursionError)" in report.line


@pytest.mark.parametrize("source", ["api", "oai"])
def test_a_version_that_arxiv_cannot_have_does_not_win_for_good(world: World, source: SourceName) -> None:
    world.server.play(play.version(9999), on=source)
    report = world.one(order=(source,))
    assert report.ok
    assert len(report.skipped) == 1
    assert all(paper.version in (1, 2) for paper in world.stored().values())


def test_titles_of_one_bad_answer_do_not_replace_good_ones(world: World) -> None:
    world.one(order=("oai",))
    good = world.stored()
    world.server.play(play.replaced(rb"<title>[^<]*", b"<title>Graph overwritten"), on="oai")
    world.later(days=1)
    assert world.one(order=("oai",)).ok
    assert good.items() <= world.stored().items()


def test_plain_http_is_for_this_machine_alone(world: World) -> None:
    report = world.one(order=("oai",), oai_url="http://oaipmh.arxiv.org/oai")
    assert "'http://oaipmh.arxiv.org/oai?verb=ListRecords" in report.line
    assert "is not https; only this machine may be asked without" in report.line
    assert (report.requests, world.slept) == (0, [])


def test_characters_that_xml_forbids_do_not_cost_a_feed(world: World) -> None:
    world.server.play(play.control_characters)
    report = world.one(order=("api",))
    assert (report.new, report.requests) == (50, 1)
    assert all(paper.title.isprintable() for paper in world.stored().values())


def test_a_long_page_that_keeps_coming_short_is_asked_for_in_shorter_ones(world: World) -> None:
    world.server.break_for_good(play.at_most(60), "api")
    assert world.one(Request(categories=("cs.LG",)), order=("api",)).new == 100
    sizes = [int(asked.query["max_results"]) for asked in world.server.log]
    assert sizes == [200, 100, 50, 200]


def test_an_index_that_has_fallen_back_is_not_believed(world: World) -> None:
    assert world.one(order=("api",)).ok
    world.later(days=3)
    world.server.break_for_good(play.stale(date(2026, 11, 12)), "api")
    report = world.one(order=("api",))
    assert "newest paper is of 2026-11-12, though 2026-11-19 was seen before: a stale answer" in report.line
    assert len(world.stored()) == 50


def test_an_index_that_lags_by_one_announcement_is_nothing_new(world: World) -> None:
    world.one(order=("api",))
    world.later(hours=14)
    world.server.break_for_good(play.stale(date(2026, 11, 18)), "api")
    assert world.one(order=("api",)).line.startswith("Section 1: nothing new")


def test_a_hundred_thousand_rows_where_two_hundred_were_asked_for_are_refused(world: World) -> None:
    world.server.play(play.many_rows(100_000))
    assert world.one(order=("api",), limit=2**27).new == 50
    assert "the answer has 100000 rows instead of 200" in world.said[0]


def test_as_many_records_as_a_harvest_gives_are_read(world: World) -> None:
    world.server.oai_page = 5_000
    world.server.papers = make_papers(5_000, per_day=1_000)
    report = world.one(Request(keywords=("part 3777",), categories=("cs.LG",)), order=("oai",))
    assert (report.new, report.requests) == (1, 1)


def test_a_feed_of_an_older_day_is_stale_even_where_its_items_are_many(world: World) -> None:
    announce_everything(world)
    world.server.break_for_good(play.stale(date(2026, 11, 18)), "rss")
    report = world.one(order=("rss",))
    assert "the feed is of 2026-11-18, though arXiv announced papers on 2026-11-20: a stale feed" in report.line


def test_a_feed_of_today_with_papers_of_yesterday_is_stale(world: World) -> None:
    announce_everything(world)
    world.server.break_for_good(play.old_items, "rss")
    assert "the feed has papers of 2026-11-18: a stale feed" in world.one(order=("rss",)).line


def test_an_empty_feed_is_believed_on_saturday_but_not_on_friday(world: World) -> None:
    assert "the feed is empty on 2026-11-20, a day of announcements" in world.one(order=("rss",)).line
    world.one(order=("api",))
    world.later(days=1)
    assert world.one(order=("rss",)).line == "Section 1: nothing new (arXiv announced nothing since Friday)"


def test_a_token_that_leads_nowhere_ends_the_harvest(world: World) -> None:
    world.server.oai_page = 10
    world.server.break_for_good(play.same_token, "oai")
    assert "the resumption token does not advance" in world.one(order=("oai",)).line


def test_records_older_than_asked_for_show_that_the_date_was_ignored(world: World) -> None:
    world.server.break_for_good(play.old_records, "oai")
    assert (
        "goes back to 2005-09-16, though only records since 2026-11-06 were asked for" in world.one(order=("oai",)).line
    )


def announce_everything(world: World) -> None:
    world.server.announced = {paper.id: "new" for paper in world.server.papers[:20]}


def test_the_request_says_who_asks_and_what_it_takes(world: World) -> None:
    world.one(order=("api",), agent="recommender/1.2", contact="ada@example.org")
    headers = world.server.log[0].headers
    assert headers["User-Agent"] == "recommender/1.2 (mailto:ada@example.org)"
    assert "application/atom+xml" in headers["Accept"]


def test_a_section_asks_in_the_query_for_keywords_and_categories_and_newest_first(world: World) -> None:
    world.one(Request(keywords=("graph", 'masked "auto"encoder'), categories=("cs.LG", "math")), order=("api",))
    query = world.server.log[0].query
    assert query["search_query"] == (
        '((ti:"graph" OR abs:"graph") OR (ti:"masked auto encoder" OR abs:"masked auto encoder"))'
        " AND (cat:cs.LG OR (cat:math OR cat:math.*))"
    )
    assert (query["sortBy"], query["sortOrder"]) == ("lastUpdatedDate", "descending")
