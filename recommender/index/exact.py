"""The reference engine, which others are held against: every vector compared in numpy, kept whole in its state."""

import copy
import io
from collections.abc import Callable, Sequence

import numpy as np

from recommender.index.base import NO_ROWS, Chunks, EngineStatus, HeldOut
from recommender.vectors import FloatArray, HalfArray, IntArray, products


class ExactIndex:
    """Rows and vectors as two arrays."""

    name = "exact"

    def __init__(self) -> None:
        self._rows: IntArray = NO_ROWS
        self._vectors: HalfArray = np.empty((0, 0), np.float16)

    def __len__(self) -> int:
        return len(self._rows)

    def open(self, states: Sequence[bytes]) -> bytes | None:
        """Read the last of the states."""
        if not states:
            return None
        arrays = np.load(io.BytesIO(states[-1]), allow_pickle=False)
        self._rows, self._vectors = arrays["rows"], arrays["vectors"]
        return states[-1]

    def verify(self, states: Sequence[bytes]) -> tuple[bytes | None, str]:
        """Believe the last of the states: the store that keeps it has checks of its own."""
        return (states[-1] if states else None), ""

    def build(
        self,
        chunks: Chunks,
        count: int,  # noqa: ARG002
        held_out: Callable[[], HeldOut],  # noqa: ARG002
        *,
        quick: bool = False,  # noqa: ARG002
    ) -> None:
        """Hold all chunks."""
        self._rows, self._vectors = NO_ROWS, np.empty((0, 0), np.float16)
        for rows, vectors in chunks():
            self.change(rows, vectors, NO_ROWS)

    def change(self, rows: IntArray, vectors: HalfArray, removed: IntArray) -> None:
        """Drop what is replaced or removed, then append."""
        stays = ~np.isin(self._rows, np.concatenate([rows, removed]))
        kept = self._vectors[stays]
        self._rows = np.concatenate([self._rows[stays], rows])
        self._vectors = np.concatenate([kept, vectors]) if len(kept) and len(rows) else vectors if len(rows) else kept

    def save(self, keep: Callable[[bytes], None]) -> None:
        """Make the arrays the state."""
        state = io.BytesIO()
        np.savez(state, rows=self._rows, vectors=self._vectors)
        keep(state.getvalue())

    def search(
        self,
        query: FloatArray,
        k: int,
        *,
        among: IntArray | None,
        void: IntArray,
        effort: float = 1.0,  # noqa: ARG002
    ) -> IntArray:
        """Compare every vector that may be found."""
        allowed = ~np.isin(self._rows, void)
        if among is not None:
            allowed &= np.isin(self._rows, among)
        rows = self._rows[allowed]
        if len(rows) <= k:
            return rows
        cosines = products(self._vectors[allowed].astype(np.float32), query)
        best: IntArray = rows[np.argpartition(-cosines, k - 1)[:k]]
        return best

    def fixed(self) -> "ExactIndex":
        """Arrays are replaced and never changed, so a shallow copy stays what it is."""
        return copy.copy(self)

    def due(self, waiting: int) -> bool:
        """A change costs nothing here."""
        return waiting > 0

    def outgrown(self, count: int) -> bool:  # noqa: ARG002
        """Never: there is but one kind."""
        return False

    def status(self) -> EngineStatus:
        """Tell the size of the arrays in memory."""
        return EngineStatus("flat", "exact", len(self), 0)
