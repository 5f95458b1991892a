"""One HTTP exchange that ends: by a deadline for all of it, whatever trickles, and by a limit on its size.

`requests`, like every client built on sockets, times single reads: a peer that sends a byte a minute holds it for
ever. Here each read gets no more time than is left until the deadline. Redirects are the caller's to follow.
"""

import functools
import http.client
import io
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

import certifi

from recommender.sources.base import AnswerError

_CHUNK = 65_536
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status."""

    status: int
    headers: Message
    body: bytes


class _TimedReader(io.RawIOBase):
    """A socket's bytes until a moment on the steady clock."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A response whose status line, headers and body share one deadline."""

    def __init__(self, sock: socket.socket, *, deadline: float, **options: Any) -> None:
        super().__init__(sock, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock, deadline))


def _dated(kind: type[http.client.HTTPConnection], deadline: float, host: str, **options: Any) -> Any:
    connection = kind(host, **options)
    connection.response_class = functools.partial(_Response, deadline=deadline)  # type: ignore[assignment]
    return connection


class _Http(urllib.request.HTTPHandler):
    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(functools.partial(_dated, http.client.HTTPConnection, self._deadline), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: urllib.request.Request) -> Any:
        connect = functools.partial(_dated, http.client.HTTPSConnection, self._deadline)
        return self.do_open(connect, req, context=_context())


@functools.cache
def _context() -> ssl.SSLContext:
    """The machine's certificates and certifi's: some Pythons come with none of their own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def is_loopback(url: str) -> bool:
    """Whether the address is this machine."""
    return urllib.parse.urlsplit(url).hostname in _LOOPBACK


def exchange(url: str, headers: Mapping[str, str], *, seconds: float, limit: int) -> Reply:
    """GET `url`; raises `AnswerError` where no complete reply of at most `limit` bytes came within `seconds`."""
    host = urllib.parse.urlsplit(url).netloc
    deadline = time.monotonic() + seconds
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if is_loopback(url) else None),
        _Http(deadline),
        _Https(deadline),
    ):
        opener.add_handler(handler)
    try:
        with opener.open(urllib.request.Request(url, headers=dict(headers)), timeout=seconds) as response:
            return Reply(response.status, response.headers, _body(response, limit, host))
    except AnswerError:
        raise
    except Exception as error:  # not OSError and HTTPException alone: a chunk of -5 bytes is a ValueError
        raise _failure(error, host, seconds) from error


def _body(response: http.client.HTTPResponse, limit: int, host: str) -> bytes:
    too_long = AnswerError(f"{host} sent more than the {limit / 2**20:.0f} MiB that an answer may have")
    if (response.length or 0) > limit:
        raise too_long
    parts, size = [], 0
    while part := response.read(_CHUNK):
        size += len(part)
        if size > limit:
            raise too_long
        parts.append(part)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


def _failure(error: Exception, host: str, seconds: float) -> AnswerError:
    """The error in a user's words."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return AnswerError(f"no complete answer from {host} within {seconds:.3g} s", down=True)
    if isinstance(cause, socket.gaierror):
        return AnswerError(f"{host} is not found: no network, or no name server", offline=True)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return AnswerError(f"{host} does not prove who it is ({cause.verify_message})", permanent=True, down=True)
    if isinstance(error, urllib.error.URLError) and not isinstance(cause, ConnectionResetError | BrokenPipeError):
        what = getattr(cause, "strerror", None) or str(cause)
        return AnswerError(f"{host} cannot be reached ({what})", offline=True)
    if isinstance(cause, OSError | http.client.HTTPException):
        return AnswerError(f"the connection to {host} broke off", down=True)
    return AnswerError(f"{host} sent what is no HTTP reply ({type(cause).__name__})", down=True)
