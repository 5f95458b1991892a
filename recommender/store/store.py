"""The store: papers.db opened, with one part for each kind of thing in it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from types import TracebackType

from recommender.paper import Paper
from recommender.progress import Say, mute
from recommender.store import filing, intake, title_entries
from recommender.store.cache import Cache
from recommender.store.database import Database
from recommender.store.engine_states import EngineStates
from recommender.store.ledger import Ledger
from recommender.store.memory import Memory
from recommender.store.outbox import Outbox
from recommender.store.papers import Papers
from recommender.store.ratings import Ratings
from recommender.store.records import Added
from recommender.store.titles import Titles
from recommender.store.vectors import Vectors
from recommender.store.watches import Watches
from recommender.vectors import FloatArray


class Store:
    """An open papers.db; a writer holds the folder's lock, a reader sees one state in each `snapshot`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.papers = Papers(database)
        self.titles = Titles(database)
        self.vectors = Vectors(database)
        self.ledger = Ledger(database)
        self.memory = Memory(database)
        self.ratings = Ratings(database)
        self.watches = Watches(database)
        self.outbox = Outbox(database)
        self.cache = Cache(database)
        self.engine_states = EngineStates(database)

    @classmethod
    def open(cls, folder: Path, *, write: bool = False, wait: float = 10.0, say: Say = mute) -> "Store":
        """Open the papers in `folder`; with `write`, create it and wait so many seconds for another writer.

        `say` is told where a large file of an older version has to be brought up to date first.
        """
        return cls(Database.open(folder, write=write, wait=wait, say=say))

    @property
    def folder(self) -> Path:
        """Where papers.db lies."""
        return self.database.folder

    @property
    def writable(self) -> bool:
        """Whether this is the folder's one writer."""
        return self.database.writable

    def __len__(self) -> int:
        return len(self.papers)

    def snapshot(self) -> AbstractContextManager[None]:
        """Let a reader see one state throughout, for as long as one question takes; may be nested."""
        return self.database.snapshot()

    def reread(self) -> None:
        """Move a snapshot on to the newest state."""
        self.database.reread()

    def close(self) -> None:
        """Close the file and let the next writer in; harmless when closed already."""
        self.database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(
        self,
        papers: Iterable[Paper],
        encode: Callable[[Sequence[Paper]], FloatArray],
        *,
        encoder: str,
        today: date,
        batch: int = intake.BATCH,
    ) -> Added:
        """Store papers with their vectors, merged with what is known; one transaction for each `batch` of them.

        Only new or changed text is embedded. `encode` runs in a thread of its own, a batch ahead of the writing.
        Raises `ModelError` when the vectors here are of another encoder than the one named.
        """
        self.vectors.require(encoder)
        return intake.add(self.database, papers, encode, encoder=encoder, today=today, batch=batch)

    def remove(self, ids: Iterable[str]) -> int:
        """Take papers out, and tell the index that their vectors are void; returns how many were there."""
        rows = list(self.papers.rows(ids).values())
        papers = self.papers.readable(rows)
        with self.database.transaction() as db:
            entries = filing.Filing(db)
            for number, row in enumerate(rows, self.vectors.sequence + 1):
                if row in papers:
                    entries.move(row, papers[row], None)
                    title_entries.move(db, row, papers[row], None)
                db.execute("DELETE FROM papers WHERE row = ?", (row,))
                db.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?, NULL, NULL)", (row, number))
        return len(rows)
