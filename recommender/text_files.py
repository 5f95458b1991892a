"""Text files: read only where they are ordinary and not endless, never left half written, removed only if written here.

Whatever is read or written as text passes here: no device, no pipe, no link out of the folder it should stay in.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recommender.errors import InputError

MOST_BYTES = 64_000_000
"Of a file that is read whole."
_HEAD = 4000
"Bytes of a file that are looked at for its mark."


def read_start(path: Path, most: int) -> bytes:
    """The first `most` bytes of an ordinary file; raises `FileNotFoundError`, otherwise `InputError`."""
    try:
        _require_ordinary(path.stat(), path)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            _require_ordinary(os.fstat(file.fileno()), path)  # a pipe may have come in its place
            return file.read(most)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"{_shown(path)}: cannot be read ({_reason(error)})") from error


def read_bytes(path: Path, *, most: int = MOST_BYTES) -> bytes:
    """The bytes of an ordinary file of at most `most`; raises `FileNotFoundError`, otherwise `InputError`."""
    data = read_start(path, most + 1)
    if len(data) > most:
        raise InputError(f"{_shown(path)}: is longer than {most:,} bytes; name another file")
    return data


def read_text(path: Path) -> str:
    """The file's text with its line ends as they are, empty where there is no file; raises `InputError`."""
    try:
        return read_bytes(path).decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text; convert it, or name another file") from None


def write_text(path: Path, text: str, *, within: Path | None = None, durable: bool = True) -> bool:
    """Replace the file by `text` in one step, keeping its permissions; False, and nothing touched, if it holds it.

    A symbolic link stays one: what it leads to is replaced, if that lies `within` the folder. Raises `InputError`.
    What is easily made again need not be `durable`: it can be lost in a power cut, but is never half there either.
    """
    path = settled(path, within)
    try:
        data = text.encode("utf-8")
        there = path.stat() if path.exists() else None
        if there:
            _require_ordinary(there, path)
            if there.st_size == len(data) and path.read_bytes() == data:
                return False
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            beside.chmod(there.st_mode & 0o777 if there else 0o666 & ~_umask())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise InputError(f"{_shown(path)}: cannot be written ({_reason(error)})") from error
    return True


def remove(path: Path, *, within: Path) -> bool:
    """Remove a file, or the link that stands in its place; whether there was one. Raises `InputError`."""
    settled(path.parent, within)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise InputError(f"{_shown(path)}: cannot be removed ({_reason(error)})") from error
    return True


def settled(path: Path, within: Path | None) -> Path:
    """Where symbolic links lead to; raises `InputError` where that is not `within` the folder."""
    try:
        real = Path(os.path.realpath(path))
        if within is not None and not real.is_relative_to(os.path.realpath(within)):
            raise InputError(f"{_shown(path)}: is a link out of {within}; remove it, or name its target in config.toml")
        if within is not None and ".git" in real.parts and ".git" not in path.parts:
            raise InputError(f"{_shown(path)}: is a link into git's own files; remove it")
    except (OSError, ValueError) as error:
        raise InputError(f"{_shown(path)}: cannot be reached ({_reason(error)})") from error
    return real


Recognise = Callable[[str, bytes], bool]
"Tells by a file's path inside the folder, and its first bytes, whether it was written here."


@dataclass(slots=True)
class Ours:
    """The files that earlier runs wrote into a folder: what may be replaced, and removed when it is wanted no more.

    A listing in the folder names each with a hash of its text, so that one which somebody changed since is not removed.
    Files of before there were such listings are told by their marks.
    """

    folder: Path
    kind: str
    "what wrote them, e.g. `site`: the listing is `.recommend-site`"
    within: Path
    recognised: Recognise
    hashes: dict[str, str] = field(default_factory=dict)
    "path inside the folder -> hash of the text, empty where only the name is known: that may be replaced, not removed"

    @classmethod
    def read(cls, folder: Path, kind: str, recognised: Recognise, *, within: Path) -> "Ours":
        """What the folder's listing says, or else the marks of the files in it; raises `InputError`."""
        ours = cls(folder, kind, within, recognised)
        if not _inside(folder, within):
            return ours  # `write` refuses to follow the link, if there is anything to write
        listed = [line.partition("\t") for line in read_text(ours.listing).splitlines()]
        for name, _, hashed in listed:
            if name and _inside(folder / name, folder):  # without a hash, as once, a mark must speak for its removal
                ours.hashes[name] = hashed or (_hash_of(folder / name) if ours._bears_a_mark(name) else "")
        for name in [] if listed else _files_in(folder):
            if ours._bears_a_mark(name):
                ours.hashes[name] = _hash_of(folder / name)
        return ours

    @property
    def listing(self) -> Path:
        """The file that names the others."""
        return self.folder / f".recommend-{self.kind}"

    @property
    def listed(self) -> bool:
        """Whether an earlier run left a listing."""
        return self.listing.is_file()

    def strangers(self, names: Iterable[str]) -> Iterator[Path]:
        """Those of the files that are there but no earlier run wrote; raises `InputError` for links out."""
        for name in names:
            settled(self.folder / name, self.within)
            if name not in self.hashes and os.path.lexists(self.folder / name) and not self._bears_a_mark(name):
                yield self.folder / name

    def write(self, files: Mapping[str, str]) -> tuple[list[Path], list[Path]]:
        """Bring the folder to hold these files of ours and no others: those changed, those removed."""
        if not files and not self.hashes:
            return [], []
        outdated = {name: hashed for name, hashed in self.hashes.items() if name not in files}
        wanted = {name: _hash(text.encode("utf-8")) for name, text in files.items()}
        self._list(outdated | wanted)  # first: a kill leaves no orphans
        changed = [
            self.folder / name
            for name, text in files.items()
            if write_text(self.folder / name, text, within=self.within, durable=False)
        ]
        gone = [self.folder / name for name, hashed in outdated.items() if self._drop(name, hashed)]
        self._list(wanted)
        return changed, gone

    def _bears_a_mark(self, name: str) -> bool:
        path = self.folder / name
        try:
            return _inside(path, self.folder) and self.recognised(name, read_start(path, _HEAD))
        except (FileNotFoundError, InputError):
            return False

    def _drop(self, name: str, hashed: str) -> bool:
        path = self.folder / name
        return bool(hashed) and _hash_of(path) == hashed and remove(path, within=self.within)

    def _list(self, hashes: dict[str, str]) -> None:
        if hashes:
            lines = sorted(f"{name}\t{hashed}" for name, hashed in hashes.items())
            write_text(self.listing, "\n".join(lines) + "\n", within=self.within, durable=False)
        else:
            remove(self.listing, within=self.within)
        self.hashes = hashes


def _files_in(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))
    except OSError:
        return []


def _inside(path: Path, folder: Path) -> bool:
    return settled(path, None).is_relative_to(settled(folder, None))


def _hash_of(path: Path) -> str:
    """The hash of an ordinary file, empty where there is none that can be read."""
    try:
        return _hash(read_bytes(path))
    except (FileNotFoundError, InputError):
        return ""


def _hash(data: bytes) -> str:
    """Of a text whatever its ends of lines: git may change them from one machine to the next."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()[:16]


def _require_ordinary(found: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise InputError(f"{_shown(path)}: is a folder; name a file")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{_shown(path)}: is not an ordinary file; name one that is")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _shown(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 300 else f"{text[:300]}…"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
