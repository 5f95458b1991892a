"""Five runs in a row before an arXiv that answers badly in the middle three: what is lost, and what is hidden.

The first and the last run meet a good arXiv. In between each service answers with a fault of its own kind or with a
reply damaged at random; new papers come every day. In the end the store must hold what a user without faults holds.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from bench.loopback import arxiv_faults as play
from bench.loopback.arxiv_server import ArxivServer, Fault, Handler, make_papers
from bench.loopback.fetch_world import World
from bench.loopback.mutations import mutated
from recommender import archives
from recommender.paper import Paper
from recommender.sources.base import Request, SourceName

_ALL = Request(categories=("cs.LG",), limit=1000)
_SERVICES = ("api", "oai", "rss")
_PER_DAY = 3


@dataclass
class Counts:
    """What became of the sequences."""

    cases: int = 0
    tracebacks: int = 0
    bad_runs: int = 0
    "runs in which no source served"
    hidden: int = 0
    "papers not stored after a run called good: a record cut out of a harvest leaves no trace, and comes the day after"
    unsound: int = 0
    overwritten: int = 0
    lost: int = 0
    "papers missing in the end"

    def __str__(self) -> str:
        return (
            f"{self.cases:,} sequences of five runs, {self.tracebacks:,} tracebacks, {self.bad_runs:,} runs that said "
            f"they failed, {self.hidden:,} papers missing after a run called good, "
            f"{self.overwritten:,} texts overwritten, {self.unsound:,} unsound, {self.lost:,} papers lost in the end"
        )


def run(times: int, seed: int) -> Counts:
    """Run `times` sequences."""
    random, counts = Random(seed), Counts()
    for _ in range(times):
        counts.cases += 1
        try:
            _sequence(random, counts)
        except Exception as error:
            counts.tracebacks += 1
            print(f"{type(error).__name__}: {str(error)[:200]}")
    return counts


def _sequence(random: Random, counts: Counts) -> None:
    everything = make_papers(60, per_day=_PER_DAY)
    order: tuple[SourceName, ...] = random.choice([("api", "oai", "rss"), ("oai", "api"), ("api",), ("oai",)])
    with tempfile.TemporaryDirectory() as folder, ArxivServer(everything[-45:], oai_page=15) as server:
        server.now -= timedelta(days=5)
        world = World(server, Path(folder))
        for number in range(5):
            server.papers = everything[-45 - _PER_DAY * number :]
            server.announced = {paper.id: "new" for paper in server.papers[:_PER_DAY]}
            server.mend()
            if 0 < number < 4:
                for service in _SERVICES:
                    server.break_for_good(_fault(random), service)
            before = world.stored() if number else {}
            report = world.one(_ALL, order=order)
            stored = world.stored()
            counts.bad_runs += not report.ok
            counts.overwritten += _changed(before, stored)
            counts.unsound += sum(archives.flaw(paper, world.now.date()) != "" for paper in stored.values())
            if number == 4:
                counts.lost += len({paper.id for paper in everything[-45 - _PER_DAY * 4 :]} - set(stored))
            elif report.ok:
                skipped = len(report.skipped)
                counts.hidden += max(0, len({paper.id for paper in server.papers} - set(stored)) - skipped)
            world.later(days=1)


def _changed(before: dict[str, Paper], after: dict[str, Paper]) -> int:
    """Titles or abstracts that are others now, of papers of which no newer version came."""
    return sum(
        (paper.title, paper.abstract) != (after[name].title, after[name].abstract)
        for name, paper in before.items()
        if name in after and after[name].version == paper.version
    ) + len(set(before) - set(after))


def _fault(random: Random) -> Fault:
    if random.random() < 0.5:
        return _damaged(random.randrange(2**32))
    return random.choice(_FAULTS)


def _damaged(seed: int) -> Fault:
    def send(handler: Handler, good: bytes) -> None:
        handler.reply(mutated(good, Random(seed)))

    return send


_FAULTS: Sequence[Fault] = (
    *(play.empty, play.empty_page, play.partial, play.unsorted, play.rate_text, play.malformed, play.truncated),
    *(play.cut_off, play.broken_entry, play.no_id, play.circle, play.gigabyte, play.bomb, play.external_entity),
    *(play.bad_utf8, play.control_characters, play.html, play.no_records, play.same_token, play.old_records),
    *(play.old_items, play.hang_up, play.gzipped, play.many_versions, play.long_titles, play.nested(50_000)),
    *(play.status(429), play.status(503, Retry_After="5"), play.status(503, Retry_After="500"), play.status(406)),
    *(play.chunk(b"-5\r\n"), play.unreadable(0.96), play.unreadable(0.1), play.token("nonsense"), play.version(9999)),
    *(play.oai_error("badResumptionToken"), play.oai_error("noRecordsMatch"), play.many_rows(3000)),
    *(play.redirect("https://elsewhere.example/"), play.replaced(rb"<title>[^<]*", b"<title>Overwritten")),
)
