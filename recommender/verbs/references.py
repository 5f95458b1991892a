"""References of other programs into a list of ratings: read, matched with papers, rated, each accounted for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from recommender.paper import Paper
from recommender.profile import formats, matching, mirror, zotero
from recommender.profile.entry import References
from recommender.profile.matching import How, Match
from recommender.store import Store
from recommender.store.encoding import salvage
from recommender.store.ratings import KINDS, Rated, Rating
from recommender.verbs.ratings import said_list

ZOTERO = "zotero:"
"What a source begins with that is no file."
_WORDS: dict[Rating, str] = {"like": "liked", "dislike": "disliked", "saved": "to be read", "done": "read"}
_ORDER: tuple[How, ...] = ("id", "DOI", "address", "title and year", "text", "nothing")


@dataclass(slots=True)
class Report:
    """What became of the entries of one source; the counts of `how`, the faults and `excluded` are all of them."""

    source: str
    list_name: str
    rating: Rating
    how: Counter[How] = field(default_factory=Counter)
    twice: int = 0
    "entries of a paper that an earlier entry of the source named"
    new: int = 0
    "ratings that the list did not have"
    known: int = 0
    "papers that the list had so rated already"
    otherwise: list[str] = field(default_factory=list)
    "ids that the list says something else of, which is left"
    queued: int = 0
    "papers among them that are not stored: the next fetch asks for them"
    excluded: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def used(self) -> bool:
        """Whether any entry stood for something that can be rated."""
        return bool(self.new + self.known + len(self.otherwise))

    @property
    def entries(self) -> int:
        """How many entries there were."""
        return sum(self.how.values()) + len(self.faults) + self.excluded

    def lines(self, *, dry_run: bool) -> Iterator[str]:
        """The report for a reader."""
        matched = ", ".join(f"{self.how[how]:,} by {how}" for how in _ORDER[:4] if self.how[how])
        named = f" ({matched})" if matched else ""
        excluded = f", {self.excluded:,} excluded" if self.excluded else ""
        yield (
            f"{self.source}: {self.entries:,} entries; {sum(self.how[how] for how in _ORDER[:4]):,} papers{named}, "
            f"{self.how['text']:,} not on arXiv (used by their abstract), {self.how['nothing']:,} not on arXiv and "
            f"without an abstract (not used), {len(self.faults):,} faulty{excluded}"
        )
        would = "would be " if dry_run else ""
        yield (
            f"{would}{_WORDS[self.rating]} in {said_list(self.list_name)}: {self.new:,} new, {self.known:,} known "
            f"already, {self.twice:,} named twice, {len(self.otherwise):,} rated otherwise and left"
        )
        if self.queued:
            yield f"{self.queued:,} of them are not stored; the next fetch asks for them"
        yield from self.notes


def take(
    store: Store,
    source: str,
    rating: Rating,
    list_name: str,
    now: datetime,
    *,
    exclude: Sequence[str] = (),
    dry_run: bool = False,
) -> Report:
    """Rate all that a file, or `zotero:COLLECTION`, refers to; raises `InputError` where it cannot be read.

    What the list says already is never changed: importing twice changes nothing.
    """
    references, name = _read(source, exclude)
    matches = matching.match(references.entries, _titles(store, references))
    report = Report(name, list_name, rating, Counter(match.how for match in matches))
    report.excluded, report.faults = references.excluded, list(references.faults)
    report.notes = [f"{name}: {note}" for note in references.notes]
    rated = _rated(matches, report, now)
    before = store.ratings.about(list_name, [each.id for each in rated])
    fresh: list[Rated] = []
    for each in rated:
        old = before.get((each.id, each.kind))
        if old and old.rating == rating:
            report.known += 1
        elif old and old.rating:
            report.otherwise.append(each.id)
        else:
            fresh.append(each)
    stored = store.papers.rows(each.id for each in fresh)
    report.new = len(fresh)
    report.queued = sum(each.id not in stored and not each.id.startswith("text:") for each in fresh)
    if not dry_run:
        store.ratings.enter(fresh)
    return report


def _read(source: str, exclude: Sequence[str]) -> tuple[References, str]:
    if source.startswith(ZOTERO):
        return zotero.read(source.removeprefix(ZOTERO).strip(), exclude=exclude), source
    return formats.read(Path(source)), Path(source).name


def _titles(store: Store, references: References) -> dict[str, list[Paper]]:
    """The stored papers of the titles that have no id; the papers are read only where there are such."""
    wanted = matching.wanted_titles(references.entries)
    if not wanted:
        return {}
    readable = (paper for record in store.papers.every_record() if (paper := salvage(record[1:10])[0]))
    return matching.by_title(readable, wanted)


def _rated(matches: Sequence[Match], report: Report, now: datetime) -> list[Rated]:
    """One rating for each paper or text that the entries stand for."""
    found: dict[str, Rated] = {}
    for match in matches:
        if match.how == "nothing":
            continue
        entry, kind = match.entry, KINDS[report.rating]
        key = match.id or mirror.text_key(entry.title)
        if key in found:
            report.twice += 1
            continue
        found[key] = Rated(report.list_name, key, kind, report.rating, now, report.source, entry.title, entry.abstract)
    return list(found.values())
