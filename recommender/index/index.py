"""Nearest papers by cosine: FAISS over the bulk of the vectors, an exact scan over those it does not hold yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from recommender.errors import StoreError
from recommender.index import disk, policy
from recommender.index.view import NO_ROWS, View, products
from recommender.store import FloatArray, IndexFile, IntArray, Store

EncodeQueries = Callable[[Sequence[str]], FloatArray]

_SPARE = 32
"candidates beyond k, so that equal cosines at the end are ordered by row, not by luck"


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What `recommend info` tells about the index."""

    kind: str
    "`flat` (exact) or e.g. `ivf4096` (at the recall measured)"
    vectors: int
    pending: int
    "how many of them are searched beside FAISS until they are folded in"
    bytes: int
    "size of vectors.faiss; 0 while all is in memory"
    nprobe: int | None = None
    recall: float | None = None


class Index:
    """An open index over a store."""

    def __init__(self, folder: Path, store: Store, encode_queries: EncodeQueries | None = None) -> None:
        self._folder = folder
        self._encode_queries = encode_queries
        self._store = store
        self._view = View()

    @classmethod
    def open(cls, folder: Path, store: Store, encode_queries: EncodeQueries | None = None) -> "Index":
        """Open the index of `folder`, made or repaired when it is not there; never fails for the cache's sake.

        `encode_queries` is called only when a large index is made: how many lists a search must visit is measured on
        titles as queries too.
        """
        index = cls(folder, store, encode_queries)
        index.refresh(store)
        return index

    # -- state -------------------------------------------------------------------------------------------------

    def refresh(self, store: Store) -> None:
        """Take in what the store has gained; fold it into the file when enough waits, and change kind when outgrown.

        A reader does so in memory, and on disk when no writer is about; only a writer trains lists.
        """
        self._store = store
        view = self._on_disk()
        count = len(store)
        outgrown = view.file is not None and policy.outgrown(view.faiss, view.file.trained, count)
        if count and (view.faiss is None or (store.writable and outgrown)):
            view = self._made(policy.lists_for(count) if store.writable else 0)
        elif policy.due(view.indexed, store.written_since(view.sequence)):
            view = self._folded(view)
        self._view = view.with_tail(store)

    def rebuild(self, store: Store) -> None:
        """Make the file anew from the store's vectors, whatever is there."""
        self._store = store
        count = len(store)
        view = self._made(policy.lists_for(count)) if count else View()
        self._view = view.with_tail(store)

    def _on_disk(self) -> View:
        """The state of the file that is there."""
        held = self._view
        if held.faiss is not None and (held.file is None or disk.is_there(self._folder, held.file)):
            return held
        file = disk.find(self._folder, self._store)
        if file is None and not self._store.writable:
            self._store.reread()  # a writer may have put the file in place after this reader was opened
            file = disk.find(self._folder, self._store)
        return self._read(file) if file is not None else View()

    def _read(self, file: IndexFile) -> View:
        index = disk.read(self._folder, mapped=True)
        if index is None or not disk.is_there(self._folder, file):
            return View()
        if file.nprobe is not None:
            index.nprobe = file.nprobe
        rows, vectors = self._store.index_sample(file)
        return View(index, file, file.sequence, rows, vectors.astype(np.float32))

    def _made(self, lists: int) -> View:
        """A new index over all that is stored, on disk if possible."""
        sample = self._sample_rows()
        index = policy.make(self._store, lists, sample[: policy.QUERIES])
        facts = IndexFile("", 0, 0, self._store.sequence)
        if lists:
            nprobe, recall = policy.calibrate(index, self._store, self._held_out(sample[: policy.QUERIES]))
            facts = replace(facts, trained=len(self._store), nprobe=nprobe, recall=recall)
        return self._saved(index, facts, sample)

    def _held_out(self, rows: IntArray) -> list[tuple[IntArray, FloatArray]]:
        """Queries to measure recall with: papers, and where there is an encoder their titles."""
        queries = [(rows, self._store.vectors(rows))]
        if self._encode_queries is not None:
            queries.append((rows, self._encode_queries([paper.title for paper in self._store.papers(rows)])))
        return queries

    def _folded(self, view: View) -> View:
        """The index with what waits beside it, on disk if possible."""
        index = disk.read(self._folder, mapped=False) if view.file is not None else view.faiss
        if index is None:
            return self._made(0)
        for rows, vectors, removed in self._store.changes(view.sequence):
            index.remove_ids(faiss.IDSelectorBatch(np.concatenate([rows, removed])))
            if len(rows):
                index.add_with_ids(vectors.astype(np.float32), rows)
        facts = view.file or IndexFile("", 0, 0, 0)
        return self._saved(index, replace(facts, sequence=self._store.sequence), self._sample_rows())

    def _sample_rows(self) -> IntArray:
        rows = self._store.every_row()
        return rows[policy.sample_places(rows)]

    def _saved(self, index: Any, facts: IndexFile, sample: IntArray) -> View:
        """Put an index on disk and map it from there; where that fails, memory serves until a writer succeeds."""
        vectors = self._store.vectors(sample)
        in_memory = View(index, None, facts.sequence, sample, vectors)
        try:
            if self._store.writable:
                file = self._write(self._store, index, facts, in_memory)
            else:
                with Store.open(self._folder, write=True, wait=0) as writer:
                    if writer.sequence != facts.sequence:
                        return in_memory
                    file = self._write(writer, index, facts, in_memory)
        except StoreError:  # another writer, a folder that is read-only, a full disk
            return in_memory
        mapped = disk.read(self._folder, mapped=True)
        return replace(in_memory, faiss=mapped, file=file) if mapped is not None else in_memory

    def _write(self, store: Store, index: Any, facts: IndexFile, view: View) -> IndexFile:
        def enter(sha256: str, size: int, modified: int) -> IndexFile:
            file = replace(facts, sha256=sha256, size=size, modified=modified)
            store.enter_index_file(file, view.sample_rows, view.sample.astype(np.float16))
            return file

        return disk.write(self._folder, index, enter, store)

    def status(self) -> IndexStatus:
        """Kind, size and state of the index."""
        view = self._view
        lists = policy.lists_of(view.faiss) if view.faiss is not None else 0
        file = view.file or IndexFile("", 0, 0, 0)
        kind = f"ivf{lists}" if lists else "flat"
        return IndexStatus(kind, len(self._store), len(view.tail_rows), file.size, file.nprobe, file.recall)

    # -- questions ---------------------------------------------------------------------------------------------

    def search(self, query: FloatArray, k: int, *, rows: IntArray | None = None) -> tuple[IntArray, FloatArray]:
        """The k nearest rows, at most, and their cosines, best first and by row where equal.

        `query` is (d,) float32 of length 1; with `rows`, only these are looked at.
        """
        found = np.concatenate([NO_ROWS, *self._view.nominate(query, k + _SPARE, rows)]) if k > 0 else NO_ROWS
        if not len(found):
            return NO_ROWS, np.empty(0, np.float32)
        # cosines come from the truth in double precision: the same whether FAISS or the scan beside it found a paper
        cosines = products(self._store.vectors(found).astype(np.float64), query.astype(np.float64)).astype(np.float32)
        order = np.lexsort((found, -cosines))[:k]
        return found[order], np.clip(cosines[order], -1, 1)

    def background(self, query: FloatArray) -> FloatArray:
        """Cosines of the query to a fixed random sample of at most 4,096 stored papers: (s,) float32."""
        sample = self._view.background
        return products(sample, query) if len(sample) else np.empty(0, np.float32)
