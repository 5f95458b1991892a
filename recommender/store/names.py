"""Whether a name somebody typed stands on a paper: `Levine`, `S. Levine`, `Levine, Sergey`. Pure functions."""

from collections.abc import Sequence
from enum import IntEnum

from recommender.terms import terms

_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))
Name = tuple[str, ...]
"Folded words of a name in the order in which it is spoken, the family name last."


class Likeness(IntEnum):
    """How near two names are, nearest first."""

    SAME = 0
    "all words that both have agree; at most middle initials are missing in one, or stand for a whole middle name"
    SHORTER = 1
    "one lacks a middle name that the other writes out"
    INITIALS = 2
    "one has an initial where the name asked for is written out"
    NONE = 3


def name_of(text: str) -> Name:
    """Read a name, `First Last` or `Last, First`; hyphens part words, `Jr` and `III` do not count."""
    family, comma, given = text.partition(",")
    words = terms(given) + terms(family) if comma and terms(given) else terms(text)
    kept = [word for word in words if word not in _SUFFIXES]
    return tuple(kept or words)


def likeness(wanted: Name, stored: Name) -> Likeness:
    """Compare a name asked for with one on a paper. A family name alone is like all who bear it."""
    if not wanted or not stored or wanted[-1] != stored[-1]:
        return Likeness.NONE
    mine, theirs = wanted[:-1], stored[:-1]
    if not mine or mine == theirs or (theirs[-len(mine) :] == mine and len(mine) > 1 and len(mine[0]) > 1):
        return Likeness.SAME  # the last: a family name of several words, `van den Berg`
    if not theirs or not _alike(mine[0], theirs[0]):
        return Likeness.NONE
    if len(mine[0]) > 1 and len(theirs[0]) == 1:
        return Likeness.INITIALS if _within(mine[1:], theirs[1:]) else Likeness.NONE
    if not _within(mine[1:], theirs[1:]):
        return Likeness.NONE
    longer = max(mine[1:], theirs[1:], key=len)
    missing = len(longer) - min(len(mine), len(theirs)) + 1
    written = sum(len(word) > 1 for word in longer)
    return Likeness.SAME if not missing or not written or len(mine[0]) == 1 else Likeness.SHORTER


def _alike(first: str, second: str) -> bool:
    """Whether two given names are the same, or one is the other's initial."""
    return first == second or (min(len(first), len(second)) == 1 and first[0] == second[0])


def _within(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether the shorter list of middle names can be found in the longer, in order."""
    short, long = sorted((first, second), key=len)
    rest = iter(long)
    return all(any(_alike(word, other) for other in rest) for word in short)
