"""vectors.faiss on disk: written whole or not at all, and believed only when it is what was written.

FAISS writes in place and reads flipped bytes without a word. So a file is written beside, synchronised, entered in the
store with its size and SHA-256, and only then renamed: whatever moment a kill hits, the file that is there is known.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import faiss

from recommender.errors import StoreError

FILE_NAME = "vectors.faiss"
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class File:
    """What is known of a vectors.faiss that was written, to tell it when it is met: the engine's state."""

    sha256: str = ""
    size: int = 0
    modified: int = 0
    "nanoseconds; together with `size` it tells an untouched file without reading it"
    trained: int = 0
    "how many vectors its lists were made for; 0 when it is flat"
    nprobe: int | None = None
    recall: float | None = None
    "recall@100 measured when nprobe was chosen"

    def dump(self) -> bytes:
        """The state that the store keeps."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, state: bytes) -> "File":
        """What `dump` wrote; a state that cannot be read describes no file."""
        try:
            return cls(**json.loads(state))
        except (ValueError, TypeError):
            return cls()


def find(folder: Path, known: Sequence[File]) -> File | None:
    """What is known of the file that is there; None when it is missing, torn, damaged or of unknown origin.

    A file with the size and time it was written with is believed; any other, a copy say, is read and hashed.
    """
    path = folder / FILE_NAME
    size, modified = _stamp(path)
    same_size = [file for file in known if file.size == size]
    for file in same_size:
        if is_there(folder, file):
            return file
    found = digest(path) if same_size else ""
    return next((replace(file, modified=modified) for file in same_size if file.sha256 == found), None)


def is_there(folder: Path, file: File) -> bool:
    """Whether the file that is there has this one's size and time."""
    return _stamp(folder / FILE_NAME) == (file.size, file.modified)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (-1, -1)
    return found.st_size, found.st_mtime_ns


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def read(folder: Path, *, mapped: bool) -> Any:
    """Open the file, mapped into memory for searching or copied into it for changing; None when FAISS cannot."""
    flags = faiss.IO_FLAG_MMAP_IFC if mapped else 0
    try:
        index = faiss.read_index(str(folder / FILE_NAME), flags)
    except RuntimeError:
        return None
    if mapped and hasattr(index, "parallel_mode"):
        index.parallel_mode = 1  # threads share the lists of one query, not queries
    return index


def write(folder: Path, index: Any, entered: Callable[[str, int, int], None]) -> None:
    """Put an index in place of what was there; raises `StoreError` and leaves that as it was.

    `entered` is told what SHA-256, size and time the file has, before it is put in place.
    """
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

            faiss.write_index(index, faiss.PyCallbackIOWriter(take, _BLOCK))
            file.flush()
            os.fsync(file.fileno())
            found = os.fstat(file.fileno())
        entered(hashed.hexdigest(), found.st_size, found.st_mtime_ns)
        beside.replace(path)
    except StoreError:
        beside.unlink(missing_ok=True)
        raise
    except (OSError, RuntimeError) as error:
        beside.unlink(missing_ok=True)
        cause = failed[0] if failed else error
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise StoreError(f"{path}: cannot be written ({reason}); papers.db is not affected") from error
