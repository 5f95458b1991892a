"""vectors.faiss on disk: written whole or not at all, and believed only where it is what was written.

FAISS writes in place and reads flipped bytes without a word. So a file is written beside, synchronised, entered in the
store with its size and the checksums of its blocks, and only then renamed: whatever moment a kill hits, the file that
is there is known. What rots later is met by `blocks`: the head when the file is opened, lists when they are visited.
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from recommender.errors import StoreError
from recommender.index.faiss.blocks import BLOCK, MappedFile, Sums, sums
from recommender.index.faiss.policy import lists_of

FILE_NAME = "vectors.faiss"
_BUFFER = 1 << 22
ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class File:
    """What is known of a vectors.faiss that was written, to tell it when it is met: the engine's state."""

    sha256: str = ""
    "of a file that was written before blocks had checksums; else empty"
    size: int = 0
    modified: int = 0
    "nanoseconds; of two files of one size it tells which is there without reading it"
    trained: int = 0
    "how many vectors its lists were made for; 0 when it is flat"
    nprobe: int | None = None
    recall: float | None = None
    "recall@100 measured when nprobe was chosen"
    head: int = 0
    "bytes before the lists: what every search reads"
    blocks: str = ""
    "checksums of the blocks, base64"

    def dump(self) -> bytes:
        """The state that the store keeps."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, state: bytes) -> "File":
        """What `dump` wrote; a state that cannot be read describes no file."""
        try:
            file = cls(**json.loads(state))
            _ = (file.size + file.modified + file.trained + file.head, file.sums, file.sha256 + "")
        except (ValueError, TypeError):
            return cls()
        return file

    @property
    def written(self) -> bool:
        """Whether this describes a file at all."""
        return bool(self.blocks or self.sha256)

    @property
    def sums(self) -> Sums:
        """Checksums of the blocks."""
        return np.frombuffer(base64.b64decode(self.blocks), "<u4")


def stamp(folder: Path) -> tuple[int, int]:
    """Size and time of the file that is there; below 0 where none is."""
    try:
        found = (folder / FILE_NAME).stat()
    except OSError:
        return (-1, -1)
    return found.st_size, found.st_mtime_ns


def find(folder: Path, known: Sequence[File], *, whole: bool = False) -> tuple[File, MappedFile] | None:
    """What is known of the file that is there, and the file; None when it is missing, damaged or of unknown origin.

    With the time it was written with its head is checked, and all of it with another, of a copy say, or with `whole`.
    """
    size, modified = stamp(folder)
    for file in sorted(known, key=lambda file: file.modified != modified):
        if not file.written or file.size != size or not size:
            continue
        try:
            with (folder / FILE_NAME).open("rb") as opened:
                if not file.blocks:
                    file = _summed(file, opened.fileno())
                mapped = MappedFile(opened, file.sums)
        except (OSError, ValueError):
            continue
        stop = None if whole or file.modified != modified else file.head or None
        if mapped.size == size and mapped.sound(0, stop):
            return replace(file, modified=modified), mapped
    return None


def _summed(file: File, number: int) -> File:
    """A file of an older state with checksums, if its SHA-256 is the one that was written."""
    with os.fdopen(os.dup(number), "rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
            raise ValueError("not the file that was written")
        opened.seek(0)
        return replace(file, blocks=_dump(_sums_of(opened)))


def _sums_of(opened: Any) -> Sums:
    mapped = MappedFile(opened, np.empty(0, np.uint32))
    return sums(mapped.data, 0, -(-mapped.size // BLOCK))


def _dump(of_blocks: Sums) -> str:
    return base64.b64encode(of_blocks.astype("<u4").tobytes()).decode()


def read(mapped: MappedFile) -> Any:
    """The index in a mapped file, whose bytes it reads where they lie; None when FAISS cannot."""
    try:
        index = faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(mapped.data), mapped.size))
    except RuntimeError:
        return None
    if hasattr(index, "parallel_mode"):
        index.parallel_mode = 1  # threads share the lists of one query, not queries
    return index


def copy(mapped: MappedFile) -> Any:
    """The index in a mapped file, copied into memory for changing; None when the file is damaged."""
    if not mapped.sound():
        return None
    place = 0

    def take(count: int) -> bytes:
        nonlocal place
        place += count
        return mapped.data[place - count : place].tobytes()

    try:
        return faiss.read_index(faiss.PyCallbackIOReader(take, _BUFFER))
    except RuntimeError:
        return None


def write(folder: Path, index: Any, entered: Callable[[File], None]) -> None:
    """Put an index in place of what was there; raises `StoreError` and leaves that as it was.

    `entered` is told size, time and checksums that the file has, before it is put in place.
    """
    path = folder / FILE_NAME
    beside = path.with_name(FILE_NAME + ".new")
    failed: list[OSError] = []
    try:
        with beside.open("w+b", buffering=_BUFFER) as file:

            def take(data: bytes) -> int:
                try:
                    return file.write(data)
                except OSError as error:
                    failed.append(error)
                    return 0

            faiss.write_index(index, faiss.PyCallbackIOWriter(take, _BUFFER))
            file.flush()
            os.fsync(file.fileno())
            found = os.fstat(file.fileno())
            in_lists = int(index.ntotal) * (int(index.code_size) + ID_BYTES) if lists_of(index) else 0
            head = found.st_size - in_lists if in_lists else 0
            written = File(size=found.st_size, modified=found.st_mtime_ns, head=head, blocks=_dump(_sums_of(file)))
        entered(written)
        beside.replace(path)
    except StoreError:
        _discard(beside)
        raise
    except (OSError, RuntimeError) as error:
        _discard(beside)
        cause = failed[0] if failed else error
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise StoreError(f"{path}: cannot be written ({reason}); papers.db is not affected") from error


def _discard(beside: Path) -> None:
    with suppress(OSError):  # a folder, say, which is not ours to remove
        beside.unlink(missing_ok=True)
