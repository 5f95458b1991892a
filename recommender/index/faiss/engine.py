"""The engine over FAISS: which kind, where it lies, and what it must remember of its file."""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from recommender.index.base import NO_ROWS, Chunks, DamagedIndexError, EngineStatus, HeldOut
from recommender.index.faiss import disk, policy
from recommender.index.faiss.blocks import BLOCK, MappedFile
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
        "what is known of the file, or will be once it is written"
        self._mapped: MappedFile | None = None
        "the file; None while all is in memory"
        self._sound_lists: set[int] = set()
        self._is_fixed = False
        "whether others search what is in memory, so that it must not change"
        self._threads = policy.MOST_THREADS

    def __len__(self) -> int:
        return int(self._index.ntotal) if self._index is not None else 0

    def open(self, states: Sequence[bytes]) -> bytes | None:
        """Map the file, if it is what one of the states describes; nothing is read anew that is held already."""
        known = {File.load(state): state for state in states}
        held = next((file for file in known if self._holds(file)), None)
        if held is not None:
            return known[held]
        found = disk.find(self._folder, list(known))
        if found is None or not self._map(*found):
            return None
        return next(state for file, state in known.items() if self._holds(file))

    def _holds(self, file: File) -> bool:
        """Whether this is the file that is mapped, and still the one that is there."""
        mine = self._file
        if self._mapped is None or disk.stamp(self._folder) != (mine.size, mine.modified) or file.size != mine.size:
            return False
        return file.blocks == mine.blocks if file.blocks else file.sha256 == mine.sha256 != ""

    def verify(self, states: Sequence[bytes]) -> tuple[bytes | None, str]:
        """Read the whole file."""
        if disk.stamp(self._folder)[0] < 0:
            return None, ""
        for state in states:
            if disk.find(self._folder, [File.load(state)], whole=True):
                return state, ""
        return None, f"{disk.FILE_NAME} is not the file that was written"

    def _map(self, file: File, mapped: MappedFile) -> bool:
        index = disk.read(mapped)
        if index is None:
            return False
        if file.nprobe is not None:
            index.nprobe = file.nprobe
        self._index, self._file, self._mapped, self._sound_lists = index, file, mapped, set()
        return True

    def _hold(self, index: Any, file: File) -> None:
        """Hold an index in memory."""
        self._index, self._file, self._mapped, self._is_fixed = index, file, None, False

    def build(self, chunks: Chunks, count: int, held_out: Callable[[], HeldOut], *, quick: bool = False) -> None:
        """Make an index of the kind that so many vectors ask for; lists get as many visits as recall wants."""
        lists = 0 if quick else policy.lists_for(count)
        queries = held_out() if lists else []
        index = policy.make(chunks, count, lists, queries[0][0] if queries else NO_ROWS)
        file = File()
        if lists:
            nprobe, recall = policy.calibrate(index, chunks, queries)
            file = File(trained=count, nprobe=nprobe, recall=recall)
        self._hold(index, file)

    def change(self, rows: IntArray, vectors: HalfArray, removed: IntArray) -> None:
        """Change a copy of the mapped file in memory; raises `DamagedIndexError`."""
        index = self._index
        if self._mapped is not None:
            index = disk.copy(self._mapped)
            if index is None:
                raise DamagedIndexError(disk.FILE_NAME)
        elif index is not None and self._is_fixed:
            index = faiss.clone_index(index)
        if index is None:
            index = policy.empty(vectors.shape[1], 0)
        index.remove_ids(faiss.IDSelectorBatch(np.concatenate([rows, removed])))
        if len(rows):
            index.add_with_ids(vectors.astype(np.float32), rows)
        self._hold(index, replace(self._file, sha256="", size=0, modified=0, head=0, blocks=""))

    def save(self, keep: Callable[[bytes], None]) -> None:
        """Put the index into its file, and map it from there."""
        file = self._file

        def entered(written: File) -> None:
            nonlocal file
            file = replace(written, trained=file.trained, nprobe=file.nprobe, recall=file.recall)
            keep(file.dump())

        disk.write(self._folder, self._index, entered)
        found = disk.find(self._folder, [file])
        if found is not None:
            self._map(*found)

    def search(
        self, query: FloatArray, k: int, *, among: IntArray | None, void: IntArray, effort: float = 1.0
    ) -> IntArray:
        """Search the lists that are near, or all vectors; raises `DamagedIndexError`."""
        if not len(self) or k <= 0 or (among is not None and not len(among)):
            return NO_ROWS
        index = self._index
        # where a few lists are visited, threads that wait for each other on a busy machine take ten times as long
        faiss.omp_set_num_threads(min(self._threads, policy.threads(index)) if effort >= 1 else 1)
        parameters, visit = _parameters(index, k, among, void, effort)
        if self._mapped is not None and not self._sound(self._mapped, query, visit):
            raise DamagedIndexError(disk.FILE_NAME)
        try:
            _, found = index.search(query[None], min(k, int(index.ntotal)), params=parameters)
        except RuntimeError as error:
            raise DamagedIndexError(f"{disk.FILE_NAME}: {error}") from error
        rows: IntArray = found[0][found[0] >= 0]  # FAISS pads with -1
        return rows

    def _sound(self, mapped: MappedFile, query: FloatArray, visit: int) -> bool:
        """Whether what a query reads, `visit` lists or the whole of a flat index, is as it was written."""
        lists = policy.lists_of(self._index)
        if mapped.checked or visit >= lists:
            return mapped.sound()
        near = set(self._index.quantizer.search(query[None], visit)[1][0].tolist()) - {-1} - self._sound_lists
        inside = self._index.invlists
        ranges = [
            (int(start) - mapped.address, inside.list_size(number) * size)
            for number in near
            for start, size in (
                (inside.get_codes(number), self._index.code_size),
                (inside.get_ids(number), disk.ID_BYTES),
            )
        ]
        if any(start < 0 or start + size > mapped.size for start, size in ranges if size):
            return mapped.sound()  # FAISS has copied them when it read the file
        blocks = [np.arange(start // BLOCK, -(-(start + size) // BLOCK)) for start, size in ranges if size]
        sound = mapped.all_sound(np.unique(np.concatenate(blocks)) if blocks else NO_ROWS)
        if sound:
            self._sound_lists |= near
        return sound

    def fixed(self) -> "FaissIndex":
        """A view of what is held, that gives each query one thread: the queries are as many as the processors."""
        self._is_fixed = True
        view = copy.copy(self)
        view._threads = 1
        return view

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


def _parameters(index: Any, k: int, among: IntArray | None, void: IntArray, effort: float) -> tuple[Any, int]:
    """Which rows may be found and how many lists to visit for them, None for the usual; and that number."""
    lists = policy.lists_of(index)
    # nprobe is calibrated for a hundred; many more lie in more lists
    visit = max(index.nprobe, min(lists, math.ceil(_VISITED * k * lists / int(index.ntotal)))) if lists else 0
    visit = math.ceil(visit * effort)
    if among is None and not len(void):
        return (faiss.SearchParametersIVF(nprobe=visit) if lists and visit != index.nprobe else None), visit
    if among is None:
        share, selector = 1.0, faiss.IDSelectorNot(faiss.IDSelectorBatch(void))
    else:
        allowed = np.zeros(int(among[-1]) + 1, bool)
        allowed[among] = True
        allowed[void[void < len(allowed)]] = False
        share = len(among) / int(index.ntotal)
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
    if not lists:
        return faiss.SearchParameters(sel=selector), 0
    # a filter's papers lie in fewer lists than all do, so more must be visited to meet as many of them
    visit = lists if share < _SELECTIVE else min(lists, math.ceil(visit / share))
    return faiss.SearchParametersIVF(sel=selector, nprobe=visit), visit
