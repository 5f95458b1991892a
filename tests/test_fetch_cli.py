"""`recommend fetch`, `update` and `info` before an arXiv that works, fails and comes back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.loopback import arxiv_faults as play
from bench.loopback.arxiv_server import ArxivServer, make_papers
from recommender.fronts.cli import main

FRIDAY = 1795176000
"""2026-11-20 12:00 UTC"""
CONFIG = """
[[sections]]
title = "Graphs"
keywords = ["graph"]
categories = ["cs.LG"]

[[sections]]
title = "Images"
keywords = ["image"]
categories = ["cs.LG"]

[fetch]
api_url = "{api_url}"
oai_url = "{oai_url}"
rss_url = "{rss_url}"
"""


@pytest.fixture
def arxiv(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArxivServer]:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(FRIDAY))
    with ArxivServer(make_papers(60)) as server:
        (home / "config.toml").write_text(CONFIG.format(**server.urls), encoding="utf-8")
        yield server


def recommend(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_a_run_ends_with_a_line_for_each_section_and_the_number_of_requests(arxiv: ArxivServer) -> None:
    result = recommend("fetch")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Graphs: 30 new",
        "Images: 30 new",
        "2 requests to arXiv; 5,060 papers stored",
    ]
    assert recommend("fetch").stdout.splitlines()[:2] == [
        "Graphs: nothing new (arXiv announced nothing since Friday)",
        "Images: nothing new (arXiv announced nothing since Friday)",
    ]


def test_an_update_writes_what_came_into_the_digest(arxiv: ArxivServer, home: Path) -> None:
    arxiv.papers.append(replace(arxiv.papers[0], id="2611.55555", title="Graph neural networks for graphs of graphs"))
    assert recommend("update").exit_code == 0
    assert "Graph neural networks for graphs of graphs" in (home / "README.md").read_text(encoding="utf-8")


def test_strict_exits_with_3_after_the_digest_and_keeps_the_papers(arxiv: ArxivServer, home: Path) -> None:
    assert recommend("update", "--strict").exit_code == 0
    before = (home / "README.md").read_text(encoding="utf-8")
    arxiv.break_for_good(play.status(404))
    assert recommend("update").exit_code == 0
    result = recommend("update", "--strict")
    assert result.exit_code == 3
    assert "Graphs: could not be fetched: api: " in result.stdout
    after = (home / "README.md").read_text(encoding="utf-8")
    assert "Out of date since 2026-11-20" in after
    assert [line for line in before.splitlines() if line.startswith("| **")] == [
        line for line in after.splitlines() if line.startswith("| **")
    ]


def test_a_fetch_where_nothing_worked_is_a_failure(arxiv: ArxivServer) -> None:
    arxiv.break_for_good(play.status(404))
    result = recommend("fetch")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    arxiv.mend()
    assert recommend("fetch", "--strict").exit_code == 0


def test_info_tells_what_worked_last_and_what_failed_why(arxiv: ArxivServer) -> None:
    recommend("fetch")
    arxiv.break_for_good(play.status(404), "api")
    recommend("fetch")
    lines = recommend("info").stdout.splitlines()
    assert any("Graphs: last good 2026-11-20 12:00 UTC from oai, 0 new, 0 revised" in line for line in lines)
    assert any(
        "api: last good 2026-11-20 12:00 UTC; last failure 2026-11-20 12:00 UTC: 127.0.0.1:" in line
        and "answers 404 Not Found" in line
        for line in lines
    )


def test_a_paper_is_fetched_by_its_id_and_then_found(arxiv: ArxivServer) -> None:
    wanted = arxiv.papers[7]
    result = recommend("fetch", "--id", f"https://arxiv.org/abs/{wanted.id}v1", "--id", "2611.00001")
    assert result.exit_code == 0
    assert result.stdout == f"{wanted.id}: {wanted.title}\n"
    assert "skipped 2611.00001: arXiv has no such paper" in result.stderr
    assert recommend("similar", wanted.id, "-n", "1").exit_code == 0


def test_what_is_no_id_is_not_asked_for(arxiv: ArxivServer) -> None:
    result = recommend("fetch", "--id", "../../etc/passwd")
    assert result.exit_code == 1
    assert "is not an arXiv id; expected e.g. 2407.16658" in result.stderr
    assert arxiv.log == []


def test_a_terminal_is_never_steered_by_what_arxiv_sends(arxiv: ArxivServer) -> None:
    arxiv.break_for_good(play.oai_error("bad\x1b]0;x\x07"), "oai")
    arxiv.break_for_good(play.status(404), "api", "rss")
    assert "\x1b" not in recommend("fetch").output


def test_whole_categories_are_harvested(arxiv: ArxivServer, home: Path) -> None:
    with (home / "config.toml").open("a") as file:
        file.write('categories = ["stat.ML"]\n')
    result = recommend("fetch")
    assert "categories stat.ML: nothing new" in result.stdout
    assert arxiv.asked("oai")[0].query["set"] == "stat:stat:ML"
    assert arxiv.asked("oai")[0].query["from"] == str(date(2026, 11, 6))


def test_nothing_configured_is_told_before_anything_is_asked(arxiv: ArxivServer, home: Path) -> None:
    (home / "config.toml").write_text("", encoding="utf-8")
    result = recommend("fetch")
    assert result.exit_code == 1
    assert "nothing to fetch: config.toml has no [[sections]] and no `categories` in [fetch]" in result.stderr


def test_strict_holds_for_papers_by_id_too(arxiv: ArxivServer) -> None:
    wanted = arxiv.papers[7].id
    assert recommend("fetch", "--id", wanted, "--strict").exit_code == 0
    assert recommend("fetch", "--id", wanted, "--id", "2611.00001").exit_code == 0
    assert recommend("fetch", "--id", wanted, "--id", "2611.00001", "--strict").exit_code == 3
    arxiv.break_for_good(play.status(404))
    assert recommend("fetch", "--id", wanted, "--strict").exit_code == 3
    assert recommend("fetch", "--id", wanted).exit_code == 1
