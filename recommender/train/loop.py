"""The training itself: token vectors moved by Adam so that what belongs together points the same way.

sentence-transformers' trainer has the same loss, but takes texts and tokenises them anew in every epoch; this loop
takes token ids that are ready. On one core it made 2.0 steps of 2,048 pairs a second where the trainer made 0.26.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recommender.embed.transformer import WITHOUT_TORCH
from recommender.errors import InputError, ModelError
from recommender.progress import Progress
from recommender.text_files import read_start
from recommender.train.corpus import Corpus, Counted, counted
from recommender.train.pairs import Groups, Pairs
from recommender.vectors import FloatArray, HalfArray, IntArray

try:
    import torch
    from torch.nn import functional
except ModuleNotFoundError as error:
    raise ModelError(WITHOUT_TORCH) from error

TEMPERATURE = 0.05
_WARM_UP = 50
"Steps in which the learning rate rises."
_TAUGHT_AT_ONCE = 1000
_NEIGHBOURS, _NEIGHBOURHOODS = 40, 0.8
"Texts around each text of a lesson, and the share of lessons that are made of such neighbourhoods."
_NEIGHBOURS_AMONG = 50_000
"Texts among which neighbours are looked for, drawn anew for each lesson."
_HARD_TEACHING = 0.5
_DROPPED = 0.1
"Share of a lesson's different tokens that the pupil does not see."
_QUERIES, _DOCUMENTS = 4000, 20_000
"Most held-out titles asked for, and abstracts searched."


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides the outcome, besides data and start."""

    steps: int
    batch: int
    rate: float
    "Adam's learning rate at its highest; it falls to 0 along a line"
    seed: int
    teaching: float
    "weight of the teacher's loss; 0: no teacher"
    share: float = 1.0
    "the teacher's share of the similarities to be learnt; the rest is the start's own, lest it forgets"


@dataclass(frozen=True, slots=True)
class Lessons:
    """A teacher's unit vectors of some papers, whose similarities to each other are to be learnt."""

    rows: IntArray
    "papers of the corpus"
    vectors: HalfArray


def run(
    corpus: Corpus,
    table: FloatArray,
    plan: Plan,
    lessons: Lessons | None,
    *,
    checkpoint: Path,
    save_every: int,
    progress: Progress,
) -> FloatArray:
    """Train the (vocabulary, d) token vectors; picks up at `checkpoint` where one of the same plan lies there."""
    beginning, weights = torch.from_numpy(table), torch.nn.Parameter(torch.from_numpy(table.copy()))
    adam = torch.optim.Adam([weights], lr=plan.rate, fused=True)
    first = _resume(checkpoint, plan, weights, adam) if checkpoint.exists() else 0
    pairs = Pairs(corpus)
    groups = Groups(np.arange(len(lessons.rows)), corpus.categories[lessons.rows]) if lessons else None
    began, loss_mean = time.monotonic(), 0.0
    for step in range(first, plan.steps):
        rng = np.random.default_rng((plan.seed, step))  # of the step alone, so that resuming changes nothing
        for group in adam.param_groups:
            group["lr"] = plan.rate * min(1, (step + 1) / _WARM_UP) * (1 - step / plan.steps)
        loss = contrast(*(embedded(weights, texts) for texts in pairs.draw(plan.batch, rng)))
        if lessons and groups and plan.teaching:
            some = lesson(lessons.vectors, groups, rng)
            papers = corpus.full(lessons.rows[some])
            with torch.no_grad():
                teachers = plan.share * _similarities(torch.from_numpy(lessons.vectors[some].astype(np.float32)))
                teachers += (1 - plan.share) * _similarities(embedded(beginning, counted(papers)))
            students = _similarities(embedded(weights, counted(papers, dropped=_DROPPED, rng=rng)))
            loss = loss + plan.teaching * imitation(students, teachers)
        adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        loss_mean = loss.item() if step == first else 0.95 * loss_mean + 0.05 * loss.item()
        speed = (step + 1 - first) / (time.monotonic() - began)
        progress("training", step + 1, plan.steps, unit="steps", note=f"loss {loss_mean:.3f}, {speed:.1f} steps/s")
        if (step + 1) % save_every == 0 and step + 1 < plan.steps:
            _save(checkpoint, plan, step + 1, weights, adam)
    trained: FloatArray = weights.detach().numpy()
    return trained


def embedded(weights: torch.Tensor, texts: Counted) -> torch.Tensor:
    """Unit vectors of texts: the sum of their tokens', each as often as it counts, scaled."""
    ids, offsets, times = map(torch.from_numpy, (texts.ids, texts.offsets, texts.times))
    return functional.normalize(
        functional.embedding_bag(ids, weights, offsets, mode="sum", per_sample_weights=times), dim=1
    )


def vectors(table: FloatArray, texts: Counted) -> FloatArray:
    """As `embedded`, of token vectors that are no longer trained."""
    with torch.inference_mode():
        found: FloatArray = embedded(torch.from_numpy(table), texts).numpy()
    return found


def contrast(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """InfoNCE both ways: each row should be nearest to the row of the same number (van den Oord et al. 2018)."""
    similar = first @ second.T / TEMPERATURE
    own = torch.arange(len(first))
    return (functional.cross_entropy(similar, own) + functional.cross_entropy(similar.T, own)) / 2


def lesson(vectors: HalfArray, groups: Groups, rng: np.random.Generator) -> IntArray:
    """Numbers of the texts to be compared next: mostly neighbourhoods in the teacher's eyes, where order is finest."""
    if rng.random() >= _NEIGHBOURHOODS:
        return groups.draw(min(_TAUGHT_AT_ONCE, len(vectors)), _HARD_TEACHING, rng)
    among = rng.choice(len(vectors), min(_NEIGHBOURS_AMONG, len(vectors)), replace=False)
    near = torch.from_numpy(vectors[among]).float()
    nearest = (near[: _TAUGHT_AT_ONCE // _NEIGHBOURS] @ near.T).topk(_NEIGHBOURS).indices
    some: IntArray = among[np.unique(nearest.numpy())]
    return some


def imitation(students: torch.Tensor, teachers: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence of the teacher's softmax over each row's other papers from the student's.

    Both are (n, n) cosines among the same papers; lower is nearer.
    """
    number = len(students)
    others = ~torch.eye(number, dtype=torch.bool)
    spoken, wanted = (
        (similar[others].view(number, number - 1) / TEMPERATURE).log_softmax(1) for similar in (students, teachers)
    )
    return functional.kl_div(spoken, wanted, reduction="batchmean", log_target=True)


def _similarities(vectors: torch.Tensor) -> torch.Tensor:
    return vectors @ vectors.T


def held_out_rank(corpus: Corpus, table: FloatArray) -> float:
    """Mean reciprocal rank of a held-out title's own abstract among all held-out abstracts."""
    documents = corpus.held_out[:_DOCUMENTS]
    queries = documents[:_QUERIES]
    titles, abstracts = counted(corpus.titles.bag(queries)), counted(corpus.abstracts.bag(documents))
    similar = vectors(table, titles) @ vectors(table, abstracts).T
    better = (similar > np.diag(similar)[:, None]).sum(axis=1)
    return float((1 / (1 + better)).mean())


def _save(path: Path, plan: Plan, step: int, weights: torch.Tensor, adam: torch.optim.Optimizer) -> None:
    """Write beside, then rename: a kill leaves the checkpoint before."""
    beside = path.with_name(path.name + ".new")
    state = {"plan": repr(plan), "step": step, "weights": weights.detach(), "adam": adam.state_dict()}
    torch.save(state, beside)
    beside.replace(path)


def _resume(path: Path, plan: Plan, weights: torch.nn.Parameter, adam: torch.optim.Optimizer) -> int:
    """Take over what a checkpoint holds, and give the step it stopped at; raises `InputError`."""
    try:
        read_start(path, 0)  # a pipe would never end
        state: dict[str, Any] = torch.load(path, weights_only=True)
        same = state["plan"] == repr(plan) and state["weights"].shape == weights.shape
        step = int(state["step"])
    except Exception as error:  # torch and pickle raise whatever the bytes lead them to
        raise InputError(f"{path}: cannot be read; delete it to begin anew") from error
    if not same or not 0 <= step <= plan.steps:
        raise InputError(f"{path}: belongs to a training with other settings; use those, or delete it to begin anew")
    try:
        adam.load_state_dict(state["adam"])
        with torch.no_grad():
            weights.copy_(state["weights"])
    except Exception as error:  # as above
        raise InputError(f"{path}: cannot be read; delete it to begin anew") from error
    return step
