"""One index for many readers: a thread of its own keeps it up to date, and they search what it last finished.

Each reader has a store, and so a connection, of its own. What they search is swapped as a whole, so none sees half of a
change; none waits for a long one, since the former state answers meanwhile: it may miss what came last, and never
names a paper with a similarity that the store does not have.
"""

import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from recommender.errors import RecommenderError, StoreError
from recommender.index.base import VectorIndex
from recommender.index.index import EncodeQueries, Index, Tail
from recommender.store import Store

_PATIENCE = 0.05
"Seconds that a question waits for what was stored just before it: a day's papers take a tenth of that."

_LONGEST = 600.0
"Seconds that `refresh` waits, as long as an index of millions takes to be made."


@dataclass(frozen=True, slots=True)
class _State:
    engine: VectorIndex
    tail: Tail


class SharedIndex:
    """The index of one folder for readers in several threads; `close` ends the thread that keeps it."""

    def __init__(self, folder: Path, encode_queries: EncodeQueries | None = None) -> None:
        """Start to open it; the first reader waits until that is done."""
        self._folder = folder
        self._encode_queries = encode_queries
        self._changed = threading.Condition()
        self._state: _State | None = None
        self._failure: RecommenderError | None = None
        self._wanted = self._closing = self._damaged = False
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self._thread.start()

    def of(self, store: Store) -> Index:
        """The index as a reader searches it, through a store of that reader's own."""
        return _Reading(store, self)

    def close(self) -> None:
        """End the thread; those who still search what it made may go on."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def reach(self, sequence: int, *, patience: float = _PATIENCE) -> _State:
        """The state that holds the vector of this number, or after so many seconds the newest that there is.

        Raises what kept the first from being made.
        """
        state = self._state
        if state is not None and state.tail.upto >= sequence:
            return state
        end = time.monotonic() + patience
        with self._changed:
            self._wanted = True
            self._changed.notify_all()
            while self._state is None or self._state.tail.upto < sequence:
                left = end - time.monotonic()
                if self._state is None:
                    if self._failure is not None:
                        raise self._failure
                elif left <= 0 or self._failure is not None:
                    break
                self._changed.wait(None if self._state is None else left)
            return self._state

    def mend(self, broken: VectorIndex) -> _State:
        """The state after the engine was made anew, unless that was done since somebody met a `broken` one."""
        with self._changed:
            state = self._state
            if state is not None and state.engine is broken:
                self._state, self._failure, self._damaged = None, None, True
        return self.reach(0)

    def _run(self) -> None:
        try:
            with closing(Store.open(self._folder)) as store:
                index = Index.closed(self._folder, store, self._encode_queries)
                self._publish(index, store)
                while self._called():
                    self._publish(index, store)
        except RecommenderError as error:
            self._fail(error)

    def _called(self) -> bool:
        """Wait until somebody wants more than there is; False at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._damaged or self._closing)
            self._wanted = False
            return not self._closing

    def _publish(self, index: Index, store: Store) -> None:
        try:
            with store.snapshot():
                if self._damaged:
                    index.mend()
                index.refresh()
            state = _State(*index.fixed())
        except RecommenderError as error:
            self._fail(error)
            return
        except Exception as error:  # whatever it is, those who wait must not wait for ever
            self._fail(StoreError(f"{self._folder}: the index cannot be read ({error!r}); run `recommend check`"))
            return
        with self._changed:
            self._state, self._failure, self._damaged = state, None, False
            self._changed.notify_all()

    def _fail(self, error: RecommenderError) -> None:
        """Let those who wait go: on with what there is, or with the reason."""
        with self._changed:
            self._failure = error
            self._changed.notify_all()


class _Reading(Index):
    """The shared index, through one reader's store."""

    def __init__(self, store: Store, shared: SharedIndex) -> None:
        self._shared = shared
        state = shared.reach(0)
        super().__init__(store, state.engine)
        self._tail = state.tail

    def refresh(self) -> None:
        """Wait until all that the store holds can be found."""
        self._take(self._shared.reach(self._store.vectors.sequence, patience=_LONGEST))

    def _catch_up(self) -> None:
        moved = self._store.database.moved()
        self._take(self._shared.reach(self._store.vectors.sequence if moved else 0))

    def mend(self) -> None:
        """Have the engine made anew."""
        self._take(self._shared.mend(self._engine))

    def _take(self, state: _State) -> None:
        self._engine, self._tail = state.engine, state.tail
