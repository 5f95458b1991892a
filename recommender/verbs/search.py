"""The one way in which fronts search: words, filters, an author, the latest first, as one reader likes it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from recommender import archives
from recommender.errors import InputError
from recommender.library import Recommender
from recommender.paper import Paper, Scored
from recommender.rank import Question
from recommender.store import Filter
from recommender.verbs import profile

_DEPTH = 2000
"Papers among which those of an author are looked for."
_AGO = re.compile(r"[0-9]{1,9}[dD]")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for."""

    text: str
    only: Filter = Filter()
    author: str = ""
    "a part of an author's name; empty: whoever wrote it"
    newest: bool = False
    "the latest of all that are relevant enough, instead of the best"
    for_list: str | None = None
    "the list whose likes count too; None: nobody's"


def day(text: str, today: date) -> date:
    """A day as `2025-01-31`, or as `30d`: so many days before today; raises `InputError`."""
    try:
        return today - timedelta(days=int(text[:-1])) if _AGO.fullmatch(text) else date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise InputError(f"{text[:60]!r} is not a day; write 2025-01-31, or 30d for thirty days ago") from None


def filter_of(categories: Iterable[str], since: date | None, until: date | None) -> Filter:
    """Papers of any of these categories and of days from `since` to `until`; raises `InputError` for what none is."""
    if since and until and since > until:
        raise InputError(f"since {since} lies after until {until}; no paper can match")
    return Filter(tuple(dict.fromkeys(map(archives.check_category, categories))), since, until)


def search(library: Recommender, wanted: Search, number: int, *, least: float = 0.0) -> list[Scored]:
    """The `number` papers that answer best, of at least `least` per cent; raises `InputError`."""
    if not wanted.text.strip():
        raise InputError("the query is empty; say what you are looking for")
    least = max(least, library.config.ranking.min_relevance) if wanted.newest else least
    depth = number if wanted.for_list is None else profile.pool_for_reader(number)
    found = _answer(library, wanted, max(depth, _DEPTH) if wanted.author else depth, least)
    if wanted.author:
        found = [scored for scored in found if written_by(scored.paper, wanted.author)][:depth]
    if wanted.for_list is not None:
        found = profile.for_reader(library, found, wanted.for_list, number)
    return found[:number]


def _answer(library: Recommender, wanted: Search, number: int, least: float) -> list[Scored]:
    """Ask the library; the only place that knows by which of its methods."""
    return library.answer(Question((wanted.text,)), number, wanted.only, least=least, newest=wanted.newest)


def written_by(paper: Paper, name: str) -> bool:
    """Whether all words of a name are words, or initials, of one of the paper's authors."""
    wanted = name.casefold().replace(".", " ").split()
    return any(_matches(wanted, author.casefold().replace(".", " ").split()) for author in paper.authors)


def _matches(wanted: list[str], words: list[str]) -> bool:
    return all(any(_same(one, word) for word in words) for one in wanted)


def _same(one: str, word: str) -> bool:
    return one == word or (len(one) == 1 and word.startswith(one)) or (len(word) == 1 and one.startswith(word))
