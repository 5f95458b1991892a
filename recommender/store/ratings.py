"""What readers think of papers: liked, disliked, to be read, read; list by list, whether the paper is stored or not."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from recommender.store.database import Database
from recommender.store.encoding import UnreadableError, day_of_text, text_of

Rating = Literal["like", "dislike", "saved", "done"]
Kind = Literal["opinion", "reading"]
KINDS: dict[Rating, Kind] = {"like": "opinion", "dislike": "opinion", "saved": "reading", "done": "reading"}
"A paper has at most one rating of each kind in a list: it may be liked and waiting to be read."
DEFAULT_LIST = ""
"The list that everybody has."
TEXT = "text:"
"What the key of a text that is no paper of a known archive begins with."
COLUMNS = "list, id, kind, rating, at, source, title, abstract, mirrored"
_PATIENCE = timedelta(days=7)
"After that long a paper that the archive did not give is asked for again."


@dataclass(frozen=True, slots=True)
class Rated:
    """What was said of one paper in one list."""

    list_name: str
    id: str
    "a paper's id, or `text:` and a hash of the title where no known archive has it"
    kind: Kind
    rating: Rating | Literal[""]
    "empty: taken back"
    at: datetime
    "aware"
    source: str = ""
    "where it came from: `shell`, or a file's name"
    title: str = ""
    abstract: str = ""
    mirrored: Rating | Literal[""] = ""
    "the rating that the text file had when the two were last compared"

    @property
    def key(self) -> tuple[str, str, Kind]:
        """What there is at most one rating for."""
        return self.list_name, self.id, self.kind


class Ratings:
    """The ratings in papers.db. Nothing is deleted: a rating taken back leaves an empty one with its time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def every(self) -> list[Rated]:
        """Every rating ever given, those taken back included, ordered by list, id and kind."""
        return self._read("1 ORDER BY list, id, kind")

    def given(self, list_name: str, *ratings: Rating) -> list[Rated]:
        """The ratings of a list that stand, of these kinds or of all; newest first, then by id."""
        wanted = json.dumps(ratings or list(KINDS))
        return self._read(
            "list = ? AND rating IN (SELECT value FROM json_each(?)) ORDER BY at DESC, id", list_name, wanted
        )

    def about(self, list_name: str, ids: Iterable[str]) -> dict[tuple[str, Kind], Rated]:
        """What the list says of these papers, by id and kind; ratings taken back included."""
        found = self._read("list = ? AND id IN (SELECT value FROM json_each(?))", list_name, json.dumps(list(ids)))
        return {(rated.id, rated.kind): rated for rated in found}

    def lists(self) -> list[str]:
        """The names of all lists in which a rating stands, sorted."""
        return [
            name for (name,) in self._database.query("SELECT DISTINCT list FROM ratings WHERE rating != '' ORDER BY 1")
        ]

    def enter(self, ratings: Iterable[Rated]) -> None:
        """Write ratings down, in one transaction; a title or abstract once known is not replaced by none."""
        sql = (
            f"INSERT INTO ratings ({COLUMNS}, asked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '') "
            "ON CONFLICT DO UPDATE SET rating = excluded.rating, at = excluded.at, source = excluded.source, "
            "title = CASE excluded.title WHEN '' THEN title ELSE excluded.title END, "
            "abstract = CASE excluded.abstract WHEN '' THEN abstract ELSE excluded.abstract END"
        )
        values = [
            (r.list_name, r.id, r.kind, r.rating, r.at.isoformat(), r.source, r.title, r.abstract) for r in ratings
        ]
        if values:
            with self._database.transaction() as db:
                db.executemany(sql, values)

    def set_mirrored(self, ratings: Iterable[tuple[tuple[str, str, Kind], str]]) -> None:
        """Remember what the text file says now: pairs of key and rating."""
        values = [(rating, *key) for key, rating in ratings]
        if values:
            with self._database.transaction() as db:
                db.executemany("UPDATE ratings SET mirrored = ? WHERE list = ? AND id = ? AND kind = ?", values)

    def waiting(self, today: date, most: int = 1000) -> list[str]:
        """The ids of rated papers that are not stored and that the archive should be asked for, at most so many."""
        found = self._database.query(
            "SELECT DISTINCT id FROM ratings r WHERE rating != '' AND id NOT LIKE ? AND asked <= ? "
            "AND NOT EXISTS (SELECT 1 FROM papers p WHERE p.id = r.id) ORDER BY id LIMIT ?",
            *(f"{TEXT}%", (today - _PATIENCE).isoformat(), most),
        )
        return [paper_id for (paper_id,) in found]

    def set_asked(self, ids: Sequence[str], day: date) -> None:
        """Remember that the archive was asked for these papers and had none of them."""
        with self._database.transaction() as db:
            db.executemany("UPDATE ratings SET asked = ? WHERE id = ?", [(day.isoformat(), name) for name in ids])

    def recommended(self, list_name: str) -> dict[str, date]:
        """The papers that were recommended to the reader of a list, each with the first day."""
        found = self._database.query("SELECT id, day FROM recommended WHERE list = ?", list_name)
        days: dict[str, date] = {}
        for record in found:
            with suppress(UnreadableError):
                _, paper_id, day = recommended_of((list_name, *record))
                days[paper_id] = day
        return days

    def set_recommended(self, list_name: str, ids: Iterable[str], day: date) -> None:
        """Remember what was recommended; the first day of each stays."""
        with self._database.transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO recommended VALUES (?, ?, ?)",
                [(list_name, name, day.isoformat()) for name in ids],
            )

    def _read(self, where: str, *values: object) -> list[Rated]:
        found: list[Rated] = []
        for record in self._database.query(f"SELECT {COLUMNS} FROM ratings WHERE {where}", *values):
            with suppress(UnreadableError):
                found.append(rated_of(record))
        return found


def rated_of(record: Sequence[Any]) -> Rated:
    """A rating from the columns `COLUMNS`; raises `UnreadableError` where they hold none."""
    name, paper_id, kind, rating, at, source, title, abstract, mirrored = (
        text_of(column, value) for column, value in zip(COLUMNS.split(", "), record, strict=True)
    )
    if (rating and KINDS.get(rating) != kind) or kind not in KINDS.values():  # type: ignore[call-overload]
        raise UnreadableError(f"rating {rating!r} is none of kind {kind!r}")
    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        raise UnreadableError("at is no time") from None
    if when.tzinfo is None:
        raise UnreadableError("at is a time of no zone")
    return Rated(name, paper_id, kind, rating, when, source, title, abstract, mirrored)  # type: ignore[arg-type]


def recommended_of(record: Sequence[Any]) -> tuple[str, str, date]:
    """List, id and day of a recommendation; raises `UnreadableError` where a record holds something else."""
    name, paper_id, day = record
    return text_of("list", name), text_of("id", paper_id), day_of_text("day", day)
