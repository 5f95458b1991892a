"""The vectors in papers.db, each with the number of its writing: what the index is made of and catches up with."""

import json
from collections.abc import Iterator, Sequence

import numpy as np

from recommender.errors import ModelError
from recommender.store.database import Database
from recommender.store.encoding import unpack, vector_sum
from recommender.vectors import BoolArray, FloatArray, HalfArray, IntArray

_CHUNK = 20_000
"vectors handed out at once: 10 MB at 256 dimensions"

_SOUND = "typeof(vector) = 'blob' AND length(vector) = ?"
_WIDTH = """SELECT length(vector) FROM (SELECT vector FROM vectors WHERE typeof(vector) = 'blob' LIMIT 99)
GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"""
"how many bytes vectors have: most of the first; to look at all would take half a second of a million"


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

    @property
    def width(self) -> int:
        """Bytes of a vector as it is stored; 0 while there is none."""
        found = self._database.query(_WIDTH)
        return int(found[0][0]) if found else 0

    def at(self, rows: Sequence[int] | IntArray) -> FloatArray:
        """The vectors of these rows, in this order: (n, d) float32; raises `StoreError` where one has none."""
        found, vectors = self.sound(rows)
        place = {row: number for number, row in enumerate(found.tolist())}
        for row in rows:
            if int(row) not in place:
                raise self._database.damaged(f"no vector can be read in row {row}")
        order = [place[int(row)] for row in rows]
        return vectors[order]

    def sound(self, rows: Sequence[int] | IntArray) -> tuple[IntArray, FloatArray]:
        """Those of these rows with a vector of length 1 or of zeros, ascending, and the vectors: (n, d) float32."""
        sql = f"SELECT row, vector FROM vectors WHERE row IN (SELECT value FROM json_each(?)) AND {_SOUND} ORDER BY row"
        records = self._database.query(sql, json.dumps([int(row) for row in rows]), self.width)
        vectors = unpack([blob for _, blob in records]).astype(np.float32)
        good = ~not_unit(vectors) | ~vectors.any(axis=1)  # zeros: a text without a word that the model knows
        return np.array([row for row, _ in records], np.int64)[good], vectors[good]

    def changes(self, since: int = 0) -> Iterator[tuple[IntArray, HalfArray, IntArray]]:
        """Chunks of rows, their float16 vectors, and rows without, of all that was written after number `since`.

        A vector that cannot be one counts as removed.
        """
        which = f"WHERE seq > {since} ORDER BY seq" if since else "ORDER BY row"
        with self._database.reading() as connection:
            cursor = connection.execute(f"SELECT row, iif({_SOUND}, vector, NULL) FROM vectors {which}", (self.width,))
            while chunk := cursor.fetchmany(_CHUNK):
                kept = [(row, blob) for row, blob in chunk if blob is not None]
                rows, vectors = np.array([row for row, _ in kept], np.int64), unpack([blob for _, blob in kept])
                finite = np.isfinite(vectors).all(axis=1)
                removed = np.array([row for row, blob in chunk if blob is None], np.int64)
                if not finite.all():
                    rows, vectors, removed = rows[finite], vectors[finite], np.append(removed, rows[~finite])
                yield rows, vectors, removed

    def faulty(self) -> list[int]:
        """The rows whose vector is not what was written: of another length, not of length 1, or of another checksum."""
        with self._database.reading() as connection:
            sql = f"SELECT row FROM vectors WHERE vector IS NOT NULL AND NOT ({_SOUND})"
            bad = [row for (row,) in connection.execute(sql, (self.width,))]
            cursor = connection.execute(f"SELECT row, vector, sum FROM vectors WHERE {_SOUND}", (self.width,))
            while chunk := cursor.fetchmany(_CHUNK):
                crooked = not_unit(unpack([blob for _, blob, _ in chunk]))
                bad += [
                    row
                    for (row, blob, sum_), bent in zip(chunk, crooked.tolist(), strict=True)
                    if (bent and (sum_ is None or any(blob))) or (sum_ is not None and sum_ != vector_sum(blob))
                ]
        return bad


def not_unit(vectors: HalfArray | FloatArray) -> BoolArray:
    """Which vectors are not of length 1, as all were when they were written."""
    if not len(vectors):
        return np.empty(0, bool)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors.astype(np.float32, copy=False), axis=1)
    return np.asarray(~(np.abs(lengths - 1) < 0.01))  # so written that NaN counts
