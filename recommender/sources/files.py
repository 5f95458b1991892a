"""Papers from files: JSON lines of our own and arXiv's metadata snapshot; plain, .gz, .xz or .zip, in any mixture.

Our own format is one JSON object a line: `id`, `title`, `abstract`, and where known `authors` (list), `categories`
(list), `published`, `updated` (YYYY-MM-DD), `version`, `comment`. A snapshot's line is told by its `authors_parsed`.
"""

import gzip
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

from recommender import archives
from recommender.errors import InputError
from recommender.paper import Paper, clean

_LONGEST_LINE = 4_000_000
"Bytes; the longest snapshot line is 0.3 MB (a collaboration's authors)."


class PaperFile:
    """One file of papers, streamed: iterate it once; `position` of `size` bytes have been read."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises `InputError` where it cannot be read."""
        self.path = path
        try:
            self.size = path.stat().st_size
            self._raw: BinaryIO = path.open("rb")
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from error

    @property
    def position(self) -> int:
        """Bytes read so far, of the file as it lies on disk."""
        return self._raw.tell()

    def papers(self, bad: Callable[[int, str], None]) -> Iterator[Paper]:
        """Yield every paper; call `bad(line number, reason)` for each line that holds none.

        Raises `InputError` where the file itself breaks off: damaged compression, or not text at all.
        """
        number, found = 0, False
        try:
            with self._raw, _decompressed(self._raw, self.path) as stream:
                while line := stream.readline(_LONGEST_LINE):
                    number += 1
                    if not line.strip():
                        continue
                    try:
                        paper = paper_of(line)
                    except InputError as error:
                        if b"\0" in line and not found:
                            raise InputError(f"{self.path}: is not a text file; expected JSON lines") from None
                        bad(number, str(error))
                        continue
                    found = True
                    yield paper
        except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(
                f"{self.path}: damaged after line {number} ({error}); the papers before it are kept"
            ) from error


def paper_of(line: str | bytes) -> Paper:
    """Read one JSON line of either format; raises `InputError` saying what is wrong with it."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON ({str(error).split(':')[0]})") from None
    if not isinstance(record, dict):
        raise InputError("is not a JSON object")
    try:
        paper = _snapshot(record) if "authors_parsed" in record else _own(record)
    except KeyError as error:
        raise InputError(f"has no {error.args[0]!r}") from None
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError(f"holds a value of the wrong kind ({error})") from None
    if not paper.title or not paper.abstract:
        raise InputError(f"{paper.id} has an empty {'abstract' if paper.title else 'title'}")
    return paper


def line_of(paper: Paper) -> str:
    """Write a paper as one JSON line of our own format, unknown fields left out; `paper_of` reads it back."""
    record: dict[str, Any] = {"id": paper.id, "title": paper.title, "abstract": paper.abstract}
    record |= {"authors": paper.authors, "categories": paper.categories}
    record |= {"published": paper.published and paper.published.isoformat()}
    record |= {
        "updated": paper.updated and paper.updated.isoformat(),
        "version": paper.version,
        "comment": paper.comment,
    }
    return json.dumps({key: value for key, value in record.items() if value}, ensure_ascii=False)


def _own(record: dict[str, Any]) -> Paper:
    named = archives.parse(_text(record["id"]))
    return Paper(
        id=named.id,
        title=clean(_text(record["title"])),
        abstract=clean(_text(record["abstract"])),
        authors=tuple(clean(_text(name)) for name in _list(record.get("authors"))),
        categories=tuple(clean(_text(name)) for name in _list(record.get("categories"))),
        published=_day(record.get("published")),
        updated=_day(record.get("updated")),
        version=(record.get("version") and int(record["version"])) or named.version,
        comment=clean(_text(record.get("comment") or "")),
    )


def _snapshot(record: dict[str, Any]) -> Paper:
    versions = record.get("versions") or []
    days = [parsedate_to_datetime(version["created"]).date() for version in versions]
    return Paper(
        id=archives.parse(_text(record["id"])).id,
        title=clean(_text(record["title"])),
        abstract=clean(_text(record["abstract"])),
        authors=tuple(clean(" ".join([*parts[1:2], *parts[:1], *parts[2:3]])) for parts in record["authors_parsed"]),
        categories=tuple(_text(record.get("categories") or "").split()),
        published=days[0] if days else None,
        updated=days[-1] if days else _day(record.get("update_date")),
        version=int(versions[-1]["version"].removeprefix("v")) if versions else None,
        comment=clean(_text(record.get("comments") or "")),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {value!r:.40}")
    return value


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"expected a list, found {value!r:.40}")
    return value


def _day(value: Any) -> date | None:
    return datetime.fromisoformat(_text(value)).date() if value else None


def _decompressed(raw: BinaryIO, path: Path) -> Any:
    """The file's bytes, by what they begin with rather than by the file's name."""
    start = raw.read(6)
    raw.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=raw)
    if start == b"\xfd7zXZ\0":
        return lzma.LZMAFile(raw)
    if start.startswith(b"PK\x03\x04"):  # the snapshot's download is a zip of one file
        archive = zipfile.ZipFile(raw)
        return archive.open(archive.infolist()[0])
    if start.startswith((b"BZh", b"\x28\xb5\x2f\xfd")):
        raise InputError(f"{path}: is compressed in a way that is not read here (.gz, .xz, .zip are); decompress it")
    return raw
