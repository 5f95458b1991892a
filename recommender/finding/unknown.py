"""Words of a query that the model does not know: put right, explained by the papers that have them, or given up."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from recommender.rank.spelling import correctable, correction
from recommender.rank.words import STOP, forms, stem
from recommender.store.titles import Titles
from recommender.terms import terms

_TYPED = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SLIPS = 3
"Titles in which the same slip may stand."
_BEARERS = 50
"Titles that the word must have that was meant, for each paper by somebody who is called what was typed."
_PIECE = 4
"Letters from which on a piece of a word says what the whole does: super + resolution."

Pieces = Callable[[str], list[str]]
"The tokens that a model makes of a folded word."


@dataclass(frozen=True, slots=True)
class Words:
    """A query's words, sorted by who knows them."""

    text: str
    "with what was misspelt put right"
    corrected: tuple[tuple[str, str], ...] = ()
    "what was typed, and what was probably meant"
    rare: tuple[str, ...] = ()
    "folded words that stored titles have and the model has not"
    names: tuple[str, ...] = ()
    "folded words that are no more than authors' names"
    unknown: tuple[str, ...] = ()
    "words that nobody knows"
    faint: int = 0
    "how many of the rare words stand in a title or two"
    telling: int = 0
    "how many words say something"

    @property
    def mostly_unknown(self) -> bool:
        """Whether half of what says something is unknown."""
        return bool(self.unknown) and 2 * (len(self.unknown) + self.faint) >= self.telling

    @property
    def known_text(self) -> str:
        """The text without what the model would tear to pieces; empty where nothing telling is left."""
        torn = {*self.rare, *self.names, *self.unknown}
        kept = [word for word in _TYPED.findall(self.text) if "".join(terms(word)) not in torn]
        return " ".join(kept) if torn and any(word.lower() not in STOP for word in kept) else "" if torn else self.text


def sort_words(text: str, titles: Titles, pieces: Pieces | None, *, exact: bool) -> Words:
    """Sort a query's words; with `exact` nothing is put right. Without `pieces` the model is one that reads all."""
    corrected: list[tuple[str, str]] = []
    rare: list[str] = []
    names: list[str] = []
    unknown: list[str] = []
    telling = faint = 0

    def read(found: re.Match[str]) -> str:
        nonlocal telling, faint
        typed = found[0]
        word = "".join(terms(typed))
        if not word or word in STOP:
            return typed
        telling += 1
        parts = pieces(word) if pieces else []
        if len(word) < 3 or len(parts) == 1:
            return typed
        frequency = max(titles.frequencies(forms(stem(word))).values())
        meant = None if exact else _meant(typed, word, frequency, titles)
        if meant:
            corrected.append((typed, meant))
            return meant
        if pieces and not _compound(parts):
            (rare if frequency else names if titles.bearers(word) else unknown).append(word)
            faint += 0 < frequency <= _SLIPS
        return typed

    read_text = text if re.search(r"[\\$]", text) else _TYPED.sub(read, text)
    return Words(
        text=read_text,
        corrected=tuple(corrected),
        rare=tuple(dict.fromkeys(rare)),
        names=tuple(dict.fromkeys(names)),
        unknown=tuple(dict.fromkeys(unknown)),
        faint=faint,
        telling=telling,
    )


def _compound(parts: list[str]) -> bool:
    """Whether a word falls into pieces that mean something."""
    bare = [part.removeprefix("##") for part in parts]
    return bool(bare) and all(len(part) >= _PIECE or part.isdigit() for part in bare) and not bare[0].isdigit()


def _meant(typed: str, word: str, frequency: int, titles: Titles) -> str | None:
    """The index's own word that was probably meant."""
    bearers = titles.bearers(word)
    if not correctable(typed) or frequency > _SLIPS or (bearers and typed[0].isupper()):
        return None
    for first in dict.fromkeys((word[0], word[1], "")):
        vocabulary = titles.vocabulary(first)
        if meant := correction(word, frequency, vocabulary):
            return meant if vocabulary[meant] >= _BEARERS * bearers else None
    return None
