"""What each section has shown, and since when: whence `new` and the archive know."""

from collections.abc import Mapping
from datetime import date

from recommender.store.database import Database


class Memory:
    """The papers that digests have shown, section by section."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shown(self, section: str) -> dict[str, tuple[int | None, date]]:
        """What a section has shown: the version of each id, and the day that version was first shown."""
        found = self._database.query("SELECT id, version, day FROM shown WHERE section = ?", section)
        return {paper_id: (version, date.fromisoformat(day)) for paper_id, version, day in found}

    def sections(self) -> list[str]:
        """The sections that have ever shown a paper, those of a former config.toml included."""
        return [name for (name,) in self._database.query("SELECT DISTINCT section FROM shown ORDER BY section")]

    def set_shown(self, section: str, papers: Mapping[str, tuple[int | None, date]]) -> None:
        """Remember what a section shows, in place of what it showed before."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM shown WHERE section = ?", (section,))
            db.executemany(
                "INSERT INTO shown VALUES (?, ?, ?, ?)",
                [(section, paper_id, version, day.isoformat()) for paper_id, (version, day) in papers.items()],
            )
