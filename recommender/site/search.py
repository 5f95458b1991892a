"""The papers that the search page finds, in parts: what is looked through by the letter, and their vectors.

The first part is small and holds the papers that have pages, so that a reader on a slow line has an answer soon.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from recommender.archives import shown_day, url_of
from recommender.paper import Paper
from recommender.site import packed
from recommender.site.latex import readable
from recommender.site.model import Site

BITS = 4
"Of a paper's components: nDCG@10 .452 where the exact vectors have .455."
_FIRST, _NEXT = 1000, 3700
"Papers in the first part, and in each that follows."
_AUTHORS = 25
"Authors of a paper that the search knows: some papers have thousands."


def paper_scripts(site: Site, titles: Sequence[str]) -> dict[str, str]:
    """`papers-0.js`, `vectors-0.js`, `papers-1.js`, ...: `titles` are those of the sections, in order."""
    numbers = {title: number for number, title in enumerate(titles)}
    shown = {row.paper.id: set[int]() for section in site.digest.sections for row in section.rows}
    for number, section in enumerate(site.digest.sections):
        for row in section.rows:
            shown[row.paper.id].add(number)
    files = {}
    for part, (first, last) in enumerate(bounds(len(site.covered))):
        papers = site.covered[first:last]
        places = [
            sorted(shown.get(paper.id, set()) | {numbers[t] for t in site.topics.get(paper.id, ()) if t in numbers})
            for paper in papers
        ]
        files[f"papers-{part}.js"] = packed.script(f"papers-{part}", _texts(papers, places))
        vectors = np.ascontiguousarray(site.vectors[first:last])
        files[f"vectors-{part}.js"] = packed.script(f"vectors-{part}", packed.vectors(vectors, BITS))
    return files


def bounds(papers: int) -> list[tuple[int, int]]:
    """First and last number, exclusive, of the papers of each part; there is at least one part."""
    starts = [0, *range(_FIRST, papers, _NEXT)]
    return list(zip(starts, [*starts[1:], papers], strict=True))


def _texts(papers: Sequence[Paper], places: Sequence[Sequence[int]]) -> dict[str, object]:
    urls = [url_of(replace(paper, version=None)) for paper in papers]
    before = Counter(url.removesuffix(paper.id) for url, paper in zip(urls, papers, strict=True))
    archive = before.most_common(1)[0][0] if before else ""
    return {
        "ids": [paper.id for paper in papers],
        "titles": [readable(paper.title) for paper in papers],
        "authors": [readable(", ".join(paper.authors[:_AUTHORS])) for paper in papers],
        "dates": [shown_day(paper) for paper in papers],
        "categories": [" ".join(paper.categories) for paper in papers],
        "sections": [" ".join(map(str, numbers)) for numbers in places],
        "archive": archive,
        "elsewhere": {
            n: url for n, (url, paper) in enumerate(zip(urls, papers, strict=True)) if url != archive + paper.id
        },
    }


def years(papers: Sequence[Paper]) -> list[str]:
    """Years of the papers, the latest first."""
    return sorted({shown_day(paper)[:4] for paper in papers}, reverse=True)


def categories(papers: Sequence[Paper], most: int = 40) -> list[str]:
    """The categories that most of the papers are in, by name."""
    counts: dict[str, int] = {}
    for name in _every_category(papers):
        counts[name] = counts.get(name, 0) + 1
    return sorted(sorted(counts, key=lambda name: (-counts[name], name))[:most])


def _every_category(papers: Sequence[Paper]) -> Iterator[str]:
    return (name for paper in papers for name in paper.categories)
