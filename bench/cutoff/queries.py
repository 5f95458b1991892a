"""Queries whose papers are known: topics and names out of titles, headings of curated lists, nonsense, other languages.

Topics are phrases of one to three words drawn from the titles by the root of their frequency, names are words of 8 to
400 titles that the default model knows by their pieces only. Their papers are those with the phrase in the title. The
sixteen named topics are never fitted on, nor is any phrase that shares all its words with one of them.
"""

import csv
import hashlib
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.cutoff.corpus import Corpus
from recommender.rank.wording import stems

_HERE = Path(__file__).parent
NAMED, FOREIGN, _EVERYDAY = (
    (_HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines() for name in ("named", "foreign", "everyday")
)
_QUOTA = {1: 200, 2: 260, 3: 140}
"How many topics of so many words."
_NAMES, _NONSENSE = 240, 120
_RAREST, _FEWEST, _MOST = 8, 30, 8000
_BOUND = 3.0
"Log of how much more often than by chance the words of a topic must stand together."
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "we you all need more than against about within across after during non high low large small multi single self "
        "two three one first second fast efficient simple general improved improving robust effective new not novel "
        "approach study analysis method case through under over between beyond based use this that it",
    )
)
"Words that no topic begins or ends with."


@dataclass(frozen=True, slots=True)
class Query:
    """A text with the papers that belong to it."""

    kind: str
    split: str
    "fit, test or named"
    text: str
    papers: np.ndarray
    "rows of the corpus"
    phrase: tuple[str, ...] = ()
    "stems that make a paper belong; empty where others decided"


def every(corpus: Corpus, sections: Path, known: Callable[[str], bool]) -> Iterator[Query]:
    """All of them; `known` says whether the model has a word whole."""
    rng = np.random.default_rng(0)
    posted = _posted(corpus)
    for text in NAMED:
        phrase = tuple(stems(text))
        yield Query("named", "named", text, np.array(_having(corpus, phrase)), phrase)
    for i, phrase in enumerate(_topics(corpus, posted, rng)):
        yield Query(
            "topic", "fit" if i % 3 else "test", _shown(corpus, posted, phrase), np.array(posted[phrase]), phrase
        )
    for i, phrase in enumerate(_names(posted, known, rng)):
        yield Query("name", "fit" if i % 3 else "test", phrase[0], np.array(posted[phrase]), phrase)
    yield from _sections(corpus, sections)
    nothing = np.array([], int)
    for i in range(_NONSENSE):
        text = " ".join(rng.choice(_EVERYDAY, int(rng.integers(2, 6)), replace=False))
        yield Query("nonsense", "fit" if i % 2 else "test", text, nothing)
    for i, text in enumerate(FOREIGN):
        yield Query("foreign", "fit" if i % 2 else "test", text, nothing)


def _sections(corpus: Corpus, folder: Path) -> Iterator[Query]:
    """Headings, split by the repository they come from, and two papers of each, to which the others are alike."""
    belonging: dict[str, list[int]] = defaultdict(list)
    with (folder / "qrels.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["corpus-id"] in corpus.ids and int(row["score"]) > 0:
                belonging[row["query-id"]].append(corpus.ids[row["corpus-id"]])
    rng = np.random.default_rng(1)
    for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        query = json.loads(line)
        split = "fit" if hashlib.sha256(query["repository"].encode()).digest()[0] % 2 else "test"
        papers = np.array(belonging[query["_id"]], int)
        yield Query("section", split, query["text"], papers)
        if len(papers) > 5:
            for row in rng.permutation(papers)[:2]:
                yield Query("paper", split, str(row), papers[papers != row])


def _posted(corpus: Corpus) -> dict[tuple[str, ...], list[int]]:
    """Which titles hold a phrase of up to three words, for phrases of `_RAREST` titles and more."""

    def phrases(words: list[str]) -> dict[tuple[str, ...], None]:
        return {tuple(words[i : i + n]): None for n in (1, 2, 3) for i in range(len(words) - n + 1)}

    often = Counter(phrase for words in corpus.stems for phrase in phrases(words))
    posted: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, words in enumerate(corpus.stems):
        for phrase in phrases(words):
            if often[phrase] >= _RAREST:
                posted[phrase].append(row)
    return posted


def _having(corpus: Corpus, phrase: tuple[str, ...]) -> list[int]:
    wanted = f" {' '.join(phrase)} "
    return [row for row, words in enumerate(corpus.stems) if wanted in f" {' '.join(words)} "]


def _topics(
    corpus: Corpus, posted: dict[tuple[str, ...], list[int]], rng: np.random.Generator
) -> list[tuple[str, ...]]:
    named = [set(stems(text)) for text in NAMED]
    everywhere = Counter(corpus.categories)
    picked: list[tuple[str, ...]] = []
    for length, quota in _QUOTA.items():
        fit = [
            phrase
            for phrase, rows in posted.items()
            if len(phrase) == length
            and _FEWEST <= len(rows) <= _MOST
            and not _EMPTY & {phrase[0], phrase[-1]}
            and min(map(len, phrase)) > 1
            and not any(set(phrase) <= name or name <= set(phrase) for name in named)
            and (_bound(posted, phrase, len(corpus.titles)) if length > 1 else _peculiar(corpus, rows, everywhere))
        ]
        weights = np.sqrt([len(posted[phrase]) for phrase in fit])
        picked += [fit[i] for i in rng.choice(len(fit), quota, replace=False, p=weights / weights.sum())]
    return [picked[i] for i in rng.permutation(len(picked))]


def _bound(posted: dict[tuple[str, ...], list[int]], phrase: tuple[str, ...], papers: int) -> bool:
    chance = papers * math.prod(len(posted[(word,)]) / papers for word in phrase)
    return math.log(len(posted[phrase]) / chance) > _BOUND


def _peculiar(corpus: Corpus, rows: list[int], everywhere: Counter[str]) -> bool:
    """Whether a word is of some categories rather than all: Kullback-Leibler divergence, with a margin for chance."""
    here = Counter(corpus.categories[row] for row in rows)
    apart = sum(
        n / len(rows) * math.log(n / len(rows) * len(corpus.titles) / everywhere[category])
        for category, n in here.items()
    )
    return apart > 1 + 30 / len(rows)


def _names(
    posted: dict[tuple[str, ...], list[int]], known: Callable[[str], bool], rng: np.random.Generator
) -> list[tuple[str, ...]]:
    words = sorted(p for p, rows in posted.items() if len(p) == 1 and 8 <= len(rows) <= 400)
    unknown = [p for p in words if re.search("[a-z]", p[0]) and not known(p[0])]
    return [unknown[i] for i in rng.choice(len(unknown), _NAMES, replace=False)]


def _shown(corpus: Corpus, posted: dict[tuple[str, ...], list[int]], phrase: tuple[str, ...]) -> str:
    """The phrase as titles spell it."""
    pattern = re.compile(
        r"\W+(?:(?:of|for|in|the|and|with|on|to|a|by)\W+)*".join(rf"{word[:-1]}\w*" for word in phrase), re.I
    )
    found = Counter(m[0].lower() for row in posted[phrase][:200] if (m := pattern.search(corpus.titles[row])))
    return found.most_common(1)[0][0] if found else " ".join(phrase)
