"""Nouns without I/O: arXiv ids, papers, and papers with a score. Everything else imports these."""

import re
from dataclasses import dataclass, replace
from datetime import date

from recommender.errors import InputError

_NEW_STYLE = re.compile(r"(\d{2})(0[1-9]|1[0-2])\.\d{4,5}", re.ASCII)
_OLD_STYLE = re.compile(r"([a-z]+(?:-[a-z]+)?)(?:\.[A-Za-z]+(?:-[A-Za-z]+)?)?/(\d{2}(?:0[1-9]|1[0-2])\d{3})", re.ASCII)
_PREFIX = re.compile(
    r"\s*(?:(?:https?://)?(?:[\w-]+\.)*arxiv\.org/(?:abs|pdf|html|format|ps|src|e-print)/"
    r"|(?:https?://)?(?:dx\.)?doi\.org/10\.48550/arxiv\."
    r"|10\.48550/arxiv\.|oai:arxiv\.org:|arxiv:)\s*",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"(?:\.pdf)?/?(?:[?#].*)?\s*\Z", re.IGNORECASE)
_VERSION = re.compile(r"v([1-9]\d{0,3})\Z")
_WITHDRAWN = re.compile(
    r"\b(?:paper|submission|article|manuscript|preprint|work|version|note|thesis|letter|it)\s+"
    r"(?:has\s+been|have\s+been|had\s+been|was|is(?:\s+being)?)\s+(?:\w+\s+){0,2}withdrawn\b"
    r"|^\W*(?:(?:temporarily|now)\s+)?withdrawn\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ArxivId:
    """An identifier taken apart: the id that all versions share, and the version where one was named."""

    id: str
    "`2407.16658` or `quant-ph/0201082`: no prefix, no version, no subject class"
    version: int | None = None
    "1, 2, ...; None where the text names no version"

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"

    @classmethod
    def parse(cls, text: str) -> "ArxivId":
        """Read an id, an `arXiv:` or `oai:` identifier, a DOI or an arxiv.org address; raises `InputError`."""
        bare = _SUFFIX.sub("", _PREFIX.sub("", text, count=1)).strip()
        found = _VERSION.search(bare)
        stem = bare[: found.start()] if found else bare
        old = _OLD_STYLE.fullmatch(stem)
        if old:
            stem = f"{old[1]}/{old[2]}"
        elif not _NEW_STYLE.fullmatch(stem):
            raise InputError(f"{text[:80]!r} is not an arXiv id; expected e.g. 2407.16658 or quant-ph/0201082")
        return cls(stem, int(found[1]) if found else None)


@dataclass(frozen=True, slots=True)
class Paper:
    """One arXiv paper as its newest known version describes it."""

    id: str
    "without version; old-style ids keep their slash"
    title: str
    "one line, white space collapsed, LaTeX as the authors wrote it"
    abstract: str
    "one line, white space collapsed"
    authors: tuple[str, ...] = ()
    "in the paper's order; empty where the source does not give them"
    categories: tuple[str, ...] = ()
    "arXiv categories, the primary one first; empty where the source does not give them"
    published: date | None = None
    "day of the first version"
    updated: date | None = None
    "day of this version; equal to `published` for a first version"
    version: int | None = None
    "1, 2, ...; None where the source does not say"
    comment: str = ""
    "the authors' comment, one line"

    @property
    def date(self) -> date:
        """The day of the version held here: what digests sort by and date filters look at.

        Where the source gives no day it is the first of the month in which the id was given out.
        """
        return self.updated or self.published or _month(self.id)

    @property
    def shown_date(self) -> str:
        """`date` for a reader: `2024-07-24`, or `2024-07` where only the id tells the time."""
        return self.date.isoformat() if self.updated or self.published else self.date.isoformat()[:7]

    @property
    def revised(self) -> bool:
        """Whether this is known to be a later version than the first."""
        if self.version is not None:
            return self.version > 1
        return self.published is not None and self.updated is not None and self.updated > self.published

    @property
    def withdrawn(self) -> bool:
        """Whether comment or abstract says so; arXiv has no flag for it."""
        return bool(_WITHDRAWN.search(self.comment) or _WITHDRAWN.search(self.abstract[:300]))

    @property
    def url(self) -> str:
        """The abstract page of exactly this version, or of the newest where the version is unknown."""
        return f"https://arxiv.org/abs/{ArxivId(self.id, self.version)}"


def _month(paper_id: str) -> date:
    digits = paper_id.rpartition("/")[2]
    year = int(digits[:2])
    return date(year + (1900 if year >= 91 else 2000), int(digits[2:4]), 1)  # arXiv began in 1991


def clean(text: str) -> str:
    """Text as the store keeps it: white space collapsed, control characters and lone surrogates dropped."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join("".join(c for c in line if c.isprintable() or (ord(c) > 0x9F and not _surrogate(c))).split())


def _surrogate(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"


def merge(old: Paper, new: Paper) -> Paper:
    """What is known after `new` was met with `old` stored: the later version wins, gaps are filled from the other.

    Versions decide where both are known, dates otherwise; at a tie the newly met text wins. `published` is the
    earliest day that either names.
    """
    if old.version is not None and new.version is not None and old.version != new.version:
        newer = new.version > old.version
    else:
        newer = new.date >= old.date
    first, second = (new, old) if newer else (old, new)
    same_version = first.version == second.version or first.date == second.date
    days = [day for day in (old.published, new.published) if day is not None]
    return replace(
        first,
        authors=first.authors or second.authors,
        categories=first.categories or second.categories,
        published=min(days, default=None),
        updated=first.updated or (second.updated if same_version else None),
        version=first.version if first.version is not None or not same_version else second.version,
        comment=first.comment or second.comment,
    )


@dataclass(frozen=True, slots=True)
class Scored:
    """A paper and how well it answers one query."""

    paper: Paper
    similarity: float
    "cosine between query and paper, -1 to 1; comparable within one query and one encoder only"
    relevance: float
    "0 to 100 percent: `similarity` calibrated against the whole index, see rank.py"
    closest: str = ""
    "id of the example paper that this one is most like; empty where the query has no examples"
