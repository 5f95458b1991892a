"""What an index engine must remember, opaque to the store: a state for each form of it that may be met."""

import zlib

from recommender.store.database import Database

_SEAL = 9
"bytes behind a state: `#`, and the CRC-32 of engine, sequence number and state in hexadecimal"


class EngineStates:
    """The states of one engine, each with the number of the newest vector that it holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def every(self, engine: str) -> dict[bytes, int]:
        """Every state that may be met, with its sequence number: one, or two while a new one is put in place.

        One that is not as it was written is left out.
        """
        found = self._database.query("SELECT state, sequence FROM engine_states WHERE engine = ?", engine)
        opened = [(_opened(engine, sealed, sequence), sequence) for sealed, sequence in found]
        return {state: sequence for state, sequence in opened if state is not None}

    def enter(self, engine: str, state: bytes, sequence: int) -> None:
        """Write down a state before what it describes is put in place."""
        with self._database.transaction() as db:
            sealed = state + _seal(engine, state, sequence)
            db.execute("INSERT OR REPLACE INTO engine_states VALUES (?, ?, ?)", (engine, sealed, sequence))

    def keep(self, engine: str, state: bytes) -> None:
        """Forget all states of an engine but this one."""
        sequence = self.every(engine)[state]
        with self._database.transaction() as db:
            kept = (state + _seal(engine, state, sequence), state)
            db.execute("DELETE FROM engine_states WHERE engine = ? AND state NOT IN (?, ?)", (engine, *kept))


def _seal(engine: str, state: bytes, sequence: int) -> bytes:
    return b"#%08x" % zlib.crc32(f"{engine} {sequence} ".encode() + state)


def _opened(engine: str, sealed: object, sequence: object) -> bytes | None:
    if not isinstance(sealed, bytes) or not isinstance(sequence, int):
        return None
    state = sealed[:-_SEAL]
    if sealed == state + _seal(engine, state, sequence):
        return state
    return sealed if sealed.startswith(b"{") and sealed.endswith(b"}") else None  # written before schema 4
