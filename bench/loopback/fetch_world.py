"""A user before arXiv: a real store, the real fetching stage, a real server on loopback, a clock of its own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from bench.loopback import bag_of_words
from bench.loopback.arxiv_server import ArxivServer
from recommender.archives import day_of
from recommender.paper import Paper
from recommender.sources.base import Request, SourceName
from recommender.sources.chain import Fetcher
from recommender.sources.web.gate import Clock
from recommender.store import Store
from recommender.verbs import fetch as fetching
from recommender.verbs.fetch import Report, Target

GRAPHS = Request(keywords=("graph",), categories=("cs.LG",))
ALL: tuple[SourceName, ...] = ("api", "oai", "rss")


class FakeTime:
    """A clock that moves when something sleeps, and remembers how long."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.slept: list[float] = []
        self.clock = Clock(lambda: self.now.timestamp(), lambda: sum(self.slept), self.slept.append)

    @property
    def now(self) -> datetime:
        return self.start + timedelta(seconds=sum(self.slept))


class World:
    """One user and one arXiv; each `run` is a run of the program some time later."""

    def __init__(self, server: ArxivServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.now = server.now
        self.slept: list[float] = []
        "pauses of the last run, seconds"
        self.said: list[str] = []

    def later(self, **span: float) -> None:
        """Let time pass, for arXiv too."""
        self.now += timedelta(**span)
        self.server.now = self.now

    def fetcher(self, order: Sequence[SourceName] = ALL, timeout: float = 30.0, **options: Any) -> Fetcher:
        """A run's way to the server, on a clock that only sleeping moves."""
        time = FakeTime(self.now)
        self.slept = time.slept
        urls = self.server.urls | {name: options.pop(name) for name in list(options) if name.endswith("_url")}
        return Fetcher(
            **urls,
            order=order,
            clock=time.clock,
            random=Random(1),
            timeout=timeout,
            oai_timeout=timeout,
            say=self.said.append,
            **options,
        )

    def run(
        self,
        *requests: Request,
        order: tuple[SourceName, ...] = ALL,
        fetcher: Fetcher | None = None,
        **options: Any,
    ) -> tuple[Report, ...]:
        """Fetch each request into the store, as `Section 1`, `Section 2` and so on."""
        wanted = [Target(f"Section {n}", request, order) for n, request in enumerate(requests or (GRAPHS,), 1)]
        fetcher = fetcher or self.fetcher(order, **options)
        before = len(self.server.log)
        with Store.open(self.folder, write=True) as store:
            reports = fetching.fetch_all(wanted, fetcher, store, self.keeper(store), now=self.now)
        assert sum(report.requests for report in reports) == fetcher.requests
        assert len(self.server.log) - before <= fetcher.requests
        return reports

    def keeper(self, store: Store) -> fetching.Keep:
        """What stores fetched papers."""
        return partial(store.add, encode=bag_of_words.encode, encoder=bag_of_words.IDENTITY, today=self.now.date())

    def one(self, request: Request = GRAPHS, order: tuple[SourceName, ...] = ALL, **options: Any) -> Report:
        """Fetch one request."""
        (report,) = self.run(request, order=order, **options)
        return report

    def stored(self) -> dict[str, Paper]:
        """Everything in the store, by id."""
        with Store.open(self.folder) as store:
            return {paper.id: paper for rows, *_ in store.vectors.changes() for paper in store.papers.at(rows)}

    def truth(self, word: str = "Graph") -> list[Paper]:
        """What a good answer holds, newest first."""
        found = [paper for paper in self.server.papers if word in paper.title]
        return sorted(found, key=lambda paper: (day_of(paper), paper.id), reverse=True)
