"""The vectors in papers.db, each with the number of its writing: what the index is made of and catches up with."""

import json
from collections.abc import Iterator, Sequence

import numpy as np

from recommender.errors import ModelError
from recommender.store.database import Database
from recommender.store.encoding import unpack
from recommender.vectors import FloatArray, HalfArray, IntArray

_CHUNK = 20_000
"vectors handed out at once: 10 MB at 256 dimensions"


class Vectors:
    """Vectors as they are stored, float16, by row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def encoder(self) -> str | None:
        """Identity of the encoder that made the vectors; None while there are none."""
        return self._database.note("encoder")

    def require(self, encoder: str) -> None:
        """Raise `ModelError` when the vectors here are of another encoder than the one named."""
        if self.encoder not in (None, encoder):
            raise ModelError(
                f"the papers in {self._database.folder} were embedded with {self.encoder!r}, not with {encoder!r}; set "
                "[embedding] model back, or run `recommend index --rebuild` to embed them anew"
            )

    @property
    def sequence(self) -> int:
        """Number of the newest vector written; 0 when there is none."""
        return int(self._database.query("SELECT coalesce(max(seq), 0) FROM vectors")[0][0])

    def written_since(self, sequence: int) -> int:
        """How many vectors were written after that number, removals included."""
        return int(self._database.query("SELECT count(*) FROM vectors WHERE seq > ?", sequence)[0][0])

    def at(self, rows: Sequence[int] | IntArray) -> FloatArray:
        """The vectors of these rows, in this order: (n, d) float32; raises `StoreError` on a row that is not there."""
        wanted = [int(row) for row in rows]
        sql = "SELECT row, vector FROM vectors WHERE row IN (SELECT value FROM json_each(?)) AND vector IS NOT NULL"
        found = dict(self._database.query(sql, json.dumps(wanted)))
        return unpack([self._database.present(found, row) for row in wanted]).astype(np.float32)

    def changes(self, since: int = 0) -> Iterator[tuple[IntArray, HalfArray, IntArray]]:
        """Chunks of rows, their float16 vectors, and rows removed, of all that was written after number `since`."""
        which = f"WHERE seq > {since} ORDER BY seq" if since else "ORDER BY row"
        with self._database.reading() as connection:
            cursor = connection.execute(f"SELECT row, vector FROM vectors {which}")
            while chunk := cursor.fetchmany(_CHUNK):
                kept = [(row, blob) for row, blob in chunk if blob is not None]
                yield (
                    np.array([row for row, _ in kept], np.int64),
                    unpack([blob for _, blob in kept]),
                    np.array([row for row, blob in chunk if blob is None], np.int64),
                )
