"""A writer to be killed: adds papers batch by batch and says after each what the store has acknowledged.

Run as `python -m tests.killed_writer FOLDER FIRST`; paper n is `papers(n)`, a revision of an earlier one comes with it.
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np

from recommender.index import Index
from recommender.paper import Paper
from recommender.store import Store
from tests.bag_of_words import IDENTITY, encode

BATCH = 20


def paper(number: int, version: int = 1) -> Paper:
    """The paper of a number: always the same words."""
    words = np.random.default_rng([number, version]).integers(0, 300, 30)
    abstract = " ".join(f"word{word}" for word in words)
    return Paper(f"2401.{number:05d}", f"Title {number}", abstract, categories=("cs.CV",), version=version)


def main(folder: Path, first: int) -> None:
    """Add papers from number `first` until killed, folding them into the index each time."""
    with Store.open(folder, write=True) as store:
        index = Index.open(folder, store)
        while True:
            batch = [paper(number) for number in range(first, first + BATCH)]
            store.add([*batch, paper(first // 2, version=2)], encode, encoder=IDENTITY, today=date(2026, 3, 1))
            first += BATCH
            print(first, flush=True)  # noqa: T201 - the acknowledgement
            index.refresh(store)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
