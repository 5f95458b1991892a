"""Words as evidence: the papers nearest in meaning, re-ordered by how much of the question's own words they hold.

Meaning nominates and words re-order. A static vector blurs what is rare and exact, such as the name of a method, and
the order of words; BM25 (Robertson and Walker 1994) over the candidates' own text, and pairs of neighbours, see just
that. How much a word tells is read off the titles. Pure functions.
"""

import math
import re
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
_NEAR = 24
"Letters of words without meaning that may stand between two neighbours."
_WORD = re.compile(r"[a-z0-9]+")
_LENGTH = 150.0
"Words of a usual title and abstract."
_SIGNS = re.compile(r"[\\${}'_]")
"What `terms` does more about than to lower the letters."
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
    pattern = re.compile(rf"\b(?:{'|'.join(form for word in weights for form in forms(word))})\b")
    for place, paper in enumerate(papers):
        title, abstract = _plain(paper.title), _plain(paper.abstract)
        inside, beside = _found(title, pattern), _found(abstract, pattern)
        long = _K1 * (1 - _B + _B * (title.count(" ") + abstract.count(" ") + 2) / _LENGTH)
        counts = Counter(inside + inside + beside)
        score = sum(weights[word] * n / (n + long) for word, n in counts.items() if word) / most
        if pairs:
            joined = Counter(pair for found in (inside, beside) for pair in pairwise(found) if pair in pairs)
            score += _PAIRS * sum(times / (times + long) for times in joined.values()) / len(pairs)
        scores[place] = score
    return scores


def _plain(text: str) -> str:
    """Text as `terms` folds it, where that is only a matter of capitals not taken apart."""
    return text.lower() if text.isascii() and not _SIGNS.search(text) else " ".join(terms(text))


def _found(text: str, pattern: re.Pattern[str]) -> list[str]:
    """The question's stems in a text, in order; an empty one where other words that tell something stand between."""
    stems: list[str] = []
    end = 0
    for match in pattern.finditer(text):
        between = text[end : match.start()]
        if stems and (len(between) > _NEAR or not STOP.issuperset(_WORD.findall(between))):
            stems.append("")
        stems.append(stem(match[0]))
        end = match.end()
    return stems
