"""Papers as token ids, ready to be cut into training pairs: 1 GB of abstracts becomes 0.1 GB of numbers."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from recommender.embed.words import MOST
from recommender.paper import Paper
from recommender.vectors import FloatArray, IntArray

TokenArray = npt.NDArray[np.integer]

LONGEST = 220
"Tokens of an abstract that are looked at in training; nine of ten abstracts of the arXiv are shorter."
_HELD_OUT_SHARE, _MOST_HELD_OUT = 0.05, 10_000
_MOST_AUTHORS, _MOST_PAPERS = 30, 40
"Author lists longer than this are collaborations, names on more papers than this often several people."
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Bag:
    """Texts as token ids, one after the other."""

    ids: IntArray
    offsets: IntArray
    "where each text starts"


@dataclass(frozen=True, slots=True)
class Counted:
    """Texts as sets of tokens, each with how often it counts: what a model makes one vector of."""

    ids: IntArray
    offsets: IntArray
    "where each text starts"
    times: FloatArray
    "`words.MOST` at most"


@dataclass(frozen=True, slots=True)
class Texts:
    """All titles, or all abstracts, as token ids."""

    ids: TokenArray
    bounds: IntArray
    "text i is ids[bounds[i] : bounds[i + 1]]"

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def span(self, which: IntArray) -> tuple[IntArray, IntArray]:
        """Start and end of these texts, cut at `LONGEST` tokens."""
        start = self.bounds[which]
        return start, np.minimum(self.bounds[which + 1], start + LONGEST)

    def cut(self, start: IntArray, end: IntArray) -> Bag:
        """The pieces between these places as one bag."""
        lengths = end - start
        offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        places = np.arange(lengths.sum()) + np.repeat(start - offsets, lengths)
        return Bag(self.ids[places].astype(np.int64), offsets)

    def bag(self, which: IntArray) -> Bag:
        """These texts, cut at `LONGEST` tokens."""
        return self.cut(*self.span(which))


@dataclass(frozen=True, slots=True)
class Corpus:
    """What training sees of the papers; row i everywhere is the same paper."""

    titles: Texts
    abstracts: Texts
    categories: IntArray
    "number of the primary category"
    authors: IntArray
    "(m, 2) rows that share at least two authors; none of them held out"
    learnt: IntArray
    "rows that are trained on, in an order drawn by the papers' ids"
    held_out: IntArray
    "rows that only measure"

    def full(self, which: IntArray) -> Bag:
        """Title and abstract of these papers, as the encoder sees a document."""
        return join(self.titles.bag(which), self.abstracts.bag(which))

    def __len__(self) -> int:
        return len(self.titles)


def build(papers: Sequence[Paper], tokenizer: Tokenizer, progress: Callable[[int, int], None]) -> Corpus:
    """Tokenise papers; one in twenty, chosen by its id, is held out."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    titles = _tokenized((paper.title + "." for paper in papers), tokenizer, lambda n: progress(n, 2 * len(papers)))
    abstracts = _tokenized(
        (paper.abstract for paper in papers), tokenizer, lambda n: progress(len(papers) + n, 2 * len(papers))
    )
    draw = np.array([int.from_bytes(hashlib.sha1(p.id.encode()).digest()[:4]) for p in papers], np.int64)
    number = min(round(len(papers) * _HELD_OUT_SHARE), _MOST_HELD_OUT)
    order = np.argsort(draw, kind="stable")
    held_out = np.sort(order[len(papers) - number :])
    names = {name: i for i, name in enumerate(sorted({_primary(paper) for paper in papers}))}
    categories = np.array([names[_primary(paper)] for paper in papers], np.int64)
    pairs = _author_pairs(papers)
    pairs = pairs[~np.isin(pairs, held_out).any(axis=1)]
    return Corpus(titles, abstracts, categories, pairs, order[: len(papers) - number], held_out)


def join(first: Bag, second: Bag) -> Bag:
    """Each text of `first` followed by the one of `second` with the same number."""
    lengths = [np.diff(bag.offsets, append=len(bag.ids)) for bag in (first, second)]
    offsets = np.concatenate([[0], np.cumsum(lengths[0] + lengths[1])[:-1]]).astype(np.int64)
    ids = np.empty(len(first.ids) + len(second.ids), np.int64)
    ids[np.arange(len(first.ids)) + np.repeat(offsets - first.offsets, lengths[0])] = first.ids
    ids[np.arange(len(second.ids)) + np.repeat(offsets + lengths[0] - second.offsets, lengths[1])] = second.ids
    return Bag(ids, offsets)


def counted(bag: Bag, *, dropped: float = 0, rng: np.random.Generator | None = None) -> Counted:
    """Count the tokens of each text; `dropped`: the share left out altogether, so that no single word decides.

    Pieces of words are counted like words here, since a word's boundaries are gone: the difference to the tokenizer's
    own rule is a few pieces that several words of a text share.
    """
    lengths = np.diff(bag.offsets, append=len(bag.ids))
    texts = np.repeat(np.arange(len(lengths)), lengths)
    width = int(bag.ids.max(initial=0)) + 1
    found, times = np.unique(texts * width + bag.ids, return_counts=True)
    if rng is not None:
        kept = rng.random(len(found)) >= dropped
        found, times = found[kept], times[kept]
    offsets = np.searchsorted(found, np.arange(len(lengths)) * width)
    return Counted(found % width, offsets.astype(np.int64), np.minimum(times, MOST).astype(np.float32))


def _primary(paper: Paper) -> str:
    return paper.categories[0] if paper.categories else ""


def _tokenized(texts: Iterable[str], tokenizer: Tokenizer, progress: Callable[[int], None]) -> Texts:
    kind = np.uint16 if tokenizer.get_vocab_size() <= 1 << 16 else np.int32
    lengths, parts, rest = [0], [np.empty(0, kind)], iter(texts)
    while chunk := list(islice(rest, _CHUNK)):
        encoded = [e.ids for e in tokenizer.encode_batch_fast(chunk, add_special_tokens=False)]
        parts.append(np.array([i for ids in encoded for i in ids], kind))
        lengths += map(len, encoded)
        progress(len(lengths) - 1)
    return Texts(np.concatenate(parts), np.cumsum(lengths, dtype=np.int64))


def _author_pairs(papers: Sequence[Paper]) -> IntArray:
    """Rows of papers that share at least two authors by name."""
    written: defaultdict[str, list[int]] = defaultdict(list)
    for row, paper in enumerate(papers):
        if len(paper.authors) <= _MOST_AUTHORS:
            for name in set(paper.authors):
                written[name].append(row)
    shared = Counter(pair for rows in written.values() if len(rows) <= _MOST_PAPERS for pair in combinations(rows, 2))
    pairs = [pair for pair, number in shared.items() if number >= 2]
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)
