"""How arXiv, or what stands between, answers badly; numbered where arXiv itself has been seen doing it."""

import contextlib
import gzip
import re
import urllib.parse
from datetime import date

from bench.loopback.arxiv_server import ATOM, Fault, Handler
from recommender.archives import day_of


def empty(handler: Handler, good: bytes) -> None:
    """1: a well-formed feed without an entry."""
    handler.reply(ATOM.format(total=0, start=0, size=0, entries="").encode())


def empty_page(handler: Handler, good: bytes) -> None:
    """1, later page: the total is there, the rows are not."""
    handler.reply(re.sub(rb"<entry>.*</entry>", b"", good, flags=re.DOTALL))


def partial(handler: Handler, good: bytes) -> None:
    """2: fewer rows than there are."""
    entries = re.findall(rb"<entry>.*?</entry>", good, re.DOTALL)
    handler.reply(re.sub(rb"<entry>.*</entry>", b"\n".join(entries[: len(entries) // 2]), good, flags=re.DOTALL))


def unsorted(handler: Handler, good: bytes) -> None:
    """3: the sort parameters are ignored."""
    entries = re.findall(rb"<entry>.*?</entry>", good, re.DOTALL)
    mixed = entries[1::2][::-1] + entries[::2]
    handler.reply(re.sub(rb"<entry>.*</entry>", lambda _: b"\n".join(mixed), good, flags=re.DOTALL))


def status(code: int, **headers: str) -> Fault:
    """4 and 6: an error, with or without Retry-After."""
    return lambda handler, good: handler.reply(
        b"", code, {key.replace("_", "-"): text for key, text in headers.items()}
    )


def rate_text(handler: Handler, good: bytes) -> None:
    """5: the famous text with status 200."""
    handler.reply(b"Rate exceeded.")


def hang(handler: Handler, good: bytes) -> None:
    """7: no byte at all, until the server goes."""
    handler.arxiv.closing.wait(20)
    handler.close_connection = True


def trickle(handler: Handler, good: bytes) -> None:
    """7: a byte now and then."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(good)))
    handler.end_headers()
    _drip(handler, good)


def trickle_header(handler: Handler, good: bytes) -> None:
    """7: the header itself comes byte by byte."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000)


def _drip(handler: Handler, data: bytes) -> None:
    handler.close_connection = True
    for value in data:
        handler.wfile.write(bytes([value]))
        handler.wfile.flush()
        if handler.arxiv.closing.wait(0.02):
            return


def malformed(handler: Handler, good: bytes) -> None:
    """8: XML that is none."""
    handler.reply(re.sub(rb"</(entry|record|channel)>", rb"</other>", good, count=1))


def truncated(handler: Handler, good: bytes) -> None:
    """8: the end is missing, and the length says nothing of it."""
    handler.reply(good[: len(good) * 2 // 3])


def cut_off(handler: Handler, good: bytes) -> None:
    """8: the connection breaks in the middle."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(good)))
    handler.end_headers()
    handler.wfile.write(good[: len(good) // 2])
    handler.close_connection = True


def broken_entry(handler: Handler, good: bytes) -> None:
    """8: one entry whose date is none."""
    handler.reply(re.sub(rb"<updated>[^<]*T17:00:00Z</updated>", b"<updated>yesterday</updated>", good, count=1))


def no_id(handler: Handler, good: bytes) -> None:
    """Ids that are no ids."""
    bad = re.sub(rb"arxiv.org/abs/[\w./-]+(?=</id>)", b"arxiv.org/abs/../../etc/passwd", good, count=1)
    bad = re.sub(rb"(arXivRaw/\"><id>)[^<]*", rb"\1../../etc/passwd", bad, count=1)
    handler.reply(re.sub(rb"oai:arXiv.org:[^<]*(?=</guid>)", b"oai:arXiv.org:../../etc/passwd", bad, count=1))


def stale(day: date) -> Fault:
    """9 and 11: nothing newer than a day, in a reply that looks right."""

    def send(handler: Handler, good: bytes) -> None:
        arxiv, parts = handler.arxiv, urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        papers, issue = arxiv.papers, arxiv.issue
        try:
            arxiv.papers = [paper for paper in papers if day_of(paper) <= day]
            arxiv.issue = day
            handler.reply(arxiv.answer(parts.path, query))
        finally:
            arxiv.papers, arxiv.issue = papers, issue

    return send


def oai_error(code: str, text: str = "") -> Fault:
    """10: an error of the protocol, such as an expired resumption token."""
    return lambda handler, good: handler.reply(handler.arxiv.oai(f'<error code="{code}">{text}</error>'))


def redirect(to: str, code: int = 302) -> Fault:
    """12: the answer is elsewhere."""
    return lambda handler, good: handler.reply(b"", code, {"Location": to})


def circle(handler: Handler, good: bytes) -> None:
    """12: the answer is here."""
    handler.reply(b"", 302, {"Location": handler.path})


def gigabyte(handler: Handler, good: bytes) -> None:
    """A reply that says it is a gigabyte."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(2**30))
    handler.end_headers()
    handler.close_connection = True


def endless(handler: Handler, good: bytes) -> None:
    """A reply that does not say how long it is, and does not end."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    with contextlib.suppress(OSError):
        while not handler.arxiv.closing.is_set():
            handler.wfile.write(b"x" * 65_536)


def bomb(handler: Handler, good: bytes) -> None:
    """A billion laughs."""
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a0 "ha">{laughs}]><feed>&a9;</feed>'
    handler.reply(body.encode())


def external_entity(handler: Handler, good: bytes) -> None:
    """An entity that would read a file."""
    head, _, rest = good.partition(b"?>")
    handler.reply(head + b'?><!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rest)


def bad_utf8(handler: Handler, good: bytes) -> None:
    """Bytes that are no UTF-8."""
    handler.reply(good.replace(b"</title>", b"\xff\xfe</title>", 2))


def control_characters(handler: Handler, good: bytes) -> None:
    """Characters that XML forbids, in a feed that is good otherwise."""
    handler.reply(good.replace(b"</title>", b"\x0c&#x0B;</title>", 2))


def html(handler: Handler, good: bytes) -> None:
    """A page for people, as captive portals send it."""
    handler.reply(b"<html><head><title>Sign in</title></head><body>Welcome</body></html>")


def many_rows(count: int) -> Fault:
    """More rows than were asked for."""
    body = ATOM.format(total=count, start=0, size=count, entries="<entry/>" * count).encode()
    return lambda handler, good: handler.reply(body)


def no_records(handler: Handler, good: bytes) -> None:
    """10: a list without records, where the protocol has an error for that."""
    handler.reply(handler.arxiv.oai("<ListRecords></ListRecords>"))


def same_token(handler: Handler, good: bytes) -> None:
    """10: a resumption token that leads back to its own page."""
    page = handler.arxiv.answer("/oai", {"from": "2026-11-06"})
    handler.reply(re.sub(rb"<resumptionToken>.*?</resumptionToken>", b"<resumptionToken>x</resumptionToken>", page))


def old_records(handler: Handler, good: bytes) -> None:
    """10: the date asked for is ignored."""
    handler.reply(re.sub(rb"<datestamp>[^<]*<", b"<datestamp>2005-09-16<", good, count=1))


def old_items(handler: Handler, good: bytes) -> None:
    """9: a feed built today around the items of another day."""
    handler.reply(re.sub(rb"(</guid>.*?<pubDate>)[^<]*", rb"\1Wed, 18 Nov 2026 00:00:00 -0500", good))


def at_most(rows: int) -> Fault:
    """2: pages longer than so many rows come short."""

    def send(handler: Handler, good: bytes) -> None:
        entries = re.findall(rb"<entry>.*?</entry>", good, re.DOTALL)
        short = b"\n".join(entries[:rows])
        handler.reply(re.sub(rb"<entry>.*</entry>", lambda _: short, good, flags=re.DOTALL))

    return send


def moved(below: str) -> Fault:
    """12, harmless: the same service under another path."""
    return lambda handler, good: handler.reply(b"", 301, {"Location": f"{handler.arxiv.url}{below}{handler.path}"})


def and_die(handler: Handler, good: bytes) -> None:
    """The server goes away in the middle of a reply, for good."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(good)))
    handler.end_headers()
    handler.wfile.write(good[:1000])
    handler.close_connection = True
    handler.arxiv.break_for_good(hang_up)


def hang_up(handler: Handler, good: bytes) -> None:
    """The connection is closed without a word."""
    handler.close_connection = True


def chunk(size: bytes) -> Fault:
    """A chunk whose size is none."""

    def send(handler: Handler, good: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(size + good)
        handler.close_connection = True

    return send


def replaced(pattern: bytes, by: bytes, count: int = 0) -> Fault:
    """A reply that is good but for what a pattern finds."""
    return lambda handler, good: handler.reply(re.sub(pattern, by, good, count=count))


def nested(depth: int) -> Fault:
    """Tags within tags in the first title."""
    return replaced(rb"<title>[^<]*", b"<title>" + b"<b>" * depth + b"</b>" * depth, 0)


def elements(count: int) -> Fault:
    """More elements than a page has."""
    return replaced(rb"(<entry>|<record>)", rb"\1" + b"<a/>" * count, 1)


def gzipped(handler: Handler, good: bytes) -> None:
    """Compressed, though nobody asked for it."""
    handler.reply(gzip.compress(good))


def version(number: int, count: int = 1) -> Fault:
    """Papers of a version that there is none of."""

    def send(handler: Handler, good: bytes) -> None:
        bad = re.sub(rb"(<id>http://arxiv.org/abs/[\d.]+v)\d+", rb"\g<1>%d" % number, good, count=count)
        handler.reply(re.sub(rb'version="v\d+"', rb'version="v%d"' % number, bad, count=count))

    return send


def many_versions(handler: Handler, good: bytes) -> None:
    """Numbers that no database takes."""
    version(10**20, 60)(handler, good)


def long_titles(handler: Handler, good: bytes) -> None:
    """Titles that are no titles."""
    handler.reply(re.sub(rb"(?<!<feed>)<title>Graph[^<]*|<title>Image[^<]*", b"<title>" + b"x " * 5_000, good))


def unreadable(share: float) -> Fault:
    """10: a list in which so many of the records cannot be read."""

    def send(handler: Handler, good: bytes) -> None:
        records = re.findall(rb"<record>.*?</record>", good, re.DOTALL)
        count = round(share * len(records))
        handler.reply(re.sub(rb"<abstract>[^<]*", b"<abstract>", good, count=count))

    return send


def token(text: str) -> Fault:
    """10: a resumption token that the service will not know."""
    return replaced(rb"<resumptionToken>[^<]*", b"<resumptionToken>" + text.encode(), 1)
