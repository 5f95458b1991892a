"""What groups of papers on the map are about, in words of their own titles."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from recommender.rank.wording import stems
from recommender.site.latex import readable
from recommender.vectors import DoubleArray

_PAPERS = 14
"Papers to a group, about."
_FEWEST, _MOST = 3, 24
"Groups."
_LEAST, _SHARES = 3, ((0.25, 0.1), (0.12, 0.08))
"Titles of a group that must hold a term to name it; their share, for one word and for more, and what else will do."
_LONGEST, _WIDEST = 5, 36
"Words and letters of a term."
_WEIGHTS = (0.6, 1.0, 1.2, 1.2, 1.2)
"What a term of one, two, ... words is worth beside others: a single word says little."
_SAME = 0.6
"Share of a term's titles that must hold a longer one, of which it is a part, for that to be the name."
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "new novel approach approaches method methods using based via study studies analysis towards "
        "toward learning model models improved efficient general one two first case some more "
        "application applications framework problem problems system systems results effect effects high "
        "low large solution solutions perspective order review introduction part relevant benchmark",
    )
)
"Words that name nothing by themselves, though a term may hold them."
_MARKS = ".,:;!?()[]{}\"'\u201c\u201d\u2018\u2019"


@dataclass(frozen=True, slots=True)
class Theme:
    """A group of papers that lie together."""

    name: str
    x: float
    y: float
    "its middle, 0 to 1"
    papers: int


def themes(titles: Sequence[str], positions: DoubleArray, headings: Iterable[str]) -> tuple[Theme, ...]:
    """Groups of papers by where they lie, the largest first; those that no term of their titles names are left out.

    `positions` (n, 2) belong to the titles. A term is up to three words; it names the group whose titles hold it most
    beyond the others'. Words of the headings name nothing: they are what all papers under them have in common.
    """
    count = min(max(round(len(titles) / _PAPERS), _FEWEST), _MOST)
    group = _groups(positions, count)
    known = {stem for heading in headings for stem in stems(heading)}
    terms = [_terms(title, known) for title in titles]
    everywhere = Counter(stem for found in terms for stem in found)
    named: list[Theme] = []
    for number in range(count):
        members = np.flatnonzero(group == number)
        name = _name([terms[i] for i in members], everywhere, len(titles), {theme.name.lower() for theme in named})
        if name:
            x, y = np.median(positions[members], axis=0)
            named.append(Theme(name, float(x), float(y), len(members)))
    return tuple(sorted(named, key=lambda theme: -theme.papers))


def _groups(positions: DoubleArray, count: int) -> npt.NDArray[np.intp]:
    """k-means, begun from points far apart; the same for the same input."""
    centres = [positions.mean(axis=0)]
    for _ in range(count):
        centres.append(positions[_distances(positions, np.array(centres)).min(axis=1).argmax()])
    middle = np.array(centres[1:])
    group = np.zeros(len(positions), np.intp)
    for _ in range(30):
        group = _distances(positions, middle).argmin(axis=1)
        again = np.array(
            [positions[group == n].mean(axis=0) if (group == n).any() else middle[n] for n in range(count)]
        )
        if np.allclose(again, middle):
            break
        middle = again
    return np.asarray(group, np.intp)


def _distances(positions: DoubleArray, centres: DoubleArray) -> DoubleArray:
    squares: DoubleArray = ((positions[:, None] - centres[None]) ** 2).sum(axis=2)
    return squares


def _terms(title: str, known: set[str]) -> dict[str, str]:
    """Terms of a title: their stems -> as the title has them. None goes over a sign."""
    found: dict[str, str] = {}
    for run in re.split(r"[:,.;?!()]+\s|\s[-\u2013\u2014]+\s|[()]", readable(title)):
        words = [re.sub(r"['\u2019]s$", "", word.strip(_MARKS)) for word in run.split()]
        stemmed = [" ".join(stems(word)) for word in words]
        telling = [_tells(word, stem, known) for word, stem in zip(words, stemmed, strict=True)]
        for start, end in combinations(range(len(words) + 1), 2):
            short = end - start <= _LONGEST
            if short and stemmed[start] and stemmed[end - 1] and any(telling[start:end]):
                term = " ".join(words[start:end])
                if len(term) <= _WIDEST:
                    found[" ".join(filter(None, stemmed[start:end]))] = term
    return found


def _tells(word: str, stem: str, known: set[str]) -> bool:
    """Whether a word can name something: no word of the headings, no empty one, no number, no sign."""
    return len(stem) > 2 and not known.issuperset(stem.split()) and word.lower() not in _EMPTY and not word.isnumeric()


def _name(terms: Sequence[dict[str, str]], everywhere: Counter[str], papers: int, taken: set[str]) -> str:
    """The term that tells these papers from all others best; empty where none does."""
    inside = Counter(stem for found in terms for stem in found)

    def worth(stem: str) -> float:
        share = inside[stem] / len(terms)
        outside = (everywhere[stem] - inside[stem] + 0.5) / max(papers - len(terms), 1)
        return _WEIGHTS[min(stem.count(" "), _LONGEST - 1)] * share * math.log(share / outside)

    def ranked(one: float, more: float) -> list[str]:
        terms_enough = (s for s, n in inside.items() if n >= max(_LEAST, (more if " " in s else one) * len(terms)))
        return sorted(terms_enough, key=lambda stem: (-worth(stem), stem))

    return next(filter(None, (_first(ranked(*shares), inside, worth, terms, taken) for shares in _SHARES)), "")


def _first(
    ranked: Sequence[str],
    inside: Counter[str],
    worth: Callable[[str], float],
    terms: Sequence[dict[str, str]],
    taken: set[str],
) -> str:
    """The first of the terms that tells and is not taken, as the titles mostly have it, in its longest usual form."""
    for stem in ranked:
        longer = [other for other in ranked if f" {stem} " in f" {other} " and inside[other] >= _SAME * inside[stem]]
        whole = max(longer, key=lambda other: (other.count(" "), inside[other]))
        spellings = Counter(found[whole] for found in terms if whole in found)
        name = min(spellings, key=lambda text: (sum(map(str.isupper, text)), -spellings[text], text))
        if worth(stem) > 0 and name.lower() not in taken:
            return name
    return ""
