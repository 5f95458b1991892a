"""The papers in papers.db: by id, by row, by category and day."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial, reduce
from typing import Any

import numpy as np

from recommender.paper import Paper
from recommender.store import filing
from recommender.store.database import Database
from recommender.store.encoding import COLUMNS, UnreadableError, paper_of
from recommender.store.records import Filter
from recommender.store.titles import Titles
from recommender.vectors import IntArray

_ALL = Filter()
_CHUNK = 2000
"records read at once where all are"


class Papers:
    """Papers as they are stored; `Store.add` puts them in, with their vectors."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.unreadable: set[int] = set()
        "rows met so far whose record cannot be read: those papers were left out"

    def __len__(self) -> int:
        return int(self._database.query("SELECT count(*) FROM papers")[0][0])

    def get(self, ids: Iterable[str]) -> dict[str, Paper]:
        """The stored papers among `ids` that can be read."""
        return {paper.id: paper for paper in self._read(self.records(ids)).values()}

    def at(self, rows: Sequence[int] | IntArray) -> list[Paper]:
        """The papers in these rows, in this order; raises `StoreError` on a row that is not there or cannot be read."""
        found = self.readable(rows)
        for row in rows:
            if int(row) not in found:
                raise self._database.damaged(f"no paper can be read in row {row}")
        return [found[int(row)] for row in rows]

    def readable(self, rows: Sequence[int] | IntArray) -> dict[int, Paper]:
        """The papers in those of these rows that hold one."""
        sql = f"SELECT row, {COLUMNS} FROM papers WHERE row IN (SELECT value FROM json_each(?))"
        return self._read(self._database.query(sql, json.dumps([int(row) for row in rows])))

    def _read(self, records: Iterable[tuple[Any, ...]]) -> dict[int, Paper]:
        found: dict[int, Paper] = {}
        for record in records:
            try:
                found[record[0]] = paper_of(record[1:])
            except UnreadableError:
                self.unreadable.add(record[0])
        return found

    def rows(self, ids: Iterable[str]) -> dict[str, int]:
        """The row numbers of the stored papers among `ids`."""
        sql = "SELECT id, row FROM papers WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._database.query(sql, json.dumps(list(ids))))

    def records(self, ids: Iterable[str]) -> list[tuple[Any, ...]]:
        """Row number, `COLUMNS` and text hash of the papers among `ids`."""
        sql = f"SELECT row, {COLUMNS}, text_hash FROM papers WHERE id IN (SELECT value FROM json_each(?))"
        return self._database.query(sql, json.dumps(list(ids)))

    def every_record(self) -> Iterator[tuple[Any, ...]]:
        """Row number, `COLUMNS`, text hash and record hash of every paper by row, some thousands read at once."""
        sql = f"SELECT row, {COLUMNS}, text_hash, record_hash FROM papers WHERE row > ? ORDER BY row LIMIT {_CHUNK}"
        last = -(1 << 63)
        while records := self._database.query(sql, last):
            yield from records
            last = records[-1][0]

    def select(self, filter: Filter) -> IntArray | None:  # noqa: A002 - the word of the field
        """Row numbers of the papers that pass, ascending; None when nothing is restricted."""
        return self.every_row(filter) if filter else None

    def last_row(self) -> int:
        """The row of the paper that was stored last; 0 where there is none. Rows are never given twice."""
        return int(self._database.query("SELECT coalesce(max(row), 0) FROM papers")[0][0])

    def every_row(self, filter: Filter = _ALL) -> IntArray:  # noqa: A002
        """As `select`, spelt out where nothing is restricted."""
        found = [Titles(self._database).by_author(name) for name in filter.authors]
        if not found or replace(filter, authors=()):
            with self._database.reading() as connection:
                found.append(filing.select(connection, filter))
        return reduce(partial(np.intersect1d, assume_unique=True), found)

    def newest_among(self, rows: IntArray, number: int) -> IntArray:
        """Where the latest `number` papers stand in `rows` (n,), latest first: places (k,)."""
        places = {row: place for place, row in enumerate(rows.tolist())}
        found: list[int] = []
        with self._database.reading() as connection:
            for row in filing.latest_first(connection):
                if row in places:
                    found.append(places.pop(row))
                    if len(found) >= number:
                        break
        return np.array(found, np.int64)

    def days(self, filter: Filter = _ALL) -> dict[int, int]:  # noqa: A002
        """The day of every paper that passes, by row, as an ordinal."""
        with self._database.reading() as connection:
            return filing.days(connection, filter)

    def count(self, filter: Filter = _ALL) -> int:  # noqa: A002
        """How many papers pass, without naming them; one in several of the categories asked for counts in each."""
        if filter.authors:
            return len(self.every_row(filter))
        with self._database.reading() as connection:
            return filing.count(connection, filter)

    def newest(self, filter: Filter = _ALL) -> date | None:  # noqa: A002
        """Day of the newest paper that passes, whoever wrote it."""
        with self._database.reading() as connection:
            day = filing.newest(connection, filter)
        return date.fromordinal(day) if day else None

    def extent(self) -> dict[str, tuple[int, date, date]]:
        """How many papers each category and archive has, and their first and last day; the empty name has all."""
        with self._database.reading() as connection:
            found = filing.extent(connection)
        return {name: (many, date.fromordinal(first), date.fromordinal(last)) for name, many, first, last in found}
