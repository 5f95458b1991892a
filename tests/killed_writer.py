"""A writer to be killed: stores papers and says when they are acknowledged, then works on until it dies.

Run as `python -m tests.killed_writer FOLDER FIRST TASK`; paper n is `paper(n)`, a revision of an earlier one comes with
it. The task is one of `TASKS`: to add more batches, to rebuild, or to rebuild with ever another encoder.
"""

import sys
from collections.abc import Sequence
from datetime import date
from itertools import cycle
from pathlib import Path

import numpy as np

from recommender import upkeep
from recommender.index import Index
from recommender.paper import Paper
from recommender.store import FloatArray, Store
from tests.bag_of_words import IDENTITY, encode, encode_texts

BATCH = 20
TASKS = ("add", "rebuild", "embed anew")


class Words:
    """Bags of words; `turned`, another encoder: the same numbers in reverse."""

    def __init__(self, *, turned: bool = False) -> None:
        self._step = -1 if turned else 1
        self.identity = f"{IDENTITY}, turned" if turned else IDENTITY

    def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
        return encode(papers)[:, :: self._step]

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        return encode_texts(texts)[:, :: self._step]


def paper(number: int, version: int = 1) -> Paper:
    """The paper of a number: always the same words."""
    words = np.random.default_rng([number, version]).integers(0, 300, 30)
    abstract = " ".join(f"word{word}" for word in words)
    return Paper(f"2401.{number:05d}", f"Title {number}", abstract, categories=("cs.CV",), version=version)


def add(store: Store, first: int) -> int:
    """Store a batch of papers from number `first`, acknowledge it, and return the number after the last."""
    batch = [paper(number) for number in range(first, first + BATCH)]
    store.add([*batch, paper(first // 2, version=2)], encode, encoder=IDENTITY, today=date(2026, 3, 1))
    print(first + BATCH, flush=True)  # noqa: T201 - the acknowledgement
    return first + BATCH


def main(folder: Path, first: int, task: str) -> None:
    """Add papers from number `first`, then do the task until killed."""
    with Store.open(folder, write=True) as store:
        index = Index.open(folder, store)
        first = add(store, first)
        while task == "add":
            index.refresh(store)
            first = add(store, first)
    for turned in cycle((task == "embed anew", False)):
        upkeep.rebuild(folder, Words(turned=turned))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
