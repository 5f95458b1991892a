"""The chain of sources: a request in, checked pages out, from the first source that gives a good answer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from recommender import archives
from recommender.errors import FetchError
from recommender.sources.arxiv.api import ApiSource
from recommender.sources.arxiv.oai import OaiSource
from recommender.sources.arxiv.rss import RssSource
from recommender.sources.base import AnswerError, Attempt, Cursors, Page, Request, Source, SourceName, SourcesError
from recommender.sources.web.ask import MAX_BYTES, Web
from recommender.sources.web.gate import INTERVAL, Budget, BudgetError, Clock, Gate, default_folder
from recommender.sources.web.wire import is_loopback

_OAI_SECONDS = 120.0
"""arXiv's OAI-PMH has answered in 0.6 s and in more than 90 s within minutes."""


class Fetcher:
    """arXiv as one source: retries, pauses and the time limit of one run live here."""

    def __init__(
        self,
        *,
        api_url: str,
        oai_url: str,
        rss_url: str,
        order: Sequence[SourceName] = ("api", "oai", "rss"),
        agent: str = "recommender",
        contact: str = "",
        timeout: float = 60.0,
        oai_timeout: float | None = None,
        budget: float = 1200.0,
        limit: int = MAX_BYTES,
        clock: Clock | None = None,
        now: Callable[[], datetime] | None = None,
        random: Random | None = None,
        interval: float | None = None,
        folder: Path | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Nothing is asked yet.

        `interval`, seconds between requests, is arXiv's three unless all addresses are this machine's; `folder` is
        where processes meet to keep it, by default the user's cache folder. `now` is the time that answers are
        held against, by default the clock's. `say` is told why it waits.
        """
        clock = clock or Clock()
        self._now = now or (lambda: datetime.fromtimestamp(clock.wall(), UTC))
        self._order = tuple(order)
        if interval is None:
            interval = 0.0 if all(map(is_loopback, (api_url, oai_url, rss_url))) else INTERVAL
        self._web = Web(
            gate=Gate(folder or default_folder(), clock, interval=interval) if interval else None,
            budget=Budget(budget, clock),
            clock=clock,
            random=random or Random(),
            agent=agent,
            contact=contact,
            limit=limit,
            say=say,
        )
        self._sources: dict[SourceName, Source] = {
            "api": ApiSource(api_url, self._web, seconds=timeout, today=self._today),
            "oai": OaiSource(oai_url, self._web, seconds=oai_timeout or max(timeout, _OAI_SECONDS), today=self._today),
            "rss": RssSource(rss_url, self._web, seconds=timeout, now=self._now),
        }

    @property
    def requests(self) -> int:
        """Requests made so far, retries and redirects included, attempts without a connection not."""
        return self._web.requests

    def fetch(
        self, request: Request, cursors: Cursors = lambda _: None, order: Sequence[SourceName] | None = None
    ) -> Iterator[Page]:
        """Pages of the first source that serves the request to its end; raises `SourcesError` with every reason."""
        attempts: list[Attempt] = []
        for name in order or self._order:
            source = self._sources[name]
            refused = source.refuses(request, cursors)
            if refused:
                attempts.append(Attempt(name, refused, asked=False))
                continue
            try:
                for page in source.fetch(request, cursors):
                    yield replace(page, instead_of=tuple(attempts))
            except BudgetError as error:
                attempts.append(Attempt(name, str(error), asked=True))
                break
            except FetchError as error:
                offline = isinstance(error, AnswerError) and error.offline
                attempts.append(Attempt(name, str(error), asked=True, offline=offline))
            else:
                return
        raise SourcesError(tuple(attempts))

    def ids(self, ids: Sequence[str]) -> Iterator[Page]:
        """Papers by id, through the API; raises `InputError` for what is no id, `FetchError` as `fetch` does."""
        named = tuple(dict.fromkeys(str(archives.parse(text, self._today())) for text in ids))
        if named:
            yield from self.fetch(Request(ids=named), order=("api",))

    def _today(self) -> date:
        return self._now().date()
