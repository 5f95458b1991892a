"""`recommend migrate`: a DailyArXiv fork becomes a config.toml, its papers, and the memory of what it has shown.

    main.py, utils.py  ->  sections, limits, columns, categories     read as text, never run
    README.md          ->  papers, and sections where main.py says nothing
    git history        ->  every paper the fork has ever shown, with the day

What is not understood is said, never guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from recommender.config import writing
from recommender.dailyarxiv import history as git
from recommender.dailyarxiv import literals, settings
from recommender.dailyarxiv import read as dailyarxiv
from recommender.dailyarxiv.read import DailyReadme, Table
from recommender.digest.escape import visible
from recommender.digest.markers import BEGIN, END
from recommender.errors import InputError
from recommender.paper import Paper, merge
from recommender.progress import Progress, silent
from recommender.text_files import read_bytes

ISSUE = ".github/ISSUE_TEMPLATE.md"
_README = "README.md"
_LARGEST = 32_000_000
"Bytes of a file that is looked into."
_LONGEST_NOTE = 300


def workflow_settings() -> dict[str, dict[str, Any]]:
    """Where .github/workflows/digest.yml looks for the feeds and for the issue's text."""
    return {"feeds": {"path": "site/feeds"}, "issue": {"path": "issue.md"}}


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the fork with its tables."""

    path: Path
    text: str
    "with its ends of lines and its byte order mark"
    readme: DailyReadme


@dataclass(frozen=True, slots=True)
class Room:
    """What a file turns into so that the digest has a place in it."""

    path: Path
    text: str
    replaced: tuple[Table, ...]
    "tables that make room"
    kept: tuple[Table, ...]
    "tables that stay, because they say more than the store keeps of a paper"


@dataclass(slots=True)
class Migration:
    """What was understood of a fork."""

    sections: list[dict[str, Any]] = field(default_factory=list)
    "as in config.toml"
    settings: dict[str, dict[str, Any]] = field(default_factory=workflow_settings)
    papers: dict[str, Paper] = field(default_factory=dict)
    "id -> the newest version met"
    shown: dict[str, dict[str, tuple[int | None, date]]] = field(default_factory=dict)
    "title of a section -> id -> version, day on which it was first shown"
    page: Page | None = None
    "the file that the fork shows its papers in"
    readmes: int = 0
    "versions of such files that were read"
    notes: list[str] = field(default_factory=list)
    "one line for everything that was not understood, or has no counterpart"

    @property
    def headings(self) -> tuple[str, ...]:
        """Titles of the sections of the file with the fork's papers."""
        parts = self.page.readme.sections if self.page else ()
        return tuple(dict.fromkeys(part.title for part in parts if part.title))

    @property
    def config(self) -> str:
        """The text of config.toml; raises `ConfigError` where no such file could be used."""
        return writing.render(self.sections, self.settings)

    def note(self, text: str) -> None:
        """Say something about the fork, as plain text of moderate length."""
        line = visible(text)
        self.notes.append(line if len(line) <= _LONGEST_NOTE else f"{line[:_LONGEST_NOTE]}…")


def read(path: Path, *, history: bool = False, today: date | None = None, progress: Progress = silent) -> Migration:
    """Read a fork: its folder, or its README.md; raises `InputError` where there is neither keyword nor paper.

    Days after `today` are not believed.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; give the folder of a DailyArXiv fork, or its README.md")
    today = min(today or date.max, date.max - timedelta(days=1))
    migration = Migration()
    folder = path if path.is_dir() else path.parent
    pages = _pages(folder, migration, today) if path.is_dir() else _page_of(path, migration, today)
    migration.page = pages[0] if pages else None
    if history:
        _read_history(folder, pages, migration, today, progress)
    for page in reversed(pages):
        _take(
            page.path.name,
            page.readme,
            None,
            migration,
            today,
            mark=page.path.name != Path(ISSUE).name or len(pages) == 1,
        )
    _settings(path, folder, migration)
    if not migration.sections:
        found = [f" ({note})" for note in migration.notes[:1]]
        raise InputError(
            f"{path}: neither `keywords = [...]` in main.py nor a README.md with DailyArXiv's tables; "
            f"is this the folder of a DailyArXiv fork? `recommend init` starts without one{''.join(found)}"
        )
    _compare(migration)
    return migration


def room(migration: Migration, home: Path) -> Room | None:
    """What becomes of the fork's page where the fork itself is the new home; None where nothing of it changes."""
    page = migration.page
    if page is None or not _is_home(page.path, home, migration):
        return None
    replaced = tuple(table for table in page.readme.tables if table.whole)
    kept = tuple(table for table in page.readme.tables if not table.whole)
    block = "" if BEGIN in page.text else f"{BEGIN}\n{END}\n"
    text = dailyarxiv.without(page.text, replaced, block)
    return Room(page.path, text, replaced, kept) if text != page.text or kept else None


def _is_home(page: Path, home: Path, migration: Migration) -> bool:
    wanted = migration.settings.get("digest", {}).get("path", _README)
    return page.resolve() == (home.resolve() / wanted).resolve() and _within(page, home)


def _within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _settings(path: Path, folder: Path, migration: Migration) -> None:
    """Sections and settings from the fork's Python files, or else from its headings."""
    headings = migration.headings
    if path.is_dir():
        found = settings.read(folder, headings)
        migration.sections = found.sections
        if found.digest:
            migration.settings["digest"] = found.digest
        for note in found.notes:
            migration.note(note)
    if not migration.sections:
        notes: list[str] = []
        migration.sections = settings.of_headings(headings, notes)
        for note in notes:
            migration.note(note)
    if migration.page and migration.page.path.name != _README and _name(migration.page.path, folder) != ISSUE:
        digest = migration.settings.setdefault("digest", {})
        digest["path"] = _name(migration.page.path, folder)


# -- files with tables ---------------------------------------------------------------------------------------------


def _pages(folder: Path, migration: Migration, today: date) -> list[Page]:
    """The files of a fork with tables: README.md, what main.py writes, any other at the top, the issue last."""
    found: list[Page] = []
    problems: list[str] = []
    for path in _candidates(folder):
        try:
            found.append(_page(path, today))
        except InputError as error:
            problems.append(f"{_name(path, folder)}: {error}")
    if not found or (problems and found[0].path.name == Path(ISSUE).name):
        for problem in problems[:3]:
            migration.note(problem)
    return found


def _page_of(path: Path, migration: Migration, today: date) -> list[Page]:
    try:
        return [_page(path, today)]
    except InputError as error:
        migration.note(f"{path.name}: {error}")
        return []


def _candidates(folder: Path) -> list[Path]:
    tops = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".md")
    readmes = [path for path in tops if path.name.lower() == _README.lower()]
    named = [folder / name for name in _written(folder)]
    paths = dict.fromkeys([*readmes, *named, *tops, folder / ISSUE])
    issues = [path for path in paths if path.name.lower() == Path(ISSUE).name.lower()]
    return [
        path
        for path in [*(path for path in paths if path not in issues), *issues]
        if path.is_file() and _within(path, folder)
    ]


def _written(folder: Path) -> list[str]:
    """The Markdown files that main.py opens for writing."""
    try:
        source = settings.source_of(folder / "main.py")
        return literals.written(source, ".md") if source else []
    except (OSError, ValueError, SyntaxError):
        return []


def _page(path: Path, today: date) -> Page:
    try:
        text = read_bytes(path, most=_LARGEST).decode("utf-8")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text ({error.reason} at byte {error.start:,})") from None
    return Page(path, text, dailyarxiv.parse(text, today=today))


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _take(
    name: str, readme: DailyReadme, committed: date | None, migration: Migration, today: date, *, mark: bool = True
) -> None:
    """Add one version's papers; older versions come first, so that the newest text of a paper stays."""
    migration.readmes += 1
    day = readme.updated if readme.updated and readme.updated <= today else committed
    for section in readme.sections:
        memory = migration.shown.setdefault(section.title, {}) if section.title and mark else {}
        for paper in section.papers:
            known = migration.papers.get(paper.id)
            if known != paper:
                migration.papers[paper.id] = merge(known, paper) if known else paper
            before = memory.get(paper.id)
            if day and (before is None or (paper.version or 0) > (before[0] or 0)):
                memory[paper.id] = (paper.version, day)
    for problem in readme.skipped:
        migration.note(f"{name}: {problem}")


def _compare(migration: Migration) -> None:
    """Say where main.py and README.md name different sections."""
    titles = {section["title"] for section in migration.sections}
    former = [title for title in migration.shown if title not in titles]
    if former:
        migration.note(f"former sections, kept as papers and in the archive: {', '.join(former)[:200]}")


# -- git -----------------------------------------------------------------------------------------------------------


def _read_history(folder: Path, pages: list[Page], migration: Migration, today: date, progress: Progress) -> None:
    found = git.of(folder, list(_names(folder, pages)), today)
    if found.shallow:
        migration.note("the clone is shallow; `git fetch --unshallow` brings the rest of its history")
    progress("reading", 0, len(found.versions), unit="versions")
    for done, (version, text) in enumerate(found.texts(), 1):
        name = f"{version.name} of {version.day}" if version.day else f"{version.name} of a day that cannot be"
        try:
            _take(name, dailyarxiv.parse(text, today=today), version.day, migration, today)
        except InputError as error:
            migration.note(f"{name}: {error}")
        progress("reading", done, len(found.versions), unit="versions")


def _names(folder: Path, pages: list[Page]) -> Iterator[str]:
    """Files whose history is read: issues repeat what they announce, so that they count only where all else fails."""
    names = [_name(page.path, folder) for page in pages]
    yield from (name for name in names if name != ISSUE or len(names) == 1)
    yield from (_README, "readme.md", "Readme.md")
    yield from (name for name in _written(folder) if not Path(name).is_absolute() and ".." not in Path(name).parts)
