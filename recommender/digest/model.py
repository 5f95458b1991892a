"""The nouns of the digest, and what follows from them without a format: marks, pointers, names of files."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from recommender.archives import day_of
from recommender.paper import Paper, Scored

Mark = Literal["new", "revised", ""]
Column = Literal["title", "authors", "date", "relevance", "abstract", "comment", "categories"]
Shown = Mapping[str, tuple[int | None, date]]
"What a section has shown so far: id -> (version, day on which that version was first shown)."

_TAKEN = {"readme", "index", "all"}


@dataclass(frozen=True, slots=True)
class Row:
    """One paper in one section."""

    scored: Scored
    mark: Mark = ""
    "`new`: first shown by this day's digest; `revised`: the same, of a version later than the first"
    elsewhere: str = ""
    "title of the section that shows this paper in full; empty: this one does"
    rank: int = 0
    "1 for the section's best answer, whatever the rows are sorted by; 0: not known"
    since: date | None = None
    "day on which a digest first showed this version in this section; None: not known"

    @property
    def paper(self) -> Paper:
        """The paper of this row."""
        return self.scored.paper


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a section's papers come from, and whether the last attempt to fetch worked."""

    source: str = ""
    "what answered last, in words for a reader, e.g. `arXiv's query API`; empty: nothing has yet"
    fetched: date | None = None
    "day of the last fetch that passed its checks; None: there was none"
    candidates: int = 0
    "stored papers that pass the section's filter"
    newest: date | None = None
    "day of the newest of them"
    stale_since: date | None = None
    "day of the first failed fetch since `fetched`; None: the last fetch worked, or none was tried"
    stale_reason: str = ""
    "why the last fetch failed, in one clause"
    stored: int = 0
    "stored papers, whatever the filter"
    filter: str = ""
    "the section's filter as config.toml has it; empty: none"


@dataclass(frozen=True, slots=True)
class Section:
    """One topic of the digest, its rows in the order in which they are shown."""

    title: str
    query: str
    rows: tuple[Row, ...] = ()
    provenance: Provenance = Provenance()
    first: bool = False
    "whether no earlier day's digest has shown this section, so that nothing in it is marked"
    columns: tuple[Column, ...] = ()
    "columns of its table, in order; empty: the digest's"
    problems: tuple[str, ...] = ()
    "what in config.toml this section could not do, a clause each, such as an example that is not stored"

    @property
    def barred(self) -> bool:
        """Whether papers are stored and the section's filter admits none of them."""
        return bool(self.provenance.stored and self.provenance.filter and not self.provenance.candidates)

    def marked(self, mark: Mark) -> int:
        """How many rows carry this mark."""
        return sum(row.mark == mark for row in self.rows)


@dataclass(frozen=True, slots=True)
class Digest:
    """All sections as of one day."""

    day: date
    sections: tuple[Section, ...] = ()

    @property
    def papers(self) -> int:
        """How many papers it holds, each counted once."""
        return len({row.paper.id for section in self.sections for row in section.rows})

    @property
    def counted(self) -> str:
        """How large it is, in words: papers, sections, and rows where a paper stands in several sections."""
        papers, places, sections = self.papers, sum(len(section.rows) for section in self.sections), len(self.sections)
        counts = f"{papers:,} {'paper' if papers == 1 else 'papers'} in {sections:,} section{'s' * (sections != 1)}"
        return counts if places == papers else f"{counts} ({places:,} places)"

    @property
    def news(self) -> int:
        """How many papers are new or revised, each counted once."""
        return len({row.paper.id for section in self.sections for row in section.rows if row.mark})


def arrange(
    papers: Sequence[Scored],
    *,
    shown: Shown,
    day: date,
    top: int,
    sort: Literal["relevance", "date"] = "relevance",
) -> tuple[Row, ...]:
    """The rows of a section, from its papers in the order of their rank: the best `top`, or sorted by date the newest.

    Papers of one day keep the order of their rank.
    """
    ranked = list(enumerate(papers, 1))
    if sort == "date":
        ranked.sort(key=lambda item: day_of(item[1].paper), reverse=True)
    kept = [scored for _, scored in ranked[:top]]
    known = remember(shown, [scored.paper for scored in kept], day)
    first = is_first(shown, day)

    def mark(paper: Paper) -> Mark:
        if first or known[paper.id][1] != day:  # where all is new, the word says nothing
            return ""
        return "revised" if paper.revised else "new"

    rows = [
        Row(scored, mark(scored.paper), rank=rank, since=known[scored.paper.id][1]) for rank, scored in ranked[:top]
    ]
    return tuple(rows)


def is_first(shown: Shown, day: date) -> bool:
    """Whether a section has shown nothing before `day`."""
    return all(since >= day for _, since in shown.values())


def remember(shown: Shown, papers: Iterable[Paper], day: date) -> dict[str, tuple[int | None, date]]:
    """`shown`, brought up to `day`: unchanged when called again, and nothing is ever forgotten."""
    known = dict(shown)
    for paper in papers:
        version, since = known.get(paper.id, (None, None))
        if since is None or (version is not None and paper.version is not None and paper.version != version):
            known[paper.id] = (paper.version, day)
        elif version is None:
            known[paper.id] = (paper.version, since)
    return known


def compose(day: date, sections: Sequence[Section], *, duplicates: Literal["pointer", "repeat"] = "pointer") -> Digest:
    """A digest of `sections`, in which a paper carries the same mark wherever it stands.

    It is new only if no section has shown it before. With `pointer` it is in full only where it ranks best, at a tie
    where it is more relevant, then in the earlier section; all others point there.
    """
    placed = [(number, row) for number, section in enumerate(sections) for row in section.rows]
    before = {row.paper.id for _, row in placed if row.since and row.since < day}
    marks = {row.paper.id: row.mark for _, row in placed if row.mark and row.paper.id not in before}
    home: dict[str, tuple[int, float, int]] = {}
    for number, row in placed:
        claim = (row.rank, -row.scored.relevance, number)
        home[row.paper.id] = min(claim, home.get(row.paper.id, claim))

    def settled(number: int, row: Row) -> Row:
        best = home[row.paper.id][2]
        elsewhere = sections[best].title if duplicates == "pointer" and best != number else ""
        return replace(row, mark=marks.get(row.paper.id, ""), elsewhere=elsewhere)

    return Digest(
        day,
        tuple(
            replace(section, rows=tuple(settled(number, row) for row in section.rows))
            for number, section in enumerate(sections)
        ),
    )


def slugs(titles: Sequence[str]) -> dict[str, str]:
    """A name for each section that is safe in paths and fragments: lower-case ASCII, at most 60 characters.

    It depends on the title alone unless two titles collide, when a hash of the title tells them apart.
    """
    plain = {title: _plain_slug(title) for title in titles}
    count = Counter(plain.values())
    return {
        title: slug
        if slug and count[slug] == 1 and slug not in _TAKEN
        else f"{slug or 'section'}-{hashlib.sha256(title.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
        for title, slug in plain.items()
    }


def _plain_slug(title: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:50].strip("-")
