"""Names in a query: a title, an author, a title and its author. Recognised, not guessed: the stored papers decide."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.finding.found import Kind, Reading
from recommender.paper import Paper
from recommender.rank.words import STOP, telling
from recommender.store import Store
from recommender.store.names import Likeness, Name, likeness, name_of
from recommender.terms import terms
from recommender.vectors import IntArray

_BY = re.compile(r"[\s,;]+by\s+", re.IGNORECASE)
_PAPERS_BY = re.compile(
    r"(?:(?:papers?|articles?|works?|publications?|preprints?)\s+)?(?:by|of)\s+(?=\S)", re.IGNORECASE
)
_ET_AL = re.compile(r"[\s,]+(?:et\.?\s+al\b\.?|and\s+others)\s*\Z", re.IGNORECASE)
_LONGEST_NAME = 5
_FEWEST = 3
"Papers by the bearers of a family name behind `by`; no fewer than titles that have the word."
_LONGEST_AMONG = 3
"Words of a name that is looked for among other words."
_SURE = 5
"How many papers by an author there must be for one title that has the same words side by side."
_SURE_ALONE = {"rare": 3, "Common": 50, "common": 100}
"The same for a single word: one the model does not know, or does, with a capital or without; and the fewest papers."
_PREFIX = 5
"Words from which on the beginning of a title is one; fewer begin too many titles."
_ENOUGH = 0.7
"Share of the words before `by` that an author's title must have."
_MOST = 10


@dataclass(frozen=True, slots=True)
class Named:
    """Papers that a query names."""

    rows: IntArray
    "best first"
    reading: Reading
    rest: str | None = None
    "what of the query is left to be ranked by meaning; None: nothing, these papers are the answer"


def recognise(store: Store, text: str, common: Callable[[str], bool]) -> Named | None:
    """What a query names, if anything; `common` tells whether a folded word is one of the model's own."""
    return (
        _title_by_author(store, text)
        or _author(store, text, common)
        or _title(store, text)
        or _title_with_author(store, text)
    )


def by_author(store: Store, text: str, common: Callable[[str], bool]) -> Named | None:
    """The papers of an author who is named behind `by`, and the words before that are to be looked for among them."""
    for place in reversed(list(_BY.finditer(text))):
        if telling(text[: place.start()]) and (named := _author(store, text[place.end() :], common)):
            return Named(named.rows, named.reading, text[: place.start()])
    return None


def papers_at(store: Store, rows: Sequence[int] | IntArray) -> list[tuple[int, Paper]]:
    """Those of these rows whose papers can be read, in their order, with the papers."""
    found = store.papers.readable(rows)
    return [(int(row), found[int(row)]) for row in rows if int(row) in found]


def _named(kind: Kind, rows: IntArray | Sequence[int], said: str, rest: str | None = None) -> Named:
    return Named(np.asarray(rows, np.int64), Reading(kind, said, "meaning"), rest)


def _title(store: Store, text: str) -> Named | None:
    """A whole title, or enough of its beginning."""
    words = terms(text)
    rows = store.titles.phrase(words, beginning=True, limit=50 if len(words) > 2 else 500)
    titles = {row: terms(paper.title) for row, paper in papers_at(store, rows)}
    whole = [row for row, title in titles.items() if title == words]
    begun = [row for row, title in titles.items() if title != words]
    if len(words) < _PREFIX - 1 or (len(words) < _PREFIX and len(begun) > 2):
        begun = []
    found = (whole or begun)[:_MOST]
    said = f"title: {'a whole one' if whole else 'the beginning of one'}"
    return _named(Kind.TITLE, found, said, text) if found else None


def _title_by_author(store: Store, text: str) -> Named | None:
    """Words of a title, then `by` and a name."""
    for place in reversed(list(_BY.finditer(text))):
        words, names = terms(text[: place.start()]), _ET_AL.sub("", text[place.end() :])
        for name in dict.fromkeys((names, *re.split(r"\s*(?:,|;|&|\band\b)\s*", names)[:1])):
            if words and (rows := _of(store, words, name_of(name))):
                said = f"title by author: {_as_written(store, rows[0], name_of(name))}"
                return _named(Kind.TITLE, rows[:_MOST], said, text[: place.start()])
    return None


def _of(store: Store, words: Sequence[str], name: Name) -> list[int]:
    """Rows of an author's papers that have these words in their titles, those that begin with them first."""
    together = papers_at(store, store.titles.together(words, name, limit=200))
    papers = {row: paper for row, paper in together if _wrote(paper, name) < Likeness.NONE}
    if not papers:
        near = papers_at(store, store.titles.authored(name)[0][-500:])
        papers = {row: paper for row, paper in near if _share(words, paper) >= _ENOUGH}

    def place(row: int) -> tuple[bool, float, int, int]:
        title = terms(papers[row].title)
        return title[: len(words)] != list(words), -_share(words, papers[row]), len(title), -row

    return sorted(papers, key=place)


def _share(words: Sequence[str], paper: Paper) -> float:
    title = set(terms(paper.title))
    return sum(word in title for word in words) / len(words)


def _wrote(paper: Paper, name: Name) -> Likeness:
    return min((likeness(name, name_of(author)) for author in paper.authors), default=Likeness.NONE)


def _author(store: Store, text: str, common: Callable[[str], bool]) -> Named | None:
    """A name and nothing else."""
    told = _PAPERS_BY.match(text.strip())
    typed = _ET_AL.sub("", text.strip()[told.end() if told else 0 :])
    name = name_of(typed)
    if not 1 <= len(name) <= _LONGEST_NAME or any(not word.isalpha() for word in name):
        return None
    least = 1 if told else _least(store, typed, name, common)
    if least > store.titles.bearers(name[-1]) and least > store.titles.bearers(name[0]):
        return None
    names = [name] if "," in typed or len(name) == 1 else [name, (*name[1:], name[0])]
    for spoken in names:
        rows, _ = store.titles.authored(spoken)
        if len(rows) >= least:
            full = len(spoken) > 1 and len(spoken[0]) > 1
            written = _as_written(store, int(rows[-1]), spoken) if full else typed
            return _named(Kind.AUTHOR, rows, f"author: {written}, {len(rows):,} paper{'s'[: len(rows) != 1]}")
    return None


@dataclass(frozen=True, slots=True)
class Bearer:
    """An author in a query, and what else it says."""

    name: str
    "as it stands on a paper"
    rows: IntArray
    "of all their papers, ascending"
    rest: str
    "the query without the name"


def author_among(store: Store, text: str, common: Callable[[str], bool]) -> Bearer | None:
    """An author whose name begins or ends a text, or ends it behind `by`."""
    words = text.split()
    parts = [(text[by.end() :], text[: by.start()], 1) for by in _BY.finditer(text)]
    for size in range(min(_LONGEST_AMONG, len(words) - 1), 1, -1):
        parts += [(" ".join(words[:size]), " ".join(words[size:]), 2)]
        parts += [(" ".join(words[-size:]), " ".join(words[:-size]), 2)]
    for typed, rest, fewest in parts:
        name = name_of(_ET_AL.sub("", typed))
        if not fewest <= len(name) <= _LONGEST_NAME or any(not word.isalpha() or word in STOP for word in name):
            continue
        if not telling(rest) or len(name[0]) < fewest:
            continue
        rows, near = store.titles.authored(name)
        alone = len(name) == 1 and max(_FEWEST, store.titles.frequencies(name)[name[0]])
        if near is Likeness.SAME and len(rows) >= (alone or _least(store, typed, name, common)):
            return Bearer(_as_written(store, int(rows[-1]), name) if len(name) > 1 else typed, rows, rest)
    return None


def _least(store: Store, typed: str, name: Name, common: Callable[[str], bool]) -> int:
    """How many papers an author of this name must have for it to be no topic: the more titles have the same words."""
    words = terms(typed)
    if len(words) > 1:
        return 1 + _SURE * len(store.titles.phrase(words, limit=1000))
    if len(name[0]) < 3:
        return 1_000_000
    kind = "rare" if not common(name[0]) else "Common" if typed[0].isupper() else "common"
    odds = _SURE_ALONE[kind]
    return max(1 if kind == "rare" else odds, odds * store.titles.frequencies(words)[words[0]])


def _title_with_author(store: Store, text: str) -> Named | None:
    """Words of a title and a family name among them, as in `vaswani attention is all you need`."""
    words = telling(text)
    if not 3 <= len(words) <= 20:
        return None
    found = []
    for row, paper in papers_at(store, store.titles.everywhere(words, limit=200)):
        title = set(terms(paper.title))
        others = tuple(word for word in words if word not in title)
        if 0 < len(others) <= len(words) - 2 and any(set(others) <= set(name_of(a)) for a in paper.authors):
            found.append((row, others))
    names = dict.fromkeys(word for _, others in found for word in others)
    titled = store.titles.frequencies(names)
    if not found or any(store.titles.bearers(word) < _SURE * max(titled[word], 1) for word in names):
        return None
    said = f"title with author: {' '.join(found[0][1])}"
    rest = " ".join(word for word in text.split() if not names.keys() & set(terms(word)))
    return _named(Kind.TITLE, [row for row, _ in found[:_MOST]], said, rest)


def _as_written(store: Store, row: int, name: Name) -> str:
    """The name as it stands on a paper."""
    authors = [author for _, paper in papers_at(store, [row]) for author in paper.authors]
    return min(authors, key=lambda author: likeness(name, name_of(author)), default=" ".join(name))
