"""What an index engine must remember, opaque to the store: a state for each form of it that may be met."""

from recommender.store.database import Database


class EngineStates:
    """The states of one engine, each with the number of the newest vector that it holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def every(self, engine: str) -> dict[bytes, int]:
        """Every state that may be met, with its sequence number: one, or two while a new one is put in place."""
        return dict(self._database.query("SELECT state, sequence FROM engine_states WHERE engine = ?", engine))

    def enter(self, engine: str, state: bytes, sequence: int) -> None:
        """Write down a state before what it describes is put in place."""
        with self._database.transaction() as db:
            db.execute("INSERT OR REPLACE INTO engine_states VALUES (?, ?, ?)", (engine, state, sequence))

    def keep(self, engine: str, state: bytes) -> None:
        """Forget all states of an engine but this one."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM engine_states WHERE engine = ? AND state != ?", (engine, state))
