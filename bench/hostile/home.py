"""A library to be damaged, and the command run on it in a process of its own."""

import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from bench.kills import paper
from recommender import config
from recommender.fronts.cli import main
from recommender.library import Recommender
from recommender.store import Fetch

COUNT = 3000
"papers in the library"
_SECONDS = 60
"after which a command hangs"
_NAMED = 40
"faults that are printed"
_CONFIG = """
[[sections]]
title = "Quantum graphs"
[[sections]]
title = "Galaxy images"
categories = ["cs.CV"]
"""


@dataclass
class Counts:
    """What happened."""

    cases: int = 0
    runs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    kinds: tuple[str, ...] = ("tracebacks", "hangs", "wrong exit codes", "papers lost")
    named: list[str] = field(default_factory=list)
    "one line for each fault"

    def add(self, kind: str, case: str, count: int = 1) -> None:
        """Count a fault of a case."""
        self.faults[kind] += count
        self.named.append(f"{kind}: {case}")

    def __str__(self) -> str:
        kinds = [*self.kinds, *sorted(set(self.faults) - set(self.kinds))]
        counts = ", ".join(f"{self.faults[kind]:,} {kind}" for kind in kinds)
        return "\n".join([f"{self.cases:,} cases, {self.runs:,} runs: {counts}", *self.named[:_NAMED]])


@dataclass(frozen=True)
class Ran:
    """A command that has run."""

    code: int
    "of the exit; below 0 the signal that ended it"
    output: str
    hung: bool

    @property
    def traceback(self) -> bool:
        """Whether it ended as no expected failure does."""
        return "Traceback (most recent call last)" in self.output or self.code < 0


def apart(work: Callable[[], None], *, seconds: float = _SECONDS) -> Ran:
    """Do something in a child process: what it printed, and how it ended."""
    with tempfile.TemporaryFile() as printed:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                for stream in (1, 2):
                    os.dup2(printed.fileno(), stream)
                work()
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        deadline, hung = time.monotonic() + seconds, False
        while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline and not hung:
                os.kill(child, 9)
                hung = True
            time.sleep(0.005)
        printed.seek(0)
        return Ran(os.waitstatus_to_exitcode(ended[1]), printed.read().decode("utf-8", "replace"), hung)


def recommend(counts: Counts, case: str, folder: Path, *arguments: str, codes: tuple[int, ...] = (0, 1)) -> Ran:
    """Run the command in a folder, and count what it should not have done."""

    def work() -> None:
        os.chdir(folder)
        main(list(arguments))

    ran = apart(work)
    counts.runs += 1
    told = f"{case}: {arguments[0]}: {' / '.join(ran.output.strip().splitlines()[-2:])}"
    if ran.hung:
        counts.add("hangs", told)
    elif ran.traceback:
        counts.add("tracebacks", told)
    elif ran.code not in codes:
        counts.add("wrong exit codes", f"{told} ({ran.code})")
    return ran


def found(ran: Ran) -> list[str]:
    """The ids of a search's results."""
    return [json.loads(line)["id"] for line in ran.output.splitlines() if line.startswith("{")]


def make(folder: Path) -> Path:
    """Make the library; in a child, so that no thread of FAISS is there when others are forked."""

    def work() -> None:
        (folder / "config.toml").write_text(_CONFIG, encoding="utf-8")
        with Recommender(config.load(folder / "config.toml"), write=True, today=date(2026, 3, 1)) as library:
            library.add(paper(number) for number in range(COUNT))
            library.refresh()
            library.store.ledger.enter(Fetch("Quantum graphs", "api", datetime(2026, 3, 1, tzinfo=UTC), True))
            library.store.memory.set_shown("Quantum graphs", {paper(3).id: (1, date(2026, 3, 1))})

    ran = apart(work)
    if ran.code:
        raise RuntimeError(ran.output)
    return folder


def copy(home: Path, to: Path) -> Path:
    """A copy with the times of its files."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(home, to)
    return to
