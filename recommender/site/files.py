"""The site's folder on disk: only what changed is written, only what an earlier run wrote is replaced or removed."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from recommender.digest import feeds
from recommender.errors import InputError
from recommender.text_files import Ours, settled

_HOSTS = {"CNAME", "robots.txt", "LICENSE"}
"What whoever publishes a site may have put into its folder beforehand, beside hidden files."
_MARKS = {
    "map.svg": b"<title>Map of the papers",
    "months.svg": b"<title>Papers per month of each section</title>",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What a run did to the folder."""

    files: int
    changed: int
    removed: int


def write(folder: Path, files: Mapping[str, str], *, within: Path | None = None) -> Written:
    """Bring `folder` to hold these files; raises `InputError` where it cannot or holds what is another's.

    No file outside `within`, by default `folder`, is written through a link.
    """
    within = within or folder
    real = settled(folder, within)
    home = settled(Path(os.path.expanduser("~")), None)  # noqa: PTH111 - Path.home() raises where there is none
    if home.is_relative_to(real):
        raise InputError(f"{folder}: holds the home folder; name a folder of its own under [site] in config.toml")
    ours = Ours.read(folder, "site", _recognised, within=within)
    for path in ours.strangers(files) if ours.listed else _others(ours):
        name = path.relative_to(folder).as_posix()
        article = "an" if name[0] in "aeiou" else "a"
        raise InputError(f"{folder}: holds {article} {name} that `recommend site` did not write; name another folder")
    changed, gone = ours.write(files)
    return Written(len(files), len(changed), len(gone))


def _others(ours: Ours) -> Iterator[Path]:
    """Files in a folder without a listing that no run of `recommend` can have written."""
    for path, _, names in os.walk(ours.folder):
        folder = Path(path)
        if any(part.startswith(".") for part in folder.relative_to(ours.folder).parts):
            continue
        if any(name.startswith(".recommend-") for name in names):  # feeds, say, with a listing of their own
            continue
        relative = [(folder / name).relative_to(ours.folder).as_posix() for name in sorted(names)]
        shown = [name for name in relative if not Path(name).name.startswith(".") and name not in _HOSTS]
        yield from (ours.folder / name for name in shown if name not in ours.hashes and not _is_feed(ours.folder, name))


def _is_feed(folder: Path, name: str) -> bool:
    return next(Ours(folder, "feeds", folder, feeds.recognised).strangers([name]), None) is None


def _recognised(name: str, head: bytes) -> bool:
    """Whether a file bears the marks of one of the site's."""
    if name in _MARKS:
        return _MARKS[name] in head
    return re.fullmatch(r"(.+/)?[^/]+\.html", name) is not None and b'assets/site.css">' in head
