"""What papers are called: titles and authors asked by word, to find what is named rather than described."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain

import numpy as np

from recommender.store.database import Database
from recommender.store.encoding import UnreadableError, authors_of
from recommender.store.names import Likeness, Name, likeness, name_of
from recommender.vectors import IntArray

_NO_ROWS: IntArray = np.empty(0, np.int64)
_COUNTED = 20_000
"Papers with a word that are counted one by one; a word in more titles than that tells little anyway."


class Titles:
    """The papers' titles and authors, asked by word."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._vocabulary: dict[str, dict[str, int]] = {}
        self._read_at = -1

    def holding(self, words: Sequence[str], *, limit: int = -1) -> IntArray:
        """Rows whose title has all of these folded words, the latest stored first."""
        return self._rows(f"title : ({' AND '.join(map(_quoted, words))})", limit) if words else _NO_ROWS

    def phrase(self, words: Sequence[str], *, beginning: bool = False, limit: int = -1) -> IntArray:
        """Rows whose title has these folded words side by side (or begins with them), the latest stored first."""
        text = _quoted(" ".join(words))
        return self._rows(f"title : {'^' if beginning else ''} {text}", limit) if words else _NO_ROWS

    def together(self, title: Sequence[str], author: Name, *, limit: int = -1) -> IntArray:
        """Rows whose title has all of these words and whose authors have all words of a name; initials do not count."""
        names = [word for word in author if len(word) > 1]
        parts = [f"title : {_quoted(word)}" for word in title] + [f"authors : {_quoted(word)}" for word in names]
        return self._rows(" AND ".join(parts), limit) if parts else _NO_ROWS

    def by_author(self, name: str) -> IntArray:
        """Rows of the papers by somebody of this name, ascending; where it stands nowhere in full, by its initials."""
        spoken = name_of(name)
        rows, _ = self.authored(spoken)
        if len(rows) or len(spoken) < 2:
            return rows
        return self.authored((*(word[0] for word in spoken[:-1]), spoken[-1]))[0]

    def authored(self, name: Name) -> tuple[IntArray, Likeness]:
        """Rows of the papers by the bearers of the nearest names to this one that there are, ascending."""
        words = [_quoted(word) for word in name if len(word) > 1]
        if not words:
            return _NO_ROWS, Likeness.NONE
        near = words[0] if len(words) == 1 else f"NEAR({' '.join(words)}, {len(name) + 1})"
        sql = (
            "SELECT row, authors FROM papers WHERE row IN (SELECT rowid FROM titles WHERE titles MATCH ?) ORDER BY row"
        )
        found: dict[Likeness, list[int]] = {kind: [] for kind in Likeness}
        known: dict[str, Likeness] = {}
        for row, authors in self._database.query(sql, f"authors : {near}"):
            with suppress(UnreadableError):
                names = authors_of(authors)
                known |= {other: likeness(name, name_of(other)) for other in names if other not in known}
                found[min((known[other] for other in names), default=Likeness.NONE)].append(row)
        kind = next((kind for kind in Likeness if found[kind]), Likeness.NONE)
        return (np.array(found[kind], np.int64), kind) if kind < Likeness.NONE else (_NO_ROWS, kind)

    def everywhere(self, words: Sequence[str], *, limit: int = -1) -> IntArray:
        """Rows whose title and authors together have all of these folded words, the latest stored first."""
        return self._rows(" AND ".join(map(_quoted, words)), limit) if words else _NO_ROWS

    def bearers(self, word: str) -> int:
        """On how many papers a folded word is part of an author's name; counted up to 20,000."""
        return self._count(f"authors : {_quoted(word)}")

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        """In how many titles each folded word stands; counted up to 20,000."""
        return {word: self._count(f"title : {_quoted(word)}") for word in dict.fromkeys(words)}

    def vocabulary(self, first: str = "") -> dict[str, int]:
        """The words of all titles that begin with a letter (or all), with how many have each; read once."""
        sequence = int(self._database.query("SELECT coalesce(max(seq), 0) FROM vectors")[0][0])
        if sequence != self._read_at:
            self._vocabulary, self._read_at = {}, sequence
        if first not in self._vocabulary:
            self._vocabulary[first] = self._words(first)
        return self._vocabulary[first]

    def _words(self, first: str) -> dict[str, int]:
        with self._database.reading() as db:
            db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.title_words USING fts5vocab(main, titles, col)")
            sql = "SELECT term, doc FROM temp.title_words WHERE col = 'title' AND term >= ? AND term < ?"
            return dict(db.execute(sql, (first, first[:-1] + chr(ord(first[-1]) + 1) if first else chr(0x10FFFF))))

    def _count(self, query: str) -> int:
        sql = "SELECT count(*) FROM (SELECT 1 FROM titles WHERE titles MATCH ? LIMIT ?)"
        return int(self._database.query(sql, query, _COUNTED)[0][0])

    def _rows(self, query: str, limit: int) -> IntArray:
        sql = "SELECT rowid FROM titles WHERE titles MATCH ? ORDER BY rowid DESC LIMIT ?"
        return np.fromiter(chain.from_iterable(self._database.query(sql, query, limit)), np.int64)


def _quoted(text: str) -> str:
    """Text as FTS5's grammar takes it literally; folded words hold no quotes."""
    return f'"{text}"'
