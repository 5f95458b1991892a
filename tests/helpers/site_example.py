"""A small site for the tests: the seed's 231 papers, and a static model with the real tokenizer and a narrow table."""

import shutil
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import safetensors.numpy

from recommender import embed
from recommender.archives import day_of
from recommender.dailyarxiv import read as dailyarxiv
from recommender.digest.model import Provenance, Section, arrange, compose
from recommender.paper import Paper, Scored
from recommender.site import Above, Feed, Site

SEED = dailyarxiv.parse((Path(__file__).parent.parent / "data" / "daily-papers.md").read_text("utf-8"))
DAY = date(2025, 11, 14)
NAMES = ("Byron", "Noether", "Łukasiewicz", "O'Neil", "van Dyck", "Erdős", "Gödel")
GOOD = Provenance("arXiv's query API", DAY, 5231, date(2025, 11, 13))
STALE = Provenance("arXiv's query API", date(2025, 11, 11), 5231, date(2025, 11, 10), date(2025, 11, 12), "it hung")


def static_model(folder: Path, *, dimensions: int = 24) -> Path:
    """A folder like recommender/model whose token vectors are random, but the same each time."""
    folder.mkdir(parents=True)
    for name in ("modules.json", "tokenizer.json", "config_sentence_transformers.json"):
        shutil.copy(embed.DEFAULT_MODEL / name, folder / name)
    table = np.random.default_rng(5).standard_normal((40_000, dimensions)).astype(np.float16)
    safetensors.numpy.save_file({"embedding.weight": table}, folder / "model.safetensors")
    return folder


def signed(paper: Paper) -> Paper:
    """The paper with two authors, which the seed's have not."""
    number = sum(map(ord, paper.id))
    return replace(paper, authors=(f"Ada {NAMES[number % 7]}", f"Emmy {NAMES[number % 5]}"))


def example(model: Path, *, most: int = 100) -> Site:
    """Three sections, one of them stale; a quarter of each met today; an archive of four days; neighbours."""
    encoder = embed.StaticEncoder(model)
    papers = tuple({paper.id: signed(paper) for part in SEED.sections for paper in part.papers[:most]}.values())
    vectors = encoder.encode_documents(papers)
    sections, shown = [], {}
    for part, provenance in zip(SEED.sections, (GOOD, STALE, GOOD), strict=True):
        met = [signed(paper) for paper in part.papers[:most]]
        scored = [Scored(paper, 0.9 - n / 1000, 99 - n / 4) for n, paper in enumerate(met)]
        memory = {paper.id: (paper.version, DAY - timedelta(days=n % 4)) for n, paper in enumerate(met)}
        sections.append(Section(part.title, part.title, arrange(scored, shown=memory, day=DAY, top=100), provenance))
        shown[part.title] = memory
    nearest = np.argsort(-(vectors @ vectors.T), axis=1, kind="stable")[:, 1:6]
    return Site(
        title="Video retrieval daily",
        digest=compose(DAY, sections),
        papers=papers,
        vectors=vectors,
        model=model,
        shown=shown,
        neighbours={
            paper.id: tuple(Scored(papers[int(n)], 0.5, 50) for n in row)
            for paper, row in zip(papers, nearest, strict=True)
        },
        feeds=(Feed("Atom feed", "feeds/all.atom", "application/atom+xml"),),
        home="https://github.com/example/papers",
        above={
            section.title: Above(len(section.rows) + 40, Counter(f"{day_of(row.paper):%Y-%m}" for row in section.rows))
            for section in sections
        },
    )
