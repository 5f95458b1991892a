"""One request every three seconds over one connection, for all processes; Retry-After; the time a run may take."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bench.loopback import arxiv_faults as play
from bench.loopback.arxiv_server import ArxivServer, make_papers, refused_address
from bench.loopback.fetch_world import FakeTime, World
from recommender.sources.base import AnswerError, Request
from recommender.sources.chain import Fetcher
from recommender.sources.web.gate import Budget, BudgetError, Gate

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVERYTHING = Request(categories=("cs.LG",), limit=1000)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ArxivServer(make_papers(700)) as server:
        yield World(server, tmp_path)


def test_requests_keep_three_seconds_apart_whatever_they_ask(world: World, tmp_path: Path) -> None:
    reports = world.run(EVERYTHING, Request(keywords=("image",)), interval=3.0, folder=tmp_path)
    assert sum(report.requests for report in reports) == 6
    assert world.slept == [pytest.approx(3.0, abs=0.01)] * 5


def test_a_service_on_this_machine_is_asked_without_pauses(world: World) -> None:
    world.one(EVERYTHING)
    assert world.slept == []


def test_arxiv_itself_is_never_asked_without_the_gate(world: World, tmp_path: Path) -> None:
    fetcher = Fetcher(
        api_url=f"{world.server.url}/api/query",
        oai_url="https://oaipmh.arxiv.org/oai",
        rss_url="https://rss.arxiv.org/rss",
        clock=FakeTime(NOW).clock,
        folder=tmp_path,
    )
    list(fetcher.fetch(EVERYTHING))
    assert (tmp_path / "arxiv.json").exists()


PROCESS = """
import sys
from pathlib import Path
from typing import Any
from recommender.sources.base import AnswerError, Request
from recommender.sources.chain import Fetcher

url, folder = sys.argv[1:]
fetcher = Fetcher(
    api_url=url + "/api/query", oai_url=url + "/oai", rss_url=url + "/rss", interval=0.15, folder=Path(folder)
)
assert sum(len(page.papers) for page in fetcher.fetch(Request(categories=("cs.LG",), limit=1000))) == 700
"""


def test_two_processes_share_one_pace(world: World, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, world.server.url, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=Path(__file__).parent.parent) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    times = sorted(asked.at for asked in world.server.log)
    assert len(times) == 8
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.15


def test_a_process_that_was_killed_in_its_turn_holds_nobody_up(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from recommender.sources.web.gate import *\n"
        "clock = Clock(); gate = Gate(Path(sys.argv[1]), clock)\n"
        "with gate.turn('export.arxiv.org', Budget(60, clock)): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parent.parent, check=False)
    assert killed.returncode == -9
    time = FakeTime(datetime.now(UTC))
    with Gate(tmp_path, time.clock).turn("export.arxiv.org", Budget(60, time.clock)):
        assert 0 < sum(time.slept) <= 3


def test_who_holds_the_gate_is_waited_for_no_longer_than_the_budget(tmp_path: Path) -> None:
    time = FakeTime(NOW)
    with Gate(tmp_path, time.clock).turn("a", Budget(60, time.clock)), pytest.raises(BudgetError):
        Gate(tmp_path, time.clock)._acquire(Budget(10, time.clock))
    assert sum(time.slept) == pytest.approx(10, abs=0.5)


@pytest.mark.parametrize("written", ["", "null", "[]", "{", '{"": "soon"}', '{"": 9e99, "a": 9e99}'])
def test_a_damaged_time_stamp_costs_at_most_one_pause(tmp_path: Path, written: str) -> None:
    (tmp_path / "arxiv.json").write_text(written)
    time = FakeTime(NOW)
    with Gate(tmp_path, time.clock).turn("a", Budget(60, time.clock)):
        assert sum(time.slept) <= 3


@pytest.mark.parametrize(
    "after", ["40", format_datetime(datetime(2026, 11, 20, 12, 0, 40, tzinfo=UTC)), "Fri, 20 Nov 2026 12:00:40 GMT"]
)
def test_retry_after_is_waited_for_as_a_number_and_as_a_date(world: World, after: str) -> None:
    world.server.play(play.status(503, Retry_After=after))
    assert world.one(order=("api",)).new == 300
    assert world.slept == [pytest.approx(40)]


@pytest.mark.parametrize("after", ["", "soon", "-5", "1e9", "٣"])
def test_a_retry_after_that_says_nothing_is_a_pause_like_any_other(world: World, after: str) -> None:
    world.server.play(play.status(503, Retry_After=after.encode().decode("latin-1")))
    assert world.one(order=("api",)).new == 300
    assert 2 <= sum(world.slept) <= 6


def test_a_long_retry_after_sends_us_elsewhere_and_binds_every_process(world: World, tmp_path: Path) -> None:
    world.server.play(play.status(429, Retry_After="1800"))
    elsewhere = world.server.urls["oai_url"].replace("127.0.0.1", "localhost")
    report = world.one(interval=3.0, folder=tmp_path, oai_url=elsewhere)
    assert report.source == "oai"
    assert "429 Too Many Requests and asks to wait 1800 s" in report.reason
    assert sum(world.slept) < 30

    other = world.fetcher(("api",), interval=3.0, folder=tmp_path)
    with pytest.raises(Exception, match=r"asked for no requests in the next 1[78]\d\d s"):
        list(other.fetch(EVERYTHING))
    assert other.requests == 0
    world.later(minutes=31)
    assert sum(len(page.papers) for page in world.fetcher(("api",), interval=3.0, folder=tmp_path).fetch(EVERYTHING))


def test_pauses_grow_and_are_never_the_same(world: World) -> None:
    world.server.break_for_good(play.status(503))
    world.one(order=("api",))
    first, second, third = world.slept
    assert 2 <= first <= 6
    assert 4 <= second <= 12
    assert 8 <= third <= 24
    assert len({first, second / 2, third / 4}) == 3


def test_a_service_that_was_down_is_probed_once_by_the_sections_after(world: World) -> None:
    world.server.break_for_good(play.status(503), "api")
    reports = world.run(Request(("graph",)), Request(("image",)), Request(("part",)), order=("api",))
    assert [report.requests for report in reports] == [4, 1, 1]


def test_a_service_that_recovers_gets_all_its_tries_again(world: World) -> None:
    world.server.play(*[play.status(503)] * 4, None, play.status(503))
    reports = world.run(Request(("graph",)), Request(("image",)), Request(("part",)), order=("api",))
    assert [report.ok for report in reports] == [False, True, True]
    assert [report.requests for report in reports] == [4, 4, 2]


def test_the_budget_bounds_the_run_and_names_the_way_out(world: World) -> None:
    world.server.break_for_good(play.status(503, Retry_After="50"))
    reports = world.run(Request(("graph",)), Request(("image",)), budget=120.0)
    assert sum(world.slept) <= 120
    for report in reports:
        assert not report.ok
        assert "the 120 s that a run may fetch for are used up; run again to go on" in report.line


def test_without_a_network_a_run_ends_soon_and_says_what_to_look_at(world: World, tmp_path: Path) -> None:
    address = refused_address()
    urls: dict[str, Any] = {"api_url": f"{address}/a", "oai_url": f"{address}/b", "rss_url": f"{address}/c"}
    first, second = world.run(
        Request(("graph",), ("cs.LG",)), Request(("image",)), interval=3.0, folder=tmp_path, **urls
    )
    assert first.line.startswith(
        "Section 1: could not be fetched: arXiv cannot be reached, is this machine online? (127.0.0.1:"
    )
    assert (first.requests, second.requests) == (0, 0)
    assert sum(world.slept) < 5
    assert world.stored() == {}


def test_a_name_that_is_not_known_is_told_as_such(world: World, tmp_path: Path) -> None:
    report = world.one(order=("api",), api_url="https://no-such-host.invalid/api", folder=tmp_path)
    assert "no-such-host.invalid is not found: no network, or no name server" in report.line


def test_a_server_that_goes_away_between_two_pages_loses_no_page(world: World) -> None:
    world.server.play(None, play.and_die)
    report = world.one(EVERYTHING, order=("api",))
    assert report.new == 200
    assert report.line.startswith("Section 1: could not be fetched, after 200 new had come: api: ")
    assert len(world.stored()) == 200


def test_a_lock_that_cannot_be_written_is_told_with_its_path(tmp_path: Path) -> None:
    time = FakeTime(NOW)
    (tmp_path / "arxiv.lock").mkdir()
    with pytest.raises(Exception, match=r"arxiv.lock: cannot be locked .*; set XDG_CACHE_HOME"):
        Gate(tmp_path, time.clock)._acquire(Budget(10, time.clock))


def test_a_budget_is_not_overdrawn() -> None:
    time = FakeTime(NOW)
    budget = Budget(5, time.clock)
    budget.wait(3)
    assert budget.left == 2
    with pytest.raises(BudgetError):
        budget.wait(3)
    assert time.slept == [3]


def test_a_request_that_never_left_takes_no_other_process_its_pause(world: World, tmp_path: Path) -> None:
    time = FakeTime(NOW)
    gate = Gate(tmp_path, time.clock)

    with pytest.raises(AnswerError), gate.turn("a", Budget(60, time.clock)):
        raise AnswerError("cannot be reached", offline=True)
    with gate.turn("a", Budget(60, time.clock)):
        assert time.slept == [], "nobody was asked, so nobody needs a pause"
    with pytest.raises(AnswerError), gate.turn("a", Budget(60, time.clock)):
        raise AnswerError("the connection broke off")
    begun = sum(time.slept)
    with gate.turn("a", Budget(60, time.clock)):
        assert sum(time.slept) - begun == pytest.approx(3, abs=0.1)
    assert not hasattr(gate, "reopen"), "a pause is written by who holds the turn, and by nobody else"


def test_a_connection_that_breaks_in_the_answer_was_a_request(world: World, tmp_path: Path) -> None:
    world.server.play(play.hang_up, play.cut_off)
    world.one(order=("api",), interval=3.0, folder=tmp_path)
    assert sum(pause > 1 for pause in world.slept) >= 2
