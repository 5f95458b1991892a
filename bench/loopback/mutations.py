"""Replies of arXiv, recorded or made, and ways to damage them: structured ones, and bytes at random."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

from bench.loopback.arxiv_server import ArxivServer, feed, make_papers
from recommender.sources.arxiv import api, oai, rss

DATA = Path(__file__).parents[2] / "tests" / "data" / "arxiv"
TODAY = date(2026, 11, 20)
Mutation = Callable[[bytes, Random], bytes]
HOSTILE = [
    *(b"", b" ", b"-5", b"0", b"9" * 30, b"9" * 5_000, b"1e400", b"NaN", b"\xff\xfe", b"\x00", b"\xed\xa0\x80"),
    *(b"&#0;", b"&amp;#x110000;", b"2407.16658v99999999999999999999", b"v", b"v0", b"../../etc/passwd"),
    *(b"2099-01-01T00:00:00Z", b"0000-00-00", b"Fri, 99 Foo 99999 99:99:99", b"\x1b]0;x\x07", b"cs.CV\x85cs.LG"),
    *("\u202e\u200b".encode(), b"<![CDATA[<]]>", b" " * 100_000, b"a" * 80_000, b"(" * 20_000 + b")" * 20_000),
    b"<b>" * 5_000 + b"</b>" * 5_000,
]
"What stands in the place of a text, an attribute, a date, an id."


def _text(body: bytes, random: Random) -> bytes:
    """A text or an attribute replaced."""
    places = list(re.finditer(rb">([^<>]+)<|=\"([^\"]*)\"", body))
    if not places:
        return body
    found = random.choice(places)
    start, end = found.span(found.lastindex or 0)
    return body[:start] + random.choice(HOSTILE) + body[end:]


def _element(body: bytes, random: Random) -> bytes:
    """An element gone, doubled many times over, or in another's place."""
    places = list(re.finditer(rb"<([\w:]+)[^>]*>[^<]*</\1>", body))
    if len(places) < 2:
        return body
    one, other = random.choice(places), random.choice(places)
    by = random.choice([b"", one[0] * random.choice([2, 3, 500]), other[0], b"<" + one[1] + b"/>"])
    return body[: one.start()] + by + body[one.end() :]


def _tag(body: bytes, random: Random) -> bytes:
    """A tag renamed, unclosed, or of another namespace."""
    tag = random.choice(re.findall(rb"</?([\w:]+)", body) or [b"x"])
    return body.replace(b"<" + tag, b"<" + random.choice([b"x", b"y:x", tag + tag, b""]), random.choice([1, -1]))


def _cut(body: bytes, random: Random) -> bytes:
    return body[: random.randrange(len(body) + 1)]


def _flip(body: bytes, random: Random) -> bytes:
    data = bytearray(body)
    for _ in range(random.choice([1, 3, 50])):
        if data:
            data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data)


def _splice(body: bytes, random: Random) -> bytes:
    """A piece of the reply somewhere else in it."""
    start, end, place = sorted(random.randrange(len(body) + 1) for _ in range(3))
    return body[:place] + body[start:end] + body[place:]


def _every(body: bytes, random: Random) -> bytes:
    """All texts of one element replaced."""
    tag = random.choice(re.findall(rb"<([\w:]+)", body) or [b"x"])
    by = random.choice(HOSTILE[:-6])
    return re.sub(rb"(<" + re.escape(tag) + rb"\b[^>]*>)[^<]*", lambda found: found[1] + by[:2_000], body)


MUTATIONS: Sequence[Mutation] = (_text, _text, _text, _element, _tag, _cut, _flip, _splice, _every)


def good_replies() -> list[tuple[bytes, Callable[[bytes], Any]]]:
    """Replies as they should be, each with what reads it."""
    papers = make_papers(12)
    with ArxivServer(papers) as server:
        server.announced = {paper.id: "new" for paper in papers[:4]}
        feeds = server.answer("/rss/cs.LG", {})
        harvest = server.answer("/oai", {"from": "2026-11-01"})
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    recorded = (DATA / "api-query-start10.xml").read_bytes()
    old = (DATA / "oai-arxiv-listrecords.xml").read_bytes()
    return [
        (feed(papers, total=12), lambda body: api.read_page(body, 0, 200, TODAY)),
        (recorded, lambda body: api.read_page(body, 10, 10, TODAY)),
        (feed(papers[:2], total=2), lambda body: api.read_ids(body, [paper.id for paper in papers[:2]], TODAY)),
        (harvest, lambda body: oai.read_page(body, date(2026, 11, 1), TODAY)),
        (old, lambda body: oai.read_page(body, date(2017, 12, 14), TODAY)),
        (feeds, lambda body: rss.read_feed(body, at)),
    ]


def mutated(body: bytes, random: Random) -> bytes:
    """A reply with one to three things wrong."""
    for _ in range(random.choice([1, 1, 2, 3])):
        body = random.choice(MUTATIONS)(body, random)
    return body
