"""How a library is: what is stored, what could not be brought up to date, since when and why."""

from dataclasses import dataclass
from datetime import date

from recommender.library import Recommender
from recommender.verbs import digest
from recommender.verbs.info import Info, info


@dataclass(frozen=True, slots=True)
class Stale:
    """A section, or category that is harvested, that the last attempt to fetch did not bring up to date."""

    target: str
    since: date
    reason: str
    fetched: date | None
    "day of the last fetch that worked"


@dataclass(frozen=True, slots=True)
class Status:
    """How a library is."""

    info: Info
    stale: tuple[Stale, ...]


def status(library: Recommender) -> Status:
    """Facts about a library, and what of config.toml's sections and categories is stale."""
    config = library.config
    targets = [
        *(section.title for section in config.sections),
        *(f"categories {name}" for name in config.fetch.categories),
    ]
    stale = []
    for target in targets:
        origin = digest.provenance(library.store, target, 0, None)
        if origin.stale_since:
            stale.append(Stale(target, origin.stale_since, origin.stale_reason, origin.fetched))
    return Status(info(library), tuple(stale))
