"""From one source to the next, from one day to the next: what a section has afterwards, and what it says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bench.loopback import arxiv_faults as play
from bench.loopback import bag_of_words
from bench.loopback.arxiv_server import ArxivServer, Fault, make_papers
from bench.loopback.fetch_world import GRAPHS, World
from recommender import config
from recommender.archives import day_of
from recommender.library import Recommender
from recommender.sources.base import Request
from recommender.store import Store
from recommender.verbs import fetch as fetching
from recommender.verbs import info

ALL = Request(categories=("cs.LG",), limit=1000)
IMAGES = Request(keywords=("image",), categories=("cs.LG",))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ArxivServer(make_papers(100)) as server:
        yield World(server, tmp_path)


def publish(world: World, count: int, day: date) -> None:
    """More papers, of one day, with ids of their own."""
    fresh = make_papers(count, last=day, per_day=count)
    world.server.papers += [replace(paper, id=f"{day:%y%m}.{day.day:02}{n:03}") for n, paper in enumerate(fresh)]


# -- the three things a line can say --------------------------------------------------------------------------------


def test_a_first_fill_counts_what_is_new(world: World) -> None:
    assert world.one().line == "Section 1: 50 new"
    assert set(world.stored().values()) == set(world.truth())


def test_nothing_new_says_since_when_arxiv_has_been_silent(world: World) -> None:
    world.one()
    world.later(days=2)  # Sunday noon
    report = world.one()
    assert report.line == "Section 1: nothing new (arXiv announced nothing since Friday)"
    assert report.ok


def test_nothing_new_after_an_announcement_says_that_nothing_matched(world: World) -> None:
    world.one()
    world.later(days=3)  # Monday noon; announced on Sunday evening, Eastern
    assert world.one().line == "Section 1: nothing new (no match in what arXiv announced up to Monday)"


def test_a_broken_fetch_says_why_and_which_papers_stay(world: World) -> None:
    world.one()
    world.later(days=1)
    world.server.break_for_good(play.empty, "api")
    world.server.break_for_good(play.status(503), "oai", "rss")
    line = world.one().line
    assert line.startswith("Section 1: could not be fetched: api: the answer is empty;")
    assert line.endswith("; what was fetched on 2026-11-20 stays")
    assert len(world.stored()) == 50


def test_new_and_revised_are_told_apart(world: World) -> None:
    world.one()
    world.later(days=4)
    day = world.now.date() - timedelta(days=1)
    first = world.truth()[0]
    world.server.papers[world.server.papers.index(first)] = replace(first, version=2, updated=day, title="Graph II")
    publish(world, 5, day)
    assert world.one().line == "Section 1: 3 new, 1 revised"
    assert world.stored()[first.id].version == 2
    assert world.stored()[first.id].revised


def test_a_withdrawn_paper_is_known_as_such(world: World) -> None:
    gone = replace(world.truth()[0], version=2, comment="This paper has been withdrawn by the authors")
    world.server.papers.append(replace(gone, id="2611.99999"))
    for source in ("api", "oai"):
        world.run(GRAPHS, order=(source,))
        assert world.stored()["2611.99999"].withdrawn


# -- first fill and daily increment ---------------------------------------------------------------------------------


def test_an_increment_is_a_smaller_request_than_a_first_fill(world: World) -> None:
    world.server.papers = make_papers(1000, per_day=10)
    assert (world.one(ALL).requests, len(world.stored())) == (5, 1000)
    world.later(days=1)
    publish(world, 30, world.now.date() - timedelta(days=1))
    report = world.one(ALL)
    assert (report.requests, report.new) == (1, 30)


def test_an_increment_goes_on_until_it_meets_what_it_knows_however_long_it_was_away(world: World) -> None:
    world.one(Request(categories=("cs.LG",), limit=50))
    world.later(days=60)
    for days in range(60):
        publish(world, 10, world.now.date() - timedelta(days=days))
    report = world.one(Request(categories=("cs.LG",), limit=50))
    assert report.new == 600 + 50  # and the older papers at the edge of what was known
    assert report.requests == 4


def test_a_paper_that_moderation_held_back_for_days_is_still_found(world: World) -> None:
    request = replace(ALL, limit=2000)
    world.server.papers = make_papers(2000, per_day=150)  # so that a page holds less than two days
    world.one(request)
    world.later(days=1)
    held = replace(world.truth()[0], id="2611.77777", published=date(2026, 11, 15), updated=date(2026, 11, 15))
    world.server.papers.append(held)
    assert world.one(request).new == 1


def test_a_record_that_was_missing_for_a_day_is_still_found(world: World) -> None:
    world.one(ALL, order=("oai",))
    world.later(days=1)
    late = replace(world.truth()[0], id="2611.77777", published=date(2026, 11, 17), updated=date(2026, 11, 17))
    world.server.papers.append(late)
    assert world.one(ALL, order=("oai",)).new == 1


def test_another_keyword_is_another_request_and_is_filled_from_the_start(world: World) -> None:
    world.one(GRAPHS)
    assert world.one(IMAGES).new == 50


def test_a_harvest_asks_from_the_last_datestamp_on(world: World) -> None:
    world.one(ALL, order=("oai",))
    world.later(days=1)
    publish(world, 3, date(2026, 11, 20))
    assert world.one(ALL, order=("oai",)).new == 3
    first, last = world.server.log[0].query, world.server.log[-1].query
    assert (first["from"], last["from"]) == ("2026-11-06", "2026-11-18")
    assert (last["set"], last["metadataPrefix"]) == ("cs:cs:LG", "arXivRaw")


# -- from source to source ------------------------------------------------------------------------------------------


def test_a_section_goes_from_the_api_to_a_harvest_to_the_feed(world: World) -> None:
    world.one()
    world.later(hours=13)
    publish(world, 4, date(2026, 11, 20))
    world.server.issue = date(2026, 11, 20)
    world.server.announced = {paper.id: "new" for paper in world.server.papers[-4:]}
    world.server.break_for_good(play.rate_text, "api")
    world.server.break_for_good(play.status(500), "oai")
    report = world.one()
    assert report.ok
    assert report.source == "rss"
    assert report.line.startswith("Section 1: 2 new; through rss, because api: 127.0.0.1:")
    assert [len(world.server.asked(name)) for name in ("api", "oai", "rss")] == [1 + 4, 4, 1]


def test_a_harvest_gives_the_same_papers_as_the_api(world: World, tmp_path: Path) -> None:
    world.server.papers = make_papers(40)
    world.one(order=("api",))
    other = World(world.server, tmp_path / "other")
    other.one(order=("oai",))
    assert other.stored() == world.stored()


def test_after_a_feed_the_api_fills_in_what_the_feed_does_not_say(world: World) -> None:
    world.one()
    world.later(days=3)
    publish(world, 6, date(2026, 11, 20))
    world.server.announced = {paper.id: "new" for paper in world.server.papers[-6:]}
    world.server.break_for_good(play.empty, "api", "oai")
    report = world.one()
    assert (report.source, report.new) == ("rss", 3)
    world.server.mend()
    world.one()
    assert set(world.stored().values()) == set(world.truth())


def test_a_feed_after_a_missed_announcement_gives_its_papers_but_the_section_stays_stale(world: World) -> None:
    world.one()
    world.later(days=5)
    publish(world, 6, date(2026, 11, 24))
    world.server.announced = {paper.id: "new" for paper in world.server.papers[-6:]}
    world.server.break_for_good(play.status(503), "api", "oai")
    report = world.one()
    assert not report.ok
    assert report.new == 3
    assert "could not be fetched, after 3 new had come" in report.line
    assert "what arXiv announced since 2026-11-20 is missing" in report.line


def test_two_feeds_in_a_row_leave_no_gap(world: World) -> None:
    world.one()
    world.server.break_for_good(play.status(503), "api", "oai")
    for days in (3, 1):
        world.later(days=days)
        publish(world, 2, world.now.date() - timedelta(days=1))
        world.server.announced = {paper.id: "new" for paper in world.server.papers[-2:]}
        assert world.one().ok


def test_what_a_source_cannot_express_is_not_its_failure(world: World) -> None:
    world.server.break_for_good(play.status(503), "api")
    report = world.one(Request(keywords=("graph",)))
    assert "oai" not in report.line
    assert [len(world.server.asked(name)) for name in ("api", "oai", "rss")] == [4, 0, 0]
    with Store.open(world.folder) as store:
        assert store.ledger.last("Section 1", ok=False, source="oai") is None


def test_a_keyword_without_categories_is_harvested_from_all_of_arxiv_for_a_few_days(world: World) -> None:
    request = Request(keywords=("graph",))
    world.one(request)
    world.later(days=1)
    publish(world, 4, date(2026, 11, 20))
    world.server.break_for_good(play.status(503), "api")
    report = world.one(request)
    assert (report.source, report.new) == ("oai", 2)
    assert "set" not in world.server.asked("oai")[0].query


def test_one_section_that_fails_leaves_the_others_alone(world: World) -> None:
    world.server.play(*[play.unsorted] * 4)
    first, second = world.run(GRAPHS, IMAGES, order=("api",))
    assert not first.ok
    assert second.line == "Section 2: 50 new"


def test_the_digest_is_told_since_when_a_section_is_stale(world: World) -> None:
    world.one()
    world.server.break_for_good(play.empty)
    for _ in range(2):
        world.later(days=1)
        world.one()
    with Store.open(world.folder) as store:
        since = store.ledger.failing_since("Section 1")
        assert since is not None
        assert since.at.date() == date(2026, 11, 21)
        whole, api, oai, rss = info.health(store)
    assert whole.line == (
        "Section 1: last good 2026-11-20 12:00 UTC from api, 50 new, 0 revised; "
        f"last failure 2026-11-22 12:00 UTC: {whole.bad and whole.bad.detail}"
    )
    assert "api: last good 2026-11-20 12:00 UTC; last failure 2026-11-22 12:00 UTC: the answer is empty" in api.line
    assert (oai.good, rss.good) == (None, None)


# -- sequences and interruptions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "requests"),
    [
        ((None, play.empty_page, play.status(503, Retry_After="7")), 5),
        ((play.status(429), None, play.truncated, None), 5),
        ((play.rate_text, play.partial, play.cut_off, None, None, play.bad_utf8), 7),
        ((None, play.bomb, play.html, play.empty), 6),
    ],
)
def test_faults_in_a_row_cost_time_and_no_paper(world: World, faults: tuple[Fault, ...], requests: int) -> None:
    world.server.papers = make_papers(450)
    world.server.play(*faults)
    report = world.one(ALL, order=("api",))
    assert report.ok
    assert set(world.stored().values()) == set(world.server.papers)
    assert requests <= report.requests <= requests + 4  # a page asked for again is a shorter one


def test_a_fetch_that_breaks_off_goes_on_where_it_was(world: World) -> None:
    world.server.papers = make_papers(900)
    world.server.play(None, None, *[play.status(500)] * 4)
    report = world.one(ALL, order=("api",))
    assert (report.ok, report.new) == (False, 400)
    world.later(hours=1)
    report = world.one(ALL, order=("api",))
    assert (report.ok, report.new, report.requests) == (True, 500, 3)
    assert set(world.stored().values()) == set(world.server.papers)


def test_a_harvest_that_breaks_off_goes_on_with_its_token(world: World) -> None:
    world.server.oai_page = 20
    world.server.play(None, *[play.status(500)] * 4, on="oai")
    assert world.one(ALL, order=("oai",)).new == 20
    world.later(hours=1)
    assert world.one(ALL, order=("oai",)).ok
    assert world.server.asked("oai")[5].query["resumptionToken"] == "2026-11-06|20|cs:cs:LG"
    recent = {paper for paper in world.server.papers if ArxivServer.stamp(paper) >= date(2026, 11, 6)}
    assert set(world.stored().values()) == recent


def test_a_first_harvest_that_failed_is_tried_again_from_the_same_day(world: World) -> None:
    world.server.play(*[play.status(500)] * 4, on="oai")
    assert not world.one(ALL, order=("oai",)).ok
    world.later(days=3)
    assert world.one(ALL, order=("oai",)).ok
    assert {asked.query.get("from", "2026-11-06") for asked in world.server.log} == {"2026-11-06"}


@pytest.mark.parametrize("days", [0, 3])
def test_an_expired_token_begins_the_harvest_again(world: World, days: int) -> None:
    world.server.oai_page = 20
    world.server.play(None, *[play.status(500)] * 4, on="oai")
    world.one(ALL, order=("oai",))
    world.later(days=days)
    if not days:
        world.server.play(play.oai_error("badResumptionToken"), on="oai")
    assert world.one(ALL, order=("oai",)).ok
    assert len(world.stored()) == len([p for p in world.server.papers if ArxivServer.stamp(p) >= date(2026, 11, 6)])


def test_ctrl_c_keeps_the_pages_that_had_come(world: World) -> None:
    world.server.papers = make_papers(900)
    fetcher = world.fetcher(("api",))
    pages = fetcher.fetch(ALL)
    with Store.open(world.folder, write=True) as store:
        for page in (next(pages), next(pages)):
            store.add(page.papers, bag_of_words.encode, encoder=bag_of_words.IDENTITY, today=world.now.date())
            for name, value in page.cursors.items():
                store.ledger.set_cursor(name, value)
    del pages  # what an interrupt leaves behind
    report = world.one(ALL, order=("api",))
    assert (report.new, report.requests) == (500, 3)
    assert set(world.stored().values()) == set(world.server.papers)


# -- what config.toml asks for --------------------------------------------------------------------------------------


def test_every_section_and_every_category_is_a_target(tmp_path: Path) -> None:
    table = {
        "sections": [
            {"title": "Graphs"},
            {"title": "Vision", "keywords": [], "categories": ["cs.CV"]},
            {"title": "Both", "keywords": ["a", "b"], "categories": ["math"]},
            {"title": "What is there", "keywords": []},
        ],
        "fetch": {"categories": ["cs.LG", "math"], "first_fill": 50},
    }
    found = fetching.targets(config.parse(table, folder=tmp_path))
    assert [(target.title, target.request.keywords, target.request.categories) for target in found] == [
        ("Graphs", ("Graphs",), ()),
        ("Vision", (), ("cs.CV",)),
        ("Both", ("a", "b"), ("math",)),
        ("categories cs.LG", (), ("cs.LG",)),
        ("categories math", (), ("math",)),
    ]
    assert {target.request.limit for target in found} == {50}
    assert [target.order[0] for target in found] == ["api", "api", "api", "oai", "oai"]


def test_papers_by_id_come_with_a_reason_for_those_that_do_not(world: World) -> None:
    known = [paper.id for paper in world.server.papers[:3]]
    with Recommender(config.Config(world.folder), write=True) as library:
        papers, skipped = fetching.fetch_ids(library, [*known, "arXiv:2611.88888v2", known[0]], world.fetcher())
        assert library.search(world.server.papers[0].title, 1)[0].paper.id in known
    assert [paper.id for paper in papers] == known
    assert skipped == ["2611.88888v2: arXiv has no such paper"]


HARVEST = Request(categories=("cs.LG",))


def test_a_harvest_most_of_whose_records_cannot_be_read_is_no_progress(world: World, tmp_path: Path) -> None:
    world.server.break_for_good(play.unreadable(0.96), "oai")
    report = world.one(HARVEST, order=("oai",))
    assert not report.ok
    assert "entries of the answer cannot be read" in report.line
    world.server.mend()
    world.later(days=3)
    assert world.one(HARVEST, order=("oai",)).ok
    lucky = World(world.server, tmp_path / "lucky")
    assert lucky.one(HARVEST, order=("oai",)).ok
    assert world.stored().items() >= lucky.stored().items()


def test_a_record_that_could_not_be_read_is_asked_for_again(world: World) -> None:
    assert world.one(HARVEST, order=("oai",)).ok
    world.later(days=1)
    publish(world, 5, date(2026, 11, 20))
    world.server.play(play.replaced(rb"<abstract>[^<]*", b"<abstract>", 1), on="oai")
    report = world.one(HARVEST, order=("oai",))
    assert len(report.skipped) == 1
    lost = report.skipped[0].partition(": ")[0].rpartition(":")[2]
    world.later(days=6)
    publish(world, 3, date(2026, 11, 26))
    assert world.one(HARVEST, order=("oai",)).ok
    assert lost in world.stored()


def test_a_token_that_the_service_does_not_know_is_forgotten(world: World) -> None:
    world.server.oai_page = 10
    world.server.play(play.token("\u20ac|x|<"), play.status(400), play.status(500), on="oai")
    bad: list[Fault | None] = [play.token("nonsense"), play.status(400), play.token("nonsense")]
    world.server.faults["oai"] = [*bad, *[play.status(400)] * 5]
    assert not world.one(HARVEST, order=("oai",)).ok
    world.server.mend()
    world.server.play(play.status(400), on="oai")
    report = world.one(HARVEST, order=("oai",))
    assert report.ok, report.line
    assert "resumptionToken" not in world.server.asked("oai")[-report.requests + 1].query


@pytest.mark.parametrize("gone", ["revised out of the topic", "removed"])
def test_a_topic_whose_newest_paper_has_left_it_is_stale_for_days_but_not_for_ever(world: World, gone: str) -> None:
    paper = replace(world.truth()[0], id="2611.99999", updated=date(2026, 11, 20), published=date(2026, 11, 20))
    world.server.papers = [paper, *(old for old in world.server.papers if day_of(old) < date(2026, 11, 12))]
    assert world.one(order=("api",)).ok
    world.server.papers.remove(paper)
    if gone == "revised out of the topic":
        world.server.papers.append(replace(paper, title="Trees", abstract="Trees.", version=2))
    world.later(days=1)
    assert "a stale answer" in world.one(order=("api",)).line, "an index that fell back looks the same"
    world.later(days=6)
    assert not world.one(order=("api",)).ok
    world.later(days=1)
    assert world.one(order=("api",)).ok
    world.later(days=1)
    assert world.one(order=("api",)).ok


def test_an_index_that_fell_back_and_comes_up_again_is_doubted_anew(world: World) -> None:
    world.one(order=("api",))
    for _ in range(2):
        world.later(days=5)
        world.server.break_for_good(play.stale(date(2026, 11, 10)), "api")
        assert not world.one(order=("api",)).ok
        world.server.mend()
        assert world.one(order=("api",)).ok


def test_a_topic_with_a_paper_now_and_then_is_believed_after_two_months(world: World) -> None:
    world.one(order=("api",))
    world.server.papers = [old for old in world.server.papers if day_of(old) < date(2026, 11, 12)]
    world.later(days=60)
    assert world.one(order=("api",)).ok
