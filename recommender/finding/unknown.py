"""Words of a query that the model does not know: put right, explained by the papers that have them, or given up."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from recommender.rank.spelling import begun_otherwise, correctable, corrections
from recommender.rank.words import STOP, forms, stem, telling
from recommender.store.titles import Titles
from recommender.terms import terms
from recommender.vectors import FloatArray

_TYPED = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SLIPS = 3
"Titles in which the same slip may stand."
_SUITS = 0.05
"Cosine to the query's other words that a word must have which begins otherwise than what was typed."
_NO_NAME = 4.0
"Logarithm of the titles that the word has which was meant, for each paper by somebody who is called what was typed."
_PIECE = 4
"Letters from which on a piece of a word says what the whole does: super + resolution."
_SURE_LETTERS = 6
"Letters from which on a slip is believed where other words are unknown: everything short is near to something."
_FOREIGN = frozenset(
    re.findall(
        "[a-z]+",
        "und mit fur ein eine ist nicht auf zur zum aus bei durch uber wie "
        "pour avec dans une sur les para como una della delle nella che",
    )
)
"Small words of other languages that English queries hardly have in small letters."
_ENDING = 3
"Letters of an ending that changes nothing: fluorescent + ly."
_CONTEXT = 10.0
"What a cosine of 1 to the query's other words counts, where a word e times as frequent counts 1; 5 to 30 were tried."


class Model(Protocol):
    """A static model: a word that it has no vector for falls into pieces."""

    def pieces(self, word: str) -> list[str]:
        """Give the tokens of a folded word."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts (n, d), rows of length 1."""
        ...


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
    foreign: bool = False
    "whether it has small words of another language"

    @property
    def mostly_unknown(self) -> bool:
        """Whether half of what says something is unknown."""
        return bool(self.unknown or self.foreign) and self.share_known <= 0.5

    @property
    def share_known(self) -> float:
        """The share of what says something that is known, 0 to 1; in a foreign text rare words count as unknown."""
        doubtful = len(self.unknown) + self.faint + (len(self.rare) if self.foreign else 0)
        return max(0.0, 1 - doubtful / self.telling) if self.telling else 1.0

    @property
    def known_text(self) -> str:
        """The text without what the model would tear to pieces; empty where nothing telling is left."""
        torn = {*self.rare, *self.names, *self.unknown}
        kept = [word for word in _TYPED.findall(self.text) if "".join(terms(word)) not in torn]
        return " ".join(kept) if torn and any(word.lower() not in STOP for word in kept) else "" if torn else self.text


def sort_words(text: str, titles: Titles, model: Model | None, *, exact: bool) -> Words:
    """Sort a query's words; with `exact` nothing is put right. Without a static `model` every word is known to it."""
    sorter = _Sorter(text, titles, model, exact=exact)
    read_text = text if re.search(r"[\\$]", text) else _TYPED.sub(sorter.read, text)
    return Words(
        text=read_text,
        corrected=tuple(sorter.corrected),
        rare=tuple(dict.fromkeys(sorter.rare)),
        names=tuple(dict.fromkeys(sorter.names)),
        unknown=tuple(dict.fromkeys(sorter.unknown)),
        faint=sorter.faint,
        telling=sorter.telling,
        foreign=sorter.foreign,
    )


class _Sorter:
    """Reads a text word by word, and keeps what it found."""

    def __init__(self, text: str, titles: Titles, model: Model | None, *, exact: bool) -> None:
        self.corrected: list[tuple[str, str]] = []
        self.rare: list[str] = []
        self.names: list[str] = []
        self.unknown: list[str] = []
        self.telling = self.faint = 0
        self.foreign = False
        self._text, self._titles, self._model, self._exact = text, titles, model, exact

    def read(self, found: re.Match[str]) -> str:
        """Give a word as it is meant."""
        typed = found[0]
        word = "".join(terms(typed))
        if not word or word in STOP:
            return typed
        if word in _FOREIGN and typed.islower():
            self.foreign = True
            return typed
        self.telling += 1
        if len(word) < 3 or self._whole(word):
            return typed
        frequency = self._frequency(word)
        meant = None if self._exact else self._meant(typed, word, frequency)
        if meant:
            self.corrected.append((typed, meant))
            self.faint += len(word) < _SURE_LETTERS
            typed, word, frequency = meant, meant, self._frequency(meant)
        if self._model and word not in STOP and not _compound(self._model.pieces(word)):
            known = self.rare if frequency else self.names if self._titles.bearers(word) else self.unknown
            known.append(word)
            self.faint += 0 < frequency <= _SLIPS
        return typed

    def _whole(self, word: str) -> bool:
        return self._model is not None and len(self._model.pieces(word)) == 1

    def _frequency(self, word: str) -> int:
        return max(self._titles.frequencies(forms(stem(word))).values())

    def _meant(self, typed: str, word: str, frequency: int) -> str | None:
        """The index's own word that was probably meant: of the nearest, the frequent one that suits the other words."""
        bearers = self._titles.bearers(word)
        if not correctable(typed) or frequency > _SLIPS or (bearers and typed[0].isupper()):
            return None
        for first in dict.fromkeys((word[0], word[1], "")):
            vocabulary = self._titles.vocabulary(first) if first else self._titles.frequencies(begun_otherwise(word))
            if not (nearest := corrections(word, frequency, vocabulary)):
                continue
            suits = self._suits(typed, list(nearest))
            meant = max(nearest, key=lambda one: math.log(nearest[one]) + _CONTEXT * suits[one])
            if not first and suits[meant] < _SUITS:
                return None
            odds = math.log(nearest[meant] / max(bearers, 1)) + _CONTEXT * suits[meant]
            return meant if not bearers or (odds >= _NO_NAME and not self._by_bearer(word)) else None
        return None

    def _by_bearer(self, word: str) -> bool:
        """Whether somebody of this name wrote a paper with another of the query's words in its title."""
        others = [other for other in telling(self._text) if other != word]
        return not others or any(len(self._titles.together([other], (word,), limit=1)) for other in others)

    def _suits(self, typed: str, candidates: Sequence[str]) -> dict[str, float]:
        """Cosine of each word to the query's others; 1 where there are none, or no model to ask."""
        others = " ".join(word for word in _TYPED.findall(self._text) if word != typed)
        if not self._model or not others:
            return dict.fromkeys(candidates, 1.0)
        context, *vectors = self._model.encode_queries([others, *candidates])
        return {word: float(context @ vector) for word, vector in zip(candidates, vectors, strict=True)}


def _compound(parts: list[str]) -> bool:
    """Whether a word falls into pieces that mean something."""
    bare = [part.removeprefix("##") for part in parts]
    if len(bare) == 2 and len(bare[0]) > 2 * _PIECE - 3 and bare[1].isalpha() and len(bare[1]) <= _ENDING:
        return True
    return bool(bare) and all(len(part) >= _PIECE or part.isdigit() for part in bare) and not bare[0].isdigit()
