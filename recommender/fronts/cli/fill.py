"""Verbs that fill the library: update, fetch, import, migrate."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.fronts.cli.make import write_digest
from recommender.fronts.cli.opening import note, writer
from recommender.fronts.cli.options import now, with_config
from recommender.fronts.cli.rate import together

if TYPE_CHECKING:
    from recommender.library import Recommender
    from recommender.verbs.fetch import Report

_MOST_SKIPPED = 20
"Entries of one section that are named when they cannot be read."


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
    from recommender.verbs import imports

    with writer(config_path) as library:
        imports.start(library, note)
        together(library.store, library.config)
        reports = _fetch(library)
        write_digest(library)
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

    with writer(config_path) as library:
        imports.start(library, note)
        together(library.store, library.config)
        if ids:
            _fetch_ids(library, ids)
            return
        reports = _fetch(library)
    if strict and not all(report.ok for report in reports):
        sys.exit(3)
    if not any(report.ok for report in reports):
        sys.exit(1)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_config
def import_(files: tuple[Path, ...], config_path: Path) -> None:
    """Store the papers of FILES: JSON lines (plain, .gz, .xz), arXiv's metadata snapshot, a DailyArXiv README.

    \b
    recommend import papers.jsonl.xz
    recommend import arxiv-metadata-oai-snapshot.json
    recommend import README.md
    """
    from recommender.fronts import show
    from recommender.verbs import imports

    with writer(config_path) as library:
        with show.progress() as progress:
            imported = imports.import_files(library, files, progress)
        stored = len(library.store)
    for line in imported.bad[:20]:
        click.echo(f"skipped: {line}", err=True)
    if len(imported.bad) > 20:
        click.echo(f"skipped: {len(imported.bad) - 20:,} more", err=True)
    click.echo(
        f"{imported.new:,} new, {imported.revised:,} revised, {imported.unchanged:,} known already, "
        f"{len(imported.bad):,} skipped; {stored:,} papers stored"
    )


@click.command()
@click.argument("fork", type=click.Path(path_type=Path))
@click.option("--history", is_flag=True, help="Read every version of README.md in the fork's git history too.")
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@with_config
def migrate(fork: Path, history: bool, force: bool, config_path: Path) -> None:
    """Move here from a DailyArXiv fork: FORK is its folder, or its README.md. Nothing in it is run.

    \b
    recommend migrate .
    recommend migrate ~/DailyArXiv --history --config ~/papers/config.toml
    """
    from recommender.config import writing
    from recommender.dailyarxiv import migrate as forks
    from recommender.fronts import show
    from recommender.verbs import migrate as migration

    if config_path.exists() and not force:
        writing.write(config_path, "")  # refuses, before anything is read
    with show.progress() as progress:
        found = forks.read(fork, history=history, progress=progress)
    writing.write(config_path, found.config, force=force)
    with writer(config_path) as library:
        added = migration.keep(library, found)
    forks.make_room(fork, config_path.parent)
    for line in found.notes[:20]:
        click.echo(f"note: {line}", err=True)
    if len(found.notes) > 20:
        click.echo(f"note: {len(found.notes) - 20:,} more of the same kind", err=True)
    click.echo(f"{config_path}: {len(found.sections)} sections")
    click.echo(f"{len(added.new):,} new papers from {found.readmes:,} versions of README.md; next: recommend update")


def _fetch(library: "Recommender") -> "tuple[Report, ...]":
    from recommender.verbs import fetch as fetching

    fetcher = fetching.fetcher_of(library.config, now=now, say=note)
    reports = fetching.fetch(library, fetcher, now(), note)
    for report in reports:
        for skipped in report.skipped[:_MOST_SKIPPED]:
            note(f"{report.target}: skipped {skipped}")
        click.echo(report.line)
    click.echo(f"{fetcher.requests} requests to arXiv; {len(library.store):,} papers stored")
    return reports


def _fetch_ids(library: "Recommender", ids: tuple[str, ...]) -> None:
    from recommender.verbs import fetch as fetching

    papers, skipped = fetching.fetch_ids(library, ids, fetching.fetcher_of(library.config, now=now, say=note))
    for paper in papers:
        click.echo(f"{paper.id}: {paper.title}")
    for reason in skipped:
        note(f"skipped {reason}")
    if not papers:
        sys.exit(1)
