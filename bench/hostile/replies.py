"""Replies of arXiv damaged at random, and what comes of them: papers that are sound, or an error in words.

A reply is one as arXiv sends it, recorded or made, with one to three things wrong: a text, an element, a tag, a byte.
"""

import time
from dataclasses import dataclass
from random import Random

from bench.loopback.mutations import TODAY, good_replies, mutated
from recommender import archives
from recommender.errors import FetchError
from recommender.paper import Paper
from recommender.sources.web.ask import guarded

_HANG = 5.0
"Seconds for one reply."


@dataclass
class Counts:
    """What became of the replies."""

    cases: int = 0
    refused: int = 0
    tracebacks: int = 0
    foreseen_by_nobody: int = 0
    "refused by the last guard alone"
    hangs: int = 0
    slowest: float = 0.0
    unsound: int = 0
    papers: int = 0

    def __str__(self) -> str:
        return (
            f"{self.cases:,} cases, {self.refused:,} refused ({self.foreseen_by_nobody:,} by the last guard alone), "
            f"{self.papers:,} papers read, {self.unsound:,} of them unsound; {self.tracebacks:,} tracebacks, "
            f"{self.hangs:,} hangs, slowest {self.slowest:.2f} s"
        )


def run(times: int, seed: int) -> Counts:
    """Damage `times` replies and read them."""
    random, counts, replies = Random(seed), Counts(), good_replies()
    for _ in range(times):
        body, read = random.choice(replies)
        body = mutated(body, random)
        begun = time.perf_counter()
        try:
            found: object = guarded(read, body, "arXiv")
        except FetchError as error:
            counts.refused += 1
            counts.foreseen_by_nobody += error.__cause__ is not None and "cannot be read (" in str(error)
        except Exception:
            counts.tracebacks += 1
        else:
            while isinstance(found, tuple):
                found = found[0]
            papers: tuple[Paper, ...] = found.papers  # type: ignore[attr-defined]
            counts.papers += len(papers)
            counts.unsound += sum(archives.flaw(paper, TODAY) != "" for paper in papers)
        took = time.perf_counter() - begun
        counts.cases += 1
        counts.hangs += took > _HANG
        counts.slowest = max(counts.slowest, took)
    return counts
