"""The one way in which fronts search: words, filters, the latest first, as one reader likes it."""

from dataclasses import dataclass, replace

from recommender.errors import InputError
from recommender.finding import Found
from recommender.library import Recommender
from recommender.store import Filter
from recommender.verbs import profile


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
