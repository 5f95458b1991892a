"""What a fetch into a home counts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender.sources.base import Page, Request, SourcesError
from recommender.sources.chain import Fetcher
from recommender.verbs.fetch import Target, fetch_all
from tests.helpers.small_home import CODES, DAY, fill, open_home, paper


class Pages:
    """A way to arXiv that gives these pages."""

    requests = 0

    def __init__(self, *pages: Page) -> None:
        self._pages = pages

    def fetch(self, *_: Any) -> Iterator[Page]:
        """Give the pages."""
        yield from self._pages


def test_a_paper_that_comes_and_is_revised_in_one_run_is_counted_once_as_new(tmp_path: Path) -> None:
    fill(tmp_path, [paper(CODES, 1)])
    first, later = (Page((replace(paper(CODES, n), version=v),), "api") for n, v in ((0, 1), (0, 2)))
    other = Page((replace(paper(CODES, 1), version=2),), "api")
    target = Target("Codes", Request(keywords=("code",)), ("api",))
    with open_home(tmp_path, write=True) as library:
        now = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
        pages: Any = Pages(first, later, other)
        (report,) = fetch_all([target], pages, library.store, library.add, now=now)
        logged = library.store.ledger.last("Codes", ok=True)
    assert (report.new, report.revised, report.line) == (1, 1, "Codes: 1 new, 1 revised")
    assert logged is not None
    assert (logged.new, logged.revised) == (1, 1)


def test_when_the_time_of_a_run_is_spent_no_further_source_is_asked() -> None:
    nowhere = "http://127.0.0.1:9/api"
    fetcher = Fetcher(api_url=nowhere, oai_url=nowhere, rss_url=nowhere, budget=0.0)
    with pytest.raises(SourcesError) as spent:
        list(fetcher.fetch(Request(categories=("cs.LG",))))
    assert [attempt.source for attempt in spent.value.attempts] == ["api"]
