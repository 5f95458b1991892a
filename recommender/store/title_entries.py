"""The words of titles and authors in the full-text index of papers.db, written with the papers.

The index (SQLite's FTS5) keeps no text of its own, only which words stand where: some 100 bytes a paper. Words are
folded by `terms`, here and when they are asked for, so that SQLite itself only has to split at blanks.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from recommender.paper import Paper
from recommender.store.encoding import salvage
from recommender.terms import terms

TABLES = ("titles", "titles_data", "titles_idx", "titles_config")
"the index and what SQLite keeps it in"
SCRIPT = "CREATE VIRTUAL TABLE titles USING fts5(title, authors, content='', columnsize=0, tokenize='ascii');"

_INSERT = "INSERT INTO titles (rowid, title, authors) VALUES (?, ?, ?)"
_DELETE = "INSERT INTO titles (titles, rowid, title, authors) VALUES ('delete', ?, ?, ?)"
_NOT_FOUND = """
SELECT 1 FROM temp.title_terms AS listed
    WHERE NOT EXISTS (SELECT 1 FROM titles WHERE titles MATCH '"' || listed.term || '"') LIMIT 1
"""
"a word that is in the index, but that a search does not reach: words are listed and looked up by different tables"
_BATCH = 10_000


def add(db: sqlite3.Connection, papers: Iterable[tuple[int, Paper]]) -> None:
    """Enter papers under their row numbers, within the transaction that stores them."""
    db.executemany(_INSERT, [(row, *_values(paper)) for row, paper in papers])


def move(db: sqlite3.Connection, row: int, before: Paper, after: Paper | None) -> None:
    """Change a paper's words from what they were to what they are; `None` takes them out."""
    old, new = _values(before), _values(after) if after else None
    if old != new:
        db.execute(_DELETE, (row, *old))
        if new:
            db.execute(_INSERT, (row, *new))


def fill(db: sqlite3.Connection, records: Iterable[Sequence[Any]]) -> None:
    """Enter the papers that can be read, of row number and `COLUMNS`, into an index that is empty."""
    rest = iter(records)
    while some := list(islice(rest, _BATCH)):
        add(db, _papers(some))


def refill(db: sqlite3.Connection, records: Iterable[Sequence[Any]]) -> None:
    """Make the index anew, whatever state it is in."""
    try:
        db.execute("DROP TABLE IF EXISTS titles")
    except sqlite3.DatabaseError:  # SQLite opens what it drops, and cannot
        _forget(db)
    db.execute(SCRIPT)
    fill(db, records)


def _forget(db: sqlite3.Connection) -> None:
    """Take the index out of the schema without opening it, then what it was kept in."""
    db.execute("PRAGMA writable_schema = ON")
    db.execute("DELETE FROM sqlite_schema WHERE name = 'titles'")
    db.execute("PRAGMA writable_schema = RESET")
    for name in TABLES[1:]:
        db.execute(f"DROP TABLE IF EXISTS {name}")


def differs(db: sqlite3.Connection, records: Iterable[Sequence[Any]]) -> bool:
    """Whether the index holds other words than the papers, of row number and `COLUMNS`, or cannot be read."""
    try:
        db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.title_entries USING fts5vocab(main, titles, instance)")
        db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.title_terms USING fts5vocab(main, titles, row)")
        found = _fingerprint(db.execute("SELECT term, doc, col, offset FROM temp.title_entries"))
        if db.execute(_NOT_FOUND).fetchone():
            return True
    except sqlite3.DatabaseError:
        return True
    return found != _fingerprint(entry for row, paper in _papers(records) for entry in _entries(row, paper))


def _entries(row: int, paper: Paper) -> Iterator[tuple[str, int, str, int]]:
    """The words of a paper as SQLite lists them."""
    for column, text in zip(("title", "authors"), _values(paper), strict=True):
        for place, word in enumerate(text.split()):
            yield word, row, column, place


def _fingerprint(entries: Iterable[tuple[Any, ...]]) -> tuple[int, int]:
    """The same for the same entries in any order."""
    count = total = 0
    for entry in entries:
        count, total = count + 1, total + hash(entry)
    return count, total


def _papers(records: Iterable[Sequence[Any]]) -> Iterator[tuple[int, Paper]]:
    for record in records:
        paper, _ = salvage(record[1:10])
        if paper is not None:
            yield record[0], paper


def _values(paper: Paper) -> tuple[str, str]:
    return " ".join(terms(paper.title)), " ".join(terms(" ".join(paper.authors)))
