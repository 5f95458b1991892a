"""A DailyArXiv fork's papers and memory into the library."""

from recommender import archives
from recommender.dailyarxiv.migrate import Migration
from recommender.library import Recommender
from recommender.store import Added


def keep(library: Recommender, migration: Migration) -> Added:
    """Store what a fork has shown, with the days, so that the archive and the marks go on from there."""
    added = library.add(paper for paper in migration.papers.values() if not archives.flaw(paper, library.today))
    memory = library.store.memory
    for title, shown in migration.shown.items():
        memory.set_shown(title, {**shown, **memory.shown(title)})
    library.refresh()
    return added
