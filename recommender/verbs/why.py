"""Why two papers are alike, in words: the rarest of a title that both use."""

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
    """For each of the others the words of its title, or of the paper's, that both papers use; rare ones first."""
    here, title = _words(paper), set(stems(paper.title))
    return [_best(here & _words(other) & (title | set(stems(other.title)))) for other in others]


def _words(paper: Paper) -> set[str]:
    words = stems(f"{paper.title} {paper.abstract}")
    return {word for word in words if len(word) >= _SHORTEST and word.isalpha() and word.isascii()}


def _best(words: set[str]) -> tuple[str, ...]:
    counts = _counts()
    told = sorted((counts[word], word) for word in words if counts[word] <= _COMMON)
    return tuple(word for _, word in told[:_MOST])


@cache
def _counts() -> Counter[str]:
    """How often each word stands in a sample of arXiv's titles."""
    return Counter(TITLES.read_text(encoding="utf-8").split())
