"""Papers from files into the library, and the starter papers into one that has none."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from recommender.config import Config
from recommender.dailyarxiv import read as dailyarxiv
from recommender.errors import InputError, LockedError
from recommender.library import Recommender
from recommender.paper import Paper, merge
from recommender.progress import Progress, Say, mute, silent
from recommender.sources.files import PaperFile
from recommender.store import EmptyError, Store
from recommender.store.ledger import Ledger

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
        if _has_papers(folder, say):
            break
        try:
            with Recommender(config, write=True, today=today, say=say) as writer:
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


def unfetched(ledger: Ledger) -> str:
    """What the papers of a library are, in words for a reader, as long as none was fetched."""
    kinds = (("starter papers", ledger.cursor(STARTED)), ("papers imported from files", ledger.cursor(IMPORTED)))
    return " and ".join(name for name, there in kinds if there) or "papers imported from files"


def import_files(library: Recommender, paths: Sequence[Path], progress: Progress = silent) -> Imported:
    """Store the papers of files, whatever packing they are in; a file without papers is told in `failed`, not raised.

    JSON lines and arrays, arXiv's snapshot, DailyArXiv READMEs; `-` is standard input.
    """
    result = Imported()
    total, done = sum(path.stat().st_size for path in paths if path.is_file()), 0
    for path in paths:
        added = library.add(_whole(library, path, result, progress, done, total))
        result.new += len(added.new)
        result.revised += len(added.revised)
        result.unchanged += added.unchanged
        done += path.stat().st_size if path.is_file() else 0
        progress("importing", done, total, unit="bytes")
    if result.new or result.revised:
        library.store.ledger.set_cursor(IMPORTED, library.today.isoformat())
    library.refresh()
    return result


def _whole(
    library: Recommender, path: Path, result: Imported, progress: Progress, before: int, total: int
) -> Iterator[Paper]:
    """The papers of one file; where it breaks off those before stay, so its failure must not reach the store."""

    def bad(number: int, reason: str) -> None:
        result.skipped += 1
        if len(result.bad) < MOST_TOLD:
            result.bad.append(f"{path}: {f'line {number} ' if number else ''}{reason}")
        tell()

    def tell() -> None:
        progress("importing", before + file.position, max(total, before + file.position), unit="bytes")

    def table(text: str) -> tuple[tuple[Paper, ...], tuple[str, ...]]:
        readme = dailyarxiv.parse(text, today=library.today)
        return tuple(filling(library, readme.papers)), readme.skipped

    try:
        file = PaperFile(path)
        for paper in file.papers(bad, today=library.today, table=table):
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


def _has_papers(folder: Path, say: Say) -> bool:
    try:
        with closing(Store.open(folder, say=say)) as store:
            return len(store) > 0
    except (EmptyError, LockedError):
        return False


def filling(library: Recommender, papers: Sequence[Paper]) -> list[Paper]:
    """Papers as a digest gives them, completed by what is stored: of the same version, the stored text stays.

    A digest is a copy of a copy. It tells of later versions and fills gaps, and knows nothing better.
    """
    stored = library.store.papers.get(paper.id for paper in papers)
    return [_beside(paper, stored[paper.id]) if paper.id in stored else paper for paper in papers]


def _beside(paper: Paper, stored: Paper) -> Paper:
    versions, days = (stored.version, paper.version), (stored.updated, paper.updated)
    if None not in versions:
        later = paper.version > stored.version  # type: ignore[operator]
    else:
        later = None not in days and paper.updated > stored.updated  # type: ignore[operator]
    if later:
        return merge(stored, paper)
    abstract = stored.abstract or paper.abstract
    return merge(stored, replace(paper, title=stored.title, abstract=abstract, version=stored.version))


def _refuse(number: int, reason: str) -> None:
    raise InputError(f"{STARTER}: line {number} {reason}; install the package again")
