"""The words of titles and authors in the full-text index of papers.db, written with the papers.

The index (SQLite's FTS5) keeps no text of its own, only which words stand where: some 100 bytes a paper. Words are
folded by `terms`, here and when they are asked for.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from recommender.paper import Paper
from recommender.terms import terms

TABLE = """
CREATE VIRTUAL TABLE titles USING fts5(
    title, authors, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);
"""
_INSERT = "INSERT INTO titles (rowid, title, authors) VALUES (?, ?, ?)"
_DELETE = "INSERT INTO titles (titles, rowid, title, authors) VALUES ('delete', ?, ?, ?)"
_BATCH = 10_000


def add(db: sqlite3.Connection, papers: Iterable[tuple[int, Paper]]) -> None:
    """Enter papers under their row numbers, within the transaction that stores them."""
    db.executemany(_INSERT, [(row, *_values(paper.title, paper.authors)) for row, paper in papers])


def move(db: sqlite3.Connection, row: int, before: Paper, after: Paper | None) -> None:
    """Change a paper's words from what they were to what they are; `None` takes them out."""
    old, new = _values(before.title, before.authors), _values(after.title, after.authors) if after else None
    if old != new:
        db.execute(_DELETE, (row, *old))
        if new:
            db.execute(_INSERT, (row, *new))


def fill(db: sqlite3.Connection) -> None:
    """Enter every stored paper into an index that is empty."""
    cursor = db.execute("SELECT row, title, authors FROM papers")
    while some := cursor.fetchmany(_BATCH):
        values = [(row, *_values(title, json.loads(authors))) for row, title, authors in some]
        db.executemany(_INSERT, values)


def _values(title: str, authors: Sequence[str]) -> tuple[str, str]:
    return " ".join(terms(title)), " ".join(terms(" ".join(authors)))
