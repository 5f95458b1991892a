"""The papers in papers.db: by id, by row, by category and day."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np

from recommender.paper import Paper
from recommender.store import filing
from recommender.store.database import Database
from recommender.store.encoding import COLUMNS, paper_of
from recommender.store.records import Filter
from recommender.store.titles import Titles
from recommender.vectors import IntArray

_ALL = Filter()


class Papers:
    """Papers as they are stored; `Store.add` puts them in, with their vectors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __len__(self) -> int:
        return int(self._database.query("SELECT count(*) FROM papers")[0][0])

    def get(self, ids: Iterable[str]) -> dict[str, Paper]:
        """The stored papers among `ids`."""
        return {record[0]: paper_of(record) for record in self.records(ids)}

    def at(self, rows: Sequence[int] | IntArray) -> list[Paper]:
        """The papers in these rows, in this order; raises `StoreError` on a row that is not there."""
        wanted = [int(row) for row in rows]
        sql = f"SELECT row, {COLUMNS} FROM papers WHERE row IN (SELECT value FROM json_each(?))"
        found = {record[0]: paper_of(record[1:]) for record in self._database.query(sql, json.dumps(wanted))}
        return [self._database.present(found, row) for row in wanted]

    def rows(self, ids: Iterable[str]) -> dict[str, int]:
        """The row numbers of the stored papers among `ids`."""
        sql = "SELECT id, row FROM papers WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._database.query(sql, json.dumps(list(ids))))

    def records(self, ids: Iterable[str]) -> list[tuple[Any, ...]]:
        """The stored columns `COLUMNS` and text hash of the papers among `ids`."""
        sql = f"SELECT {COLUMNS}, text_hash FROM papers WHERE id IN (SELECT value FROM json_each(?))"
        return self._database.query(sql, json.dumps(list(ids)))

    def every_record(self) -> Iterator[tuple[Any, ...]]:
        """Row number, `COLUMNS` and text hash of every paper, streamed."""
        with self._database.reading() as connection:
            yield from connection.execute(f"SELECT row, {COLUMNS}, text_hash FROM papers ORDER BY row")

    def select(self, filter: Filter) -> IntArray | None:  # noqa: A002 - the word of the field
        """Row numbers of the papers that pass, ascending; None when nothing is restricted."""
        return self.every_row(filter) if filter else None

    def every_row(self, filter: Filter = _ALL) -> IntArray:  # noqa: A002
        """As `select`, spelt out where nothing is restricted."""
        with self._database.reading() as connection:
            rows = filing.select(connection, filter)
        for name in filter.authors:
            rows = np.intersect1d(rows, Titles(self._database).by_author(name), assume_unique=True)
        return rows

    def newest_first(self, rows: IntArray) -> IntArray:
        """These rows by the day of their papers, the latest first."""
        with self._database.reading() as connection:
            return filing.newest_first(connection, rows)

    def newest(self, filter: Filter = _ALL) -> date | None:  # noqa: A002
        """Day of the newest paper that passes."""
        with self._database.reading() as connection:
            day = filing.newest(connection, filter)
        return date.fromordinal(day) if day else None
