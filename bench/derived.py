"""More papers than there are: real ones first, then mixtures of two real ones, so that sizes can be tested.

A derived paper has the title, day and categories of one paper and half of its abstract; the other half is from the
next paper of the same primary category. Its text is embedded like any other, so vectors stay as near to each other
as real ones are: nothing is drawn from a distribution that somebody made up.
"""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from recommender.paper import Paper
from recommender.sources.files import PaperFile, line_of

_FIRST_NUMBER = 50_000
"arXiv gives out fewer ids a month, so no derived id is a real one"


def papers(files: Iterable[Path]) -> Iterator[Paper]:
    """The real papers of JSON-lines files."""
    for path in files:
        yield from PaperFile(path).papers(lambda _number, _reason: None)


def derived(real: list[Paper]) -> Iterator[Paper]:
    """Mixtures without end, each of another pair."""
    numbers: dict[str, int] = {}
    by_category: dict[str, list[int]] = {}
    for place, paper in enumerate(real):
        by_category.setdefault(paper.categories[0] if paper.categories else "", []).append(place)
    step = 0
    while True:
        step += 1
        for places in by_category.values():
            for here, place in enumerate(places):
                first, second = real[place], real[places[(here + step) % len(places)]]
                month = first.id.rpartition("/")[2][:4]
                numbers[month] = numbers.get(month, _FIRST_NUMBER) + 1
                words, others = first.abstract.split(), second.abstract.split()
                mixed = " ".join(words[: len(words) // 2] + others[len(others) // 2 :])
                yield replace(first, id=f"{month}.{numbers[month]}", abstract=mixed)


def write(files: Iterable[Path], count: int, out: Path) -> None:
    """Write `count` papers as JSON lines: the real ones, evenly thinned out if there are more, then derived ones."""
    real = list(papers(files))
    if count <= len(real):
        chosen: Iterable[Paper] = (real[place * len(real) // count] for place in range(count))
    else:
        chosen = [*real, *islice(derived(real), count - len(real))]
    with out.open("w", encoding="utf-8") as file:
        file.writelines(line_of(paper) + "\n" for paper in chosen)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="JSON lines of real papers")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    write(arguments.files, arguments.count, arguments.out)
