"""The nouns of the site: what `pages` is given. Built from the digest's nouns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recommender.digest.model import Digest, Shown
from recommender.paper import Paper, Scored
from recommender.vectors import FloatArray


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that the pages point at."""

    title: str
    href: str
    "relative to the site's root"
    kind: str
    "media type, e.g. `application/atom+xml`"
    section: str = ""
    "title of the section it is about; empty: all of them"


@dataclass(frozen=True, slots=True)
class Above:
    """How many stored papers are above a section's cut, whether it shows them or not."""

    papers: int
    months: Mapping[str, int]
    "of the last two years: month, e.g. `2026-08` -> papers"


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that the pages say."""

    title: str
    digest: Digest
    papers: tuple[Paper, ...]
    "every paper that gets a page: those of the digest and, of the archive, as many as wanted; no id twice"
    vectors: FloatArray
    "(n, d) float32, unit rows: `papers`, then `more`, in order, by the static model in `model`"
    model: Path
    "folder of the static model that the search page runs"
    shown: Mapping[str, Shown] = field(default_factory=dict)
    "title of a section -> what it has ever shown, and since when: the archive"
    neighbours: Mapping[str, tuple[Scored, ...]] = field(default_factory=dict)
    "id -> the papers most like it, best first"
    feeds: tuple[Feed, ...] = ()
    home: str = ""
    "address of the repository; empty: none is linked"
    more: tuple[Paper, ...] = ()
    "papers that the search finds beside `papers`; they have no page of their own"
    above: Mapping[str, Above] = field(default_factory=dict)
    "by title; a section of the reader's likes has none"
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    "id of a paper -> titles of the sections above whose cut it is, shown there or not"
    stored: int = 0
    "papers in the library; 0: not known"
    whole: bool = False
    "whether the search finds all of them, but for those withdrawn"

    @property
    def covered(self) -> tuple[Paper, ...]:
        """Every paper that the search finds, in the order of `vectors`."""
        return (*self.papers, *self.more)
