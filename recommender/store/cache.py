"""Vectors of a second model, kept by the text they stand for: losing them costs time, never a paper."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress

import numpy as np

from recommender.errors import StoreError
from recommender.paper import Paper
from recommender.store.database import Database
from recommender.store.encoding import text_hash
from recommender.store.vectors import not_unit
from recommender.vectors import FloatArray


class Cache:
    """The second models' vectors, as float16."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, model: str, papers: Sequence[Paper]) -> dict[str, FloatArray]:
        """The sound vectors kept for the present text of these papers, by id."""
        sql = "SELECT vector FROM second_vectors WHERE model = ? AND text_hash = ?"
        found = {paper.id: self._database.query(sql, model, text_hash(paper)) for paper in papers}
        vectors = {
            name: np.frombuffer(rows[0][0], "<f2").astype(np.float32)
            for name, rows in found.items()
            if rows and isinstance(rows[0][0], bytes) and len(rows[0][0]) % 2 == 0
        }
        lengths = Counter(len(vector) for vector in vectors.values())
        usual = max(lengths, key=lengths.__getitem__, default=0)
        return {
            name: vector for name, vector in vectors.items() if len(vector) == usual and not not_unit(vector[None])[0]
        }

    def write(self, model: str, papers: Sequence[Paper], vectors: FloatArray) -> None:
        """Keep vectors; a reader keeps them only if it can be the writer for a moment."""
        if not self._database.writable:
            with suppress(StoreError), closing(Database.open(self._database.folder, write=True, wait=0)) as writer:
                Cache(writer).write(model, papers, vectors)
            return
        halves = vectors.astype("<f2")
        with self._database.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO second_vectors VALUES (?, ?, ?)",
                [(model, text_hash(paper), half.tobytes()) for paper, half in zip(papers, halves, strict=True)],
            )
