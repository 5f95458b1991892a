"""The site's folder on disk: only what changed is written, only what an earlier run wrote is removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recommender.errors import InputError

_LIST = ".recommend-site"
"Names every file of the last run, so that pages of papers that left can go without touching a stranger's file."


@dataclass(frozen=True, slots=True)
class Written:
    """What a run did to the folder."""

    files: int
    changed: int
    removed: int


def write(folder: Path, files: Mapping[str, str]) -> Written:
    """Bring `folder` to hold these files; raises `InputError` where it cannot or the `index.html` is another's."""
    listing = folder / _LIST
    try:
        before = set(listing.read_text("utf-8").split("\n")) - {""} if listing.exists() else set()
        if "index.html" not in before and (folder / "index.html").exists():
            raise InputError(f"{folder}: holds an index.html that `recommend site` did not write; name another folder")
        folder.mkdir(parents=True, exist_ok=True)
        listing.write_text("\n".join(sorted(before | set(files))) + "\n", "utf-8")  # first: a kill leaves no orphans
        changed = sum([_put(folder / name, text) for name, text in files.items()])
        gone = [folder / name for name in before - set(files) if _inside(folder, name)]
        for path in gone:
            path.unlink(missing_ok=True)
        listing.write_text("\n".join(sorted(files)) + "\n", "utf-8")
    except OSError as error:
        raise InputError(f"{error.filename or folder}: cannot be written ({error.strerror})") from error
    return Written(len(files), changed, len(gone))


def _inside(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())


def _put(path: Path, text: str) -> bool:
    data = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return True
