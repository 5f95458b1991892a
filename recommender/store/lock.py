"""One writer at a time: a lock on a file that the operating system drops when its holder dies."""

import os
import sys
import time
from pathlib import Path
from typing import IO

from recommender.errors import LockedError, StoreError

_POLL_SECONDS = 0.05


class UnwritableError(StoreError):
    """The folder is one that this user cannot write into."""

    def __init__(self, folder: Path, reason: str | None) -> None:
        super().__init__(f"{folder}: cannot be written ({reason}); choose another [index] path")
        self.folder = folder


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # a byte nobody reads: Windows locks are mandatory, and the holder's name must stay readable

    def _take(file: IO[str]) -> None:
        os.lseek(file.fileno(), _FAR, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        os.lseek(file.fileno(), 0, os.SEEK_SET)

else:
    import fcntl

    def _take(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class WriteLock:
    """The right to write into one folder, held until `release` or the end of the process."""

    def __init__(self, folder: Path, *, wait: float) -> None:
        """Take the lock, waiting at most `wait` seconds; raises `LockedError` naming the holder's process id."""
        path = folder / "papers.lock"
        try:
            self._file = path.open("a+", encoding="ascii", errors="replace")
        except OSError as error:
            raise UnwritableError(folder, error.strerror) from error
        deadline = time.monotonic() + wait
        while True:
            try:
                _take(self._file)
                break
            except OSError:
                if time.monotonic() >= deadline:
                    self._file.seek(0)
                    holder = self._file.read(40).strip() or "unknown"
                    self._file.close()
                    raise LockedError(
                        f"{folder}: another process is writing (process id {holder}); run again when it has ended"
                    ) from None
                time.sleep(_POLL_SECONDS)
        self._name_holder()

    def _name_holder(self) -> None:
        try:
            self._file.truncate(0)
            self._file.write(f"{os.getpid()}\n")
            self._file.flush()
        except OSError:
            pass  # a full disk: the lock holds all the same, only its holder stays unnamed

    def release(self) -> None:
        """Let the next writer in; the file stays, since removing it would let two writers lock two files."""
        self._file.close()
