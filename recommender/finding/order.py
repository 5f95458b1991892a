"""In which order found papers stand: the query's own words, and a title that is nearly the query."""

from collections.abc import Sequence

import numpy as np

from recommender.finding.found import House, certain
from recommender.paper import Scored
from recommender.rank import words
from recommender.terms import terms

_NEARLY, _NEARLY_WORDS = 90, 4
"Percent of likeness at which a title is the one that was typed, and the words that takes."


def by_words(house: House, text: str, found: Sequence[Scored]) -> list[Scored]:
    """Re-order the nearest papers by their similarity and the words that they share with a text."""
    weight, near = house.config.ranking.words_weight, found[: words.DEPTH]
    stems = [words.stem(word) for word in words.telling(text)]
    if not weight or not stems:
        return list(found)
    count = house.store.vectors.sequence
    titles = house.store.titles.frequencies(form for word in stems for form in words.forms(word))
    frequency = {word: sum(titles[form] for form in words.forms(word)) for word in stems}
    scale = {word: words.idf(min(titled, count), count) for word, titled in frequency.items()}
    evidence = words.evidence(text, scale, [scored.paper for scored in near])
    scores = [scored.similarity for scored in near] + weight * evidence
    return [near[i] for i in np.argsort(-scores, kind="stable")] + list(found[words.DEPTH :])


def titled_first(text: str, found: list[Scored]) -> tuple[list[Scored], int]:
    """Papers whose title is nearly the text before the others, and how many those are; they are certain."""
    typed = terms(text)
    if len(typed) < _NEARLY_WORDS:
        return found, 0
    near = [_nearly(typed, terms(scored.paper.title)) for scored in found[: words.DEPTH]]
    if not any(near):
        return found, 0
    order = np.argsort(np.logical_not(near), kind="stable")
    titled = sum(near)
    first = [certain(found[i].paper) for i in order[:titled]]
    return [*first, *(found[i] for i in order[titled:]), *found[len(near) :]], titled


def _nearly(typed: Sequence[str], title: Sequence[str]) -> bool:
    if len(set(typed) & set(title)) < 0.6 * max(len(typed), len(title)):
        return False
    from rapidfuzz import fuzz

    return fuzz.ratio(" ".join(typed), " ".join(title)) >= _NEARLY
