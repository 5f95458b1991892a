"""The training of a reader: BERT's upper layers and a projection moved so that a question finds its papers.

Vectors of papers stay as they are. A question's own paper should be nearer than all others of the step, and the
order of the others should be that of a teacher: half the static model's cosines, half the transformer's.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from recommender.embed import StaticEncoder, bert
from recommender.embed.reader import KINDS, LONGEST, PLACES, WORDS
from recommender.errors import InputError
from recommender.progress import Progress
from recommender.text_files import read_start
from recommender.train.questions import Asked, Questions
from recommender.vectors import FloatArray, HalfArray, IntArray

TEMPERATURE, _TEACHERS = 0.05, 0.035
"Of the pupil's cosines, and of the teacher's, which spread less for being means of two."
_STEEPER = 13
"The projection, which starts at zero, learns so many times as fast as the layers."
_SHARES = (0.35, 1.15)
"The projection's weight while it learns, drawn for each question, so that it can be chosen afterwards."
_OTHERS = 8192
"Papers that a question is compared with."
_WARM_UP, _TOGETHER = 60, 64

Weights = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides the outcome, besides data and start."""

    steps: int
    batch: int
    rate: float
    seed: int
    frozen: int
    "layers from below that stay as they are; the words' vectors do too"


@dataclass(frozen=True, slots=True)
class Pool:
    """Papers that questions are compared with, as both models see them."""

    numbers: IntArray
    static: FloatArray
    taught: HalfArray


class Network:
    """A BERT of which the layers from `frozen` on learn, and its projection into the static space."""

    def __init__(self, weights: Mapping[str, FloatArray], heads: int, dimensions: int, frozen: int) -> None:
        self.start = {name: torch.from_numpy(np.array(weight)) for name, weight in weights.items()}
        self.layers = 1 + max(int(name.split(".")[2]) for name in self.start if name.startswith(bert.LAYER))
        self.heads, self.frozen = heads, min(frozen, self.layers)
        learning = [name for name in self.start if name.startswith(bert.LAYER)]
        self.learning = {
            name: torch.nn.Parameter(self.start[name].clone())
            for name in learning
            if int(name.split(".")[2]) >= self.frozen
        }
        self.projection = torch.nn.Parameter(torch.zeros(dimensions, self.start[WORDS].shape[1]))
        self.kind = _faster()

    def read(self, tokens: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Pool texts of token ids as the network is now, and as it was at the start: each (n, width), of length 1."""
        lower = {name: weight.to(self.kind) for name, weight in self.start.items() if name.startswith(bert.LAYER)}
        upper = {name: weight.to(self.kind) for name, weight in self.learning.items()}
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        now, then = [], []
        for first in range(0, len(order), _TOGETHER):
            ids, mask = _padded([tokens[i] for i in order[first : first + _TOGETHER]])
            away = ((1 - mask) * -1e4)[:, None, None, :].to(self.kind)
            with torch.no_grad():
                x = self._embedded(ids).to(self.kind)
                for number in range(self.frozen):
                    x = _layer(lower, number, x, away, self.heads)
                y = x
                for number in range(self.frozen, self.layers):
                    y = _layer(lower, number, y, away, self.heads)
                then.append(_pooled(y, mask))
            for number in range(self.frozen, self.layers):
                x = _layer(upper, number, x, away, self.heads)
            now.append(_pooled(x, mask))
        back = torch.argsort(torch.tensor(order))
        return torch.cat(now)[back], torch.cat(then)[back]

    def _embedded(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.start[WORDS][ids] + self.start[PLACES][: ids.shape[1]] + self.start[KINDS][0]
        return _normed(self.start, bert.EMBEDDINGS, x)

    def state(self) -> Weights:
        """What has been learnt."""
        learnt = {name: weight.detach() for name, weight in self.learning.items()}
        return learnt | {"projection.weight": self.projection.detach()}


def run(
    network: Network,
    questions: Questions,
    pool: Pool,
    static: StaticEncoder,
    tokens: bert.Tokens,
    plan: Plan,
    *,
    checkpoint: Path,
    save_every: int,
    progress: Progress,
) -> Weights:
    """Train, and give what has been learnt; picks up at `checkpoint` where one of the same plan lies there."""
    parameters = [
        {"params": list(network.learning.values()), "lr": plan.rate, "weight_decay": 0.01},
        {"params": [network.projection], "lr": plan.rate * _STEEPER, "weight_decay": 0.0},
    ]
    adam = torch.optim.AdamW(parameters, betas=(0.9, 0.98))
    rates = [group["lr"] for group in adam.param_groups]
    first = _resume(checkpoint, plan, network, adam) if checkpoint.exists() else 0
    began, loss_mean = time.monotonic(), 0.0
    for step in range(first, plan.steps):
        seed = plan.seed * 1_000_003 + step  # of the step alone, so that resuming changes nothing
        loss = _loss(network, questions.draw(plan.batch, seed), pool, static, tokens, np.random.default_rng(seed))
        for group, rate in zip(adam.param_groups, rates, strict=True):
            group["lr"] = rate * min(1, (step + 1) / _WARM_UP) * max(0.02, 1 - step / plan.steps)
        adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.learning.values(), 1.0)
        adam.step()
        loss_mean = loss.item() if step == first else 0.95 * loss_mean + 0.05 * loss.item()
        speed = (step + 1 - first) / (time.monotonic() - began)
        progress("training", step + 1, plan.steps, unit="steps", note=f"loss {loss_mean:.3f}, {speed:.1f} steps/s")
        if (step + 1) % save_every == 0 and step + 1 < plan.steps:
            _save(checkpoint, plan, step + 1, network, adam)
    return network.state()


def _loss(
    network: Network,
    asked: Sequence[Asked],
    pool: Pool,
    static: StaticEncoder,
    tokens: bert.Tokens,
    rng: np.random.Generator,
) -> torch.Tensor:
    """How far the own papers are from being the nearest (InfoNCE), and the others' order from the teacher's."""
    some = np.sort(rng.choice(len(pool.numbers), min(_OTHERS, len(pool.numbers)), replace=False))
    answers = torch.from_numpy(static.encode_texts([one.answer for one in asked]))
    others, taught = torch.from_numpy(pool.static[some]), torch.from_numpy(pool.taught[some].astype(np.float32))
    plain = torch.from_numpy(static.encode_texts([one.text for one in asked]))
    read, start = network.read([tokens.of(one.text, LONGEST) for one in asked])
    share = torch.from_numpy(rng.uniform(*_SHARES, (len(asked), 1)).astype(np.float32))
    query = functional.normalize(plain + share * (read @ network.projection.T), dim=1)
    similar = torch.cat([query @ answers.T, query @ others.T], dim=1) / TEMPERATURE
    known = torch.from_numpy(_known(asked, pool.numbers[some]))
    nearest = functional.cross_entropy(similar.masked_fill(known, -1e4), torch.arange(len(asked)))
    with torch.no_grad():
        wanted = (0.5 * (plain @ others.T + start @ taught.T) / _TEACHERS).log_softmax(1)
    spoken = similar[:, len(asked) :].log_softmax(1)
    return nearest + functional.kl_div(spoken, wanted, reduction="batchmean", log_target=True)


def _known(asked: Sequence[Asked], others: IntArray) -> npt.NDArray[np.bool_]:
    """Which answers and papers also answer a question, besides its own answer: they are no counterexamples."""
    place = {number: i for i, number in enumerate(others.tolist())}
    known = np.zeros((len(asked), len(asked) + len(others)), bool)
    for row, one in enumerate(asked):
        answers = set(one.papers)
        known[row, : len(asked)] = [not answers.isdisjoint(other.papers) for other in asked]
        known[row, row] = False
        known[row, [len(asked) + place[number] for number in one.papers if number in place]] = True
    return known


def _padded(tokens: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, tokens))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in tokens])
    mask = torch.tensor([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in tokens])
    return ids, mask


def _pooled(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return functional.normalize((x.float() * mask[..., None]).sum(1), dim=1)


def _normed(weights: Weights, owner: str, x: torch.Tensor) -> torch.Tensor:
    scale, shift = (weights[f"{owner}LayerNorm.{name}"].to(x.dtype) for name in ("weight", "bias"))
    return functional.layer_norm(x, (x.shape[-1],), scale, shift, 1e-12)


def _layer(weights: Weights, number: int, x: torch.Tensor, away: torch.Tensor, heads: int) -> torch.Tensor:
    """As `bert.Layer`, for many texts at once; attention by hand: torch's own takes three times as long here."""
    own, (texts, count, width) = f"{bert.LAYER}{number}.", x.shape

    def through(name: str, y: torch.Tensor) -> torch.Tensor:
        return functional.linear(y, weights[f"{own}{name}.weight"], weights[f"{own}{name}.bias"])

    query, key, value, *rest = bert.MATRICES
    q, k, v = (through(name, x).view(texts, count, heads, -1).transpose(1, 2) for name in (query, key, value))
    shares = (q @ k.transpose(2, 3) / (width // heads) ** 0.5 + away).softmax(-1)
    attended = (shares @ v).transpose(1, 2).reshape(texts, count, width)
    leave, widen, narrow = rest
    x = _normed(weights, f"{own}attention.output.", x + through(leave, attended))
    return _normed(weights, f"{own}output.", x + through(narrow, functional.gelu(through(widen, x))))


def _faster() -> torch.dtype:
    """The kind of number that this machine multiplies faster: some have units for bfloat16, others emulate it."""
    taken = {}
    for kind in (torch.float32, torch.bfloat16):
        a, b = torch.ones(512, 384, dtype=kind), torch.ones(384, 1536, dtype=kind)
        a @ b
        began = time.perf_counter()
        for _ in range(5):
            a @ b
        taken[kind] = time.perf_counter() - began
    return min(taken, key=lambda kind: taken[kind])


def _save(path: Path, plan: Plan, step: int, network: Network, adam: torch.optim.Optimizer) -> None:
    """Write beside, then rename: a kill leaves the checkpoint before."""
    beside = path.with_name(path.name + ".new")
    torch.save({"plan": repr(plan), "step": step, "weights": network.state(), "adam": adam.state_dict()}, beside)
    beside.replace(path)


def _resume(path: Path, plan: Plan, network: Network, adam: torch.optim.Optimizer) -> int:
    """Take over what a checkpoint holds, and give the step it stopped at; raises `InputError`."""
    try:
        read_start(path, 0)  # a pipe would never end
        state: dict[str, Any] = torch.load(path, weights_only=True)
        if state["plan"] == repr(plan):
            adam.load_state_dict(state["adam"])
            with torch.no_grad():
                for name, weight in network.state().items():
                    weight.copy_(state["weights"][name])
            return int(state["step"])
    except Exception as error:  # torch and pickle raise whatever the bytes lead them to
        raise InputError(f"{path}: cannot be read; delete it to begin anew") from error
    raise InputError(f"{path}: belongs to a training with other settings; use those, or delete it to begin anew")
