"""A library that many ask at once: a few threads, each with a reader of its own, over one model and one index."""

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from recommender import config as configuration
from recommender import embed
from recommender.config import Config
from recommender.errors import RecommenderError
from recommender.index import SharedIndex
from recommender.library import Recommender
from recommender.progress import Say, mute
from recommender.store import Store
from recommender.vectors import FloatArray
from recommender.verbs.imports import open_for_asking

T = TypeVar("T")
_Stamps = tuple[tuple[int, ...], tuple[int, ...]]
_MOST_THREADS = 4
PATIENCE = 5.0
"Seconds that a change waits for another process that writes."


@dataclass(frozen=True, slots=True)
class _House:
    """What all readers share until config.toml or papers.db is another; a newer one takes its place as a whole."""

    config: Config
    files: _Stamps
    "which config.toml and which papers.db it was made of"
    encoder: embed.Encoder
    background: FloatArray
    index: SharedIndex


class Readers:
    """Threads that answer questions to one library; `close` ends them.

    What others store, and what config.toml says, counts from one question to the next. A config.toml with a fault does
    not: the former one stays in force, and `problem` says why.
    """

    def __init__(self, path: Path, *, today: Callable[[], date], say: Say = mute, threads: int = 0) -> None:
        """Open the library of a config.toml, which need not be there; raises `ConfigError`, `StoreError`."""
        self.path = path
        self.problem = ""
        self._today, self._say = today, say
        self._lock = threading.Lock()
        self._house: _House | None = None
        self._quick: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._slow: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._now()
        self.number = threads or min(max(os.cpu_count() or 1, 2), _MOST_THREADS)
        "questions that are answered at once, beside a slow one"
        self._threads = [
            threading.Thread(target=self._serve, args=(self._quick,), daemon=True) for _ in range(self.number)
        ]
        self._threads.append(threading.Thread(target=self._serve, args=(self._slow,), daemon=True))
        for thread in self._threads:
            thread.start()

    @property
    def config(self) -> Config:
        """What config.toml says now, or said before it had a fault."""
        return self._now().config

    def ask(self, question: Callable[[Recommender], T], *, slow: bool = False) -> "Future[T]":
        """Have a reader asked, which sees one state of the library throughout; a `slow` one holds up no other."""
        answer: Future[T] = Future()
        (self._slow if slow else self._quick).put((question, answer))
        return answer

    def change(self, change: Callable[[Store, Config], T], *, wait: float = PATIENCE) -> T:
        """Make a short change to the store, in the thread that calls.

        Raises `LockedError` where another still writes after `wait` seconds.
        """
        config = self.config
        with Store.open(config.resolve(config.index.path), write=True, wait=wait) as store:
            return change(store, config)

    def close(self) -> None:
        """Let the questions that were asked be answered, then end."""
        for _ in self._threads[:-1]:
            self._quick.put(None)
        self._slow.put(None)
        for thread in self._threads:
            thread.join()
        if self._house is not None:
            self._house.index.close()

    # -- the threads -------------------------------------------------------------------------------------------

    def _serve(self, waiting: "queue.SimpleQueue[Any]") -> None:
        library: Recommender | None = None
        house: _House | None = None
        while (asked := waiting.get()) is not None:
            question, answer = asked
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                now = self._now()
                if library is None or house is not now:
                    if library is not None:
                        library.store.close()
                    library, house = self._open(now), now
                library.today = self._today()
                with library.store.snapshot():
                    found = question(library)
                answer.set_result(found)
            except BaseException as error:  # goes to whoever asked
                answer.set_exception(error)
        if library is not None:
            library.store.close()

    def _open(self, house: _House) -> Recommender:
        library = Recommender(house.config, today=self._today())
        library.encoder, library.background = house.encoder, house.background
        library.index = house.index.of(library.store)
        return library

    def _now(self) -> _House:
        """What is shared, made anew where config.toml or papers.db is another than before."""
        house = self._house
        if house is not None and house.files == self._files(house.config):
            return house
        with self._lock:
            house = self._house
            if house is None:
                house = self._first(_stamp(self.path))
            elif house.files != self._files(house.config):
                house = self._renewed(house, _stamp(self.path))
            self._house = house
            return house

    def _files(self, config: Config) -> _Stamps:
        database = config.resolve(config.index.path) / "papers.db"
        return _stamp(self.path), _stamp(database)[:1]

    def _first(self, stamp: tuple[int, ...]) -> _House:
        config = self._loaded()
        with open_for_asking(config, today=self._today(), say=self._say) as library:
            return self._shared(library, stamp)

    def _renewed(self, before: _House, stamp: tuple[int, ...]) -> _House:
        """What is shared now; as before, but for `problem`, where that cannot be used."""
        try:
            config = self._loaded()
            files = stamp, self._files(config)[1]
            models = config.embedding == before.config.embedding
            if models and config.index == before.config.index and files[1] == before.files[1]:
                self.problem = ""
                return replace(before, config=config, files=files)
            with Recommender(config, today=self._today()) as library:
                house = self._shared(library, stamp)
        except RecommenderError as error:
            self.problem = str(error)
            return replace(before, files=(stamp, self._files(before.config)[1]))
        before.index.close()
        self.problem = ""
        return house

    def _shared(self, library: Recommender, stamp: tuple[int, ...]) -> _House:
        encoder, config = library.encoder, library.config
        library.store.vectors.require(encoder.identity)
        index = SharedIndex(library.store.folder, encoder.encode_queries)
        return _House(config, (stamp, self._files(config)[1]), encoder, library.background, index)

    def _loaded(self) -> Config:
        return configuration.load(self.path) if os.path.lexists(self.path) else Config(self.path.absolute().parent)


def _stamp(path: Path) -> tuple[int, ...]:
    """What tells a file from another that was put in its place."""
    with suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
    return (-1,)
