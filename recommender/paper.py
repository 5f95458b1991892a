"""Nouns without I/O: papers, their ids, and papers with a score. Everything else imports these."""

from dataclasses import dataclass, replace
from datetime import date

from recommender.withdrawal import is_withdrawn

MAX_VERSION = 200
"The highest version that is believed: of 366,000 papers none has had a hundred."


@dataclass(frozen=True, slots=True)
class PaperId:
    """An identifier taken apart: the id that all versions share, and the version where one was named."""

    id: str
    "as its archive writes it, without version: `2407.16658`; other archives than arXiv stand before it, `biorxiv:...`"
    version: int | None = None
    "1, 2, ...; None where the text names no version"

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as its newest known version describes it; `archives` knows its address and its day."""

    id: str
    "without version, see `PaperId`"
    title: str
    "one line, white space collapsed, LaTeX as the authors wrote it"
    abstract: str
    "one line, white space collapsed"
    authors: tuple[str, ...] = ()
    "in the paper's order; empty where the source does not give them"
    categories: tuple[str, ...] = ()
    "the archive's categories, the primary one first; empty where the source does not give them"
    published: date | None = None
    "day of the first version"
    updated: date | None = None
    "day of this version; equal to `published` for a first version"
    version: int | None = None
    "1, 2, ...; None where the source does not say"
    comment: str = ""
    "the authors' comment, one line"

    @property
    def revised(self) -> bool:
        """Whether this is known to be a later version than the first."""
        if self.version is not None:
            return self.version > 1
        return self.published is not None and self.updated is not None and self.updated > self.published

    @property
    def withdrawn(self) -> bool:
        """Whether title, abstract or comment says so; archives have no flag for it."""
        return is_withdrawn(self.title, self.abstract, self.comment)


def clean(text: str) -> str:
    """Text as the store keeps it: white space collapsed, control characters and lone surrogates dropped."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join("".join(c for c in line if c.isprintable() or (ord(c) > 0x9F and not _surrogate(c))).split())


def _surrogate(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"


def _day(paper: Paper) -> date:
    return paper.updated or paper.published or date.min


def _told(paper: Paper) -> int:
    """How much of what can be known of a paper is: what a list or a page copied is told by its gaps."""
    return sum(map(bool, (paper.abstract, paper.authors, paper.categories, paper.published, paper.version)))


def _prefers_new(old: Paper, new: Paper) -> bool:
    """Whether `new` is the better account of the paper: of a later version, or of the same one and no worse."""
    if old.version is not None and new.version is not None and old.version != new.version:
        return new.version > old.version
    if _day(old) != _day(new) and (old.version is None or old.version != new.version):
        return _day(new) > _day(old)
    if (old.title, old.abstract) == (new.title, new.abstract):
        return _day(new) >= _day(old)  # such as a comment that names the journal now
    return _told(new) > _told(old)


def merge(old: Paper, new: Paper) -> Paper:
    """What is known after `new` was met with `old` stored: the later version wins, gaps are filled from the other.

    Versions decide where both are known, dates otherwise. Of two different texts of one version the one that more
    is known with wins, else the one that is stored: no answer replaces good text without a new version. `published`
    is the earliest day that either names.
    """
    newer = _prefers_new(old, new)
    first, second = (new, old) if newer else (old, new)
    same_version = first.version == second.version or _day(first) == _day(second)
    days = [day for day in (old.published, new.published) if day is not None]
    return replace(
        first,
        abstract=first.abstract or second.abstract,
        authors=first.authors or second.authors,
        categories=first.categories or second.categories,
        published=min(days, default=None),
        updated=first.updated or (second.updated if same_version else None),
        version=first.version if first.version is not None or not same_version else second.version,
        comment=first.comment or second.comment,
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """The liked paper that another resembles most, where that is why the other is shown."""

    id: str
    title: str
    url: str
    "where it can be read; empty where that is not known"


@dataclass(frozen=True, slots=True)
class Scored:
    """A paper and how well it answers one query."""

    paper: Paper
    similarity: float
    "cosine between query and paper, -1 to 1; comparable within one query and one encoder only"
    relevance: float
    "0 to 100 percent: `similarity` calibrated for the query, see rank/calibration.py"
    like: str = ""
    "id of the example paper that this one is nearer to than to the query's words; empty where no example decided"
    because: Reason | None = None
    "the reader's like that brought it here; None where none did by itself"
    interest: int = 0
    "number of the question's interest that it suits best"
