"""How often and how long this machine asks arXiv: its terms hold for all of an operator's processes together."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from recommender.errors import FetchError
from recommender.sources.base import AnswerError

INTERVAL = 3.0
"""Seconds between two requests, of arXiv's terms of use."""
PATIENCE = 120.0
"""Seconds of a Retry-After that are waited out; a longer one sends us to the next source."""
_POLL = 0.25
_FORGET = 86_400.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as an argument: a test's clock moves only when something sleeps."""

    wall: Callable[[], float] = time.time
    "seconds since 1970, shared by all processes"
    steady: Callable[[], float] = time.monotonic
    "seconds that never jump"
    sleep: Callable[[float], None] = time.sleep


class BudgetError(FetchError):
    """The run has no time left for fetching, whatever the source."""


class Budget:
    """The time that all of a run's fetching may take together."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._seconds = seconds
        self._end = clock.steady() + seconds

    @property
    def left(self) -> float:
        """Seconds left; never negative."""
        return max(0.0, self._end - self._clock.steady())

    def check(self, seconds: float = 0.0) -> None:
        """Raise `BudgetError` where less than `seconds` are left."""
        if self.left <= seconds:
            raise BudgetError(
                f"the {self._seconds:g} s that a run may fetch for are used up; "
                "run again to go on, or raise budget_seconds in [fetch]"
            )

    def wait(self, seconds: float) -> None:
        """Sleep, or raise `BudgetError` where that would take more than is left."""
        if seconds > 0:
            self.check(seconds)
            self._clock.sleep(seconds)


def default_folder() -> Path:
    """Where the processes of one operator meet: their cache folder, or the temporary one where that is read-only."""
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recommender"
        cache.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # no home at all
        return Path(tempfile.gettempdir())
    return cache if os.access(cache, os.W_OK) else Path(tempfile.gettempdir())


class Gate:
    """Lets one request at a time through, `interval` seconds after the last, across processes.

    A lock file is held while a request runs; beside it lies the earliest time of the next one, so a process that was
    killed leaves nothing to clean up. A service's Retry-After is written there too: it binds every process.
    """

    def __init__(self, folder: Path, clock: Clock, *, interval: float = INTERVAL) -> None:
        self._clock = clock
        self._interval = interval
        self._stamps = folder / "arxiv.json"
        self._lock = FileLock(folder / "arxiv.lock")

    @contextmanager
    def turn(self, host: str, budget: Budget) -> Iterator[None]:
        """Wait for our turn and hold it; raises `FetchError` where it does not come in time.

        All that is written of turns is written by who holds one: a pause set after its end would erase another's.
        """
        self._wait_for(host, budget)
        self._acquire(budget)
        try:
            due = min(self._read().get("", 0.0) - self._clock.wall(), self._interval)
            budget.wait(due)
            self._stamp("", self._interval)
            pause = self._interval
            try:
                yield
            except AnswerError as error:
                pause = 0.0 if error.offline else pause  # nobody was asked, so nobody needs a pause
                raise
            finally:
                self._stamp("", pause)
        finally:
            self._lock.release()

    def defer(self, host: str, seconds: float) -> None:
        """Let no process ask `host` for so many seconds; called while holding the turn."""
        self._stamp(host, seconds)

    def _wait_for(self, host: str, budget: Budget) -> None:
        left = self._read().get(host, 0.0) - self._clock.wall()
        if left > PATIENCE and left < _FORGET:
            raise AnswerError(f"{host} asked for no requests in the next {left:.0f} s", permanent=True, down=True)
        if left < _FORGET:
            budget.wait(left)

    def _acquire(self, budget: Budget) -> None:
        while True:
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                budget.wait(_POLL)
            except OSError as error:
                raise FetchError(
                    f"{self._lock.lock_file}: cannot be locked ({error.strerror}); set XDG_CACHE_HOME"
                ) from error
            else:
                return

    def _read(self) -> dict[str, float]:
        try:
            table = json.loads(self._stamps.read_text())
            return {str(name): float(due) for name, due in table.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _stamp(self, name: str, seconds: float) -> None:
        now = self._clock.wall()
        stamps = {other: due for other, due in self._read().items() if now < due < now + _FORGET}
        beside = self._stamps.with_suffix(f".{os.getpid()}")
        try:
            beside.write_text(json.dumps(stamps | {name: now + seconds}))
            beside.replace(self._stamps)
        except OSError as error:
            raise FetchError(f"{self._stamps}: cannot be written ({error.strerror}); free some space") from error
