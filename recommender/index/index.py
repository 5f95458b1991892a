"""Nearest papers by cosine: FAISS over the bulk of the vectors, an exact scan over those it does not hold yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from recommender.errors import StoreError
from recommender.index import file
from recommender.store import FloatArray, IntArray, Store

_SMALL = 16_384
"an index of at most so many papers is written anew for every change: a few MB"
_FOLD_SHARE = 1 / 50
"a larger one when this share of it waits beside"
_SPARE = 32
"candidates beyond k, so that equal cosines at the end are ordered by row, not by luck"
_SAMPLE = 4096


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What `recommend info` tells about the index."""

    kind: str
    "`flat` (exact) or `ivf` (approximate, at the recall measured)"
    vectors: int
    pending: int
    "how many of them are searched beside FAISS until they are folded in"
    bytes: int
    "size of vectors.faiss; 0 while all is in memory"
    nprobe: int | None = None
    recall: float | None = None


class Index:
    """An open index over a store; holds the vectors in memory, or maps them."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._faiss: Any = None
        self._entry: file.Entry | None = None
        self._sequence = 0
        self._tail_rows = np.empty(0, np.int64)
        self._tail = np.empty((0, 0), np.float32)
        self._stale = np.empty(0, np.int64)
        self._sample: FloatArray | None = None

    @classmethod
    def open(cls, folder: Path, store: Store) -> "Index":
        """Open the index of `folder`, made or repaired when it is not there; never fails for the cache's sake."""
        index = cls(folder, store)
        index._load()
        index.refresh(store)
        return index

    def _load(self) -> None:
        entry = file.find(self._folder, self._store)
        if entry is None:
            return
        try:
            self._faiss = faiss.read_index(str(self._folder / file.FILE_NAME))
        except RuntimeError:
            return
        self._entry, self._sequence = entry, entry.sequence

    def refresh(self, store: Store) -> None:
        """Take in what the store has gained; a writer also folds it into the file when enough waits."""
        self._store = store
        self._read_tail()
        indexed = self._faiss.ntotal if self._faiss is not None else 0
        waiting = len(self._tail_rows) + len(self._stale)
        if waiting and (indexed + waiting <= _SMALL or waiting > indexed * _FOLD_SHARE):
            self._fold()

    def rebuild(self, store: Store) -> None:
        """Forget the file and make it anew from the store's vectors."""
        self._store = store
        self._faiss, self._entry, self._sequence = None, None, 0
        self._read_tail()
        self._fold()

    def _read_tail(self) -> None:
        """Everything newer than the file: vectors to search beside it, and rows that its own vectors are void for."""
        rows, vectors, removed = [np.empty(0, np.int64)], [], [np.empty(0, np.int64)]
        for some_rows, some_vectors, some_removed in self._store.changes(self._sequence):
            rows.append(some_rows)
            removed.append(some_removed)
            if len(some_rows):
                vectors.append(some_vectors.astype(np.float32))
        self._sample = None
        self._tail_rows = np.concatenate(rows)
        self._tail = np.concatenate(vectors) if vectors else np.empty((0, 0), np.float32)
        self._stale = np.concatenate([*rows, *removed]) if self._faiss is not None else np.empty(0, np.int64)

    def _fold(self) -> None:
        """Move what waits into FAISS, and FAISS to disk where that is possible."""
        if not len(self._tail_rows) and self._faiss is None:
            return
        if self._faiss is None:
            flat = faiss.IndexScalarQuantizer(
                self._tail.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            self._faiss = faiss.IndexIDMap(flat)
        elif len(self._stale):
            self._faiss.remove_ids(faiss.IDSelectorBatch(self._stale))
        if len(self._tail_rows):
            self._faiss.add_with_ids(self._tail, self._tail_rows)
        self._sequence = self._store.sequence
        self._tail_rows, self._stale = np.empty(0, np.int64), np.empty(0, np.int64)
        self._tail = np.empty((0, 0), np.float32)
        try:
            self._save()
        except StoreError:
            self._entry = None  # read-only folder, full disk, other writer: memory serves, the next writer saves

    def _save(self) -> None:
        if self._store.writable:
            self._entry = self._write(self._store)
        else:
            with Store.open(self._folder, write=True, wait=0) as writer:
                if writer.sequence == self._sequence:
                    self._entry = self._write(writer)

    def _write(self, store: Store) -> file.Entry:
        def save(take: Any) -> None:
            faiss.write_index(self._faiss, faiss.PyCallbackIOWriter(take, 1 << 20))

        return file.write(self._folder, store, save, sequence=self._sequence)

    def search(self, query: FloatArray, k: int, *, rows: IntArray | None = None) -> tuple[IntArray, FloatArray]:
        """The k nearest rows, at most, and their cosines, best first and by row where equal.

        `query` is (d,) float32 of length 1; with `rows`, only these are looked at.
        """
        if k <= 0 or len(query) == 0 or (rows is not None and not len(rows)):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = np.concatenate(list(self._nominate(query, k + _SPARE, rows)) or [np.empty(0, np.int64)])
        if not len(found):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        # cosines come from the truth in double precision: the same whether FAISS or the scan beside it found a paper
        cosines = (self._store.vectors(found).astype(np.float64) @ query.astype(np.float64)).astype(np.float32)
        order = np.lexsort((found, -cosines))[:k]
        return found[order], np.clip(cosines[order], -1, 1)

    def _nominate(self, query: FloatArray, k: int, rows: IntArray | None) -> Iterator[IntArray]:
        if self._faiss is not None and self._faiss.ntotal:
            selector = self._selector(rows)
            parameters = faiss.SearchParameters(sel=selector) if selector is not None else None
            _, found = self._faiss.search(query[None].astype(np.float32), min(k, self._faiss.ntotal), params=parameters)
            yield found[0][found[0] >= 0]  # FAISS pads with -1
        if len(self._tail_rows):
            keep = slice(None) if rows is None else np.isin(self._tail_rows, rows)
            beside, cosines = self._tail_rows[keep], self._tail[keep] @ query
            yield beside[np.argpartition(-cosines, k)[:k]] if len(beside) > k else beside

    def _selector(self, rows: IntArray | None) -> Any:
        """Which of the file's rows may be found; None for all."""
        if rows is None:
            return faiss.IDSelectorNot(faiss.IDSelectorBatch(self._stale)) if len(self._stale) else None
        return faiss.IDSelectorBatch(np.setdiff1d(rows, self._stale))

    def background(self, query: FloatArray) -> FloatArray:
        """Cosines of the query to a fixed random sample of at most 4,096 stored papers: (s,) float32."""
        if self._sample is None:
            self._sample = self._store.vectors(self._sampled_rows())
        cosines: FloatArray = self._sample @ query if len(self._sample) else np.empty(0, np.float32)
        return cosines

    def _sampled_rows(self) -> IntArray:
        """Those whose scrambled number is smallest: random, the same in every run, and little changed by new papers."""
        held = faiss.vector_to_array(self._faiss.id_map) if self._faiss is not None else np.empty(0, np.int64)
        rows = np.union1d(np.setdiff1d(held, self._stale), self._tail_rows)
        scrambled = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing, Knuth 6.4
        scrambled ^= scrambled >> np.uint64(32)
        scrambled *= np.uint64(0xD6E8FEB86659FD93)
        return np.sort(rows[np.argsort(scrambled, kind="stable")[:_SAMPLE]])

    def status(self) -> IndexStatus:
        """Kind, size and state of the index."""
        return IndexStatus("flat", len(self._store), len(self._tail_rows), self._entry.size if self._entry else 0)
