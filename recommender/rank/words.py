"""Words as evidence: the papers nearest in meaning, re-ordered by how much of the question's own words they hold.

Meaning nominates and words re-order. A static vector blurs what is rare and exact, such as the name of a method, and
the order of words; BM25 (Robertson and Walker 1994) over the candidates' own text, and pairs of neighbours, see just
that. How much a word tells is read off the titles. Pure functions.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from recommender.paper import Paper
from recommender.terms import terms
from recommender.vectors import FloatArray

DEPTH = 200
"Papers nearest in meaning that words may re-order; bench/QUALITY.md compares."
_K1, _B = 1.2, 0.5
_PAIRS = 0.3
"What the question's neighbouring words count where they are neighbours in the text too, beside all of BM25."
_NEAR = 4
"Words without meaning that may stand between two neighbours."
_LENGTH = 150.0
"Words of a usual title and abstract."
_STOP = """
a about above after again against all also am an and any are as at be because been before being between both but by
can could did do does doing down during each few find for from further get give given had has have having he her here
him his how i if in into is it its itself just less like make makes many may me might more most much must my no nor
not of off on once one only or other our out over own paper papers per please provide research same she should show so
some studies study such than that the their them then there these they this those through to too two under until up
upon us use used uses using very via was way we well were what when where whether which while who whom why will with
within without work works would you your
"""
STOP = frozenset(_STOP.split())
"Words of a question that say nothing about its subject."


def stem(word: str) -> str:
    """Cut a plural's ending (Harman's S stemmer, 1991)."""
    if len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word if word.endswith(("eies", "aies")) else word[:-3] + "y"
    if word.endswith("es"):
        return word if word.endswith(("aes", "ees", "oes")) else word[:-1]
    return word if word.endswith(("us", "ss")) else word[:-1]


def forms(stemmed: str) -> list[str]:
    """List the words that `stem` brings to this one."""
    return [word for word in (stemmed, stemmed + "s", stemmed[:-1] + "ies") if stem(word) == stemmed]


def telling(text: str) -> list[str]:
    """List a question's folded words that say something, each once, in order."""
    return [word for word in dict.fromkeys(terms(text)) if word not in STOP]


def idf(frequency: int, count: int) -> float:
    """How much a word tells that stands in `frequency` of `count` texts."""
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))


def evidence(text: str, weights: Mapping[str, float], papers: Sequence[Paper]) -> FloatArray:
    """Score papers (n,) by the words of a question: 0 where none stands in them, above 1 where all do, side by side.

    `weights` holds what each of the question's stems tells. A title's words count twice.
    """
    order = [stem(word) for word in terms(text) if word not in STOP]
    pairs = dict.fromkeys(pair for pair in pairwise(order) if pair[0] != pair[1])
    most = sum(weights.values())
    scores = np.zeros(len(papers), np.float32)
    if not most:
        return scores
    forms_of = {form: word for word in weights for form in forms(word)}
    for place, paper in enumerate(papers):
        title, abstract = terms(paper.title), terms(paper.abstract)
        inside, beside = _found(title, forms_of), _found(abstract, forms_of)
        long = _K1 * (1 - _B + _B * (len(title) + len(abstract)) / _LENGTH)
        counts = Counter(inside + inside + beside)
        score = sum(weights[word] * n / (n + long) for word, n in counts.items() if word) / most
        if pairs:
            joined = Counter(pair for found in (inside, beside) for pair in pairwise(found) if pair in pairs)
            score += _PAIRS * sum(times / (times + long) for times in joined.values()) / len(pairs)
        scores[place] = score
    return scores


def _found(words: Sequence[str], forms_of: Mapping[str, str]) -> list[str]:
    """The question's stems in a text, in order; an empty one where other words that tell something stand between."""
    stems: list[str] = []
    last = 0
    for place in [place for place, word in enumerate(words) if word in forms_of]:
        between = place - last - 1
        if stems and between and (between > _NEAR or not STOP.issuperset(words[last + 1 : place])):
            stems.append("")
        stems.append(forms_of[words[place]])
        last = place
    return stems
