"""Saved searches: kept under a name, asked for what has come since they were last looked at."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from recommender import archives
from recommender.config import SectionConfig
from recommender.digest.model import Row, Section
from recommender.errors import InputError
from recommender.library import Recommender
from recommender.paper import Scored, clean
from recommender.store import Filter, Store
from recommender.store.watches import Watch
from recommender.verbs.search import Search, search

MOST = 100
"Papers that are new and shown, or counted."
NAME = re.compile(r"^[^\x00-\x20\x7f-\xa0./\\?#%\"'<>][^\x00-\x1f\x7f-\x9f/\\?#%\"'<>]{0,59}$")
"Names as addresses hold them; written so that every dialect of patterns reads it alike."


@dataclass(frozen=True, slots=True)
class News:
    """What is new for one saved search."""

    watch: Watch
    papers: tuple[Scored, ...]
    "best first, above its cut"
    mark: int
    "the row up to which was looked: what `seen` is told"


def name_of(text: str) -> str:
    """A name as it is kept; raises `InputError` for one that an address could not hold."""
    name = clean(text)
    if not NAME.fullmatch(name):
        raise InputError(
            f"{text[:80]!r} cannot name a search; choose 1 to 60 signs without / ? # % < > or quotes, no dot first"
        )
    return name


def keep(
    store: Store,
    name: str,
    query: str,
    now: datetime,
    *,
    categories: Iterable[str] = (),
    author: str = "",
    since: date | None = None,
    least: float | None = None,
    digest: bool = False,
) -> Watch:
    """Save a search, or change the one of that name; what is stored now counts as seen by a new one.

    One that asks for something else than before begins anew. Raises `InputError`.
    """
    query, before = clean(query), store.watches.get(name_of(name))
    if not query:
        raise InputError("the query is empty; say what you are looking for")
    if least is not None and not 0 <= least <= 100:
        raise InputError(f"min_relevance {least} is no percentage; choose 0 to 100")
    categories = tuple(dict.fromkeys(map(archives.check_category, categories)))
    fresh = Watch(
        name_of(name), query, now, now, store.papers.last_row(), categories, clean(author), since, least, digest
    )
    if before is not None:
        fresh = replace(fresh, created=before.created)
        if _asked(before) == _asked(fresh):
            fresh = replace(fresh, seen=before.seen, looked=before.looked)
    if fresh != before:
        store.watches.keep(fresh)
    return fresh


def named(store: Store, name: str) -> Watch:
    """The saved search of a name; raises `InputError` where there is none."""
    found = store.watches.get(clean(name))
    if found is None:
        known = ", ".join(watch.name for watch in store.watches.every()[:20])
        there = f"there are {known}" if known else 'there is none yet; `recommend watch add "text"` keeps one'
        raise InputError(f"{name[:80]!r} is no saved search; {there}")
    return found


def look(library: Recommender, watch: Watch, number: int = MOST) -> News:
    """What came since a saved search was last looked at; that it was looked at now is not noted."""
    with library.store.snapshot():
        mark = library.store.papers.last_row()
        found = _found(library, watch, number, after=watch.seen) if mark > watch.seen else []
        return News(watch, tuple(found), mark)


def count(library: Recommender, watch: Watch) -> int | None:
    """How many papers are new for a saved search, up to `MOST`; None where the model knows no word of it."""
    try:
        return len(look(library, watch).papers)
    except InputError:
        return None


def every(library: Recommender, watch: Watch, number: int) -> list[Scored]:
    """The papers of a saved search, new or not, best first."""
    return _found(library, watch, number, after=0)


def seen(store: Store, name: str, mark: int, now: datetime) -> Watch:
    """Note that what was stored up to a row was looked at; a mark of before changes nothing."""
    watch = named(store, name)
    mark = min(mark, store.papers.last_row())
    if mark >= watch.seen:
        watch = replace(watch, seen=mark, looked=now)
        store.watches.keep(watch)
    return watch


def section_of(title: str, query: str, papers: Iterable[Scored]) -> Section:
    """Papers best first as the digest's noun, each of its own day: for feeds."""
    rows = tuple(Row(scored, rank=rank) for rank, scored in enumerate(papers, 1))
    return Section(title, query or title, rows)


def as_section(watch: Watch) -> SectionConfig:
    """The section of the digest that a saved search stands for."""
    return SectionConfig(
        title=watch.name, query=watch.query, keywords=(), categories=watch.categories, min_relevance=watch.least
    )


def in_digest(store: Store, titles: Iterable[str]) -> list[SectionConfig]:
    """The saved searches that are sections of the digest too, but for those of which config.toml has the title."""
    taken = set(titles)
    return [as_section(watch) for watch in store.watches.every() if watch.digest and watch.name not in taken]


def _found(library: Recommender, watch: Watch, number: int, *, after: int) -> list[Scored]:
    authors = (watch.author,) if watch.author else ()
    only = Filter(watch.categories, watch.since, authors=authors, after_row=after)
    least = library.config.ranking.min_relevance if watch.least is None else watch.least
    found = search(library, Search(watch.query, only), number, least=least).papers
    rows = library.store.papers.rows(scored.paper.id for scored in found)  # a paper asked for by id passes any filter
    shown = [scored for scored in found if rows[scored.paper.id] > after]
    return [scored for scored in shown if library.config.digest.withdrawn or not scored.paper.withdrawn]


def _asked(watch: Watch) -> tuple[object, ...]:
    return watch.query, watch.categories, watch.author, watch.since
