"""Every version of a fork's files in its git history, asked of git's plumbing.

A foreign repository brings settings of its own, and the user has theirs: commands for people (`git log`) obey them and
give other answers. Plumbing does not, and what could start a program or a transfer is switched off.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from recommender.errors import InputError

_GIT = (
    *("git", "--no-pager", "--no-replace-objects", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
    *("-c", "protocol.allow=never", "-c", "log.showSignature=false", "-c", "core.commitGraph=false"),
)
_OLDEST = date(1991, 8, 1)
"arXiv's first month; what claims to be older has a wrong clock."
_LARGEST = 32_000_000
"Bytes of one version."


@dataclass(frozen=True, slots=True)
class Version:
    """One text that a file has had."""

    name: str
    day: date | None
    "of the commit, UTC; None where that lies before arXiv or ahead of today"
    blob: str


@dataclass(slots=True)
class History:
    """The versions of some files on any branch, oldest first, each text once."""

    folder: Path
    versions: list[Version]
    shallow: bool
    "whether the clone holds a part of its history only"

    def texts(self) -> Iterator[tuple[Version, str]]:
        """Each version with its text; those that the clone lacks, and those beyond all measure, are passed over."""
        with subprocess.Popen(
            _command(self.folder, ("cat-file", "--batch")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        ) as git:
            assert git.stdin
            assert git.stdout
            for version in self.versions:
                git.stdin.write(f"{version.blob}\n".encode())
                git.stdin.flush()
                head = git.stdout.readline().split()
                if not head:
                    raise InputError(f"{self.folder}: git broke off while it read {version.name} ({version.blob})")
                if len(head) != 3:  # "<name> missing"
                    continue
                size = int(head[2])
                data = git.stdout.read(size + 1)[:size]
                if head[1] == b"blob" and size <= _LARGEST:
                    yield version, data.decode("utf-8", "replace")
            git.stdin.close()


def of(folder: Path, names: Sequence[str], today: date) -> History:
    """The history of these files, named from `folder` on; raises `InputError` where git cannot read it."""
    shallow = _ask(folder, "rev-parse", "--is-shallow-repository").strip() == "true"
    prefix = _ask(folder, "rev-parse", "--show-prefix").rstrip("\n")
    names = [name for name in dict.fromkeys(names) if "\n" not in name]
    order = ("rev-list", "--all", "--full-history", "--date-order", "--reverse", "--timestamp", "--")
    commits = [line.split() for line in _ask(folder, *order, *names).splitlines()]
    asked = [(int(when), f"{commit}:{prefix}{name}", name) for when, commit in commits for name in names]
    told = _ask(folder, "cat-file", "--batch-check", given="".join(f"{what}\n" for _, what, _ in asked)).splitlines()
    versions: dict[str, Version] = {}
    for (when, _, name), line in zip(asked, told, strict=True):
        found = line.rsplit(" ", 2)
        if found[-1].isdigit() and found[-2] == "blob":
            versions.setdefault(found[0], Version(name, _day(when, today), found[0]))
    return History(folder, list(versions.values()), shallow)


def _day(seconds: int, today: date) -> date | None:
    try:
        day = datetime.fromtimestamp(seconds, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
    return day if _OLDEST <= day <= today else None


def _ask(folder: Path, *arguments: str, given: str = "") -> str:
    try:
        done = subprocess.run(
            _command(folder, arguments), input=given.encode(), capture_output=True, check=True, env=_environment()
        )
    except FileNotFoundError:
        raise InputError("git is not installed; without --history only the present files are read") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason given"]
        raise InputError(
            f"{folder}: git cannot read its history ({' '.join(reason[0].split())}); "
            "without --history only README.md is read"
        ) from None
    return done.stdout.decode("utf-8", "replace")


def _command(folder: Path, arguments: Sequence[str]) -> list[str]:
    trusted = [part for path in _trusted() for part in ("-c", f"safe.directory={path}")]
    return [*_GIT, *trusted, "-C", str(folder), *arguments]


def _trusted() -> list[str]:
    """The folders of other users that this user has told git to trust: of their settings, the one that counts."""
    try:
        asked = ["git", "config", "--global", "--get-all", "safe.directory"]
        done = subprocess.run(asked, capture_output=True, check=False, cwd=Path(Path.cwd().anchor))
    except OSError:
        return []
    return done.stdout.decode("utf-8", "replace").splitlines()


def _environment() -> dict[str, str]:
    """The environment without what git takes from it, and with no settings but the repository's and ours."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    ours = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_NO_LAZY_FETCH": "1"}
    return {**plain, **ours, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
