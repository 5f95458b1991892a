"""Verbs that fill the library: update, fetch, import, migrate."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.errors import FetchError
from recommender.fronts.cli.opening import library_of, named, writer
from recommender.fronts.cli.options import now, with_config
from recommender.fronts.cli.rate import together
from recommender.fronts.printing import note, out

if TYPE_CHECKING:
    from recommender.dailyarxiv.migrate import Migration, Room
    from recommender.library import Recommender

_MOST_SKIPPED = 20
"Notes of a migration that are told."


@click.command()
@with_config
@click.option("--strict", is_flag=True, help="Exit with code 3 when anything could not be fetched, after the digest.")
def update(config_path: Path, strict: bool) -> None:
    """Fetch what is new from arXiv, then rank and write the digest.

    A section that cannot be fetched keeps its papers and says in the digest since when and why.

    \b
    recommend update
    recommend update --strict                   for a scheduled job that should turn red
    """
    from recommender.verbs import update as daily

    reports = daily.run(named(config_path), now, note=note, out=out)
    if strict and not all(report.ok for report in reports):
        sys.exit(3)


@click.command()
@with_config
@click.option("--id", "ids", multiple=True, help="Fetch this paper instead of what config.toml wants; repeatable.")
@click.option("--strict", is_flag=True, help="Exit with code 3 when anything could not be fetched.")
def fetch(config_path: Path, ids: tuple[str, ...], strict: bool) -> None:
    """Fetch what is new from arXiv into the index, without writing a digest.

    \b
    recommend fetch
    recommend fetch --id 2407.16658 --id quant-ph/0201082
    """
    from recommender.verbs import imports
    from recommender.verbs.update import fetched

    with writer(library_of(config_path) if ids else named(config_path)) as library:
        imports.start(library, note)
        together(library.store, library.config)
        if ids:
            _fetch_ids(library, ids, strict=strict)
            return
        reports = fetched(library, now, note=note, out=out)
    if strict and not all(report.ok for report in reports):
        sys.exit(3)
    if not any(report.ok for report in reports):
        sys.exit(1)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_config
def import_(files: tuple[Path, ...], config_path: Path) -> None:
    """Store the papers of FILES: JSON, arXiv's metadata snapshot, a DailyArXiv README; plain, .gz, .xz, .bz2 or .zip.

    JSON may be lines or an array, with the field names of other tools; `-` is standard input.

    \b
    recommend import papers.jsonl.xz
    recommend import arxiv-metadata-oai-snapshot.json archive.zip
    recommend import README.md
    curl -s https://example.org/papers.json | recommend import -
    """
    from recommender.fronts import show
    from recommender.verbs import imports

    with writer(library_of(config_path, otherwise="here")) as library:
        with show.progress() as progress:
            imported = imports.import_files(library, files, progress)
        stored = len(library.store)
    for line in imported.bad:
        note(f"skipped: {line}")
    if imported.skipped > len(imported.bad):
        note(f"skipped: {imported.skipped - len(imported.bad):,} more")
    if imported.new or imported.revised or imported.unchanged:
        out(
            f"{imported.new:,} new, {imported.revised:,} revised, {imported.unchanged:,} known already, "
            f"{imported.skipped:,} skipped; {stored:,} papers stored"
        )
    for line in imported.failed:
        note(f"recommend: {line}")
    if imported.failed:
        sys.exit(1)


@click.command()
@click.argument("fork", type=click.Path(path_type=Path))
@click.option("--history", is_flag=True, help="Read every version of README.md in the fork's git history too.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@with_config
def migrate(fork: Path, history: bool, dry_run: bool, force: bool, config_path: Path) -> None:
    """Move here from a DailyArXiv fork: FORK is its folder, or its README.md. Nothing in it is run.

    \b
    recommend migrate . --dry-run
    recommend migrate .
    recommend migrate ~/DailyArXiv --history --config ~/papers/config.toml
    """
    from recommender.config import writing
    from recommender.dailyarxiv import migrate as forks
    from recommender.fronts import show
    from recommender.verbs import migrate as migration

    if os.path.lexists(config_path) and not force and not dry_run:
        writing.write(config_path, "")  # refuses, before anything is read
    if history:
        note("reading the fork's git history")
    with show.progress() as progress:
        found = forks.read(fork, history=history, today=now().date(), progress=progress)
        if dry_run:
            _say_what_would_be(found, config_path, force=force)
            return
        note(f"{len(found.papers):,} papers read; storing them")
        added, room = migration.move(found, config_path, force=force, today=now().date(), progress=progress)
    _say_notes(found.notes)
    out(f"{config_path}: {_count(len(found.sections), 'section')}")
    if room:
        _say_room(room, "made room for the digest in the place of")
    out(f"{len(added.new):,} new papers from {_source(found)}; next: recommend update")


def _say_what_would_be(found: "Migration", config_path: Path, *, force: bool) -> None:
    """What `migrate` would write, from the configuration to the fork's own page."""
    from recommender.dailyarxiv.migrate import room

    found.config  # noqa: B018 - raises where it could not be written
    taken = os.path.lexists(config_path) and not force
    out(f"would write {config_path}{', which exists: that takes --force' if taken else ''}")
    for section in found.sections:
        asked = f": {', '.join(section['keywords'])}" if "keywords" in section else ""
        places = f" in {', '.join(section['categories'])}" if "categories" in section else ""
        out(f"  section {section['title']!r}{asked}{places}")
    out(f"would store {len(found.papers):,} papers of {_source(found)}")
    place = room(found, config_path.absolute().parent)
    if place:
        _say_room(place, "would make room for the digest in the place of")
    elif found.page:
        out(f"would leave {found.page.path} as it is")
    _say_notes(found.notes)


def _say_room(room: "Room", what: str) -> None:
    titles = [table.title or f"the one in line {table.lines.start}" for table in room.replaced]
    if titles:
        out(f"{room.path}: {what} {_count(len(titles), 'table')}: {', '.join(titles)}")
    for table in room.kept:
        note(f"{room.path.name}: the table {table.title!r} stays: it says more than is kept of a paper")
    unread = sum(len(table.unread) for table in room.replaced)
    if unread:
        note(f"{room.path.name}: {unread} rows that could not be read stay under the heads of their tables")
    if "Last update:" in room.text:
        note(f"{room.path.name}: the line `Last update: ...` stays, although nothing renews it; remove it at will")


def _say_notes(notes: list[str]) -> None:
    for line in notes[:_MOST_SKIPPED]:
        note(f"note: {line}")
    if len(notes) > _MOST_SKIPPED:
        note(f"note: {len(notes) - _MOST_SKIPPED:,} more of the same kind")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def _source(found: "Migration") -> str:
    name = found.page.path.name if found.page else "README.md"
    return f"{_count(found.readmes, 'version')} of {name}"


def _fetch_ids(library: "Recommender", ids: tuple[str, ...], *, strict: bool) -> None:
    from recommender.verbs import fetch as fetching

    try:
        papers, skipped = fetching.fetch_ids(library, ids, fetching.fetcher_of(library.config, now=now, say=note))
    except FetchError as error:
        note(f"recommend: {error}")
        sys.exit(3 if strict else 1)
    for paper in papers:
        out(f"{paper.id}: {paper.title}")
    for reason in skipped:
        note(f"skipped {reason}")
    if strict and skipped:
        sys.exit(3)
    if not papers:
        sys.exit(1)
