"""Feeds: valid by their specifications, told apart by stable ids, unchanged while the papers are."""

import json
import time
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from typing import Any

import feedparser
import pytest

from recommender.digest import feeds
from recommender.digest.model import Digest, Row, Section
from recommender.paper import Paper, Scored
from tests.helpers.github import HOSTILE

TODAY = date(2025, 11, 14)
YESTERDAY = TODAY - timedelta(days=1)
URL = "https://example.org/papers/feeds/"


def row(number: int, *, since: date = TODAY, **fields: Any) -> Row:
    known: dict[str, Any] = {"title": f"Paper {number}", "abstract": "About it.", "updated": YESTERDAY, "version": 1}
    return Row(Scored(Paper(f"2511.{number:05}", **known | fields), 0.5, 90.0), since=since)


def section(title: str, *rows: Row) -> Section:
    return Section(title, title, rows)


BOTH = row(2, authors=("Ada Lovelace",), categories=("cs.DS", "math.CO"))
DIGEST = Digest(
    TODAY,
    (
        section("Graphs", row(1, since=YESTERDAY), BOTH),
        section("Trees & <Forests>", BOTH, row(3, version=3, published=date(2024, 1, 2), comment="9 pages")),
    ),
)


def atom(text: str) -> Any:
    found = feedparser.parse(text.encode())
    assert not found.bozo, found.bozo_exception
    assert found.version == "atom10"
    return found


def test_there_is_a_pair_for_each_section_and_one_for_all() -> None:
    assert sorted(feeds.render(DIGEST)) == [
        "all.atom",
        "all.json",
        "graphs.atom",
        "graphs.json",
        "trees-forests.atom",
        "trees-forests.json",
    ]


def test_an_independent_parser_reads_the_papers_from_atom() -> None:
    found = atom(feeds.render(DIGEST, title="Mine", url=URL)["trees-forests.atom"])
    assert found.feed.title == "Mine: Trees & <Forests>"
    assert found.feed.id == found.feed.links[0].href == "https://example.org/papers/feeds/trees-forests.atom"
    second, third = found.entries
    assert (second.id, second.link) == ("https://arxiv.org/abs/2511.00002", "https://arxiv.org/abs/2511.00002v1")
    assert [author.name for author in second.authors] == ["Ada Lovelace"]
    assert [tag.term for tag in second.tags] == ["cs.DS", "math.CO", "Trees & <Forests>"]
    assert second.content[0].value.startswith("About it.\n\n")
    assert second.updated_parsed == time.struct_time((2025, 11, 14, 0, 0, 0, 4, 318, 0))
    assert third.link == "https://arxiv.org/abs/2511.00003v3"
    assert third.content[0].value == (
        "About it.\n\n9 pages\n\narXiv:2511.00003v3 · 2025-11-13 · first submitted 2024-01-02"
    )


@pytest.mark.parametrize("url", ["", URL])
def test_atom_has_what_rfc_4287_demands(url: str) -> None:
    root = ET.fromstring(feeds.render(DIGEST, url=url)["all.atom"])
    names = {"a": "http://www.w3.org/2005/Atom"}
    for parent in [root, *root.findall("a:entry", names)]:
        for name in ("id", "title", "updated"):
            found = parent.findall(f"a:{name}", names)
            assert len(found) == 1
            assert found[0].text
    assert root.find("a:author/a:name", names) is not None  # covers the entries that name none themselves
    alternates = [entry.findall("a:link[@rel='alternate']", names) for entry in root.findall("a:entry", names)]
    assert all(len(links) == 1 for links in alternates)
    ids = [entry.findtext("a:id", "", names) for entry in root.findall("a:entry", names)]
    assert len(ids) == len(set(ids)) == 3


def test_json_feed_has_what_version_1_1_demands_and_nothing_else() -> None:
    feed = json.loads(feeds.render(DIGEST, title="Mine", url=URL)["all.json"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://example.org/papers/feeds/all.json"
    assert set(feed) == {"version", "title", "feed_url", "language", "items"}
    for item in feed["items"]:
        assert {"id", "url", "title", "content_text", "date_modified"} <= set(item)
        assert set(item) <= {
            *("id", "url", "title", "content_text"),
            *("date_modified", "authors", "tags"),
        }
    assert [item["id"][-1] for item in feed["items"]] == ["2", "3", "1"]
    assert feed["items"][0]["tags"] == ["cs.DS", "math.CO", "Graphs", "Trees & <Forests>"]
    assert feed["items"][0]["authors"] == [{"name": "Ada Lovelace"}]


def test_a_feed_does_not_change_with_the_day() -> None:
    tomorrow = Digest(TODAY + timedelta(days=1), DIGEST.sections)
    assert feeds.render(tomorrow, url=URL) == feeds.render(DIGEST, url=URL)


def test_a_revision_changes_its_entry_and_not_its_id() -> None:
    def ids(digest: Digest) -> list[str]:
        return [entry.id for entry in atom(feeds.render(digest)["all.atom"]).entries]

    revised = Digest(TODAY, (section("Graphs", row(1, version=2), row(2)),))
    assert sorted(ids(revised)) == sorted(ids(Digest(TODAY, (section("Graphs", row(1), row(2)),))))


def test_the_latest_shown_come_first_and_the_number_is_bounded() -> None:
    many = section("Graphs", *(row(n, since=TODAY - timedelta(days=n % 5)) for n in range(50)))
    found = atom(feeds.render(Digest(TODAY, (many,)), most=20)["all.atom"]).entries
    days = [entry.updated for entry in found]
    assert len(days) == 20
    assert days == sorted(days, reverse=True)


def test_a_paper_that_comes_into_a_second_section_is_no_newer_for_it() -> None:
    twice = Digest(TODAY, (section("A", row(1, since=YESTERDAY)), section("B", row(1, since=TODAY))))
    assert [entry.updated[:10] for entry in atom(feeds.render(twice)["all.atom"]).entries] == ["2025-11-13"]


def test_an_empty_section_has_a_valid_feed() -> None:
    files = feeds.render(Digest(TODAY, (section("Graphs"),)))
    assert atom(files["graphs.atom"]).entries == []
    assert json.loads(files["graphs.json"])["items"] == []


@pytest.mark.parametrize("text", [*HOSTILE, "\ufffe\uffff]]> \x0b x", "<b>&amp;"])
def test_any_text_of_a_paper_comes_through_as_text(text: str) -> None:
    hostile = Digest(TODAY, (section(text or "x", row(1, title=text, abstract=text, comment=text, authors=(text,))),))
    files = feeds.render(hostile)
    root = ET.fromstring(files["all.atom"])
    title = root.findtext("{*}entry/{*}title") or ""
    assert title == json.loads(files["all.json"])["items"][0]["title"].replace("\ufffe", "").replace("\uffff", "")
    assert "\u202e" not in title


def test_the_feed_of_a_section_holds_no_more_papers_than_that_of_all() -> None:
    files = feeds.render(Digest(TODAY, (section("Graphs", *map(row, range(9))),)), most=4)
    assert [len(json.loads(files[f"{name}.json"])["items"]) for name in ("all", "graphs")] == [4, 4]
