"""A DailyArXiv fork's configuration, papers and memory into a new home."""

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from recommender import archives, config
from recommender.config import writing
from recommender.dailyarxiv.migrate import Migration, Room, room
from recommender.errors import InputError
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.progress import Progress, silent
from recommender.store import Added
from recommender.text_files import write_text
from recommender.verbs.imports import filling


def move(
    migration: Migration,
    config_path: Path,
    *,
    force: bool = False,
    today: date | None = None,
    progress: Progress = silent,
) -> tuple[Added, Room | None]:
    """Store what a fork has shown, then write config.toml, then make room in the fork's page if it is at home here.

    What can fail comes first: whoever is stopped on the way can simply run it again. Raises `InputError`.
    """
    text = migration.config
    settings = config.parse(tomllib.loads(text), folder=config_path.absolute().parent)
    place = room(migration, config_path.absolute().parent)
    if place:
        _writable(place.path)
    with Recommender(settings, write=True, today=today) as library:
        added = keep(library, migration, progress)
    writing.write(config_path, text, force=force)
    try:
        if place:
            write_text(place.path, place.text)
    except InputError:
        if not force:  # so that the next attempt does not ask for it
            config_path.unlink(missing_ok=True)
        raise
    return added, place


def keep(library: Recommender, migration: Migration, progress: Progress = silent) -> Added:
    """Store what a fork has shown, with the days, so that the archive and the marks go on from there."""
    sound = [paper for paper in migration.papers.values() if not archives.flaw(paper, library.today)]
    added = library.add(_told(filling(library, sound), progress))
    memory = library.store.memory
    for title, shown in migration.shown.items():
        memory.set_shown(title, {**shown, **memory.shown(title)})
    library.refresh()
    return added


def _told(papers: list[Paper], progress: Progress) -> Iterator[Paper]:
    for number, paper in enumerate(papers):
        progress("storing", number, len(papers))
        yield paper


def _writable(path: Path) -> None:
    try:
        with path.open("r+b"):
            pass
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error
