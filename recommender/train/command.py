"""What `recommend train` does: check the papers, make the corpus, train, measure, write the folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from recommender import embed
from recommender.errors import InputError
from recommender.paper import Paper
from recommender.progress import Progress, silent
from recommender.rank import background
from recommender.train import folder, loop
from recommender.train.corpus import Corpus, build
from recommender.train.lessons import asked_for
from recommender.vectors import FloatArray, IntArray

FEWEST = 5000
"Papers; with fewer, a batch has no negatives worth the name."
_SAVE_EVERY = 200
_TEACHERS_SHARE = 0.6
_LESSON = 1000
"Tokens the teacher embeds at once."


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may choose."""

    start: str = "default"
    "model folder whose token vectors are trained on; `default`; `teacher` for its vectors of new ones; or `none`"
    steps: int = 800
    batch: int = 2048
    rate: float = 0.003
    seed: int = 0
    vocabulary: int = 30_000
    "entries of a new tokenizer; only with start `none` or `teacher`"
    dimensions: int = 256
    "only with start `none` or `teacher`"
    taught: int = 20_000
    "papers whose similarities a teacher shows, where there is one"
    teaching: float = 3
    "weight of what the teacher says"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training."""

    papers: int
    held_out: int
    before: float
    "mean reciprocal rank of held-out abstracts by their titles, at the start"
    after: float


def train(
    papers: Sequence[Paper],
    out: Path,
    settings: Settings,
    *,
    teacher: embed.Encoder | None = None,
    origin: str = "",
    progress: Progress = silent,
) -> Outcome:
    """Train a static model on papers into the folder `out`; raises `InputError` when they are too few.

    Pairs that should be near: title and abstract, two parts of an abstract, two papers that share two authors; the
    rest of a batch, mostly of the same categories, should be far (InfoNCE). With a teacher, similarities among papers
    should also be like its own. Interrupted, the same call goes on from `out`/checkpoint.pt.
    What the teacher said is kept in `out`/teacher, so that other settings can be tried without asking again.
    """
    if len(papers) < FEWEST:
        raise InputError(
            f"{len(papers):,} papers are too few to learn from; bring at least {FEWEST:,} "
            "(`recommend import`, or --from with JSON lines), or keep the model that comes with the package"
        )
    if settings.start == "teacher" and (teacher is None or teacher.dimensions < settings.dimensions):
        has = f"{teacher.identity} has {teacher.dimensions}" if teacher else "none is named"
        raise InputError(f"--start teacher needs a --teacher of at least {settings.dimensions} dimensions; {has}")
    out.mkdir(parents=True, exist_ok=True)
    tokenizer, table = _start(papers, settings)
    corpus = build(papers, tokenizer, lambda done, of: progress("tokenising", done, of, unit="texts"))
    if table is None:
        directions = (
            _taught_directions(tokenizer, teacher, settings.dimensions, progress)
            if teacher and settings.start == "teacher"
            else folder.random_directions(tokenizer.get_vocab_size(), settings.dimensions, settings.seed)
        )
        table = folder.weighted(directions, _frequencies(corpus, len(directions)))
    lessons = _lessons(papers, corpus, teacher, settings.taught, out / "teacher", progress) if teacher else None
    batch = min(settings.batch, len(corpus.learnt) // 4)
    teaching = settings.teaching if lessons else 0.0
    share = 1.0 if settings.start == "none" else _TEACHERS_SHARE
    plan = loop.Plan(settings.steps, batch, settings.rate, settings.seed, teaching, share)
    before = loop.held_out_rank(corpus, table)
    trained = loop.run(
        corpus,
        table,
        plan,
        lessons,
        checkpoint=out / "checkpoint.pt",
        save_every=_SAVE_EVERY,
        progress=progress,
    )
    report = Outcome(len(papers), len(corpus.held_out), before, loop.held_out_rank(corpus, trained))
    card = _card(report, corpus, settings, plan, teacher, origin)
    folder.write(out, tokenizer, trained, card)
    folder.write_background(out, embed.StaticEncoder(out).encode_documents(background.texts()))
    (out / "checkpoint.pt").unlink(missing_ok=True)
    return report


def _start(papers: Sequence[Paper], settings: Settings) -> tuple[Tokenizer, FloatArray | None]:
    if settings.start in ("none", "teacher"):
        texts = (f"{paper.title}. {paper.abstract}" for paper in papers)
        return folder.new_tokenizer(texts, settings.vocabulary), None
    return folder.read(embed.folder_of(settings.start))


def _taught_directions(tokenizer: Tokenizer, teacher: embed.Encoder, dimensions: int, progress: Progress) -> FloatArray:
    """What a teacher makes of every token by itself, in fewer dimensions."""
    names = [name.removeprefix("##") for name, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    tokens = [Paper("", title=name, abstract="") for name in names]  # a query that is no word would be refused
    parts = []
    for start in range(0, len(tokens), _LESSON):
        parts.append(teacher.encode_documents(tokens[start : start + _LESSON]))
        progress("asking the teacher", start + len(parts[-1]), len(tokens), unit="tokens")
    return folder.reduced(np.concatenate(parts), dimensions)


def _frequencies(corpus: Corpus, size: int) -> IntArray:
    counted = np.bincount(corpus.titles.ids, minlength=size) + np.bincount(corpus.abstracts.ids, minlength=size)
    return counted.astype(np.int64)


def _lessons(
    papers: Sequence[Paper], corpus: Corpus, teacher: embed.Encoder, taught: int, kept: Path, progress: Progress
) -> loop.Lessons:
    """What a teacher makes of some of the papers to learn from."""
    rows = corpus.learnt[:taught]
    return loop.Lessons(rows, asked_for([papers[row] for row in rows], teacher, kept, progress))


def _card(
    report: Outcome, corpus: Corpus, settings: Settings, plan: loop.Plan, teacher: embed.Encoder | None, origin: str
) -> str:
    start = (
        f"a new vocabulary of {settings.vocabulary:,} WordPiece entries, {settings.dimensions} "
        + ("random numbers each" if settings.start == "none" else "components each of the teacher's vector of it alone")
        if settings.start in ("none", "teacher")
        else f"the token vectors of `{settings.start}`"
    )
    taught = (
        f"\n* Teacher: `{teacher.identity}`, similarities among {min(settings.taught, len(corpus.learnt)):,} papers, "
        f"weight {plan.teaching:g}, {plan.share:.0%} of what is learnt; the rest are the start's own.\n"
        "  Its vectors are kept in `teacher/` for another training; nothing else needs them"
        if teacher
        else ""
    )
    return f"""# A static embedding model for scientific papers

Made by `recommend train`. It loads in sentence-transformers (`SentenceTransformer(folder)`) and, without torch, by
naming the folder in config.toml: `[embedding] model = "folder"`.

* Data: {report.papers:,} papers{f" from {origin}" if origin else ""}; {report.held_out:,} of them held out;
  {len(corpus.authors):,} pairs of papers that share two authors
* Start: {start}
* Recipe: InfoNCE over pairs of title and abstract, parts of abstracts, and papers by the same authors;
  {plan.steps:,} steps of {plan.batch:,} pairs, Adam, rate {plan.rate:g}, seed {plan.seed}{taught}
* Held-out titles find their abstracts among {report.held_out:,}: mean reciprocal rank {report.before:.3f} before,
  {report.after:.3f} after

An index made with another model must be made anew: `recommend index --rebuild`.
"""
