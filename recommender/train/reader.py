"""What `recommend train --reader` does: make questions, ask the teacher, train, measure, write the file."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy

from recommender import embed
from recommender.embed import StaticEncoder, bert
from recommender.embed.reader import FILE, LONGEST, PLACES, SCALES, WORDS, Reader
from recommender.embed.transformer import TransformerEncoder
from recommender.errors import InputError
from recommender.paper import Paper
from recommender.progress import Progress, silent
from recommender.train import folder, reading
from recommender.train.lessons import asked_for
from recommender.train.questions import Pair, Questions, first_sentence
from recommender.vectors import FloatArray

FEWEST = 5000
"Papers; with fewer, nothing worth the name can be learnt."
_SAVE_EVERY = 50
_FIRST_CHARACTERS = 300
"Of an abstract, as the teacher sees it: it would take four times as long for all."
_MOST_HELD_OUT = 2000
SHARE = 0.7
"The projection's weight in a question's vector; the card in embed/model compares."


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """What a user may choose."""

    start: str = "default"
    "folder of the static model that is read for"
    steps: int = 1000
    batch: int = 256
    rate: float = 0.00015
    seed: int = 0
    taught: int = 40_000
    "papers whose order a teacher shows"
    frozen: int = 3
    "layers that stay as they are"


@dataclass(frozen=True, slots=True)
class ReaderOutcome:
    """What came of a training."""

    papers: int
    pairs: int
    before: float
    "mean reciprocal rank of papers that were held out, by a sentence of theirs, as the static model reads it"
    after: float


def train_reader(
    papers: Sequence[Paper],
    out: Path,
    settings: ReaderSettings,
    *,
    teacher: embed.Encoder | None,
    pairs: Sequence[tuple[str, Paper]] = (),
    progress: Progress = silent,
) -> ReaderOutcome:
    """Train a reader for questions from the transformer `teacher` into the folder `out`, which holds its static model.

    A folder that holds none yet is given a copy of `settings.start`. Raises `InputError` where the papers are too few
    or there is no transformer to start from. Interrupted, the same call goes on from `out`/checkpoint.pt.
    """
    if len(papers) < FEWEST:
        raise InputError(f"{len(papers):,} papers are too few to learn from; bring at least {FEWEST:,}")
    if not isinstance(teacher, TransformerEncoder):
        raise InputError("a reader starts from a transformer; name one, e.g. --teacher all-MiniLM-L6-v2")
    parts, static = teacher.bert(), _static(out, settings.start)
    order = np.random.default_rng(settings.seed).permutation(len(papers))
    number = min(len(papers) // 20, _MOST_HELD_OUT)
    held_out, learnt = ([papers[place] for place in some] for some in (order[:number], order[number:]))
    learnt, written = _joined(learnt, pairs)
    numbers = np.arange(min(settings.taught, len(learnt)))
    pool = reading.Pool(
        numbers,
        _static_vectors([learnt[place] for place in numbers], static, progress),
        asked_for([_beginning(learnt[place]) for place in numbers], teacher, out / "teacher", progress),
    )
    network = reading.Network(parts.weights, parts.heads, static.dimensions, settings.frozen)
    tokens = bert.Tokens(parts.vocabulary)
    plan = reading.Plan(settings.steps, settings.batch, settings.rate, settings.seed, settings.frozen)
    checkpoint = out / "checkpoint.pt"
    questions = Questions(learnt, written)
    trained = reading.run(
        network, questions, pool, static, tokens, plan, checkpoint=checkpoint, save_every=_SAVE_EVERY, progress=progress
    )
    write(out / FILE, parts, {name: weight.numpy() for name, weight in trained.items()}, static.identity)
    reader = Reader.beside(static)
    if reader is None:
        raise InputError(f"{out}: lost its model or its reader while it trained; do not change it meanwhile")
    sentences = [(sentence, rest) for paper in held_out for sentence, rest in [first_sentence(paper)] if rest]
    rests = static.encode_texts([rest for _, rest in sentences])
    asking = [sentence for sentence, _ in sentences]
    checkpoint.unlink(missing_ok=True)
    before, after = (_rank(one(asking), rests) for one in (static.encode_texts, reader.queries))
    return ReaderOutcome(len(papers), len(written), before, after)


def write(path: Path, parts: bert.BertParts, trained: Mapping[str, FloatArray], model: str) -> None:
    """Write what `embed.Reader` reads: matrices as bytes and a scale a row, the rest as they are."""
    tensors: dict[str, npt.NDArray[Any]] = {"vocabulary": np.frombuffer("\n".join(parts.vocabulary).encode(), np.uint8)}
    for name, weight in {**parts.weights, **trained}.items():
        if name == WORDS or (name.startswith(bert.LAYER) and weight.ndim == 2):
            tensors[name], tensors[name + SCALES] = bert.packed(weight)
        elif name == PLACES:
            tensors[name] = np.ascontiguousarray(weight[:LONGEST])
        elif weight.dtype == np.float32 and not name.startswith("pooler."):
            tensors[name] = np.ascontiguousarray(weight)
    layers = 1 + max(int(name.split(".")[2]) for name in tensors if name.startswith(bert.LAYER))
    described = {"model": model, "heads": str(parts.heads), "layers": str(layers), "share": f"{SHARE:g}"}
    data = safetensors.numpy.save(tensors, metadata=described)  # save_file would let nobody else read it
    beside = path.with_suffix(".new")
    beside.write_bytes(data)
    beside.replace(path)


def _static(out: Path, start: str) -> StaticEncoder:
    """The static model in a folder, copied there from `start` where it holds none; raises `ModelError`."""
    if not embed.is_static(out):
        folder.read(embed.folder_of(start))  # raises where it is no static model
        shutil.copytree(embed.folder_of(start), out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(FILE, "*.md"))
    return StaticEncoder(out)


def _joined(papers: Sequence[Paper], pairs: Sequence[tuple[str, Paper]]) -> tuple[list[Paper], list[Pair]]:
    """Papers with those of the pairs among them, and the pairs by numbers: a question's papers all at once."""
    every = list(papers)
    numbers = {paper.id: number for number, paper in enumerate(every)}
    answers: dict[str, list[int]] = {}
    for text, paper in pairs:
        if paper.id not in numbers:
            numbers[paper.id] = len(every)
            every.append(paper)
        answers.setdefault(text, []).append(numbers[paper.id])
    return every, [Pair(text, tuple(dict.fromkeys(found))) for text, found in answers.items()]


def _beginning(paper: Paper) -> Paper:
    return replace(paper, abstract=paper.abstract[:_FIRST_CHARACTERS])


def _static_vectors(papers: Sequence[Paper], static: StaticEncoder, progress: Progress) -> FloatArray:
    parts = []
    for start in range(0, len(papers), static.batch):
        parts.append(static.encode_documents(papers[start : start + static.batch]))
        progress("reading papers", start + len(parts[-1]), len(papers))
    return np.concatenate(parts)


def _rank(questions: FloatArray, answers: FloatArray) -> float:
    """Mean reciprocal rank of each question's own answer among all."""
    similar = questions @ answers.T
    return float((1 / (1 + (similar > np.diag(similar)[:, None]).sum(axis=1))).mean())
