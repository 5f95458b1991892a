"""Checksums of a file's blocks, and a file mapped into memory whose blocks are checked before they are first read.

A block's checksum is the sum of its 64-bit words, each times an odd number of its own, modulo 2^64; its upper half is
kept. It is made at the speed of memory, 14 GB/s where CRC-32 makes 2.4: a search can afford the 7 ms of 100 MB.
"""

import mmap
import os
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from recommender.index.sample import scrambled

BLOCK = 1 << 16
"bytes; a list of 256 vectors of 256 dimensions lies in two or three"
_WORDS = BLOCK // 8
_AT_ONCE = 256
"blocks summed in one call of numpy"
_FACTORS = scrambled(np.arange(1, _WORDS + 1, dtype=np.int64)) | np.uint64(1)

Sums = npt.NDArray[np.uint32]


def sums(data: npt.NDArray[np.uint8], first: int, last: int) -> Sums:
    """Checksums of the blocks from `first` to before `last`; the file's last block may be shorter."""
    part = data[first * BLOCK : last * BLOCK]
    whole = len(part) // BLOCK
    parts = [_summed(part[at * BLOCK : min(at + _AT_ONCE, whole) * BLOCK]) for at in range(0, whole, _AT_ONCE)]
    if len(part) > whole * BLOCK:
        padded = np.zeros(BLOCK, np.uint8)
        padded[: len(part) - whole * BLOCK] = part[whole * BLOCK :]
        parts.append(_summed(padded))
    return np.concatenate(parts) if parts else np.empty(0, np.uint32)


def _summed(blocks: npt.NDArray[np.uint8]) -> Sums:
    words = blocks.view("<u8").reshape(-1, _WORDS)
    totals: npt.NDArray[np.uint64] = np.einsum("ij,j->i", words, _FACTORS)
    return (totals >> np.uint64(32)).astype(np.uint32)


class MappedFile:
    """A file's bytes in memory, read from the disk when they are looked at."""

    def __init__(self, file: IO[bytes], expected: Sums) -> None:
        """Map an open file, which may then be closed; raises `OSError` or `ValueError` where it cannot be."""
        self.size = os.fstat(file.fileno()).st_size
        self.data: npt.NDArray[np.uint8] = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
        self.address = int(self.data.ctypes.data)
        self._expected = expected
        self._unread: Any = np.ones(-(-self.size // BLOCK), bool)
        self.checked = False
        "whether every block has been"

    def sound(self, start: int = 0, stop: int | None = None) -> bool:
        """Whether the bytes from `start` to before `stop` are those that were written."""
        last = len(self._unread) if stop is None else -(-stop // BLOCK)
        return self.all_sound(np.arange(start // BLOCK, last))

    def all_sound(self, blocks: npt.NDArray[np.int64]) -> bool:
        """Whether blocks are those that were written; each is read once."""
        if self.checked:
            return True
        if len(self._expected) != len(self._unread) or (len(blocks) and blocks[-1] >= len(self._unread)):
            return False
        wanted = blocks[self._unread[blocks]]
        for run in np.split(wanted, np.flatnonzero(np.diff(wanted) > 1) + 1):
            if not len(run):
                continue
            first, last = int(run[0]), int(run[-1]) + 1
            if not np.array_equal(sums(self.data, first, last), self._expected[first:last]):
                return False
            self._unread[first:last] = False
        self.checked = not self._unread.any()
        return True
