"""The engine over FAISS: which kind, where it lies, and what it must remember of its file."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from recommender.index.base import NO_ROWS, Chunks, EngineStatus, HeldOut
from recommender.index.faiss import disk, policy
from recommender.index.faiss.disk import File
from recommender.vectors import FloatArray, HalfArray, IntArray

_SELECTIVE = 0.1
"share of the vectors below which a filter's are compared one by one"
_VISITED = 10
"vectors in visited lists for each that is wanted, at least"


class FaissIndex:
    """One FAISS index, mapped from its file where there is one; a newer one takes its place as a whole."""

    name = "faiss"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: Any = None
        self._file = File()
        "what is known of the file, or will be once it is written; without SHA-256 while all is in memory"

    def __len__(self) -> int:
        return int(self._index.ntotal) if self._index is not None else 0

    def open(self, states: Sequence[bytes]) -> bytes | None:
        """Map the file, if it is what one of the states describes; nothing is read anew that is held already."""
        known = {File.load(state): state for state in states}
        held = self._file if self._index is not None else File()
        if held.sha256 in {file.sha256 for file in known} and disk.is_there(self._folder, held):
            return next(state for file, state in known.items() if file.sha256 == held.sha256)
        file = disk.find(self._folder, list(known))
        if file is None or not self._map(file):
            return None
        return next(state for other, state in known.items() if other.sha256 == file.sha256)

    def verify(self, states: Sequence[bytes]) -> tuple[bytes | None, str]:
        """Hash the file."""
        if not (self._folder / disk.FILE_NAME).exists():
            return None, ""
        found = disk.digest(self._folder / disk.FILE_NAME)
        state = next((state for state in states if File.load(state).sha256 == found), None)
        return state, "" if state else f"{disk.FILE_NAME} is not the file that was written"

    def _map(self, file: File) -> bool:
        index = disk.read(self._folder, mapped=True)
        if index is None or not disk.is_there(self._folder, file):
            return False
        if file.nprobe is not None:
            index.nprobe = file.nprobe
        self._index, self._file = index, file
        return True

    def build(self, chunks: Chunks, count: int, held_out: Callable[[], HeldOut], *, quick: bool = False) -> None:
        """Make an index of the kind that so many vectors ask for; lists get as many visits as recall wants."""
        lists = 0 if quick else policy.lists_for(count)
        queries = held_out() if lists else []
        index = policy.make(chunks, count, lists, queries[0][0] if queries else NO_ROWS)
        file = File()
        if lists:
            nprobe, recall = policy.calibrate(index, chunks, queries)
            file = File(trained=count, nprobe=nprobe, recall=recall)
        self._index, self._file = index, file

    def change(self, rows: IntArray, vectors: HalfArray, removed: IntArray) -> None:
        """Change a copy of the mapped file in memory."""
        index = disk.read(self._folder, mapped=False) if self._file.sha256 else self._index
        if index is None:
            index = policy.empty(vectors.shape[1], 0)
        index.remove_ids(faiss.IDSelectorBatch(np.concatenate([rows, removed])))
        if len(rows):
            index.add_with_ids(vectors.astype(np.float32), rows)
        self._index, self._file = index, replace(self._file, sha256="", size=0, modified=0)

    def save(self, keep: Callable[[bytes], None]) -> None:
        """Put the index into its file, and map it from there."""

        def entered(sha256: str, size: int, modified: int) -> None:
            self._file = replace(self._file, sha256=sha256, size=size, modified=modified)
            keep(self._file.dump())

        before = self._file
        try:
            disk.write(self._folder, self._index, entered)
        except BaseException:
            self._file = before
            raise
        if not self._map(self._file):
            self._file = before

    def search(self, query: FloatArray, k: int, *, among: IntArray | None, void: IntArray) -> IntArray:
        """Search the lists that are near, or all vectors."""
        if not len(self) or k <= 0 or (among is not None and not len(among)):
            return NO_ROWS
        index = self._index
        faiss.omp_set_num_threads(policy.threads(index))
        _, found = index.search(query[None], min(k, int(index.ntotal)), params=_parameters(index, k, among, void))
        rows: IntArray = found[0][found[0] >= 0]  # FAISS pads with -1
        return rows

    def due(self, waiting: int) -> bool:
        """Tell whether so many changes are worth writing the file anew."""
        return policy.due(len(self), waiting)

    def outgrown(self, count: int) -> bool:
        """Tell whether so many vectors ask for another kind, or for more lists."""
        return self._index is not None and policy.outgrown(self._index, self._file.trained, count)

    def status(self) -> EngineStatus:
        """Tell kind, recall and the size of the file."""
        lists = policy.lists_of(self._index) if self._index is not None else 0
        file = self._file
        recall = "" if file.recall is None else f", recall@100 {file.recall:.3f}"
        detail = "exact" if file.nprobe is None else f"nprobe {file.nprobe}{recall}"
        return EngineStatus(f"ivf{lists}" if lists else "flat", detail, len(self), file.size)


def _parameters(index: Any, k: int, among: IntArray | None, void: IntArray) -> Any:
    """Which rows may be found, and how many lists to visit for them; None for the usual."""
    lists = policy.lists_of(index)
    # nprobe is calibrated for a hundred; many more lie in more lists
    visit = max(index.nprobe, min(lists, math.ceil(_VISITED * k * lists / int(index.ntotal)))) if lists else 0
    if among is None and not len(void):
        return faiss.SearchParametersIVF(nprobe=visit) if lists and visit > index.nprobe else None
    if among is None:
        share, selector = 1.0, faiss.IDSelectorNot(faiss.IDSelectorBatch(void))
    else:
        allowed = np.zeros(int(among[-1]) + 1, bool)
        allowed[among] = True
        allowed[void[void < len(allowed)]] = False
        share = len(among) / int(index.ntotal)
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
    if not lists:
        return faiss.SearchParameters(sel=selector)
    # a filter's papers lie in fewer lists than all do, so more must be visited to meet as many of them
    visit = lists if share < _SELECTIVE else min(lists, math.ceil(visit / share))
    return faiss.SearchParametersIVF(sel=selector, nprobe=visit)
