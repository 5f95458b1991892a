"""Papers from files into the library, and the starter papers into one that has none."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from recommender.config import Config
from recommender.dailyarxiv import read as dailyarxiv
from recommender.errors import InputError, LockedError
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.progress import Progress, Say, mute, silent
from recommender.sources.files import PaperFile
from recommender.store import EmptyError, Store

STARTER = Path(__file__).parent.parent / "starter" / "papers.jsonl.xz"
STARTED = "starter papers"
"The cursor of an index that began with them: the day it did."
IMPORTED = "imported papers"
"The cursor of an index that papers were imported into from files: the day of the last time."
_ALL = 1 << 20
"papers in one transaction: more than come with the package"
_PATIENCE = 12
"times that a process waits ten seconds for another that fills the library: eight at once on two cores took forty"


MOST_TOLD = 20
"Records that could not be read of which the reasons are kept."


@dataclass(slots=True)
class Imported:
    """What an import brought, file by file summed up."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    skipped: int = 0
    "records that could not be read"
    bad: list[str] = field(default_factory=list)
    "one line for each of the first of them: file, line number, reason"
    failed: list[str] = field(default_factory=list)
    "one line for each file that holds no papers or breaks off: what it seems to be, what to do"


def open_for_asking(
    config: Config, *, today: date | None = None, say: Say = mute, progress: Progress = silent
) -> Recommender:
    """Open a library; one without papers is first filled with the starter papers."""
    folder = config.resolve(config.index.path)
    for left in range(_PATIENCE, -1, -1):
        if _has_papers(folder):
            break
        try:
            with Recommender(config, write=True, today=today) as writer:
                start(writer, say)
        except LockedError:  # another process is filling it
            if not left:
                raise
    return Recommender(config, today=today, progress=progress, say=say)


def start(library: Recommender, say: Say = mute) -> None:
    """Fill a library that has no papers with those that come with the package: with all of them, or with none."""
    if len(library.store) == 0:
        say(f"{library.store.folder} holds no papers yet; filling it with the starter papers")
        library.store.ledger.set_cursor(STARTED, library.today.isoformat())
        library.add(PaperFile(STARTER).papers(_refuse), batch=_ALL)


def import_files(library: Recommender, paths: Sequence[Path], progress: Progress = silent) -> Imported:
    """Store the papers of files, whatever packing they are in; a file without papers is told in `failed`, not raised.

    JSON lines and arrays, arXiv's snapshot, DailyArXiv READMEs; `-` is standard input.
    """
    result = Imported()
    total, done = sum(path.stat().st_size for path in paths if path.is_file()), 0
    for path in paths:
        added = library.add(_whole(path, result, progress, done, total, library.today))
        result.new += len(added.new)
        result.revised += len(added.revised)
        result.unchanged += added.unchanged
        done += path.stat().st_size if path.is_file() else 0
        progress("importing", done, total, unit="bytes")
    if result.new or result.revised:
        library.store.ledger.set_cursor(IMPORTED, library.today.isoformat())
    library.refresh()
    return result


def _whole(path: Path, result: Imported, progress: Progress, before: int, total: int, today: date) -> Iterator[Paper]:
    """The papers of one file; where it breaks off those before stay, so its failure must not reach the store."""

    def bad(number: int, reason: str) -> None:
        result.skipped += 1
        if len(result.bad) < MOST_TOLD:
            result.bad.append(f"{path}: {f'line {number} ' if number else ''}{reason}")
        tell()

    def tell() -> None:
        progress("importing", before + file.position, max(total, before + file.position), unit="bytes")

    try:
        file = PaperFile(path)
        for paper in file.papers(bad, today=today, table=_table):
            yield paper
            tell()
    except InputError as error:
        result.failed.append(str(error))


def read_file(path: Path, bad: list[str]) -> Iterator[Paper]:
    """The papers of one file; why a line holds none goes into `bad`, for the first of them; raises `InputError`."""

    def note(number: int, reason: str) -> None:
        if len(bad) < MOST_TOLD:
            bad.append(f"{path}: line {number} {reason}")

    return PaperFile(path).papers(note)


def _table(text: str) -> tuple[tuple[Paper, ...], tuple[str, ...]]:
    readme = dailyarxiv.parse(text)
    return readme.papers, readme.skipped


def _has_papers(folder: Path) -> bool:
    try:
        with closing(Store.open(folder)) as store:
            return len(store) > 0
    except (EmptyError, LockedError):
        return False


def _refuse(number: int, reason: str) -> None:
    raise InputError(f"{STARTER}: line {number} {reason}; install the package again")
