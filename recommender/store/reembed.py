"""New vectors for stored text: all of them for another encoder, or those that are missing or damaged.

They gather in a table of their own, which an interrupted run finds again, and take the old ones' place in one
transaction: no search ever compares vectors of two encoders.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from recommender.paper import Paper
from recommender.progress import Progress, silent
from recommender.store.database import Database
from recommender.store.encoding import COLUMNS, UnreadableError, paper_of, vector_sum
from recommender.store.papers import Papers
from recommender.store.vectors import Vectors
from recommender.vectors import FloatArray

Encode = Callable[[Sequence[Paper]], FloatArray]
_BATCH = 1024


def reembed(database: Database, encode: Encode, *, encoder: str, progress: Progress) -> int:
    """Embed all stored text with `encoder` where the vectors are another's; returns how many papers."""
    total = len(Papers(database))
    if database.note("next encoder") != encoder:
        with database.transaction() as db:
            db.execute("DELETE FROM next_vectors")
            db.execute("INSERT OR REPLACE INTO meta VALUES ('next encoder', ?)", (encoder,))
    for done, batch in _waiting(
        database, _TO_EMBED.format("next_vectors n ON n.row = p.row AND n.text_hash = p.text_hash")
    ):
        _gather(database, batch, encode)
        progress("embedding", done, total)
    with database.transaction() as db:
        base = Vectors(database).sequence
        db.execute("DELETE FROM vectors")
        db.execute(
            "INSERT INTO vectors SELECT row, ? + row, vector, sum FROM next_vectors "
            "WHERE row IN (SELECT row FROM papers)",
            (base,),
        )
        _finish(db, encoder)
    return total


def embed_missing(database: Database, encode: Encode, *, encoder: str, progress: Progress = silent) -> int:
    """Embed papers whose vector is missing or damaged; returns how many."""
    with database.transaction() as db:
        db.execute("DELETE FROM next_vectors")
        db.executemany("DELETE FROM vectors WHERE row = ?", [(row,) for row in Vectors(database).faulty()])
    for done, batch in _waiting(database, _TO_EMBED.format("vectors n ON n.row = p.row AND n.vector IS NOT NULL")):
        _gather(database, batch, encode)
        progress("embedding", done, done)
    with database.transaction() as db:
        found = db.execute(
            "INSERT OR REPLACE INTO vectors SELECT row, ? + row, vector, sum FROM next_vectors RETURNING row",
            (Vectors(database).sequence,),
        ).fetchall()
        _finish(db, encoder)
    return len(found)


_TO_EMBED = f"""
SELECT p.row, {", ".join("p." + name for name in COLUMNS.split(", "))}, p.text_hash
FROM papers p LEFT JOIN {{}} WHERE n.row IS NULL AND p.row > ? ORDER BY p.row LIMIT {_BATCH}
"""


def _waiting(database: Database, sql: str) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """Batches of records without a vector, each with the number of papers met so far."""
    last, done = 0, 0
    while batch := database.query(sql, last):
        last, done = batch[-1][0], done + len(batch)
        yield done, batch


def _gather(database: Database, batch: list[tuple[Any, ...]], encode: Encode) -> None:
    try:
        papers = [paper_of(record[1:]) for record in batch]
    except UnreadableError as error:
        raise database.damaged(f"a paper cannot be read ({error})") from error
    blobs = [vector.tobytes() for vector in encode(papers).astype("<f2")]
    with database.transaction() as db:
        db.executemany(
            "INSERT OR REPLACE INTO next_vectors VALUES (?, ?, ?, ?)",
            [(record[0], record[-1], blob, vector_sum(blob)) for record, blob in zip(batch, blobs, strict=True)],
        )


def _finish(db: Any, encoder: str) -> None:
    db.execute("DELETE FROM next_vectors")
    db.execute("DELETE FROM engine_states")
    db.execute("DELETE FROM meta WHERE name = 'next encoder'")
    db.execute("INSERT OR REPLACE INTO meta VALUES ('encoder', ?)", (encoder,))
