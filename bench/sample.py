"""Draw the sample of arXiv that relevance is calibrated against: `python -m bench.sample CORPUS...`.

CORPUS are files of papers from all of arXiv, as `recommend import` reads them. The order is that of the SHA-256 of
their ids, so the same papers give the same sample, and a paper's chance is the same whatever it is about. Written are
the titles of the first 16,384 (stemmed, see recommender/calibration.py), their vectors by the default model, and the
texts of the first 2,048, for models that bring no sample along.
"""

import hashlib
import heapq
import json
import lzma
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from recommender import embed
from recommender.paper import Paper
from recommender.rank.background import TEXTS
from recommender.rank.wording import TITLES, stems
from recommender.sources.files import PaperFile
from recommender.train.folder import write_background

PAPERS, TEXTS_OF = 16_384, 2048


def drawn(papers: Iterable[Paper], number: int) -> list[Paper]:
    """The `number` papers whose ids have the lowest SHA-256, lowest first."""
    return heapq.nsmallest(number, papers, key=lambda paper: hashlib.sha256(paper.id.encode()).digest())


def read(paths: Iterable[Path]) -> Iterator[Paper]:
    """Every paper of these files that can be read."""
    for path in paths:
        yield from PaperFile(path).papers(lambda number, reason: print(f"line {number} {reason}", file=sys.stderr))


def main() -> None:
    """Write the three files into the package."""
    sample = drawn(read(map(Path, sys.argv[1:])), PAPERS)
    TITLES.write_text("".join(f" {' '.join(stems(paper.title))} \n" for paper in sample), encoding="utf-8")
    records = ({"id": paper.id, "title": paper.title, "abstract": paper.abstract} for paper in sample[:TEXTS_OF])
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    TEXTS.write_bytes(lzma.compress(lines.encode(), preset=9 | lzma.PRESET_EXTREME))
    write_background(embed.DEFAULT_MODEL, embed.load("default").encode_documents(sample))


if __name__ == "__main__":
    main()
