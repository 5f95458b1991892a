"""A paper as plain values, the same from every front: what `--json` prints."""

from dataclasses import asdict
from datetime import date
from typing import Any

from recommender.archives import url_of
from recommender.paper import Paper, Scored


def of(scored: Scored, rank: int) -> dict[str, Any]:
    """One result, with its place from 1, as JSON takes it."""
    return {
        "rank": rank,
        "relevance": round(scored.relevance, 1),
        "similarity": round(scored.similarity, 4),
        "like": scored.like,
        "because": asdict(scored.because) if scored.because else None,
        **of_paper(scored.paper),
    }


def of_paper(paper: Paper) -> dict[str, Any]:
    """What is known of one paper, as JSON takes it."""
    return {
        "id": paper.id,
        "version": paper.version,
        "url": url_of(paper),
        "title": paper.title,
        "authors": paper.authors,
        "categories": paper.categories,
        "published": _iso(paper.published),
        "updated": _iso(paper.updated),
        "comment": paper.comment,
        "abstract": paper.abstract,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
