"""Vectors of a second model, kept by the text they stand for: losing them costs time, never a paper."""

import sqlite3
from collections.abc import Sequence

import numpy as np

from recommender.paper import Paper
from recommender.store.encoding import text_hash
from recommender.store.records import FloatArray


def read(db: sqlite3.Connection, model: str, papers: Sequence[Paper]) -> dict[str, FloatArray]:
    """The vectors kept for the present text of these papers, by id."""
    sql = "SELECT vector FROM second_vectors WHERE model = ? AND text_hash = ?"
    found = {paper.id: db.execute(sql, (model, text_hash(paper))).fetchone() for paper in papers}
    return {name: np.frombuffer(record[0], "<f2").astype(np.float32) for name, record in found.items() if record}


def write(db: sqlite3.Connection, model: str, papers: Sequence[Paper], vectors: FloatArray) -> None:
    """Keep vectors, as float16."""
    db.executemany(
        "INSERT OR REPLACE INTO second_vectors VALUES (?, ?, ?)",
        [
            (model, text_hash(paper), vector.astype("<f2").tobytes())
            for paper, vector in zip(papers, vectors, strict=True)
        ],
    )
