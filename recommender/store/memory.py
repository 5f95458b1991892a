"""What each section has shown, and since when: whence `new` and the archive know."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from recommender.store.database import Database
from recommender.store.encoding import UnreadableError, day_of_text, text_of, version_of


class Memory:
    """The papers that digests have shown, section by section."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shown(self, section: str) -> dict[str, tuple[int | None, date]]:
        """What a section has shown: the version of each id, and the day that version was first shown."""
        found = self._database.query("SELECT id, version, day FROM shown WHERE section = ?", section)
        shown: dict[str, tuple[int | None, date]] = {}
        for record in found:
            with suppress(UnreadableError):
                paper_id, version, day = shown_of(record)
                shown[paper_id] = version, day
        return shown

    def sections(self) -> list[str]:
        """The sections that have ever shown a paper, those of a former config.toml included."""
        found = self._database.query("SELECT DISTINCT section FROM shown ORDER BY section")
        return [name for (name,) in found if isinstance(name, str)]

    def set_shown(self, section: str, papers: Mapping[str, tuple[int | None, date]]) -> None:
        """Remember what a section shows, in place of what it showed before."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM shown WHERE section = ?", (section,))
            db.executemany(
                "INSERT INTO shown VALUES (?, ?, ?, ?)",
                [(section, paper_id, version, day.isoformat()) for paper_id, (version, day) in papers.items()],
            )


def shown_of(record: Sequence[Any]) -> tuple[str, int | None, date]:
    """Id, version and day of a record; raises `UnreadableError` where it holds something else."""
    paper_id, version, day = record
    return text_of("id", paper_id), version_of(version), day_of_text("day", day)
