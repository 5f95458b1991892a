"""How papers and vectors lie in the columns of papers.db."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from recommender.paper import Paper
from recommender.vectors import HalfArray

COLUMNS = "id, title, abstract, authors, categories, published, updated, version, comment"
_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


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


def paper_of(record: Sequence[Any]) -> Paper:
    """A paper from the columns `COLUMNS`."""
    id_, title, abstract, authors, categories, published, updated, version, comment = record[:9]
    return Paper(
        id=id_,
        title=title,
        abstract=abstract,
        authors=tuple(json.loads(authors)),
        categories=tuple(categories.split()),
        published=date.fromisoformat(published) if published else None,
        updated=date.fromisoformat(updated) if updated else None,
        version=version,
        comment=comment,
    )


def unpack(blobs: Sequence[bytes]) -> HalfArray:
    """(n, d) float16 from as many blobs."""
    return np.frombuffer(b"".join(blobs), "<f2").reshape(len(blobs), -1) if blobs else np.empty((0, 0), np.float16)
