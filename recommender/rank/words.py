"""Words as evidence: the papers nearest in meaning, re-ordered by how much of the question's own words they hold.

Meaning nominates and words re-order. A static vector blurs what is rare and exact, such as the name of a method; BM25
(Robertson and Walker 1994) over the candidates' own text sees just that. Pure functions.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from recommender.terms import terms
from recommender.vectors import FloatArray

DEPTH = 200
"Papers nearest in meaning that words may re-order."
WEIGHT = 0.3
"Of BM25, 0 to 1, beside a cosine."
_K1, _B = 1.2, 0.5
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


def bm25(weights: Mapping[str, float], texts: Sequence[str]) -> FloatArray:
    """Score texts (n,) by stems and their weights: 0 where none stands in it, towards 1 where all do, often."""
    most = sum(weights.values()) * (_K1 + 1)
    scores = np.zeros(len(texts), np.float32)
    if not most:
        return scores
    pattern = re.compile(rf"\b(?:{'|'.join(form for word in weights for form in forms(word))})\b")
    for place, text in enumerate(texts):
        plain = text.lower() if text.isascii() and not _SIGNS.search(text) else " ".join(terms(text))
        found = Counter(map(stem, pattern.findall(plain)))
        long = _K1 * (1 - _B + _B * (plain.count(" ") + 1) / _LENGTH)
        scores[place] = sum(weights[word] * n * (_K1 + 1) / (n + long) for word, n in found.items()) / most
    return scores
