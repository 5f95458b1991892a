"""What is compared: each system gives every query its scores over all documents of a set."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import bm25s
import numpy as np

from bench.quality.sets import EvalSet
from recommender.embed import Encoder, document_text
from recommender.embed.reader import Reader
from recommender.paper import Paper
from recommender.rank import words
from recommender.rank.rerank import blend
from recommender.terms import terms
from recommender.vectors import FloatArray

_PIECE = 1000


class System(Protocol):
    """Anything that scores."""

    name: str

    def scores(self, eval_set: EvalSet) -> FloatArray:
        """(queries, documents): the higher, the nearer; -inf: not found."""
        ...


class Bm25:
    """bm25s as it comes, with English stop words."""

    name = "BM25"

    def scores(self, eval_set: EvalSet) -> FloatArray:
        """Score every document against every query."""
        texts = [document_text(paper) for paper in eval_set.documents]
        index = bm25s.BM25()
        index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
        tokens = bm25s.tokenize(list(eval_set.queries.values()), stopwords="en", return_ids=False, show_progress=False)
        rows = [index.get_scores(words) if words else np.zeros(len(texts), np.float32) for words in tokens]
        return np.stack(rows).astype(np.float32)


class Dense:
    """An encoder; its vectors of papers are kept in a folder, since a transformer takes an hour for 50,000."""

    def __init__(self, name: str, encoder: Encoder, kept: Path | None) -> None:
        self.name = name
        self.encoder = encoder
        self.kept = kept

    def scores(self, eval_set: EvalSet) -> FloatArray:
        """Cosines of every document with every query."""
        return self.encoder.encode_queries(list(eval_set.queries.values())) @ self.documents(eval_set).T

    def documents(self, eval_set: EvalSet) -> FloatArray:
        """Vectors of a set's documents: (n, d)."""
        papers = eval_set.documents
        return np.concatenate([self._documents(papers[i : i + _PIECE]) for i in range(0, len(papers), _PIECE)])

    def _documents(self, papers: Sequence[Paper]) -> FloatArray:
        if self.kept is None:
            return self.encoder.encode_documents(papers)
        text = hashlib.sha256("\0".join(map(document_text, papers)).encode()).hexdigest()[:24]
        path = self.kept / self.encoder.identity / f"{text}.npy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, self.encoder.encode_documents(papers).astype(np.float16))
        vectors: FloatArray = np.load(path).astype(np.float32)
        return vectors


class Read:
    """A static encoder's documents, and questions as the reader in its folder reads them."""

    def __init__(self, first: Dense, reader: Reader) -> None:
        self.name = f"{first.name}, questions read"
        self._first, self._reader = first, reader

    def scores(self, eval_set: EvalSet) -> FloatArray:
        """Cosines of every document with every question."""
        return self._reader.queries(list(eval_set.queries.values())) @ self._first.documents(eval_set).T


class Worded:
    """The first system's best papers, re-ordered by words as a search does; titles say how much a word tells."""

    def __init__(self, first: System, *, depth: int, weight: float) -> None:
        self.name = f"{first.name}, best {depth} with words at {weight}"
        self._first, self._depth, self._weight = first, depth, weight

    def scores(self, eval_set: EvalSet) -> FloatArray:
        """Scores of the best `depth` with the words' share, the others behind them."""
        scores = self._first.scores(eval_set)
        titles: Counter[str] = Counter()
        for paper in eval_set.documents:
            titles.update({words.stem(word) for word in terms(paper.title)})
        count = len(eval_set.documents)
        for row, text in enumerate(eval_set.queries.values()):
            best = np.argsort(-scores[row], kind="stable")[: self._depth]
            scale = {word: words.idf(titles[word], count) for word in map(words.stem, words.telling(text))}
            evidence = words.evidence(text, scale, [eval_set.documents[place] for place in best])
            scores[row, best] += 10 + self._weight * evidence  # before all others
        return scores


class Reranked:
    """The first system's best papers, re-scored by a blend with the second's."""

    def __init__(self, first: System, second: System, *, depth: int, weight: float) -> None:
        self.name = f"{first.name}, best {depth} re-scored with {second.name}"
        self._first, self._second, self._depth, self._weight = first, second, depth, weight

    def scores(self, eval_set: EvalSet) -> FloatArray:
        """Blended scores of the best `depth`, the others behind them; for CSFCube, of the judged documents."""
        first, second = self._first.scores(eval_set), self._second.scores(eval_set)
        blended = first - 10  # behind anything re-scored, in their own order
        place = {paper.id: i for i, paper in enumerate(eval_set.documents)}
        for row, query in enumerate(eval_set.queries):
            if eval_set.folds:
                best = np.array([place[name] for name in eval_set.qrels[query]])
            else:
                best = np.argsort(-first[row], kind="stable")[: self._depth]
            blended[row, best] = blend(first[row, best], second[row, best], self._weight)
        return blended
