"""All of arXiv that is at hand as titles and vectors, less the sample that relevance is calibrated against."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.sample import PAPERS, drawn, read
from recommender import embed
from recommender.paper import Paper
from recommender.rank.wording import stems
from recommender.vectors import FloatArray

OTHERS = 10_884
"Papers of all kinds that a topic has to be told from, once for fitting and once for testing."
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Others:
    """Papers of all kinds."""

    rows: np.ndarray
    titles: list[str]
    "stems with blanks around them"
    texts: list[str]
    "title and abstract in the same way"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Row i everywhere is the same paper."""

    ids: dict[str, int]
    titles: list[str]
    stems: list[list[str]]
    "of the titles"
    texts: list[str]
    "titles and abstracts"
    categories: list[str]
    "primary ones, empty where unknown"
    vectors: FloatArray
    "(n, d), of length 1"
    fitting: Others
    testing: Others

    @classmethod
    def read(cls, paths: Iterable[Path], encoder: embed.Encoder) -> "Corpus":
        """Read and embed; a minute on one core for 366,063 papers."""
        papers = list({paper.id: paper for paper in read(paths)}.values())
        chunks = [encoder.encode_documents(papers[at : at + _CHUNK]) for at in range(0, len(papers), _CHUNK)]
        ids = {paper.id: row for row, paper in enumerate(papers)}
        rows = np.array([ids[paper.id] for paper in drawn(papers, PAPERS + 2 * OTHERS)])[PAPERS:]
        categories = [paper.categories[0] if paper.categories else "" for paper in papers]
        first, second = (_others(papers, half) for half in np.split(rows, 2))
        titles, texts = [paper.title for paper in papers], [embed.document_text(paper) for paper in papers]
        words = [stems(title) for title in titles]
        return cls(ids, titles, words, texts, categories, np.concatenate(chunks), first, second)


def _others(papers: list[Paper], rows: np.ndarray) -> Others:
    picked = [papers[row] for row in rows]
    return Others(
        rows,
        [_spaced(paper.title) for paper in picked],
        [_spaced(embed.document_text(paper)) for paper in picked],
    )


def _spaced(text: str) -> str:
    return f" {' '.join(stems(text))} "
