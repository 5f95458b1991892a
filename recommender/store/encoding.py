"""How papers and vectors lie in the columns of papers.db, and how they are read back whatever those columns hold."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from recommender.archives import day_of
from recommender.paper import Paper, clean
from recommender.vectors import HalfArray

COLUMNS = "id, title, abstract, authors, categories, published, updated, version, comment"
NAMES = tuple(COLUMNS.split(", "))
_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_BEYOND = 1 << 63
"what SQLite's integers do not reach"


class UnreadableError(Exception):
    """A record holds what was never written there; `str()` names the column and what is wrong."""


def text_hash(paper: Paper) -> bytes:
    """Of what is embedded: a paper whose title and abstract stay the same keeps its vector."""
    return hashlib.blake2b(f"{paper.title}\n{paper.abstract}".encode(), digest_size=16).digest()


def values_of(paper: Paper) -> tuple[str | int | None, ...]:
    """A paper as the columns `COLUMNS`."""
    return (
        paper.id,
        paper.title,
        paper.abstract,
        _to_json(paper.authors),
        " ".join(paper.categories),
        paper.published.isoformat() if paper.published else None,
        paper.updated.isoformat() if paper.updated else None,
        paper.version,
        paper.comment,
    )


def record_hash(values: Sequence[Any], text: bytes) -> bytes:
    """Of the columns `COLUMNS` with the hash of their text: tells a record that changed behind our back."""
    id_, _, _, *rest = values
    return hashlib.blake2b("\n".join(map(str, (id_, *rest))).encode() + text, digest_size=8).digest()


def vector_sum(blob: bytes) -> int:
    """The checksum that is kept beside a vector."""
    return zlib.crc32(blob)


def paper_of(record: Sequence[Any]) -> Paper:
    """A paper from the columns `COLUMNS`; raises `UnreadableError` where they hold no paper."""
    id_, title, abstract, authors, categories, published, updated, version, comment = record[:9]
    for name, value in (("id", id_), ("title", title), ("abstract", abstract), ("comment", comment)):
        text_of(name, value)
    paper = Paper(
        id=id_,
        title=title,
        abstract=abstract,
        authors=authors_of(authors),
        categories=tuple(text_of("categories", categories).split()),
        published=_day_or_none("published", published),
        updated=_day_or_none("updated", updated),
        version=version_of(version),
        comment=comment,
    )
    if published is None and updated is None:
        _dated(paper)
    return paper


def salvage(record: Sequence[Any]) -> tuple[Paper | None, str]:
    """What of the columns `COLUMNS` still is a paper, None where too much is lost; and what was wrong."""
    reasons: list[str] = []

    def read(reader: Any, lost: Any, *value: Any) -> Any:
        try:
            return reader(*value)
        except UnreadableError as error:
            reasons.append(str(error))
            return lost

    id_ = read(text_of, "", "id", record[0])
    title, abstract, comment = (
        read(text_of, _legible(value), name, value)
        for name, value in (("title", record[1]), ("abstract", record[2]), ("comment", record[8]))
    )
    paper = Paper(
        id=id_,
        title=title,
        abstract=abstract,
        authors=read(authors_of, (), record[3]),
        categories=tuple(read(text_of, _legible(record[4]), "categories", record[4]).split()),
        published=read(_day_or_none, None, "published", record[5]),
        updated=read(_day_or_none, None, "updated", record[6]),
        version=read(version_of, None, record[7]),
        comment=comment,
    )
    dated = read(lambda: _dated(paper), None) if paper.published is None and paper.updated is None else True
    lost = not id_ or not (title or abstract) or dated is None
    return (None if lost else paper), "; ".join(reasons)


def text_of(name: str, value: Any) -> str:
    """The text that a column holds; raises `UnreadableError`."""
    if isinstance(value, str):
        return value
    raise UnreadableError(f"{name} is not UTF-8 text" if isinstance(value, bytes) else f"{name} is no text")


def _legible(value: Any) -> str:
    """What of a text that is none can be read."""
    return clean(value.decode("utf-8", "replace")) if isinstance(value, bytes) else ""


def authors_of(value: Any) -> tuple[str, ...]:
    """The names that a column holds as a JSON list; raises `UnreadableError`."""
    try:
        names = json.loads(text_of("authors", value))
        "".join(names).encode() if "\\u" in value else "".join(names)  # no half of a surrogate pair
    except (ValueError, TypeError, RecursionError):
        raise UnreadableError("authors are no list of names") from None
    if not isinstance(names, list):
        raise UnreadableError("authors are no list of names")
    return tuple(names)


def _day_or_none(name: str, value: Any) -> date | None:
    return None if value is None else day_of_text(name, value)


def day_of_text(name: str, value: Any) -> date:
    """The day that a column holds as an ISO text; raises `UnreadableError`."""
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError):
        raise UnreadableError(f"{name} is no day") from None


def version_of(value: Any) -> int | None:
    """The version that a column holds; raises `UnreadableError`."""
    if value is None or (isinstance(value, int) and 0 < value < _BEYOND):
        return value
    raise UnreadableError("version is no number of a version")


def _dated(paper: Paper) -> date:
    try:
        return day_of(paper)
    except (ValueError, OverflowError):
        raise UnreadableError("neither days nor id tell of which day it is") from None


def unpack(blobs: Sequence[bytes]) -> HalfArray:
    """(n, d) float16 from as many blobs of one length."""
    return np.frombuffer(b"".join(blobs), "<f2").reshape(len(blobs), -1) if blobs else np.empty((0, 0), np.float16)
