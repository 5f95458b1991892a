"""`recommend migrate`: a DailyArXiv fork becomes a config.toml, its papers, and the memory of what it has shown.

    main.py, utils.py  ->  sections, limits, columns, categories     read as text, never run
    README.md          ->  papers, and sections where main.py says nothing
    git history        ->  every paper the fork has ever shown, with the day

What is not understood is said, never guessed.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from recommender.config import writing
from recommender.dailyarxiv import literals
from recommender.dailyarxiv import read as dailyarxiv
from recommender.digest.markers import BEGIN, END
from recommender.errors import InputError
from recommender.paper import Paper, merge
from recommender.progress import Progress, silent
from recommender.text_files import read_text, write_text

_KEYWORDS = ("keywords", "keyword_list", "keywords_list", "search_keywords", "topics", "keyword")
_LIMITS = ("max_result", "max_results", "max_num", "max_papers")
_COLUMNS = {
    "title": "title",
    "date": "date",
    "abstract": "abstract",
    "comment": "comment",
    "authors": "authors",
    "tags": "categories",
}
_GIT = [
    "git",
    "--no-pager",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "log.showSignature=false",
    "-c",
    "core.quotePath=false",
]
"A foreign repository's settings must not start programs."


def workflow_settings() -> dict[str, dict[str, Any]]:
    """Where .github/workflows/digest.yml looks for the feeds and for the issue's text."""
    return {"feeds": {"path": "site/feeds"}, "issue": {"path": "issue.md"}}


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
    headings: tuple[str, ...] = ()
    "titles of the sections of the newest README.md with tables"
    readmes: int = 0
    "versions of README.md that were read"
    notes: list[str] = field(default_factory=list)
    "one line for everything that was not understood, or has no counterpart"

    @property
    def config(self) -> str:
        """The text of config.toml."""
        return writing.render(self.sections, self.settings)


def read(path: Path, *, history: bool = False, progress: Progress = silent) -> Migration:
    """Read a fork: its folder, or its README.md; raises `InputError` where there is neither keyword nor paper."""
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; give the folder of a DailyArXiv fork, or its README.md")
    folder = path if path.is_dir() else path.parent
    readme = _readme_of(folder) if path.is_dir() else path
    migration = Migration()
    titles = _read_settings(folder, migration) if path.is_dir() else []
    if history:
        for day, text in _versions(folder, readme.name if readme else "README.md", migration, progress):
            _read_readme(f"README.md of {day}", text, day, migration)
    if readme:
        _read_current(readme, migration)
    migration.sections = titles or [{"title": title} for title in migration.headings]
    if not migration.sections:
        found = [f" ({note})" for note in migration.notes[:1]]
        raise InputError(
            f"{path}: neither `keywords = [...]` in main.py nor a README.md with DailyArXiv's tables; "
            f"is this the folder of a DailyArXiv fork? `recommend init` starts without one{''.join(found)}"
        )
    _compare(migration)
    return migration


def without_tables(readme: str) -> str:
    """A fork's README with the digest's markers where its tables were; unchanged where it has none."""
    lines = readme.splitlines(keepends=True)
    tables = [n for n, line in enumerate(lines) if line.startswith("|")]
    if BEGIN in readme or not tables:
        return readme
    heading = next((n for n in range(tables[0], -1, -1) if lines[n].startswith("## ")), tables[0])
    before = [line for line in lines[:heading] if not line.startswith("Last update:")]
    while before and not before[-1].strip():
        before.pop()
    after = "".join(lines[tables[-1] + 1 :]).lstrip("\r\n")
    return "".join(before) + f"\n{BEGIN}\n{END}\n" + (f"\n{after}" if after else "")


def make_room(fork: Path, home: Path) -> bool:
    """Put the digest's markers into a fork's README where its tables were, if the fork itself becomes the new home."""
    folder = fork if fork.is_dir() else fork.parent
    readme = _readme_of(folder) if fork.is_dir() else fork
    if readme is None or readme.name != "README.md" or folder.resolve() != home.resolve():
        return False
    return write_text(readme, without_tables(read_text(readme)))


# -- main.py -------------------------------------------------------------------------------------------------------


def _read_settings(folder: Path, migration: Migration) -> list[dict[str, Any]]:
    """The sections that main.py names; settings and notes go into `migration`."""
    source = folder / "main.py"
    if not source.is_file():
        migration.notes.append("main.py: not there; the sections are the headings of README.md")
        return []
    names = _names_in(source, migration)
    key = next((name for name in _KEYWORDS if name in names), "")
    sections = _sections(names.get(key), migration)
    if not sections:
        problem = f"`{key}` is {str(names[key])[:80]}" if key else f"none of {', '.join(_KEYWORDS)} is set"
        migration.notes.append(
            f"main.py: no keywords understood ({problem}); the sections are the headings of README.md"
        )
    _limits(names, sections, migration)
    categories = _categories(folder, migration)
    for section in sections:
        if categories:
            section["categories"] = categories
    return sections


def _names_in(source: Path, migration: Migration) -> dict[str, Any]:
    try:
        return {name.lower(): value for name, value in literals.assigned(source.read_text("utf-8-sig")).items()}
    except (OSError, ValueError, SyntaxError) as error:
        migration.notes.append(f"{source.name}: cannot be read as Python ({error})")
        return {}


def _sections(value: Any, migration: Migration) -> list[dict[str, Any]]:
    """Sections from a list of keywords, or from a mapping of titles to keywords."""
    listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    items = value.items() if isinstance(value, Mapping) else [(item, None) for item in listed]
    sections: list[dict[str, Any]] = []
    for title, keywords in items:
        if isinstance(title, literals.Unknown) or not isinstance(title, str):
            migration.notes.append(f"main.py: the keyword {str(title)[:80]} was not understood; add it to config.toml")
        elif not title.strip() or title.strip() in {section["title"] for section in sections}:
            migration.notes.append(f"main.py: the keyword {title!r} is empty or there twice; left out once")
        else:
            section: dict[str, Any] = {"title": title.strip()}
            phrases = [keywords] if isinstance(keywords, str) else keywords
            if isinstance(phrases, list) and phrases and all(isinstance(phrase, str) for phrase in phrases):
                section["keywords"] = phrases
            sections.append(section)
    return sections


def _limits(names: Mapping[str, Any], sections: list[dict[str, Any]], migration: Migration) -> None:
    """How many papers, and which columns."""
    digest: dict[str, Any] = {}
    limit = next((names[name] for name in _LIMITS if name in names), None)
    if isinstance(limit, int) and limit > 0:
        digest["top"] = limit
    elif limit is not None:
        migration.notes.append(f"main.py: the limit {str(limit)[:80]} was not understood; 100 papers a section")
    for name, value in names.items():
        if isinstance(value, Mapping) and "max" in name:
            for section in sections:
                if isinstance(value.get(section["title"]), int):
                    section["top"] = value[section["title"]]
    columns = names.get("column_names")
    if isinstance(columns, list) and all(isinstance(column, str) for column in columns):
        known = [_COLUMNS[column.lower()] for column in columns if column.lower() in _COLUMNS]
        order = dict.fromkeys(["title", *(["date"] if "date" in known else []), "relevance", *known])
        digest["columns"] = list(order)
    if digest:
        migration.settings["digest"] = digest


def _categories(folder: Path, migration: Migration) -> list[str]:
    """What `filter_tags` in utils.py keeps."""
    source = folder / "utils.py"
    if not source.is_file():
        return []
    try:
        found = literals.default_of(source.read_text("utf-8-sig"), "filter_tags", 1)
    except (OSError, ValueError, SyntaxError) as error:
        migration.notes.append(f"utils.py: cannot be read as Python ({error}); papers of all categories are taken")
        return []
    if found is None:
        return []
    if isinstance(found, list) and all(isinstance(item, str) for item in found):
        return found
    migration.notes.append(f"utils.py: the categories {str(found)[:80]} were not understood; papers of all are taken")
    return []


# -- README.md -----------------------------------------------------------------------------------------------------


def _readme_of(folder: Path) -> Path | None:
    return next((path for path in sorted(folder.iterdir()) if path.name.lower() == "readme.md"), None)


def _read_current(readme: Path, migration: Migration) -> None:
    try:
        text = readme.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        migration.notes.append(f"{readme.name}: cannot be read ({error})")
    else:
        _read_readme(readme.name, text, None, migration)


def _read_readme(name: str, text: str, committed: date | None, migration: Migration) -> None:
    """Add one version's papers; older versions come first, so that the newest text of a paper stays."""
    try:
        readme = dailyarxiv.parse(text)
    except InputError as error:
        migration.notes.append(f"{name}: {error}")
        return
    migration.readmes += 1
    migration.headings = tuple(dict.fromkeys(part.title.strip() for part in readme.sections if part.title.strip()))
    day = readme.updated or committed
    for section in readme.sections:
        memory = migration.shown.setdefault(section.title, {})
        for paper in (row.paper for row in section.rows):
            known = migration.papers.get(paper.id)
            migration.papers[paper.id] = merge(known, paper) if known else paper
            before = memory.get(paper.id)
            if day and (before is None or (paper.version or 0) > (before[0] or 0)):
                memory[paper.id] = (paper.version, day)
    migration.notes += [f"{name}: {problem}" for problem in readme.skipped]


def _compare(migration: Migration) -> None:
    """Say where main.py and README.md name different sections."""
    titles = {section["title"] for section in migration.sections}
    former = [title for title in migration.shown if title not in titles]
    if former:
        migration.notes.append(f"former sections, kept as papers and in the archive: {', '.join(former)[:200]}")


# -- git -----------------------------------------------------------------------------------------------------------


def _versions(folder: Path, name: str, migration: Migration, progress: Progress) -> Iterator[tuple[date, str]]:
    """Every version of the README on any branch, oldest first, each text once, with the day of its commit."""
    if _git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
        migration.notes.append("the clone is shallow; `git fetch --unshallow` brings the rest of its history")
    order = ("log", "--all", "--reverse", "--date-order", "-m", "--raw", "--no-abbrev", "--format=%ct")
    days: dict[str, date] = {}
    day = date.min
    for line in _git(folder, *order, "--", f":(icase){name}").decode("utf-8", "replace").splitlines():
        if line.isdigit():
            day = datetime.fromtimestamp(int(line), UTC).date()
        elif line.startswith(":") and not line.split()[4].startswith("D"):
            days.setdefault(line.split()[3], day)
    for done, (blob, day) in enumerate(days.items(), 1):
        yield day, _git(folder, "cat-file", "blob", blob).decode("utf-8-sig", "replace")
        progress("reading", done, len(days), unit="versions")


def _git(folder: Path, *arguments: str) -> bytes:
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run([*_GIT, "-C", str(folder), *arguments], capture_output=True, check=True, env=environment)
    except FileNotFoundError:
        raise InputError("git is not installed; without --history only the present README.md is read") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise InputError(
            f"{folder}: git cannot read its history ({' '.join(reason)}); without --history only README.md is read"
        ) from None
    return done.stdout
