"""The site of a digest: gathered from the library, rendered, written."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from recommender import embed, site
from recommender.config import Config
from recommender.digest.model import Digest, slugs
from recommender.index import Index
from recommender.library import Recommender
from recommender.paper import Paper, Scored
from recommender.progress import Progress, silent
from recommender.site import Feed, Site, Written
from recommender.store import Store
from recommender.vectors import FloatArray

Memory = dict[str, dict[str, tuple[int | None, date]]]


def write(library: Recommender, made: Digest, progress: Progress = silent) -> Written:
    """Write the pages of a digest and of the archive where config.toml wants them; raises `InputError`."""
    store, config = library.store, library.config
    settings = config.site
    shown: Memory = {title: store.memory.shown(title) for title in store.memory.sections()}
    papers = _papers(made, shown, store, settings.papers)
    folder = config.resolve(config.embedding.model)
    model = folder if embed.is_static(folder) else embed.DEFAULT_MODEL
    whole = Site(
        title=settings.title,
        digest=made,
        papers=papers,
        vectors=_vectors(papers, embed.StaticEncoder(model), progress),
        model=model,
        shown=shown,
        neighbours=_neighbours(papers, store, library.index, settings.neighbours, progress),
        feeds=_feeds(made, config),
        home=settings.home,
    )
    bounds = config.bounds(settings.path, folder=True)
    return site.write(config.resolve(settings.path), site.render(whole), within=bounds)


def _papers(made: Digest, shown: Memory, store: Store, most: int) -> tuple[Paper, ...]:
    """The papers of the digest, then the latest shown of the archive, up to `most`."""
    papers = {row.paper.id: row.paper for section in made.sections for row in section.rows}
    days: dict[str, date] = {}
    for memory in shown.values():
        for paper_id, (_, day) in memory.items():
            days[paper_id] = max(day, days.get(paper_id, day))
    stored = store.papers.rows(days.keys() - papers.keys())
    latest = sorted(stored, key=lambda paper_id: (days[paper_id], paper_id), reverse=True)[: max(most - len(papers), 0)]
    archived = store.papers.get(latest)
    return (*papers.values(), *(archived[paper_id] for paper_id in latest))


def _vectors(papers: Sequence[Paper], encoder: embed.Encoder, progress: Progress) -> FloatArray:
    """What the search on the pages compares a question with: (n, d) float32."""
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
    for row, vector in zip(*store.vectors.sound(list(names)), strict=True):
        paper_id = names[int(row)]
        nearest, cosines = index.search(vector, number + 1)
        scored = [Scored(p, float(cosine), 0.0) for p, cosine in zip(store.papers.at(nearest), cosines, strict=True)]
        found[paper_id] = tuple(near for near in scored if near.paper.id != paper_id)[:number]
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
