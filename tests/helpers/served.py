"""A library served on loopback, and a client that sends what it is told to, header by header."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender.fronts.web.access import Access
from recommender.fronts.web.app import Mounted
from recommender.fronts.web.server import listen, server_of
from recommender.verbs.readers import Readers

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    port: int
    readers: Readers

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request; a header's name is written with _ for -. A body that is no text is sent as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, str | bytes):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, sent)
            found = connection.getresponse()
            return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """The JSON that a path answers."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json


@contextmanager
def serving(
    folder: Path, *, token: str = "", host: str = "127.0.0.1", mounts: tuple[Mounted, ...] = ()
) -> Iterator[Served]:
    """Serve the library of a folder's config.toml, and what is mounted beside it, until the end of the block."""
    access = Access(token)
    with listen(host, 0, access) as listening:
        readers = Readers(folder / "config.toml", today=lambda: NOW.date(), threads=2)
        server = server_of(readers, listening, access, lambda: NOW, mounts)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield Served(listening.getsockname()[1], readers)
        finally:
            server.should_exit = True
            thread.join(20)
            readers.close()
