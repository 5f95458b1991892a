"""An update that was started from the app: in a process of its own, so that neither memory nor answers suffer."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from recommender import config as configuration
from recommender.errors import RecommenderError
from recommender.fronts.cli.options import now
from recommender.verbs import fetch, update

_MOST_LINES = 500
_NICE = 10
"A reader's question comes first."


@dataclass(frozen=True, slots=True)
class State:
    """How far an update is; a newer one takes its place as a whole."""

    state: Literal["none", "running", "done", "failed"] = "none"
    started: datetime | None = None
    ended: datetime | None = None
    done: int = 0
    "targets that were asked for"
    of: int = 0
    lines: tuple[str, ...] = ()
    "what came of each"
    now: str = ""
    error: str = ""


class Job:
    """At most one update at a time."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """For the library of a config.toml."""
        self._path, self._now = path, now
        self._lock = threading.Lock()
        self._process: Any = None
        self.state = State()

    def start(self) -> bool:
        """Start one; False where one runs. Raises `ConfigError`."""
        of = len(fetch.targets(configuration.load(self._path)))
        with self._lock:
            if self.state.state == "running":
                return False
            self.state = State("running", started=self._now(), of=of, now="starting")
            context = multiprocessing.get_context("spawn")
            receiver, sender = context.Pipe(duplex=False)
            self._process = context.Process(target=_work, args=(self._path, sender), name="update")
            self._process.start()
            sender.close()
            threading.Thread(target=self._follow, args=(receiver,), name="update", daemon=True).start()
        return True

    def stop(self) -> None:
        """End one that runs: what was stored stays."""
        with self._lock:
            process = self._process
        if process is not None and process.is_alive():
            process.terminate()
            process.join(10)

    def _follow(self, receiver: Connection) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._take(*receiver.recv())
        self._process.join()
        if self.state.state == "running":
            code = self._process.exitcode
            self.state = replace(self.state, state="failed", ended=self._now(), error=f"the update ended with {code}")

    def _take(self, kind: str, text: str) -> None:
        state = self.state
        if kind == "note":
            self.state = replace(state, now=text)
        elif kind == "line":
            lines = (*state.lines, text)[-_MOST_LINES:]
            self.state = replace(state, lines=lines, done=min(state.done + 1, state.of), now=text)
        else:
            ended = self._now()
            self.state = replace(state, state="failed" if kind == "failed" else "done", ended=ended, error=text, now="")


def _work(path: Path, sender: Connection) -> None:
    """The process: `recommend update`, told through a pipe."""
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    try:
        update.run(
            configuration.load(path),
            now,
            note=lambda text: sender.send(("note", text)),
            out=lambda text: sender.send(("line", text)),
        )
        sender.send(("done", ""))
    except RecommenderError as error:
        sender.send(("failed", str(error)))
    except OSError as error:
        sender.send(("failed", f"{error.filename or path}: {error.strerror or error}"))
