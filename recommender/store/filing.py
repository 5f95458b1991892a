"""Which papers lie under which category and day, so that a filter reads what it returns and nothing else.

A paper is filed under each of its categories, under their archives (`math` of `math.AG`) and under the empty name,
which all papers share. The table is derived from the papers and written with them.
"""

import sqlite3
from collections.abc import Iterable
from itertools import chain

import numpy as np

from recommender.archives import day_of
from recommender.paper import Paper
from recommender.store.records import Filter
from recommender.vectors import IntArray

_LATEST = 1 << 30
"later than any day; days are kept as `date.toordinal`"

TABLES = """
CREATE TABLE categories (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE filed (category INTEGER, day INTEGER, row INTEGER, PRIMARY KEY (category, day, row)) WITHOUT ROWID;
"""


class Filing:
    """The entries of papers under category and day, written within one transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._numbers: dict[str, int] = dict(db.execute("SELECT name, number FROM categories"))

    def add(self, papers: Iterable[tuple[int, Paper]]) -> None:
        """Enter papers under their row numbers."""
        entries = [entry for row, paper in papers for entry in self._entries(row, paper)]
        self._db.executemany("INSERT INTO filed VALUES (?, ?, ?)", entries)

    def move(self, row: int, before: Paper, after: Paper | None) -> None:
        """Move a paper's entries from what it was to what it is; `None` takes them out."""
        old, new = self._entries(row, before), self._entries(row, after) if after else []
        if old != new:
            self._db.executemany("DELETE FROM filed WHERE category = ? AND day = ? AND row = ?", old)
            self._db.executemany("INSERT INTO filed VALUES (?, ?, ?)", new)

    def _entries(self, row: int, paper: Paper) -> list[tuple[int, int, int]]:
        day = day_of(paper).toordinal()
        names = sorted({"", *paper.categories, *(name.partition(".")[0] for name in paper.categories)})
        return [(self._number(name), day, row) for name in names]

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            made = self._db.execute("INSERT INTO categories (name) VALUES (?) RETURNING number", (name,))
            self._numbers[name] = made.fetchone()[0]
        return self._numbers[name]


def select(db: sqlite3.Connection, filter: Filter) -> IntArray:  # noqa: A002 - the word of the field
    """Row numbers of the papers that pass, ascending."""
    sql, values = _ranges(filter)
    cursor = db.execute(f"SELECT row FROM filed WHERE {sql}", values)
    rows = np.fromiter(chain.from_iterable(cursor), np.int64)
    return np.unique(rows) if len(filter.categories) > 1 else np.sort(rows)


def newest_first(db: sqlite3.Connection, rows: IntArray) -> IntArray:
    """Sort row numbers by the day under which they are filed, the latest first."""
    everything = "category = (SELECT number FROM categories WHERE name = '')"
    sql = f"SELECT row FROM filed WHERE {everything} ORDER BY day DESC, row DESC"
    every = np.fromiter(chain.from_iterable(db.execute(sql)), np.int64)
    return every[np.isin(every, rows)]


def newest(db: sqlite3.Connection, filter: Filter) -> int:  # noqa: A002
    """The latest day under which a paper that passes is filed, as an ordinal; 0 when there is none."""
    days = [0]
    for name in filter.categories or ("",):
        sql, values = _ranges(Filter((name,), filter.since, filter.until))
        days.append(db.execute(f"SELECT max(day) FROM filed WHERE {sql}", values).fetchone()[0] or 0)
    return max(days)


def _ranges(filter: Filter) -> tuple[str, list[object]]:  # noqa: A002
    """The filter as one range of the primary key per category."""
    first = filter.since.toordinal() if filter.since else 0
    last = filter.until.toordinal() if filter.until else _LATEST
    one = "category = (SELECT number FROM categories WHERE name = ?) AND day BETWEEN ? AND ?"
    names = filter.categories or ("",)
    return " OR ".join([f"({one})"] * len(names)), [value for name in names for value in (name, first, last)]
