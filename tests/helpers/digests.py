"""Digests to be rendered: the seed's three sections, and as many rows as are wanted."""

from datetime import date, timedelta
from pathlib import Path

from recommender.dailyarxiv import read as dailyarxiv
from recommender.digest.model import Digest, Provenance, Row, Section, arrange, compose
from recommender.paper import Paper, Scored

DATA = Path(__file__).parent.parent / "data"
SEED = dailyarxiv.parse((DATA / "daily-papers.md").read_bytes().decode())
TODAY = date(2025, 11, 14)
GOOD = Provenance("arXiv's query API", TODAY, 5231, date(2025, 11, 13))


def seed_digest() -> Digest:
    """The seed's three sections as if ranked in the file's order, three papers of each met today."""
    sections = []
    for part in SEED.sections:
        scored = [Scored(paper, 0.9 - n / 1000, 99 - n / 4) for n, paper in enumerate(part.papers)]
        shown = {paper.id: (paper.version, TODAY - timedelta(days=1)) for paper in part.papers[3:]}
        rows = arrange(scored, shown=shown, day=TODAY, top=100)
        sections.append(Section(part.title, part.title, rows, GOOD))
    return compose(TODAY, sections)


def many(sections: int, rows: int, *, abstract: str = "An abstract. " * 100) -> Digest:
    """So many sections of so many rows each."""
    papers = [
        Paper(
            f"25{1 + n // 9000:02}.{n % 9000:05}", f"Paper {n}", abstract, updated=TODAY, version=1, comment="8 pages"
        )
        for n in range(sections * rows)
    ]
    return Digest(
        TODAY,
        tuple(
            Section(
                f"Section {s}", "", tuple(Row(Scored(p, 0.5, 90.0)) for p in papers[s * rows : (s + 1) * rows]), GOOD
            )
            for s in range(sections)
        ),
    )
