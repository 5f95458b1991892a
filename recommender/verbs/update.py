"""Everything that happens every day: fetch what is new, rank, write the digest; each step told as it is done."""

from collections.abc import Callable
from datetime import datetime

from recommender.config import Config
from recommender.library import Recommender
from recommender.progress import Say
from recommender.verbs import digest, fetch, imports, ratings
from recommender.verbs.fetch import Report

_MOST_SKIPPED = 20
"Entries of one section that are named when they cannot be read."


def run(config: Config, now: Callable[[], datetime], *, note: Say, out: Say) -> tuple[Report, ...]:
    """Fetch and write the digest; a report for each section and category, failed or not.

    `out` is told what came of each step, `note` what happens on the way.
    """
    with Recommender(config, write=True, today=now().date(), say=note) as library:
        imports.start(library, note)
        ratings.together(library.store, config, now(), note)
        reports = fetched(library, now, note=note, out=out)
        digest.renew(library, out)
    return reports


def fetched(library: Recommender, now: Callable[[], datetime], *, note: Say, out: Say) -> tuple[Report, ...]:
    """Fetch what config.toml names, and tell what came."""
    fetcher = fetch.fetcher_of(library.config, now=now, say=note)
    reports = fetch.fetch(library, fetcher, now(), note)
    for report in reports:
        for skipped in report.skipped[:_MOST_SKIPPED]:
            note(f"{report.target}: skipped {skipped}")
        out(report.line)
    out(f"{fetcher.requests} requests to arXiv; {len(library.store):,} papers stored")
    return reports
