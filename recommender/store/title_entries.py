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
    db.execute("DROP TABLE IF EXISTS titles")
    db.execute(SCRIPT)
    fill(db, records)


def differs(db: sqlite3.Connection, records: Iterable[Sequence[Any]]) -> bool:
    """Whether the index holds other words than the papers, of row number and `COLUMNS`, or cannot be read."""
    expected = _fingerprint(entry for row, paper in _papers(records) for entry in _entries(row, paper))
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.title_entries USING fts5vocab(main, titles, instance)")
    try:
        return expected != _fingerprint(db.execute("SELECT term, doc, col, offset FROM temp.title_entries"))
    except sqlite3.DatabaseError:
        return True


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
