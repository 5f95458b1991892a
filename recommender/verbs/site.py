"""The site of a digest: gathered from the library, rendered, written."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from itertools import chain, islice, zip_longest
from pathlib import Path

import numpy as np

from recommender import embed, site
from recommender.config import Config
from recommender.digest.model import Digest, slugs
from recommender.errors import InputError
from recommender.index import Index
from recommender.library import Recommender
from recommender.paper import Paper, Scored
from recommender.progress import Progress, silent
from recommender.site import Above, Feed, Site, Written
from recommender.store import Filter, Store
from recommender.vectors import FloatArray
from recommender.verbs import digest as sections

_SPARE = 200
"Papers looked at beyond those that the search is to find, in case that some are withdrawn or cannot be read."
_EFFORT = 0.25
"Of a search, for similar papers: it finds 99.6 % of the eight most similar among 366,063, in a fourth of the time."
_AT_ONCE, _FEW = 1000, 4
"Papers whose similar ones are looked for at once; papers beyond those wanted: itself, and what cannot be read."

Rows = dict[str, list[int]]
"title of a section -> rows of all papers above its cut, best first"
Memory = dict[str, dict[str, tuple[int | None, date]]]


def write(library: Recommender, made: Digest, progress: Progress = silent) -> Written:
    """Write the pages of a digest and of the archive where config.toml wants them; raises `InputError`."""
    with library.store.snapshot():
        whole = _gathered(library, made, progress)
    config = library.config
    bounds = config.bounds(config.site.path, folder=True)
    return site.write(config.resolve(config.site.path), site.render(whole), within=bounds)


def _gathered(library: Recommender, made: Digest, progress: Progress) -> Site:
    """All that the pages say."""
    store, config = library.store, library.config
    settings = config.site
    shown: Memory = {title: store.memory.shown(title) for title in store.memory.sections()}
    papers = _papers(made, shown, store, settings.papers)
    folder = config.resolve(config.embedding.model)
    model = folder if embed.is_static(folder) else embed.DEFAULT_MODEL
    above = _above(library, made)
    more = _more(papers, above, store, settings.covers, withdrawn=config.digest.withdrawn)
    return Site(
        title=settings.title,
        digest=made,
        papers=papers,
        vectors=_vectors(library, (*papers, *more), model, progress),
        model=model,
        shown=shown,
        neighbours=_neighbours(papers, store, library.index, settings.neighbours, progress),
        feeds=_feeds(made, config),
        home=settings.home,
        more=more,
        above=_counted(above, made.day, store),
        topics=_topics((*papers, *more), above, store),
        stored=len(store),
        whole=len(papers) + len(more) < settings.covers,
    )


def _above(library: Recommender, made: Digest) -> Rows:
    """The papers above each section's cut, shown or not; none of a section whose query the model cannot read."""
    found: Rows = {}
    for section in library.config.sections:
        with suppress(InputError):
            question, only = sections.question_of(library, section), sections.filter_of(section, made.day)
            rows, odds = library.above(question, only, sections.least_of(library, section))
            found[section.title] = rows[np.argsort(-odds, kind="stable")].tolist()
    return found


def _counted(above: Rows, day: date, store: Store) -> dict[str, Above]:
    """How many papers are above each cut, and how many of them are of each of the last months."""
    days = store.papers.days(Filter(since=date(day.year - 2, day.month, 1)))
    months = {day: date.fromordinal(day).isoformat()[:7] for day in set(days.values())}
    return {
        title: Above(len(rows), Counter(months[days[row]] for row in rows if row in days))
        for title, rows in above.items()
    }


def _topics(papers: Sequence[Paper], above: Rows, store: Store) -> dict[str, tuple[str, ...]]:
    """The sections above whose cut each paper is."""
    titles: dict[int, list[str]] = defaultdict(list)
    for title, rows in above.items():
        for row in rows:
            titles[row].append(title)
    numbers = store.papers.rows(paper.id for paper in papers)
    return {paper_id: tuple(titles[row]) for paper_id, row in numbers.items() if row in titles}


def _more(papers: Sequence[Paper], above: Rows, store: Store, most: int, *, withdrawn: bool) -> tuple[Paper, ...]:
    """What the search finds beside the papers with pages: the best of each section in turn, then the newest."""
    room = max(most - len(papers), 0)
    known = set(store.papers.rows(paper.id for paper in papers).values())
    turns = chain.from_iterable(zip_longest(*above.values()))
    wanted = list(dict.fromkeys(row for row in turns if row is not None and row not in known))[: room + _SPARE]
    if len(wanted) < room:
        every = store.papers.every_row()
        latest = every[store.papers.newest_among(every, most + _SPARE)].tolist()
        wanted = list(dict.fromkeys([*wanted, *(row for row in latest if row not in known)]))
    read = store.papers.readable(wanted[: room + _SPARE])
    found = (read[row] for row in wanted if row in read)
    return tuple(islice((paper for paper in found if withdrawn or not paper.withdrawn), room))


def _papers(made: Digest, shown: Memory, store: Store, most: int) -> tuple[Paper, ...]:
    """The papers of the digest, the best of each section first, then the latest shown of the archive, up to `most`."""
    turns = chain.from_iterable(zip_longest(*(section.rows for section in made.sections)))
    papers = {row.paper.id: row.paper for row in turns if row is not None}
    days: dict[str, date] = {}
    for memory in shown.values():
        for paper_id, (_, day) in memory.items():
            days[paper_id] = max(day, days.get(paper_id, day))
    stored = store.papers.rows(days.keys() - papers.keys())
    latest = sorted(stored, key=lambda paper_id: (days[paper_id], paper_id), reverse=True)[: max(most - len(papers), 0)]
    archived = store.papers.get(latest)
    return (*papers.values(), *(archived[paper_id] for paper_id in latest))


def _vectors(library: Recommender, papers: Sequence[Paper], model: Path, progress: Progress) -> FloatArray:
    """What the search on the pages compares a question with: (n, d) float32, those of the index where they will do."""
    encoder = embed.StaticEncoder(model)
    if encoder.identity == library.encoder.identity:
        return library.papers(papers) if papers else np.empty((0, encoder.dimensions), np.float32)
    parts = [np.empty((0, encoder.dimensions), np.float32)]
    for _, vectors in embed.in_batches(papers, encoder):
        parts.append(vectors)
        progress("embedding", sum(map(len, parts)), len(papers))
    return np.concatenate(parts)


def _neighbours(
    papers: Sequence[Paper], store: Store, index: Index, number: int, progress: Progress
) -> dict[str, tuple[Scored, ...]]:
    """The papers most like each, itself aside; those without a vector of the index have none."""
    if not number:
        return {}
    names = {row: paper_id for paper_id, row in store.papers.rows(paper.id for paper in papers).items()}
    found: dict[str, tuple[Scored, ...]] = {}
    rows, vectors = store.vectors.sound(list(names))
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE].tolist()
        answers = index.search_each(vectors[first : first + _AT_ONCE], number + _FEW, effort=_EFFORT)
        near = store.papers.readable(np.unique(np.concatenate([nearest for nearest, _ in answers])))
        for row, (nearest, cosines) in zip(some, answers, strict=True):
            places = [
                (near[other], cosine)
                for other, cosine in zip(nearest.tolist(), cosines, strict=True)
                if other != row and other in near
            ]
            found[names[row]] = tuple(Scored(paper, float(cosine), 0.0) for paper, cosine in places[:number])
        progress("looking for similar papers", len(found), len(names))
    return found


def _feeds(made: Digest, config: Config) -> tuple[Feed, ...]:
    """Links to the feeds, if they lie inside the site's folder."""
    folder, inside = config.resolve(config.site.path).resolve(), config.resolve(config.feeds.path).resolve()
    if not config.feeds.path or not inside.is_relative_to(folder):
        return ()
    path = inside.relative_to(folder)
    names = slugs([section.title for section in made.sections])
    kinds = (("Atom feed", "atom", "application/atom+xml"), ("JSON feed", "json", "application/feed+json"))
    return tuple(
        Feed(kind, _address(path, f"{name}.{suffix}"), media, title)
        for title, name in (("", "all"), *names.items())
        for kind, suffix, media in kinds
    )


def _address(path: Path, name: str) -> str:
    return (path / name).as_posix()
