"""Ids and addresses in a query: alone, several of them, or among other words."""

import re

from recommender import archives
from recommender.errors import InputError
from recommender.store import Store

_BETWEEN = re.compile(r"\s*(?:[,;\n]|\s(?:and|&)\s)\s*")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+\Z", re.IGNORECASE)
_BARE = re.compile(r"\W*\d{4}\.\d{4,5}(?:v\d+)?\W*\Z")
_APART = re.compile(r"[\s<>()\[\]{}]+")
_PARTS = re.compile(r"[/?#=&_]")
_SLUG = 3
"Words of a page's address from which on they are taken for a title."


def ids_alone(text: str, store: Store) -> tuple[str, ...]:
    """The ids that a text consists of, each once; raises `InputError` where one looks like an id and cannot be any.

    The address of a page that archives do not know is the one paper's that is stored and whose id stands in it.
    """
    for parts in ([text.strip()], _BETWEEN.split(text.strip(" ,;\n")), text.split()):
        if all(_id(part) or archives.shaped(part) for part in parts):
            return tuple(dict.fromkeys(archives.parse(part).id for part in parts))
    if not _ADDRESS.match(text.strip()) or "doi.org/" in text:
        return ()
    held = store.papers.get([_id(part) for part in _PARTS.split(text) if _BARE.match(part)])
    return tuple(held) if len(held) == 1 else ()


def ids_among(text: str, store: Store) -> tuple[tuple[str, ...], str]:
    """The ids among the words of a text, and its other words; a number without `arXiv` is one where it is stored."""
    found: list[str] = []
    others: list[str] = []
    for word in _APART.split(text):
        paper_id = _id(word) if any(map(str.isdigit, word)) else ""
        named = paper_id and (not _BARE.match(word) or paper_id in store.papers.get([paper_id]))
        (found if named else others).append(paper_id if named else word)
    return tuple(dict.fromkeys(found)), " ".join(others).strip() if found else text


def titled(address: str) -> str:
    """The title in the address of a page about a paper; raises `InputError` where it has none; empty for other text."""
    if not _ADDRESS.match(address.strip()):
        return ""
    parts = _PARTS.split(address.strip().partition("://")[2] or address.strip())[1:]
    slug = max((part.partition(".")[0].split("-") for part in parts), key=len, default=[])
    if len(slug) < _SLUG or not all(word.isalnum() for word in slug):
        raise InputError(f"{address.strip()[:80]!r} names no paper of arXiv; give its arXiv id or words of its title")
    return " ".join(slug)


def _id(text: str) -> str:
    try:
        return archives.parse(text).id
    except InputError:
        return ""
