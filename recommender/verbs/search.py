"""The one way in which fronts search: words, filters, the latest first, as one reader likes it."""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from recommender import archives
from recommender.errors import InputError
from recommender.finding import Found
from recommender.library import Recommender
from recommender.store import Filter
from recommender.verbs import profile

_AGO = re.compile(r"[0-9]{1,9}[dD]")
_MONTH_OR_YEAR = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for."""

    text: str
    only: Filter = Filter()
    newest: bool = False
    "the latest of all that are relevant enough, instead of the best"
    for_list: str | None = None
    "the list whose likes count too; None: nobody's"
    meaning: bool = False
    "the text as it stands, by meaning alone"
    exact: bool = False
    "no word is taken for a slip"


def day(text: str, today: date, *, last: bool = False) -> date:
    """A day as `2025-01-31`, as `30d`: so many days before today, or the first (or last) of `2025-01` or `2025`.

    Raises `InputError`.
    """
    try:
        if _AGO.fullmatch(text):
            return today - timedelta(days=int(text[:-1]))
        return _bound(text.strip(), last=last) or date.fromisoformat(text)
    except (ValueError, OverflowError):
        wanted = "write 2025-01-31, 2025-01, 2025, or 30d for thirty days ago"
        raise InputError(f"{text[:60]!r} is not a day; {wanted}") from None


def _bound(text: str, *, last: bool) -> date | None:
    """The first or last day of `2025` or `2025-03`; None for anything else."""
    found = _MONTH_OR_YEAR.fullmatch(text)
    if not found:
        return None
    year, month = int(found[1]), int(found[2]) if found[2] else 0
    if not last:
        return date(year, 1 if found[2] is None else month, 1)
    return date(year, 12 if found[2] is None else month, monthrange(year, month or 12)[1])


def filter_of(categories: Iterable[str], since: date | None, until: date | None, author: str = "") -> Filter:
    """Papers of any of these categories, of days from `since` to `until`, by an author; raises `InputError`."""
    if since and until and since > until:
        raise InputError(f"since {since} lies after until {until}; no paper can match")
    known = tuple(dict.fromkeys(map(archives.check_category, categories)))
    return Filter(known, since, until, (author,) if author.strip() else ())


def search(library: Recommender, wanted: Search, number: int, *, least: float = 0.0) -> Found:
    """The `number` papers that answer best, of at least `least` per cent, and how the query was read.

    Raises `InputError`.
    """
    if not wanted.text.strip():
        raise InputError("the query is empty; say what you are looking for")
    found = library.find(
        wanted.text,
        number if wanted.for_list is None else profile.pool_for_reader(number),
        wanted.only,
        least=max(least, library.config.ranking.min_relevance) if wanted.newest else least,
        newest=wanted.newest,
        meaning=wanted.meaning,
        exact=wanted.exact,
    )
    if wanted.for_list is None:
        return found
    return replace(found, papers=tuple(profile.for_reader(library, found.papers, wanted.for_list, number)))
