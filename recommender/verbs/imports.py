"""Papers from files into the library, and the starter papers into one that has none."""

from collections.abc import Iterable, Iterator, Sequence
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

STARTER = Path(__file__).parent.parent / "starter" / "papers.jsonl.xz"
STARTED = "starter papers"
"The cursor of an index that began with them: the day it did."
IMPORTED = "imported papers"
"The cursor of an index that papers were imported into from files: the day of the last time."
_ALL = 1 << 20
"papers in one transaction: more than come with the package"
_PATIENCE = 12
"times that a process waits ten seconds for another that fills the library: eight at once on two cores took forty"


@dataclass(slots=True)
class Imported:
    """What an import brought, file by file summed up."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    bad: list[str] = field(default_factory=list)
    "one line for each record that could not be read: file, line number, reason"


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
    """Store the papers of files: JSON lines, arXiv's snapshot, or a DailyArXiv README (`.md`)."""
    result = Imported()
    total, done = sum(path.stat().st_size for path in paths if path.exists()), 0
    for path in paths:
        if path.suffix.lower() in (".md", ".markdown"):
            papers: Iterable[Paper] = filling(library, _readme(path, result.bad, library.today))
        else:
            papers = read_file(path, result.bad, progress, done, total)
        added = library.add(papers)
        result.new += len(added.new)
        result.revised += len(added.revised)
        result.unchanged += added.unchanged
        done += path.stat().st_size
        progress("importing", done, total, unit="bytes")
    if result.new or result.revised:
        library.store.ledger.set_cursor(IMPORTED, library.today.isoformat())
    library.refresh()
    return result


def read_file(
    path: Path, bad: list[str], progress: Progress = silent, before: int = 0, total: int = 0
) -> Iterator[Paper]:
    """The papers of one file of JSON lines; what cannot be read goes into `bad`, a line each."""
    file = PaperFile(path)
    for paper in file.papers(lambda number, reason: bad.append(f"{path}: line {number} {reason}")):
        yield paper
        progress("importing", before + file.position, total, unit="bytes")


def _has_papers(folder: Path) -> bool:
    try:
        with closing(Store.open(folder)) as store:
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


def _readme(path: Path, bad: list[str], today: date) -> tuple[Paper, ...]:
    try:
        readme = dailyarxiv.parse(path.read_bytes().decode("utf-8"), today=today)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    bad.extend(f"{path}: {problem}" for problem in readme.skipped)
    return readme.papers


def _refuse(number: int, reason: str) -> None:
    raise InputError(f"{STARTER}: line {number} {reason}; install the package again")
