"""What an index engine is: it nominates rows that are near; `Index` scores them again from the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from recommender.vectors import FloatArray, HalfArray, IntArray

Chunks = Callable[[], Iterator[tuple[IntArray, HalfArray]]]
"Reads all vectors anew at each call: rows (n,) and their vectors (n, d), some thousands at a time."
HeldOut = Sequence[tuple[IntArray, FloatArray]]
"Sets of queries to measure recall with: for each the rows that are the queries themselves, and the vectors (n, d)."

NO_ROWS: IntArray = np.empty(0, np.int64)


class DamagedIndexError(Exception):
    """What an engine saved is not what it reads now; it must be built anew."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What an engine tells of itself."""

    kind: str
    "e.g. `flat` or `ivf4096`"
    detail: str
    "how exact its answers are, e.g. `exact` or `nprobe 64, recall@100 0.991`"
    vectors: int
    bytes: int
    "on disk; 0 while all is in memory"


class VectorIndex(Protocol):
    """An engine of nearest-neighbour search by inner product over unit vectors, each under its row number."""

    name: str
    "under which its states are kept"

    def __len__(self) -> int:
        """Count the vectors that it holds."""
        ...

    def open(self, states: Sequence[bytes]) -> bytes | None:
        """Open what was saved; the state among `states` that describes it, None where none does."""
        ...

    def verify(self, states: Sequence[bytes]) -> tuple[bytes | None, str]:
        """Read all that was saved: the state that describes it, if one does, and what is wrong with it, if anything."""
        ...

    def build(self, chunks: Chunks, count: int, held_out: Callable[[], HeldOut], *, quick: bool = False) -> None:
        """Hold these `count` vectors in place of what was held; `held_out` is asked where recall must be measured.

        `quick`: somebody waits for an answer, so nothing is trained.
        """
        ...

    def change(self, rows: IntArray, vectors: HalfArray, removed: IntArray) -> None:
        """Hold new vectors for these rows, whether held already or not, and drop the rows `removed`.

        Raises `DamagedIndexError`.
        """
        ...

    def save(self, keep: Callable[[bytes], None]) -> None:
        """Put what is held where `open` finds it; raises `StoreError` and leaves what was saved before.

        `keep` is given the state that describes it just before it takes the former one's place, so that a kill at any
        moment leaves something that a state describes.
        """
        ...

    def search(
        self, query: FloatArray, k: int, *, among: IntArray | None, void: IntArray, effort: float = 1.0
    ) -> IntArray:
        """Name at most k rows (k', ), those nearest to `query` (d,): of `among` where given, and none of `void`.

        Both are ascending. With less `effort` than 1 it may look at so much less, and miss a few. Never a pad, never a
        row twice; in no order that counts. Raises `DamagedIndexError`.
        """
        ...

    def fixed(self) -> "VectorIndex":
        """The same as it is now, for several threads to search at once: nothing that is done to this one changes it."""
        ...

    def due(self, waiting: int) -> bool:
        """Tell whether so many changes beside it are worth a `change` and a `save`."""
        ...

    def outgrown(self, count: int) -> bool:
        """Tell whether so many vectors ask for another `build`."""
        ...

    def status(self) -> EngineStatus:
        """Tell kind, exactness and size."""
        ...
