"""Real forks of DailyArXiv, migrated: is every paper of theirs stored, shown again, and nothing else touched?

    git clone https://github.com/OWNER/NAME forks/OWNER+NAME
    python -m bench.forks forks/* > bench/FORKS.md

Each fork's files are copied; nothing in them is run, and nothing is fetched.
"""

import argparse
import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from recommender import config
from recommender.dailyarxiv import migrate as forks
from recommender.dailyarxiv.read import lines_of
from recommender.errors import InputError, RecommenderError
from recommender.library import Recommender
from recommender.verbs import digest
from recommender.verbs import migrate as migration

_IDS = re.compile(r"arxiv\.org/(?:abs|pdf)/([a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})")
_ABOUT = """\
# Forks of DailyArXiv, migrated

Made by `python -m bench.forks FOLDER...` on {day}, over clones of public repositories; nothing was fetched, so that
what is shown is what the forks' own tables hold. *In tables*: papers in the tables of the fork's files. *Lost*: ids
in those tables that are not stored. *Before* and *after*: rows of the fork's sections, and of the same sections in
the new digest, as `title before/after` where there are fewer; what is left out lies below the relevance cut. *Text*:
whether all lines outside the replaced tables are in the file as before.

| fork | in tables | stored | with history | lost | sections | before | after | tables replaced, kept | text | notes |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one fork."""

    name: str
    cells: tuple[str, ...]

    @property
    def line(self) -> str:
        """A line of the table."""
        return f"| {' | '.join((self.name, *self.cells))} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    today = datetime.now(UTC).date()
    print(_ABOUT.format(day=today), end="")
    for folder in parser.parse_args().folders:
        print(_result(folder, today).line, flush=True)


def _result(folder: Path, today: date) -> Result:
    name = folder.name.replace("+", "/", 1)
    try:
        return Result(name, _cells(folder, today))
    except RecommenderError as error:
        return Result(
            name,
            ("", "", "", "", "", "", "", "", "", f"refused: {str(error).partition(': ')[2][:120]}".replace("|", "/")),
        )


def _cells(folder: Path, today: date) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        shutil.copytree(folder, home, ignore=shutil.ignore_patterns(".git"), symlinks=True)
        found = forks.read(home, today=today)
        before = found.page.text if found.page else ""
        (home / "config.toml").unlink(missing_ok=True)
        _, room = migration.move(found, home / "config.toml", today=today)
        with Recommender(config.load(home / "config.toml"), write=True, today=today) as library:
            stored = set(found.papers) & set(library.store.papers.get(found.papers))
            made = digest.make(library)
        after = {section.title: len(section.rows) for section in made.sections}
        rows: dict[str, int] = {}
        for part in found.page.readme.sections if found.page else ():
            rows[part.title] = rows.get(part.title, 0) + len({paper.id for paper in part.papers})
        ids = {paper_id for line in lines_of(before) if line.startswith("|") for paper_id in _IDS.findall(line)}
        text = _text(before, room)
    common = [title for title in after if title in rows]
    differing = [f"{title} {rows[title]}/{after[title]}" for title in common if after[title] < rows[title]]
    return (
        f"{len(found.papers):,}",
        f"{len(stored):,}",
        _with_history(folder, today),
        f"{len(ids - stored):,}",
        f"{len(found.sections)}",
        f"{sum(rows[title] for title in common):,}",
        f"{sum(after[title] for title in common):,}",
        f"{len(room.replaced) if room else 0}, {len(room.kept) if room else 0}",
        text,
        "; ".join([*differing, *found.notes[:3]]).replace("|", "/")[:400],
    )


def _with_history(folder: Path, today: date) -> str:
    try:
        return f"{len(forks.read(folder, history=True, today=today).papers):,}"
    except InputError as error:
        return str(error)[:60].replace("|", "/")


def _text(before: str, room: forks.Room | None) -> str:
    """Whether the lines that were no part of a replaced table are all there, in order."""
    if room is None:
        return "untouched"
    gone = {line for table in room.replaced for line in {*table.lines, table.heading} - set(table.unread)}
    kept = [line for number, line in enumerate(lines_of(before), 1) if number not in gone and line.strip()]
    there = iter(line for line in lines_of(room.text) if line.strip())
    return "as before" if all(line in there for line in kept) else "DIFFERS"


if __name__ == "__main__":
    main()
