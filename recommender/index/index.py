"""Nearest papers by cosine: an engine over the bulk of the vectors, an exact scan over those it does not hold yet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from recommender.errors import StoreError
from recommender.index import sample
from recommender.index.base import NO_ROWS, DamagedIndexError, HeldOut, VectorIndex
from recommender.index.faiss import FaissIndex
from recommender.store import Store
from recommender.vectors import FloatArray, HalfArray, IntArray, products

EncodeQueries = Callable[[Sequence[str]], FloatArray]

_SPARE = 32
"candidates beyond k, so that equal cosines at the end are ordered by row, not by luck"
_QUERIES = 500
"papers of the random sample, to measure recall with: as they are, and by their titles"
_NO_VECTORS: FloatArray = np.empty((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What `recommend info` tells about the index."""

    kind: str
    "`flat` (exact) or e.g. `ivf4096` (at the recall measured)"
    vectors: int
    pending: int
    "how many of them are searched beside the engine until they are folded in"
    bytes: int
    "size of the engine's file; 0 while all is in memory"
    detail: str
    "how exact the answers are, e.g. `nprobe 64, recall@100 0.991`"


@dataclass(frozen=True, slots=True)
class Tail:
    """What was written after the engine's sequence number; a newer one takes its place as a whole."""

    sequence: int = 0
    "number of the newest vector that the engine holds"
    rows: IntArray = field(default_factory=lambda: NO_ROWS)
    vectors: FloatArray = field(default_factory=lambda: _NO_VECTORS)
    void: IntArray = field(default_factory=lambda: NO_ROWS)
    "rows written or removed since, ascending: what the engine holds of them no longer counts"
    upto: int = 0
    "number of the newest vector that engine and tail hold together"

    @classmethod
    def of(cls, store: Store, sequence: int, before: "Tail | None" = None) -> "Tail":
        """All that the store holds beyond a sequence number; of what the tail `before` holds nothing is read again."""
        newest = store.vectors.sequence
        known = before is not None and before.sequence == sequence and 0 < before.upto <= newest
        begun = before if known else None
        rows, vectors, removed = _changes(store, begun.upto if begun else sequence)
        void = np.unique(np.concatenate([rows, removed]))
        tail = cls(sequence, rows, vectors.astype(np.float32), void, newest)
        return begun.followed_by(tail) if begun else tail

    def followed_by(self, later: "Tail") -> "Tail":
        """The tail of what this one holds and what was written after it."""
        if not len(later.void):
            return replace(self, upto=later.upto)
        kept = ~np.isin(self.rows, later.void)
        parts = [part for part in (self.vectors[kept], later.vectors) if len(part)]
        return Tail(
            self.sequence,
            np.concatenate([self.rows[kept], later.rows]),
            np.concatenate(parts) if parts else _NO_VECTORS,
            np.union1d(self.void, later.void),
            later.upto,
        )

    def nearest(self, query: FloatArray, k: int, among: IntArray | None) -> IntArray:
        """At most k rows, those nearest to the query."""
        keep = slice(None) if among is None else np.isin(self.rows, among)
        rows = self.rows[keep]
        if len(rows) <= k:
            return rows
        best: IntArray = rows[np.argpartition(-products(self.vectors[keep], query), k)[:k]]
        return best


class Index:
    """An open index over a store."""

    def __init__(self, store: Store, engine: VectorIndex, encode_queries: EncodeQueries | None = None) -> None:
        self._store = store
        self._engine = engine
        self._encode_queries = encode_queries
        self._tail = Tail()

    @classmethod
    def open(cls, folder: Path, store: Store, encode_queries: EncodeQueries | None = None) -> "Index":
        """Open the index of `folder`, made or repaired when it is not there; never fails for the cache's sake.

        `encode_queries` is called only when a large index is made: how many lists a search must visit is measured on
        titles as queries too.
        """
        index = cls.closed(folder, store, encode_queries)
        index.refresh()
        return index

    @classmethod
    def closed(cls, folder: Path, store: Store, encode_queries: EncodeQueries | None = None) -> "Index":
        """The index of `folder` as `open` gives it, before anything of it is read."""
        return cls(store, FaissIndex(folder), encode_queries)

    # -- state -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take in what the store has gained; fold it into the engine when enough waits, and change kind when outgrown.

        A reader does so in memory, and on disk when no writer is about; only a writer trains lists.
        """
        with _enough_memory(), self._store.snapshot():
            self._store.database.moved()
            sequence, count = self._saved_sequence(), len(self._store)
            writing_outgrown = self._store.writable and self._engine.outgrown(count)
            if count and (sequence is None or writing_outgrown):
                sequence = self._build(quick=not self._store.writable)
            elif sequence is not None and self._engine.due(self._store.vectors.written_since(sequence)):
                sequence = self._fold(sequence)
            self._tail = Tail.of(self._store, sequence or 0, self._tail)

    def rebuild(self) -> None:
        """Make the engine's file anew from the store's vectors, whatever is there; raises `StoreError`."""
        sequence = 0
        if len(self._store):
            with _enough_memory():
                sequence = self._store.vectors.sequence
                self._engine.build(self._chunks, len(self._store), self._held_out)
                self._save_with(self._store, sequence)
        self._tail = Tail.of(self._store, sequence)

    def _saved_sequence(self) -> int | None:
        """The number of the newest vector that the engine holds; None where it holds nothing to go on from."""
        states = self._store.engine_states.every(self._engine.name)
        state = self._engine.open(list(states))
        if state is None and not self._store.writable:
            self._store.reread()  # a writer may have put a file in place after this reader was opened
            states = self._store.engine_states.every(self._engine.name)
            state = self._engine.open(list(states))
        if state is not None:
            return states[state]
        return self._tail.sequence if len(self._engine) else None

    def _build(self, *, quick: bool) -> int:
        sequence = self._store.vectors.sequence
        self._engine.build(self._chunks, len(self._store), self._held_out, quick=quick)
        self._save(sequence)
        return sequence

    def _fold(self, since: int) -> int:
        sequence = self._store.vectors.sequence
        try:
            self._engine.change(*_changes(self._store, since))
        except DamagedIndexError:
            return self._build(quick=not self._store.writable)
        self._save(sequence)
        return sequence

    def _chunks(self) -> Iterator[tuple[IntArray, HalfArray]]:
        for rows, vectors, _ in self._store.vectors.changes():
            if len(rows):
                yield rows, vectors

    def _held_out(self) -> HeldOut:
        """Queries to measure recall with: papers, and where there is an encoder their titles."""
        every = self._store.papers.every_row()
        rows, vectors = self._store.vectors.sound(every[sample.places(every, _QUERIES)])
        queries = [(rows, vectors)]
        if self._encode_queries is not None:
            papers = self._store.papers.readable(rows)
            titled = np.array(list(papers), np.int64)
            queries.append((titled, self._encode_queries([paper.title for paper in papers.values()])))
        return queries

    def _save(self, sequence: int) -> None:
        """Save the engine, if this is the writer or can be for a moment; else it serves from memory."""
        with suppress(StoreError):  # another writer, a folder that is read-only, a full disk
            if self._store.writable:
                self._save_with(self._store, sequence)
                return
            with Store.open(self._store.folder, write=True, wait=0) as writer:
                if writer.vectors.sequence == sequence:
                    self._save_with(writer, sequence)

    def _save_with(self, writer: Store, sequence: int) -> None:
        name, kept = self._engine.name, []

        def keep(state: bytes) -> None:
            writer.engine_states.enter(name, state, sequence)
            kept.append(state)

        self._engine.save(keep)
        writer.engine_states.keep(name, kept[-1])

    def fixed(self) -> tuple[VectorIndex, Tail]:
        """What is searched now, which later changes leave as it is."""
        return self._engine.fixed(), self._tail

    def verify(self) -> tuple[bool, str]:
        """Read all that the engine saved: whether it is what was written, and a sentence on it."""
        states = self._store.engine_states.every(self._engine.name)
        state, problem = self._engine.verify(list(states))
        if problem:
            return False, f"{problem}; `recommend index` makes it anew"
        if state is None:
            return True, "there is no index yet; the next search makes it"
        return True, f"as it was written; {self._store.vectors.written_since(states[state]):,} changes beside it"

    def status(self) -> IndexStatus:
        """Kind, size and state of the index."""
        engine = self._engine.status()
        return IndexStatus(engine.kind, len(self._store), len(self._tail.rows), engine.bytes, engine.detail)

    # -- questions ---------------------------------------------------------------------------------------------

    def search(self, query: FloatArray, k: int, *, rows: IntArray | None = None) -> tuple[IntArray, FloatArray]:
        """The k nearest rows, at most, and their cosines, best first and by row where equal.

        `query` is (d,) float32 of length 1; with `rows`, ascending, only these are looked at.
        """
        with _enough_memory(), self._store.snapshot():
            # cosines come from the truth in double precision: the same whether the engine or the scan found a paper
            found, stored = self._store.vectors.sound(self.nominate(query[None], k, rows=rows))
            if not len(found):
                return NO_ROWS, np.empty(0, np.float32)
            cosines = products(stored.astype(np.float64), query.astype(np.float64)).astype(np.float32)
            order = self._readable(found, np.lexsort((found, -cosines)), k)
        return found[order], np.clip(cosines[order], -1, 1)

    def search_each(
        self, queries: FloatArray, k: int, *, rows: IntArray | None = None, effort: float = 1.0
    ) -> list[tuple[IntArray, FloatArray]]:
        """The k nearest rows of each of many queries (n, d), and their cosines, as `search` gives them for one.

        With less `effort` than 1 the engine looks at so much less, and may miss a few. Rows whose papers cannot be read
        are among the answers.
        """
        with _enough_memory(), self._store.snapshot():
            nominated = self._nominated_each(queries, k, rows, effort)
            found, stored = self._store.vectors.sound(np.unique(np.concatenate([NO_ROWS, *nominated])))
        place = {row: number for number, row in enumerate(found.tolist())}
        answers = []
        for query, near in zip(queries, nominated, strict=True):
            places = [place[row] for row in near.tolist() if row in place]
            cosines = products(stored[places].astype(np.float64), query.astype(np.float64)).astype(np.float32)
            order = np.lexsort((found[places], -cosines))[:k]
            answers.append((found[places][order], np.clip(cosines[order], -1, 1)))
        return answers

    def nominate(self, queries: FloatArray, k: int, *, rows: IntArray | None = None) -> IntArray:
        """Rows, ascending, among which are the k nearest to each query (q, d); some of them may be unreadable."""
        with _enough_memory(), self._store.snapshot():
            found = self._nominated_each(queries, k, rows)
        nominated: IntArray = np.unique(np.concatenate([NO_ROWS, *found]))
        return nominated

    def _nominated_each(
        self, queries: FloatArray, k: int, among: IntArray | None, effort: float = 1.0
    ) -> list[IntArray]:
        """What is nominated for each of several queries, by an index that is up to date and sound."""
        self._catch_up()
        try:
            return [self._nominated(query, k, among, effort) for query in queries]
        except DamagedIndexError:
            self.mend()
            return [self._nominated(query, k, among, effort) for query in queries]

    def _catch_up(self) -> None:
        """Take in, before a question, what others have stored since the last one."""
        if not self._store.writable and self._store.database.moved():
            self.refresh()

    def mend(self) -> None:
        """Make the engine anew, whose file is not what was written."""
        self._tail = Tail.of(self._store, self._build(quick=not self._store.writable))

    def _nominated(self, query: FloatArray, k: int, among: IntArray | None, effort: float = 1.0) -> IntArray:
        """Somewhat more than the k nearest rows, by the engine and from what lies beside it."""
        if k <= 0 or (among is not None and not len(among)):
            return NO_ROWS
        held = self._engine.search(query, k + _SPARE, among=among, void=self._tail.void, effort=effort)
        return np.concatenate([held, self._tail.nearest(query, k + _SPARE, among)])

    def _readable(self, found: IntArray, order: IntArray, k: int) -> IntArray:
        """The first k places of an order whose papers can be read: a damaged one costs no other its place."""
        taken = order[:k]
        papers = self._store.papers.readable(found[taken])
        if len(papers) < len(taken):
            papers |= self._store.papers.readable(found[order[k:]])
            taken = np.array([place for place in order.tolist() if int(found[place]) in papers], np.int64)[:k]
        return taken


def _changes(store: Store, since: int) -> tuple[IntArray, HalfArray, IntArray]:
    """Rows, their vectors and rows removed, of all that was written after a sequence number."""
    rows, vectors, removed = [NO_ROWS], [], [NO_ROWS]
    for some, their, gone in store.vectors.changes(since):
        rows.append(some)
        removed.append(gone)
        if len(some):
            vectors.append(their)
    together = np.concatenate(vectors) if vectors else np.empty((0, 0), np.float16)
    return np.concatenate(rows), together, np.concatenate(removed)


@contextmanager
def _enough_memory() -> Iterator[None]:
    """Say in one line that there is not."""
    try:
        yield
    except MemoryError as error:
        raise StoreError("the index does not fit into memory; end other programs and run again") from error
