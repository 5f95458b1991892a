"""Words that nobody here knows, and the known words that were probably meant. Pure functions."""

import re
from collections.abc import Mapping
from string import ascii_lowercase

_FAR = 8
"Letters from which on two slips are believed; below, one."
_SHORT = 5
"Letters below which a word has so many neighbours that only frequent ones are believed."
_LONG, _RARE, _FREQUENT = 1, 3, 20
"Titles that must have the word that is meant: one slip from a long word, from a shorter one, and in all other cases."
_ODDS = 300
"How many times as frequent a neighbour must be for a word that stands in a title or two to be a slip."
_PLAIN = re.compile(r"[^\W\d_]{4,}\Z")


def correctable(typed: str) -> bool:
    """Whether a word, as it was typed, may be a slip: letters alone, and no capitals inside, as in a method's name."""
    return bool(_PLAIN.match(typed)) and not any(char.isupper() for char in typed[1:])


def begun_otherwise(word: str) -> list[str]:
    """List the words that are one slip in the first letter alone away: added, left out, or another."""
    return [word[1:], *(first + rest for rest in (word[1:], word) for first in ascii_lowercase)]


def corrections(word: str, frequency: int, vocabulary: Mapping[str, int]) -> dict[str, int]:
    """Find the known words, all equally near, that a folded word may have been meant to be, the most frequent first.

    `frequency`, `vocabulary` and the values say in how many titles words stand. A slip is a letter too many, too few,
    or another, or two that changed places (optimal string alignment). Empty where no word is near and frequent enough.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    slips = 2 if len(word) >= _FAR else 1
    near = process.extract(word, vocabulary.keys(), scorer=OSA.distance, score_cutoff=slips, limit=None)
    enough = {
        1: _LONG if len(word) >= _FAR else _RARE if len(word) >= _SHORT else _FREQUENT,
        2: _FREQUENT,
    }
    possible = [
        (distance, -vocabulary[other], other)
        for other, distance, _ in near
        if distance and vocabulary[other] >= max(enough[distance], _ODDS * frequency)
    ]
    least = min(possible, default=(0,))[0]
    return {other: vocabulary[other] for distance, _, other in sorted(possible) if distance == least}
