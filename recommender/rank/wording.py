"""How familiar a query's words are to arXiv's titles: that tells a broad query from a narrow one and from chance."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

TITLES = Path(__file__).parent.parent / "starter" / "titles.txt"
"Titles of 16,384 papers from all of arXiv as `stems`, a line each, a blank around every word; bench/sample draws them."

MOST_WORDS = 12
"Longer queries are no narrower; a text of twice as many words is an abstract rather than a query."

_ENDING, _BEGINNING = 3, 5
"Letters that a word may end in otherwise, and those that it keeps."

_WORD = re.compile(r"[^\W_]+")
STOP = frozenset(
    _WORD.findall(
        "a an and are as at by for from in into is of on or the to via with without using toward towards "
        "their its how do does what why be can"
    )
)
"Words that say nothing by themselves."


@dataclass(frozen=True, slots=True)
class Wording:
    """How familiar a query's words are to arXiv's titles."""

    words: int
    phrase: int
    "how often the words stand in the sample's titles in this order"
    common: float
    "mean over the words of log(1 + how often it stands there)"
    unseen: tuple[str, ...]
    "words that never do"

    @classmethod
    def of(cls, text: str) -> "Wording | None":
        """Look a query's words up; None for a text too long to be a query, which is taken for a paper."""
        words = stems(text)
        if len(words) > 2 * MOST_WORDS:
            return None
        counts = [_occurrences(word) for word in words] or [0]
        phrase = _occurrences(" ".join(words)) if words else 0
        common = sum(math.log1p(count) for count in counts) / len(counts)
        return cls(len(words), phrase, common, tuple(w for w, count in zip(words, counts, strict=False) if not count))


def required(wording: Wording | None, pieced: Sequence[str]) -> tuple[str, ...]:
    """Words that a paper must have: those that neither titles nor the model know, where they are half of a query.

    What a model makes of a word's pieces may be chance: near alpha-RuCl3 it finds what else has `ru` and `cl` in it.
    `pieced` are those of `wording.unseen` that the model knows by their pieces only.
    """
    return tuple(pieced) if wording is not None and 2 * len(pieced) >= wording.words else ()


def holds(text: str, words: Sequence[str]) -> bool:
    """Whether a paper's text has all these words, or others that begin alike, however they are set: RuCl$_3$, RuCl3."""
    letters = "".join(_WORD.findall(text.lower()))
    return all(word[: max(len(word) - _ENDING, _BEGINNING)] in letters for word in words)


def stems(text: str) -> list[str]:
    """The words of a text that mean something by themselves, lower-case and singular, in order."""
    return [_singular(word) for word in _WORD.findall(text.lower()) if word not in STOP]


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 6 and word.endswith("ices"):
        return word[:-4] + "ix"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word


@lru_cache(maxsize=10_000)
def _occurrences(words: str) -> int:
    """Count how often words stand in the sample's titles in this order: a millisecond each."""
    return _titles().count(f" {words} ")


@cache
def _titles() -> str:
    return TITLES.read_text(encoding="utf-8")
