"""Papers from files into the library, and the starter papers into one that has none."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from recommender.config import Config
from recommender.dailyarxiv import read as dailyarxiv
from recommender.errors import InputError
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.progress import Progress, Say, mute, silent
from recommender.sources.files import PaperFile
from recommender.store import Store

STARTER = Path(__file__).parent.parent / "starter" / "papers.jsonl.xz"
STARTED = "starter papers"
"The cursor of an index that began with them: the day it did."


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
    if not _has_papers(config.resolve(config.index.path)):
        with Recommender(config, write=True, today=today) as writer:
            start(writer, say)
    return Recommender(config, today=today, progress=progress)


def start(library: Recommender, say: Say = mute) -> None:
    """Fill a library that has no papers with those that come with the package."""
    if len(library.store) == 0:
        say(f"{library.store.folder} holds no papers yet; filling it with the starter papers")
        library.add(PaperFile(STARTER).papers(_refuse))
        library.store.ledger.set_cursor(STARTED, library.today.isoformat())


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
    if not (folder / "papers.db").exists():
        return False
    with closing(Store.open(folder)) as store:
        return len(store) > 0


def _refuse(number: int, reason: str) -> None:
    raise InputError(f"{STARTER}: line {number} {reason}; install the package again")
