"""Why two papers are alike, in words: the rarest that both use."""

from collections import Counter
from collections.abc import Sequence
from functools import cache

from recommender.paper import Paper
from recommender.rank.wording import TITLES, stems

_MOST = 4
_SHORTEST = 4
"Letters of a word that tells something."
_COMMON = 400
"Of 16,384 titles; a word of more says nothing of a paper."


def shared(paper: Paper, others: Sequence[Paper]) -> list[tuple[str, ...]]:
    """For each of the others the words that a paper has too: those of titles before others, rare ones first."""
    here, title = _words(paper), set(stems(paper.title))
    return [_best(here & _words(other), title | set(stems(other.title))) for other in others]


def _words(paper: Paper) -> set[str]:
    words = stems(f"{paper.title} {paper.abstract}")
    return {word for word in words if len(word) >= _SHORTEST and word.isalpha() and word.isascii()}


def _best(words: set[str], titles: set[str]) -> tuple[str, ...]:
    counts = _counts()
    told = [word for word in words if 0 < counts[word] <= _COMMON]
    told.sort(key=lambda word: (word not in titles, counts[word], word))
    return tuple(told[:_MOST])


@cache
def _counts() -> Counter[str]:
    """How often each word stands in a sample of arXiv's titles."""
    return Counter(TITLES.read_text(encoding="utf-8").split())
