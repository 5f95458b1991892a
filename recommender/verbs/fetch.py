"""From arXiv into the library: every section and category by itself, page by page, each outcome written down.

A failure stays with its section; what was stored stays stored.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from recommender.archives import day_of
from recommender.archives.announcements import announcement, mailing_day
from recommender.config import Config
from recommender.errors import FetchError, InputError
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.progress import Say, mute
from recommender.sources.base import Attempt, Page, Request, SourceName, SourcesError, latest, reasons
from recommender.store import Added, Fetch, Store

if TYPE_CHECKING:
    from recommender.sources.chain import Fetcher

RATED = "rated papers"
"The target that stands for papers that were liked or saved before they were stored."
Keep = Callable[[Iterable[Paper]], Added]
"Stores papers with their vectors."


@dataclass(frozen=True, slots=True)
class Target:
    """Something to be kept up to date."""

    title: str
    "a section's title, or e.g. `categories cs.CV`"
    request: Request
    order: tuple[SourceName, ...]
    "the sources to ask, in this order"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one target."""

    target: str
    ok: bool
    source: str
    "who served it; empty where nobody did"
    new: int
    revised: int
    requests: int
    newest: date | None
    "day of the newest paper that came"
    reason: str
    "why it failed, or why other sources did before `source` served; empty where all is well"
    skipped: tuple[str, ...]
    "entries that could not be read, each with its reason"
    line: str
    "the target's line at the end of a run"


def fetch(library: Recommender, fetcher: "Fetcher", now: datetime, say: Say = mute) -> tuple[Report, ...]:
    """Ask arXiv for what config.toml names; a report for each section and category, failed or not."""
    wanted = targets(library.config)
    waiting = library.store.ratings.waiting(now.date())
    if not wanted and not waiting:
        raise InputError("nothing to fetch: config.toml has no [[sections]] and no `categories` in [fetch]")
    try:
        reports = fetch_all(wanted, fetcher, library.store, library.add, now=now, say=say)
        _fetch_examples(library, fetcher, say)
        return (*reports, _fetch_rated(library, waiting, fetcher, now)) if waiting else reports
    finally:
        library.refresh()


def _fetch_examples(library: Recommender, fetcher: "Fetcher", say: Say) -> None:
    """Ask for the papers that sections name as examples and that are not stored; the digest says what did not come."""
    named = [paper_id for section in library.config.sections for paper_id in (*section.like, *section.unlike)]
    missing = library.missing(named)
    if not missing:
        return
    try:
        for page in fetcher.ids(missing):
            library.add(page.papers)
            for reason in page.skipped:
                say(f"example {reason}")
    except FetchError as error:
        say(f"examples {', '.join(missing)} could not be fetched: {error}")


def _fetch_rated(library: Recommender, ids: Sequence[str], fetcher: "Fetcher", now: datetime) -> Report:
    """Ask for papers that were rated and are not stored; those that arXiv does not give are not asked for every day."""
    before, tally, reason = fetcher.requests, _Tally(), ""
    try:
        for page in fetcher.ids(ids):
            _take(page, tally, library.store, library.add)
    except FetchError as error:
        reason = str(error)
    else:
        library.store.ratings.set_asked([name for name in ids if name not in tally.new], now.date())
    target, requests, came = Target(RATED, Request(ids=tuple(ids)), ()), fetcher.requests - before, len(tally.new)
    _log(target, library.store, tally, ok=not reason, reason=reason, requests=requests, now=now)
    said = f"could not be fetched: {reason}" if reason else f"{came} of {len(ids)} new"
    return Report(
        target=RATED,
        ok=not reason,
        source=tally.source,
        new=came,
        revised=0,
        requests=requests,
        newest=tally.newest,
        reason=reason,
        skipped=tuple(tally.skipped),
        line=f"{RATED}: {said}",
    )


def fetch_ids(library: Recommender, ids: Sequence[str], fetcher: "Fetcher") -> tuple[list[Paper], list[str]]:
    """Ask arXiv for these papers: those that came, and a reason for each that did not.

    Raises `InputError`, `FetchError`.
    """
    papers: list[Paper] = []
    skipped: list[str] = []
    try:
        for page in fetcher.ids(ids):
            library.add(page.papers)
            papers += page.papers
            skipped += page.skipped
    finally:
        library.refresh()
    return papers, skipped


def targets(config: Config) -> tuple[Target, ...]:
    """What config.toml wants fetched: each section that asks arXiv for anything, then each of [fetch] categories.

    Whole categories are harvested by OAI-PMH first, which is made for it; sections follow the configured order.
    """
    wanted = config.fetch
    sections = [
        Target(section.title, Request(section.phrases, section.categories, limit=wanted.first_fill), wanted.sources)
        for section in config.sections
        if section.phrases or section.categories
    ]
    order: tuple[SourceName, ...] = tuple(sorted(wanted.sources, key=lambda name: name != "oai"))
    harvests = [
        Target(f"categories {name}", Request(categories=(name,), limit=wanted.first_fill), order)
        for name in wanted.categories
    ]
    return (*sections, *harvests)


def fetcher_of(config: Config, *, now: Callable[[], datetime], say: Say = mute) -> "Fetcher":
    """The way to arXiv as config.toml describes it; opens no connection. `say` is told why it waits."""
    from recommender.sources.chain import Fetcher  # brings arxiv, requests and lxml: 0.4 s that only a fetch pays

    wanted = config.fetch
    try:
        agent = f"recommender/{version('recommender')}"
    except PackageNotFoundError:  # run from its folder, not installed
        agent = "recommender"
    return Fetcher(
        api_url=wanted.api_url,
        oai_url=wanted.oai_url,
        rss_url=wanted.rss_url,
        order=wanted.sources,
        agent=agent,
        contact=wanted.contact,
        timeout=wanted.timeout_seconds,
        budget=wanted.budget_seconds,
        now=now,
        say=say,
    )


def fetch_all(
    wanted: Sequence[Target],
    fetcher: "Fetcher",
    store: Store,
    keep: Keep,
    *,
    now: datetime,
    say: Say = mute,
) -> tuple[Report, ...]:
    """Fetch every target; `say` is told each page as it is stored. A target's failure is in its report, not raised."""
    return tuple(_fetch(target, fetcher, store, keep, now=now, say=say) for target in wanted)


class _Tally:
    """What has come for one target so far."""

    def __init__(self) -> None:
        self.new: set[str] = set()
        self.revised: set[str] = set()
        self.skipped: list[str] = []
        self.newest: date | None = None
        self.source: str = ""
        self.attempts: tuple[Attempt, ...] = ()


def _fetch(
    target: Target,
    fetcher: "Fetcher",
    store: Store,
    keep: Keep,
    *,
    now: datetime,
    say: Say,
) -> Report:
    before, tally, ok = fetcher.requests, _Tally(), False
    last_good = store.ledger.last(target.title, ok=True)
    try:
        for page in fetcher.fetch(target.request, store.ledger.cursor, target.order):
            _take(page, tally, store, keep)
            if page.papers:
                say(f"{target.title}: {len(page.papers)} papers from {page.source}")
        ok = True
    except SourcesError as error:
        tally.source, tally.attempts = "", error.attempts
    requests = fetcher.requests - before
    reason = reasons(tally.attempts)
    _log(target, store, tally, ok=ok, reason=reason, requests=requests, now=now)
    return Report(
        target=target.title,
        ok=ok,
        source=tally.source,
        new=len(tally.new),
        revised=len(tally.revised),
        requests=requests,
        newest=tally.newest,
        reason=reason,
        skipped=tuple(tally.skipped),
        line=f"{target.title}: {_outcome(tally, ok=ok, reason=reason, last_good=last_good, now=now)}",
    )


def _take(page: Page, tally: _Tally, store: Store, keep: Keep) -> None:
    """Store a page, and only then the cursors that say it need not be asked for again."""
    added = keep(page.papers)
    for name, value in page.cursors.items():
        store.ledger.set_cursor(name, value)
    tally.new.update(added.new)
    tally.revised.update(set(added.revised) - tally.new)
    tally.skipped += page.skipped
    tally.newest = latest(tally.newest, *(day_of(paper) for paper in page.papers))
    tally.source, tally.attempts = page.source, page.instead_of


def _log(target: Target, store: Store, tally: _Tally, *, ok: bool, reason: str, requests: int, now: datetime) -> None:
    """One line for each source that failed, then one for the target as a whole."""
    for attempt in tally.attempts:
        if attempt.asked:
            store.ledger.enter(Fetch(target.title, attempt.source, now, ok=False, detail=attempt.reason))
    whole = Fetch(target.title, tally.source, now, ok=ok, detail=reason, requests=requests, newest=tally.newest)
    store.ledger.enter(replace(whole, new=len(tally.new), revised=len(tally.revised)))


def _outcome(tally: _Tally, *, ok: bool, reason: str, last_good: Fetch | None, now: datetime) -> str:
    """`12 new`, `nothing new (...)` or `could not be fetched: ...`: three things that must never read alike."""
    counts = [f"{len(tally.new)} new"] if tally.new else []
    counts += [f"{len(tally.revised)} revised"] if tally.revised else []
    if not ok:
        stays = f"; what was fetched on {last_good.at:%Y-%m-%d} stays" if last_good else ""
        came = f", after {' and '.join(counts)} had come" if counts else ""
        return f"could not be fetched{came}: {reason}{stays}"
    skipped = len(tally.skipped)
    unread = f"; {skipped} {'entry' if skipped == 1 else 'entries'} could not be read" if skipped else ""
    through = f"; through {tally.source}, because {reason}" if reason else ""
    if counts:
        return ", ".join(counts) + through + unread
    announced = announcement(now)
    day = f"{mailing_day(announced):%A}"
    if last_good and last_good.at >= announced:
        return f"nothing new (arXiv announced nothing since {day}){through}{unread}"
    return f"nothing new (no match in what arXiv announced up to {day}){through}{unread}"
