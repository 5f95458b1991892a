"""vectors.faiss on disk: written whole or not at all, and believed only when it is what was written.

FAISS writes in place and reads flipped bytes without a word. So a file is written beside, synchronised, entered in the
store with its size and SHA-256, and only then renamed: whatever moment a kill hits, the file that is there is entered.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recommender.errors import StoreError
from recommender.store import Store

FILE_NAME = "vectors.faiss"
_ENTRY = "index files"
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class Entry:
    """What the store knows of a file it may find."""

    sequence: int
    "number of the newest vector inside"
    sha256: str
    size: int
    modified: int
    "nanoseconds; together with `size` it tells an untouched file without reading it"
    nprobe: int | None = None
    recall: float | None = None
    "recall@100 measured when nprobe was chosen"


def find(folder: Path, store: Store) -> Entry | None:
    """The entry of the file that is there; None when it is missing, torn, damaged or of unknown origin.

    A file with the size and time it was written with is believed; any other is read and hashed.
    """
    path = folder / FILE_NAME
    entries = _entries(store)
    try:
        found = path.stat()
    except OSError:
        return None
    for entry in entries:
        if (entry.size, entry.modified) == (found.st_size, found.st_mtime_ns):
            return entry
    same_size = [entry for entry in entries if entry.size == found.st_size]
    hashed = digest(path) if same_size else ""
    return next((entry for entry in same_size if entry.sha256 == hashed), None)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(folder: Path, store: Store, save: Callable[[Callable[[bytes], int]], None], **facts: Any) -> Entry:
    """Write a file through `save`, which is handed the function that takes the bytes; raises `StoreError`."""
    path = folder / FILE_NAME
    beside = path.with_name(FILE_NAME + ".new")
    hashed = hashlib.sha256()
    failed: list[OSError] = []
    try:
        with beside.open("wb", buffering=_BLOCK) as file:

            def take(data: bytes) -> int:
                try:
                    hashed.update(data)
                    return file.write(data)
                except OSError as error:
                    failed.append(error)
                    return 0

            save(take)
            file.flush()
            os.fsync(file.fileno())
            found = os.fstat(file.fileno())
    except (OSError, RuntimeError) as error:
        beside.unlink(missing_ok=True)
        cause = failed[0] if failed else error
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise StoreError(f"{path}: cannot be written ({reason}); papers.db is not affected") from error
    entry = Entry(sha256=hashed.hexdigest(), size=found.st_size, modified=found.st_mtime_ns, **facts)
    _enter(store, [*_entries(store), entry])
    beside.replace(path)
    _enter(store, [entry])
    return entry


def _entries(store: Store) -> list[Entry]:
    return [Entry(**fields) for fields in json.loads(store.note(_ENTRY) or "[]")]


def _enter(store: Store, entries: list[Entry]) -> None:
    store.set_note(_ENTRY, json.dumps([asdict(entry) for entry in entries]))
