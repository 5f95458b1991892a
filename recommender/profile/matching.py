"""From references to papers: by the archive's id that they name, else by title and year among what is stored."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from recommender.paper import Paper
from recommender.profile.entry import Entry

How = Literal["id", "DOI", "address", "title and year", "text", "nothing"]
"What an entry was matched by; `text`: no paper, but an abstract; `nothing`: neither."

_WORD = re.compile(r"[^\W_]+")
_LEAST_WORDS = 3
"A shorter title names no paper by itself."
_YEARS = (-1, 4)
"How many years after the archive's a reference may be dated: a journal's issue comes later."


@dataclass(frozen=True, slots=True)
class Match:
    """An entry and what it stands for."""

    entry: Entry
    how: How
    id: str = ""
    "of a paper; empty for `text` and `nothing`"


def match(entries: Sequence[Entry], stored: Mapping[str, Sequence[Paper]]) -> list[Match]:
    """Each entry with its paper; `stored` gives the stored papers of a title, by `key_of`."""
    return [_match(entry, stored) for entry in entries]


def wanted_titles(entries: Iterable[Entry]) -> set[str]:
    """The titles that must be looked up, as `key_of` writes them."""
    keys = (key_of(entry.title) for entry in entries if not entry.id)
    return {key for key in keys if key.count(" ") >= _LEAST_WORDS - 1}


def by_title(papers: Iterable[Paper], wanted: set[str]) -> dict[str, list[Paper]]:
    """Those of the papers whose title is wanted."""
    found: dict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        if (key := key_of(paper.title)) in wanted:
            found[key].append(paper)
    return found


def key_of(title: str) -> str:
    """The words of a title, however they are set."""
    return " ".join(_WORD.findall(title.casefold().replace("$", "").replace("\\", " ")))


def _match(entry: Entry, stored: Mapping[str, Sequence[Paper]]) -> Match:
    if entry.id:
        return Match(entry, entry.by or "id", entry.id)
    alike = [
        paper for paper in stored.get(key_of(entry.title), ()) if _same_time(entry, paper) and _shared(entry, paper)
    ]
    if len(alike) == 1:
        return Match(entry, "title and year", alike[0].id)
    return Match(entry, "text" if entry.abstract and entry.title else "nothing")


def _same_time(entry: Entry, paper: Paper) -> bool:
    from recommender.archives import day_of

    year = paper.published.year if paper.published else day_of(paper).year
    return entry.year is None or _YEARS[0] <= entry.year - year <= _YEARS[1]


def _shared(entry: Entry, paper: Paper) -> bool:
    """Whether an author is of both; where either names none, nothing speaks against it."""
    ours = {word for name in paper.authors for word in _WORD.findall(name.casefold()) if len(word) > 1}
    theirs = {word for name in entry.authors for word in _WORD.findall(name.casefold()) if len(word) > 1}
    return not ours or not theirs or bool(ours & theirs)
