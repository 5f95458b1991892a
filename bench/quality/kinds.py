"""Kinds of query, asked of a library as a user would: `python -m bench.quality.kinds HOME [--number 100]`.

HOME is a folder whose index holds the papers. Queries are made from the papers themselves with a fixed seed: beginnings
of titles with an author, whole titles, authors' names alone, topics with two of five words misspelt, ids and addresses.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
import numpy as np

from recommender import config
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.rank.words import STOP
from recommender.store.names import Likeness, likeness, name_of

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHAPES = (
    "{}",
    "arXiv:{}",
    "arXiv:{}v1",
    "https://arxiv.org/abs/{}",
    "https://arxiv.org/pdf/{}.pdf",
    "10.48550/arXiv.{}",
)
_SAMPLE = 50_000

Row = tuple[str, str, float]
"Kind of query, what is measured, value."


@click.command()
@click.argument("home", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--number", default=100, show_default=True, help="Queries of each kind.")
@click.option("--seed", default=0, show_default=True)
@click.option("--show", is_flag=True, help="Print the queries that failed.")
def main(home: Path, number: int, seed: int, show: bool) -> None:
    """Print a table of kinds of query."""
    with Recommender(config.Config(home)) as library:
        every = library.store.papers.every_row()
        rows = np.random.default_rng(seed).permutation(every)[:_SAMPLE]
        papers = library.store.papers.at(rows)
        rng = random.Random(seed)
        library.search("anything at all")
        print(f"{len(every):,} papers\n\n| kind of query | measure | value |\n|---|---|---|")
        for kind in (titles_by_author, whole_titles, authors, misspelt, ids):
            for name, measure, value in kind(library, papers, number, rng, print if show else _quiet):
                print(f"| {name} | {measure} | {value:.3f} |", flush=True)


def _quiet(_: str) -> None:
    """Say nothing."""


Say = Callable[[str], None]


def titles_by_author(
    library: Recommender, papers: Sequence[Paper], number: int, rng: random.Random, say: Say
) -> list[Row]:
    """Ask for the first six words of a title, `by` one of its authors."""
    chosen = [paper for paper in papers if paper.authors and len(paper.title.split()) > 6][:number]
    queries = {f"{' '.join(paper.title.split()[:6])} by {rng.choice(paper.authors[:3])}": paper for paper in chosen}
    return _known("first six words of a title by Author", library, queries, say)


def whole_titles(library: Recommender, papers: Sequence[Paper], number: int, _: random.Random, say: Say) -> list[Row]:
    """Ask for titles as they are, in small letters."""
    return _known("whole title", library, {paper.title.lower(): paper for paper in papers[-number:]}, say)


def _known(name: str, library: Recommender, queries: dict[str, Paper], say: Say) -> list[Row]:
    first, ten, times = [], [], []
    for query, paper in queries.items():
        began = time.perf_counter()
        found = [scored.paper for scored in library.search(query)]
        times.append(time.perf_counter() - began)
        same = [_plain(one.title) == _plain(paper.title) for one in found]
        first.append(bool(same[:1] == [True]))
        ten.append(any(same))
        if not first[-1]:
            say(f"  {query!r}: {found[0].title!r} first")
    return [(name, "first", _mean(first)), (name, "in ten", _mean(ten)), (name, "ms p50", _milliseconds(times))]


def authors(library: Recommender, papers: Sequence[Paper], number: int, rng: random.Random, say: Say) -> list[Row]:
    """Ask for names of authors of five papers or more; theirs are papers with a name that agrees."""
    counts = Counter(name for paper in papers for name in paper.authors if len(name.split()) > 1 and "." not in name)
    names = [name for name in counts if counts[name] >= 2]
    rng.shuffle(names)
    share, times, asked = [], [], 0
    for name in names:
        if asked == number:
            break
        if len(library.store.titles.by_author(name)) < 5:
            continue
        asked += 1
        began = time.perf_counter()
        found = [scored.paper for scored in library.search(name.lower())]
        times.append(time.perf_counter() - began)
        theirs = [_wrote(paper, name) for paper in found]
        share.append(_mean(theirs))
        if not all(theirs):
            say(f"  {name!r}: {sum(theirs)} of {len(theirs)}")
    kind = "bare author's name"
    return [(kind, "share of ten", _mean(share)), (kind, "ms p50", _milliseconds(times))]


def _wrote(paper: Paper, name: str) -> bool:
    return any(likeness(name_of(name), name_of(author)) < Likeness.INITIALS for author in paper.authors)


def misspelt(library: Recommender, papers: Sequence[Paper], number: int, rng: random.Random, say: Say) -> list[Row]:
    """Ask with five words of a title, two of them with a slip: the share of the ten papers found without that stay."""
    kept: list[float] = []
    without: list[float] = []
    for paper in papers[number : 4 * number]:
        words = [word for word in re.findall(r"[a-z]{4,}", paper.title.lower()) if word not in STOP][:5]
        if len(words) < 5 or len(kept) == number:
            continue
        slipped = list(words)
        for place in rng.sample(range(5), 2):
            slipped[place] = slip(words[place], rng)
        clean = _ids(library, " ".join(words))
        kept.append(len(clean & _ids(library, " ".join(slipped))) / len(clean))
        without.append(len(clean & _ids(library, " ".join(slipped), exact=True)) / len(clean))
        if kept[-1] < 0.9:
            say(f"  {' '.join(slipped)!r}: {kept[-1]} {library.find(' '.join(slipped)).reading}")
    kind = "two of five words misspelt"
    return [(kind, "of the ten kept", _mean(kept)), (kind, "with --exact", _mean(without))]


def slip(word: str, rng: random.Random) -> str:
    """Make one slip: a letter dropped, doubled, changed, or two that change places; the first letter stays."""
    place = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place] + word[place:]
    if kind == 2:
        return word[:place] + rng.choice(_LETTERS.replace(word[place], "")) + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def ids(library: Recommender, papers: Sequence[Paper], number: int, rng: random.Random, say: Say) -> list[Row]:
    """Ask for ids in the shapes that people paste."""
    asked = [(rng.choice(_SHAPES).format(paper.id), paper) for paper in papers[:number]]
    right = []
    for text, paper in asked:
        right.append(library.search(text)[0].paper.id == paper.id)
        if not right[-1]:
            say(f"  {text}")
    return [("id or address", "first", _mean(right))]


def _ids(library: Recommender, text: str, *, exact: bool = False) -> set[str]:
    return {scored.paper.id for scored in library.find(text, exact=exact).papers}


def _plain(title: str) -> str:
    return re.sub(r"\W+", " ", title.lower()).strip()


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values) or [0.0]))


def _milliseconds(times: Sequence[float]) -> float:
    return 1000 * float(np.median(times or [0.0]))


if __name__ == "__main__":
    main()
