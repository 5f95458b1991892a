"""One state of the index and what is found in it: the file's vectors through FAISS, newer ones by an exact scan."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import faiss
import numpy as np
import numpy.typing as npt

from recommender.index import policy
from recommender.store import FloatArray, IndexFile, IntArray, Store

_SELECTIVE = 0.1
"share of the papers below which a filter's are compared one by one"
Float = TypeVar("Float", np.float32, np.float64)
NO_ROWS: IntArray = np.empty(0, np.int64)
NO_VECTORS: FloatArray = np.empty((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class View:
    """One consistent state; a newer one takes its place as a whole, so a search never sees half of a change."""

    faiss: Any = None
    "None when nothing is indexed"
    file: IndexFile | None = None
    "what it lies in; None when it could not be written"
    sequence: int = 0
    "number of the newest vector inside"
    sample_rows: IntArray = field(default_factory=lambda: NO_ROWS)
    sample: FloatArray = field(default_factory=lambda: NO_VECTORS)
    "random papers inside: (s, d)"
    tail_rows: IntArray = field(default_factory=lambda: NO_ROWS)
    tail: FloatArray = field(default_factory=lambda: NO_VECTORS)
    "papers newer than `sequence`"
    stale: IntArray = field(default_factory=lambda: NO_ROWS)
    "rows written or removed after `sequence`: what FAISS holds of them is void"
    background: FloatArray = field(default_factory=lambda: NO_VECTORS)
    "random papers of inside and tail together"

    @property
    def indexed(self) -> int:
        """How many vectors FAISS holds."""
        return int(self.faiss.ntotal) if self.faiss is not None else 0

    def with_tail(self, store: Store) -> "View":
        """Add all that the store holds beyond this state."""
        rows, vectors, stale = [NO_ROWS], [], [NO_ROWS]
        for some_rows, some_vectors, removed in store.changes(self.sequence) if self.indexed else ():
            stale += [some_rows, removed]
            if len(some_rows):
                rows.append(some_rows)
                vectors.append(some_vectors.astype(np.float32))
        tail_rows, tail = np.concatenate(rows), np.concatenate(vectors) if vectors else NO_VECTORS
        void = np.concatenate(stale)
        background = _sample(self, tail_rows, tail, void)
        return replace(self, tail_rows=tail_rows, tail=tail, stale=void, background=background)

    def nominate(self, query: FloatArray, k: int, rows: IntArray | None) -> Iterator[IntArray]:
        """Rows among which the k nearest are: of the index, then of the tail."""
        if self.indexed and (rows is None or len(rows)):
            faiss.omp_set_num_threads(policy.threads(self.faiss))
            _, found = self.faiss.search(query[None], min(k, self.indexed), params=self._parameters(rows))
            yield found[0][found[0] >= 0]  # FAISS pads with -1
        if len(self.tail_rows):
            keep = slice(None) if rows is None else np.isin(self.tail_rows, rows)
            beside, cosines = self.tail_rows[keep], products(self.tail[keep], query)
            yield beside[np.argpartition(-cosines, k)[:k]] if len(beside) > k else beside

    def _parameters(self, rows: IntArray | None) -> Any:
        """Which of the index's rows may be found, and how many lists to visit for them; None for the usual."""
        if rows is None and not len(self.stale):
            return None
        if rows is None:
            share, selector = 1.0, faiss.IDSelectorNot(faiss.IDSelectorBatch(self.stale))
        else:
            allowed = np.zeros(int(rows[-1]) + 1, bool)
            allowed[rows] = True
            allowed[self.stale[self.stale < len(allowed)]] = False
            share, selector = len(rows) / self.indexed, faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        lists = policy.lists_of(self.faiss)
        if not lists:
            return faiss.SearchParameters(sel=selector)
        # a filter's papers lie in fewer lists than all do, so more must be visited to meet as many of them
        visit = lists if share < _SELECTIVE else min(lists, math.ceil(self.faiss.nprobe / share))
        return faiss.SearchParametersIVF(sel=selector, nprobe=visit)


def products(vectors: npt.NDArray[Float], query: npt.NDArray[Float]) -> npt.NDArray[Float]:
    """Inner products of (n, d) vectors with a query, (n,); without BLAS.

    Its threads would go on waiting, and take the cores from FAISS's: 37 ms a query instead of 12.
    """
    found: npt.NDArray[Float] = np.einsum("ij,j->i", vectors, query)
    return found


def _sample(view: View, tail_rows: IntArray, tail: FloatArray, stale: IntArray) -> FloatArray:
    """Vectors of the random sample of index and tail together, the same wherever the line between them runs."""
    if not len(tail_rows) and not len(stale):
        return view.sample
    kept = ~np.isin(view.sample_rows, stale)
    rows = np.concatenate([view.sample_rows[kept], tail_rows])
    vectors = np.concatenate([view.sample[kept], tail]) if len(tail) else view.sample[kept]
    return vectors[policy.sample_places(rows)]
