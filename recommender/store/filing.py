"""Which papers lie under which category and day, so that a filter reads what it returns and nothing else.

A paper is filed under each of its categories, under their archives (`math` of `math.AG`) and under the empty name,
which all papers share. One whose categories nobody has told is filed under `UNKNOWN` and passes every filter: it may
well be what is looked for, and nothing says that it is elsewhere. The table is derived from the papers and written
with them.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from recommender.archives import day_of
from recommender.paper import Paper
from recommender.store.records import Filter
from recommender.vectors import IntArray

_LATEST = 1 << 30
"later than any day; days are kept as `date.toordinal`"
UNKNOWN = "?"
"where papers without categories are filed; no archive has a category of this name"

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
        categories = paper.categories or (UNKNOWN,)
        names = sorted({"", *categories, *(name.partition(".")[0] for name in categories)})
        return [(self._number(name), day, row) for name in names]

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            made = self._db.execute("INSERT INTO categories (name) VALUES (?) RETURNING number", (name,))
            self._numbers[name] = made.fetchone()[0]
        return self._numbers[name]


def complete(db: sqlite3.Connection) -> None:
    """File the papers without categories of a file from before `UNKNOWN`, in a transaction of its own."""
    if db.execute("SELECT 1 FROM categories WHERE name = ?", (UNKNOWN,)).fetchone():
        return
    with_none = "category = (SELECT number FROM categories WHERE name = '')"
    with_none += " AND row IN (SELECT row FROM papers WHERE categories = '')"
    db.execute("BEGIN IMMEDIATE")
    try:
        number = db.execute("INSERT INTO categories (name) VALUES (?) RETURNING number", (UNKNOWN,)).fetchone()[0]
        db.execute(f"INSERT OR IGNORE INTO filed SELECT {number}, day, row FROM filed WHERE {with_none}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def select(db: sqlite3.Connection, filter: Filter) -> IntArray:  # noqa: A002 - the word of the field
    """Row numbers of the papers that pass, ascending."""
    sql, values = _ranges(filter)
    cursor = db.execute(f"SELECT row FROM filed WHERE {sql}", values)
    rows = np.fromiter(chain.from_iterable(cursor), np.int64)
    return np.unique(rows) if len(_names(filter)) > 2 else np.sort(rows)


def newest(db: sqlite3.Connection, filter: Filter) -> int:  # noqa: A002
    """The latest day under which a paper that passes is filed, as an ordinal; 0 when there is none."""
    days = [0]
    for name in _names(filter):
        sql, values = _ranges(filter, (name,))
        days.append(db.execute(f"SELECT max(day) FROM filed WHERE {sql}", values).fetchone()[0] or 0)
    return max(days)


def latest_first(db: sqlite3.Connection) -> Iterator[int]:
    """Row numbers of all papers, those of the latest day first."""
    sql = (
        "SELECT row FROM filed WHERE category = (SELECT number FROM categories WHERE name = '') ORDER BY day DESC, row"
    )
    return chain.from_iterable(db.execute(sql))


def _names(filter: Filter) -> tuple[str, ...]:  # noqa: A002
    """Where those papers are filed that the filter's categories let pass."""
    return (*filter.categories, UNKNOWN) if filter.categories else ("",)


def _ranges(filter: Filter, names: tuple[str, ...] = ()) -> tuple[str, list[object]]:  # noqa: A002
    """The filter as one range of the primary key per category."""
    first = filter.since.toordinal() if filter.since else 0
    last = filter.until.toordinal() if filter.until else _LATEST
    one = "category = (SELECT number FROM categories WHERE name = ?) AND day BETWEEN ? AND ?"
    names = names or _names(filter)
    return " OR ".join([f"({one})"] * len(names)), [value for name in names for value in (name, first, last)]
