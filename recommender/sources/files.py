"""Papers from files: JSON lines, JSON arrays, tables of DailyArXiv; plain, .gz, .xz, .bz2 or .zip, in any mixture.

A file is streamed, never loaded: arXiv's metadata snapshot has 5 GB. What it is is told by how it begins, see `kinds`;
what one record holds is told by `records`.
"""

import bz2
import gzip
import io
import json
import lzma
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from recommender import archives
from recommender.errors import InputError
from recommender.paper import Paper
from recommender.sources.kinds import EXPECTED, HEAD, kind_of
from recommender.sources.records import line_of, paper_of, paper_of_record

__all__ = ["PaperFile", "line_of", "paper_of"]

Bad = Callable[[int, str], None]
"Told a line's number, 0 for a file as a whole, and why there is no paper in it."
Table = Callable[[str], tuple[tuple[Paper, ...], tuple[str, ...]]]
"Reads a Markdown table of papers: the papers, and a reason for each row that holds none; raises `InputError`."

_LONGEST_LINE = 4_000_000
"Bytes; the longest snapshot line is 0.3 MB (a collaboration's authors)."
_LONGEST_VALUE = 64_000_000
"Characters of one JSON value that spreads over lines: a list of papers within an object has to be read whole."
_LONGEST_TABLE = 64_000_000
_IN_MEMORY = 16_000_000
_LINES_LOOKED_AT = 20
_DEEPEST = 3
"Packings within packings."


class _Counted(io.RawIOBase):
    """A raw file that counts what was read of it; a pipe has no position of its own."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.count = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._raw.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def readinto(self, buffer: Any) -> int:
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        if self._raw is not sys.stdin.buffer:
            self._raw.close()
        super().close()


class PaperFile:
    """One file of papers, streamed: iterate it once; `position` of `size` bytes have been read."""

    def __init__(self, path: Path) -> None:
        """Open the file, or standard input for `-`; raises `InputError` where it cannot be read."""
        self.path = path
        self.name = "standard input" if str(path) == "-" else str(path)
        try:
            self.size = 0 if str(path) == "-" else path.stat().st_size
            self._raw = _Counted(sys.stdin.buffer if str(path) == "-" else path.open("rb"))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.name}: cannot be read ({getattr(error, 'strerror', None) or error})") from error

    @property
    def position(self) -> int:
        """Bytes read so far, of the file as it lies on disk."""
        return min(self._raw.count, self.size) if self.size else self._raw.count

    def papers(self, bad: Bad, *, today: date | None = None, table: Table | None = None) -> Iterator[Paper]:
        """Yield every paper; `bad` hears of each line that holds none.

        Raises `InputError` where the file breaks off, and at its end where it held no paper: with what it seems to be.
        """
        found, unread, first = 0, 0, ""

        def note(number: int, reason: str) -> None:
            nonlocal first, unread
            first, unread = first or reason, unread + 1
            bad(number, reason)

        try:
            stream: Any = io.BufferedReader(self._raw, HEAD)
            with stream:
                for member, part in _unpacked(stream, "", 0):
                    for paper in _papers_of(part, member, note, table):
                        if flaw := archives.flaw(paper, today or date.today()):
                            note(0, f"{paper.id} {flaw}")
                            continue
                        found += 1
                        yield paper
        except InputError as error:
            raise InputError(f"{self.name}: {error}{_KEPT if found else ''}") from error
        except Exception as error:  # whatever lies on a disk: damaged packing, I/O errors, JSON too deep
            reason = getattr(error, "strerror", None) or str(error)[:200] or type(error).__name__
            where = f"damaged after line {found + unread}"
            raise InputError(f"{self.name}: {where} ({reason}){_KEPT if found else ''}") from error
        if not found:
            why = f"no paper in it can be read ({first})" if first else "is empty"
            raise InputError(f"{self.name}: {why}; {EXPECTED}")


_KEPT = "; the papers before it are kept"


def _unpacked(stream: io.BufferedReader, name: str, depth: int) -> Iterator[tuple[str, io.BufferedReader]]:
    """The file, or the files in it, as they are without packing, told by content; with their names in an archive."""
    start = stream.peek(6)[:6]
    packing: Any = None
    if start.startswith(b"\x1f\x8b"):
        packing = gzip.GzipFile(fileobj=stream)
    elif start == b"\xfd7zXZ\0":
        packing = lzma.LZMAFile(stream)  # noqa: SIM115 - whoever opened the file closes it
    elif start.startswith(b"BZh") and start[3:4].isdigit():
        packing = bz2.BZ2File(stream)
    if (packing or start.startswith(b"PK\x03\x04")) and depth == _DEEPEST:
        raise InputError(f"{name or 'it'} is packed {depth} times over; unpack it")
    if packing:
        yield from _unpacked(io.BufferedReader(packing, HEAD), name, depth + 1)
    elif start.startswith(b"PK\x03\x04"):
        yield from _zipped(stream, name, depth + 1)
    else:
        yield name, stream


def _zipped(stream: io.BufferedReader, name: str, depth: int) -> Iterator[tuple[str, io.BufferedReader]]:
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spooled:
        seekable: Any = stream
        if not stream.seekable():
            shutil.copyfileobj(stream, spooled)
            seekable = spooled
        with zipfile.ZipFile(seekable) as archive:
            for info in archive.infolist():
                inside = PurePosixPath(info.filename)
                if info.is_dir() or inside.parts[:1] == ("__MACOSX",) or inside.name.startswith("."):
                    continue
                full = f"{name}/{info.filename}" if name else info.filename
                try:
                    member: Any = archive.open(info)
                except (RuntimeError, NotImplementedError) as error:
                    why = "encrypted" if info.flag_bits & 1 else f"compressed in a way that is not read here ({error})"
                    raise InputError(f"{full} in it is {why}; unpack it and import the files") from error
                with member:
                    yield from _unpacked(io.BufferedReader(member, HEAD), full, depth)


def _papers_of(stream: io.BufferedReader, member: str, bad: Bad, table: Table | None) -> Iterator[Paper]:
    """The papers of one file without packing; what cannot hold any is an error, in an archive only a note."""
    of = f"of {member} " if member else ""
    head = stream.peek(HEAD)
    kind, reason = kind_of(head)
    if kind == "other" and not member:
        raise InputError(reason)
    if kind == "other" or (kind == "table" and table is None):
        bad(0, f"{member}: {reason}")
    elif kind == "table" and table is not None:
        papers, skipped = table(stream.read(_LONGEST_TABLE).decode("utf-8-sig", "replace"))
        for row in skipped:
            bad(0, of + row)
        yield from papers
    elif _one_a_line(head):
        yield from _lines(stream, of, bad)
    else:
        yield from _spread(stream, of, bad)


def _one_a_line(head: bytes) -> bool:
    """Whether each line is a record of its own, be it within the brackets of an array; else JSON spreads over lines."""
    lines = [_bare(line) for line in head.split(b"\n")[:_LINES_LOOKED_AT]]
    if b"\n" not in head:
        lines = lines if len(head) < HEAD else []
    for line in filter(None, lines):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict) and ("title" in record or "paper" in record):
            return True
    first, second = [*filter(None, lines), b"", b""][:2]
    if first.startswith(b"{") and second.startswith(b"{"):
        return True
    return first.startswith(b"{") and first.endswith(b"}") and b"[" not in first


def _bare(line: bytes) -> bytes:
    """A line without what makes an array of JSON lines: brackets around, commas between."""
    bare = line.removeprefix(b"\xef\xbb\xbf").strip()
    inside = bare.lstrip(b"[ \t").rstrip(b",] \t")
    return inside if inside.startswith(b"{") or not inside else bare


def _lines(stream: io.BufferedReader, of: str, bad: Bad) -> Iterator[Paper]:
    number = 0
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(_LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            bad(number, f"{of}is longer than {_LONGEST_LINE // 1_000_000} MB")
        elif bare := _bare(line):
            try:
                paper = paper_of(bare)
            except InputError as error:
                bad(number, f"{of}{error}")
            else:
                yield paper


def _spread(stream: io.BufferedReader, of: str, bad: Bad) -> Iterator[Paper]:
    """The papers of JSON that spreads over lines: an array, objects one after the other, a list within an object."""
    for number, value in enumerate(_values(stream), 1):
        for record in _listed(value):
            try:
                paper = paper_of_record(record)
            except InputError as error:
                bad(0, f"{of}record {number} {error}")
            else:
                yield paper


def _listed(value: Any) -> list[Any]:
    """The papers within an object that is none itself, such as `{"papers": [...]}`."""
    if isinstance(value, dict) and "title" not in value:
        lists = [inner for inner in value.values() if isinstance(inner, list) and inner and isinstance(inner[0], dict)]
        if lists:
            return max(lists, key=len)
    return [value]


def _values(stream: io.BufferedReader) -> Iterator[Any]:
    """JSON values one after the other, whatever brackets and commas stand around them.

    What is incomplete is tried again with twice as much, so that reading takes time linear in the file.
    """
    text, decoder = io.TextIOWrapper(stream, "utf-8-sig"), json.JSONDecoder()
    buffer, place, ended = "", 0, False
    while True:
        while place < len(buffer) and buffer[place] in " \t\r\n,[]":
            place += 1
        try:
            value, after = decoder.raw_decode(buffer, place)
        except json.JSONDecodeError as error:
            if ended and place == len(buffer):
                return
            if ended or len(buffer) - place > _LONGEST_VALUE:
                raise InputError(f"is not JSON ({error.msg} near {buffer[place : place + 40]!r})") from None
            more = text.read(max(HEAD, len(buffer) - place))
            buffer, place, ended = buffer[place:] + more, 0, not more
        else:
            place = after
            yield value
