"""Which papers lie under which category and day, so that a filter reads what it returns and nothing else.

A paper is filed under each of its categories, under their archives (`math` of `math.AG`) and under the empty name,
which all papers share. One whose categories nobody has told is filed under `UNKNOWN` and passes every filter: it may
well be what is looked for, and nothing says that it is elsewhere. The table is derived from the papers and written
with them.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np

from recommender.archives import day_of
from recommender.paper import Paper
from recommender.store.records import Filter
from recommender.vectors import IntArray

_LATEST = date.max.toordinal()
"days are kept as `date.toordinal`"
UNKNOWN = "?"
"where papers without categories are filed; no archive has a category of this name"

TABLES = """
CREATE TABLE categories (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE filed (category INTEGER, day INTEGER, row INTEGER, PRIMARY KEY (category, day, row)) WITHOUT ROWID;
"""

_ENTER = "INSERT OR IGNORE INTO filed VALUES (?, ?, ?)"
"An entry may be there already where a paper's category or day was damaged after it was filed."


class Filing:
    """The entries of papers under category and day, written within one transaction."""

    def __init__(self, db: sqlite3.Connection, *, fixed: bool = False) -> None:
        """Know the categories; with `fixed`, asking for another raises `KeyError`."""
        self._db = db
        self._fixed = fixed
        named = db.execute("SELECT CAST(name AS BLOB), number FROM categories")
        self._numbers = {str(name, "utf-8", "replace"): int(number) for name, number in named}

    def add(self, papers: Iterable[tuple[int, Paper]]) -> None:
        """Enter papers under their row numbers."""
        self._db.executemany(_ENTER, (entry for row, paper in papers for entry in self.entries(row, paper)))

    def move(self, row: int, before: Paper, after: Paper | None) -> None:
        """Move a paper's entries from what it was to what it is; `None` takes them out."""
        old, new = self.entries(row, before), self.entries(row, after) if after else []
        if old != new:
            self._db.executemany("DELETE FROM filed WHERE category = ? AND day = ? AND row = ?", old)
            self._db.executemany(_ENTER, new)

    def entries(self, row: int, paper: Paper) -> list[tuple[int, int, int]]:
        """What a paper is filed under: number of the category, day, and the paper's row."""
        day = day_of(paper).toordinal()
        categories = paper.categories or (UNKNOWN,)
        names = sorted({"", *categories, *(name.partition(".")[0] for name in categories)})
        return [(self._number(name), day, row) for name in names]

    def _number(self, name: str) -> int:
        if name not in self._numbers and not self._fixed:
            made = self._db.execute("INSERT INTO categories (name) VALUES (?) RETURNING number", (name,))
            self._numbers[name] = made.fetchone()[0]
        return self._numbers[name]


def file_all(db: sqlite3.Connection, papers: Iterable[tuple[int, Paper | None]]) -> None:
    """Enter all papers that can be read."""
    Filing(db).add((row, paper) for row, paper in papers if paper is not None)


def select(db: sqlite3.Connection, filter: Filter) -> IntArray:  # noqa: A002 - the word of the field
    """Row numbers of the papers that pass, ascending."""
    sql, values = _ranges(filter)
    if filter == Filter(after_row=filter.after_row):  # the papers themselves are ordered by row
        cursor = db.execute("SELECT row FROM papers WHERE row > ?", (filter.after_row,))
    else:
        cursor = db.execute(f"SELECT row FROM filed WHERE {sql}", values)
    rows = np.fromiter((row for (row,) in cursor if isinstance(row, int)), np.int64)
    return np.unique(rows)


def days(db: sqlite3.Connection, filter: Filter) -> dict[int, int]:  # noqa: A002
    """The day under which each paper that passes is filed, by row, as an ordinal."""
    sql, values = _ranges(filter)
    found = db.execute(f"SELECT row, day FROM filed WHERE {sql}", values)
    return {row: day for row, day in found if isinstance(row, int) and isinstance(day, int)}


def count(db: sqlite3.Connection, filter: Filter) -> int:  # noqa: A002
    """How many papers pass; one in several of the categories asked for counts in each."""
    sql, values = _ranges(filter)
    return int(db.execute(f"SELECT count(*) FROM filed WHERE {sql}", values).fetchone()[0])


def newest(db: sqlite3.Connection, filter: Filter) -> int:  # noqa: A002
    """The latest day under which a paper that passes is filed, as an ordinal; 0 when there is none."""
    days = [0]
    for name in _names(filter):
        sql, values = _ranges(filter, (name,))
        days.append(db.execute(f"SELECT max(day) FROM filed WHERE {sql}", values).fetchone()[0] or 0)
    return max(days)


def extent(db: sqlite3.Connection) -> list[tuple[str, int, int, int]]:
    """Every name that papers are filed under, how many, and the first and last of their days as ordinals."""
    sql = "SELECT name, count(*), min(day), max(day) FROM filed JOIN categories ON number = category GROUP BY category"
    return [(str(name), int(many), int(first), int(last)) for name, many, first, last in db.execute(sql)]


def latest_first(db: sqlite3.Connection) -> Iterator[int]:
    """Row numbers of all papers, those of the latest day first."""
    sql = (
        "SELECT row FROM filed WHERE category = (SELECT number FROM categories WHERE name = '') ORDER BY day DESC, row"
    )
    return (row for (row,) in db.execute(sql) if isinstance(row, int))


def _names(filter: Filter) -> tuple[str, ...]:  # noqa: A002
    """Where those papers are filed that the filter's categories let pass."""
    return (*filter.categories, UNKNOWN) if filter.categories else ("",)


def _ranges(filter: Filter, names: tuple[str, ...] = ()) -> tuple[str, list[object]]:  # noqa: A002
    """The filter as one range of the primary key per category."""
    first = filter.since.toordinal() if filter.since else 1
    last = filter.until.toordinal() if filter.until else _LATEST
    one = "category = (SELECT number FROM categories WHERE name = ?) AND day BETWEEN ? AND ?"
    if filter.after_row:
        one += f" AND row > {int(filter.after_row)}"
    names = names or _names(filter)
    return " OR ".join([f"({one})"] * len(names)), [value for name in names for value in (name, first, last)]
