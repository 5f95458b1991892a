"""One reference as another program wrote it down, and which archive's paper it names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from recommender import archives
from recommender.errors import InputError
from recommender.paper import clean

By = Literal["id", "DOI", "address", ""]
"What named the paper."

_TOKEN = re.compile(r"[^\s{}<>\"'\[\](),;|\\]+")
_AFTER_NAME = re.compile(r"\barxiv(?:\s+(?:e-?print|preprint))?\s*[:\s]\s*(?=[a-z-]*[./]?\w*\d{4})", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A reference with what is known of it."""

    where: str
    "where it stands, for a reader: `line 12 (knuth84)`"
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    id: str = ""
    "of a known archive, without version; empty where it names none"
    by: By = ""


@dataclass(frozen=True, slots=True)
class References:
    """A file or library as it was read."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...] = ()
    "an entry that could not be used each, with where it stands and why"
    excluded: int = 0
    "entries left out because their collection is"
    notes: tuple[str, ...] = ()
    "what a reader should know of the file as a whole"


def named(*, ids: Iterable[str] = (), dois: Iterable[str] = (), texts: Iterable[str] = ()) -> tuple[str, By]:
    """The archive's id that fields of a reference name, and by which kind: an id before a DOI before addresses.

    `ids` are fields that hold an id and nothing else, `texts` any that may mention one.
    """
    for by, candidates in (("id", ids), ("DOI", dois)):
        for text in candidates:
            if found := _parsed(text.strip()):
                return found, by  # type: ignore[return-value]
    for text in texts:
        joined = _AFTER_NAME.sub(" arXiv:", text)
        for token in _TOKEN.findall(joined):
            if "arxiv" in token.lower() and (found := _parsed(token.rstrip(".:"))):
                return found, "address"
    return "", ""


def _parsed(text: str) -> str:
    try:
        return archives.parse(text).id if text else ""
    except InputError:
        return ""


def doi_of(text: str) -> str:
    """The DOI in a text, as it stands there; empty where there is none."""
    found = _DOI.search(text)
    return found[0] if found else ""


def year_of(text: str) -> int | None:
    """The first number of four digits that can be a year."""
    found = re.search(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)", text)
    return int(found[1]) if found else None


def entry(
    where: str,
    *,
    title: str,
    abstract: str = "",
    authors: Sequence[str] = (),
    year: str = "",
    ids: Iterable[str] = (),
    dois: Iterable[str] = (),
    texts: Iterable[str] = (),
) -> Entry:
    """An entry from fields as they were read; raises `InputError` for one that names neither a paper nor a title."""
    paper_id, by = named(ids=ids, dois=dois, texts=texts)
    if not clean(title) and not paper_id:
        raise InputError("has neither a title nor the id of a paper")
    people = tuple(name for author in authors if (name := clean(author)))
    return Entry(where, clean(title), clean(abstract), people, year_of(year), paper_id, by)


def values(fields: Mapping[str, str], *names: str) -> list[str]:
    """Those of the fields that are there and not empty, by lower-case name."""
    return [text for name in names if (text := fields.get(name, "").strip())]
