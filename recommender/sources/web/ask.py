"""Asking a web service until it gives a good answer: politely, within limits, and never elsewhere than intended."""

import http
import urllib.parse
from collections.abc import Callable
from random import Random
from typing import TypeVar

from recommender.errors import FetchError
from recommender.sources.base import AnswerError, moment
from recommender.sources.web.gate import PATIENCE, Budget, Clock, Gate
from recommender.sources.web.wire import Reply, exchange, is_loopback

T = TypeVar("T")

MAX_BYTES = 32 * 2**20
"""A page of 2,000 rows has about 6 MB."""
TRIES = 4
_OFFLINE_TRIES = 2
_HOPS = 3
_PAUSE = 4.0
_MOVED = (301, 302, 303, 307, 308)
_TRANSIENT = (406, 408, 429, 500, 502, 503, 504)
_RATE_TEXT = b"rate exceeded"


class Web:
    """The way to an archive's services; counts its requests."""

    def __init__(
        self,
        *,
        gate: Gate | None,
        budget: Budget,
        clock: Clock,
        random: Random,
        agent: str = "recommender",
        contact: str = "",
        limit: int = MAX_BYTES,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.requests = 0
        self._gate = gate
        "None: no pauses between requests, for a service on this machine"
        self._budget = budget
        self._clock = clock
        self._random = random
        self._limit = limit
        self._say = say
        self._down: set[str] = set()
        self._headers = {
            "User-Agent": f"{agent} (mailto:{contact})" if contact else agent,
            "Accept": "application/atom+xml, application/rss+xml, application/xml, text/xml, */*;q=0.1",
        }

    def ask(
        self, url: Callable[[int], str], read: Callable[[bytes], T], *, seconds: float, also: tuple[int, ...] = ()
    ) -> T:
        """What `read` makes of the answer; asks again while `read` or the service raises `AnswerError`.

        `url` is given the number of the try, from 0. A service that was out of reach at the last question gets one
        try. Statuses in `also` are read like 200.
        """
        parts = urllib.parse.urlsplit(url(0))
        service = f"{parts.netloc}/{parts.path.split('/')[1]}"
        tries = 1 if service in self._down else TRIES
        for number in range(tries):
            try:
                answer = guarded(read, self._get(url(number), seconds, also), parts.netloc)
            except AnswerError as error:
                tries = min(tries, _OFFLINE_TRIES) if error.offline else tries
                if error.permanent or number >= tries - 1:
                    if error.down:
                        self._down.add(service)
                    if number:
                        error.args = (f"{error} (asked {number + 1} times)",)
                    raise
                pause = max(
                    (1.0 if error.offline else _PAUSE * 2**number) * self._random.uniform(0.5, 1.5), error.wait or 0.0
                )
                self._say(f"{error}; asking again in {pause:.0f} s")
                self._budget.wait(pause)
            else:
                self._down.discard(service)
                return answer
        raise AssertionError

    def _get(self, url: str, seconds: float, also: tuple[int, ...]) -> bytes:
        home = url
        for _ in range(_HOPS + 1):
            reply, host = self._exchange(url, seconds), urllib.parse.urlsplit(url).netloc
            if reply.status not in _MOVED:
                return self._checked(reply, host, also)
            url = _redirected(home, url, reply.headers.get("Location", ""))
        raise AnswerError(f"{host} redirects in a circle", permanent=True)

    def _exchange(self, url: str, seconds: float) -> Reply:
        self._budget.check()
        host = urllib.parse.urlsplit(url).netloc
        if not url.startswith("https://") and not (url.startswith("http://") and is_loopback(url)):
            raise AnswerError(f"{url[:100]!r} is not https; only this machine may be asked without", permanent=True)
        if self._gate is None:
            return self._send(url, seconds)
        with self._gate.turn(host, self._budget):
            reply = self._send(url, seconds)
            wait = self._retry_after(reply)
            if wait:
                self._gate.defer(host, wait)
            return reply

    def _send(self, url: str, seconds: float) -> Reply:
        try:
            reply = exchange(url, self._headers, seconds=min(seconds, self._budget.left), limit=self._limit)
        except AnswerError as error:
            self.requests += not error.offline
            raise
        self.requests += 1
        return reply

    def _checked(self, reply: Reply, host: str, also: tuple[int, ...]) -> bytes:
        busy = reply.body[:200].strip().lower().startswith(_RATE_TEXT)
        if (reply.status == 200 and not busy) or reply.status in also:
            return reply.body
        if busy:
            raise AnswerError(f"{host} says that it was asked too often", down=True)
        wait = self._retry_after(reply)
        what = f"{host} answers {_status(reply.status)}"
        if wait and wait > PATIENCE:
            raise AnswerError(f"{what} and asks to wait {wait:.0f} s", wait=wait, permanent=True, down=True)
        if reply.status == 403:
            what += "; arXiv blocks clients that ask too much: set `contact` in [fetch] and try later"
        transient = reply.status in _TRANSIENT or reply.status >= 520
        raise AnswerError(what, wait=wait, permanent=not transient, down=reply.status != 400)

    def _retry_after(self, reply: Reply) -> float | None:
        """Seconds from now, given as a number or as an HTTP date; None where the service does not say."""
        text = reply.headers.get("Retry-After", "").strip() if reply.status in (429, 503) else ""
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            return max(0.0, moment(text).timestamp() - self._clock.wall())
        except ValueError:
            return None


def guarded(read: Callable[[bytes], T], body: bytes, host: str) -> T:
    """What a reply holds, or an `AnswerError`: nothing else that a reply can cause gets past here."""
    try:
        return read(body)
    except FetchError:
        raise
    except Exception as error:  # such as RecursionError, MemoryError: a bad reply costs itself, never the run
        raise AnswerError(f"the answer of {host} cannot be read ({type(error).__name__})") from error


def _status(code: int) -> str:
    try:
        return f"{code} {http.HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def _redirected(home: str, url: str, location: str) -> str:
    """The address to go on with: the same service, or arXiv by https; raises `AnswerError`."""
    started = urllib.parse.urlsplit(home)
    try:
        target = urllib.parse.quote(urllib.parse.urljoin(url, location), safe="%/:=&?~#+!$,;'@()*[]")
        parts = urllib.parse.urlsplit(target)
    except ValueError:
        raise AnswerError(
            f"{started.netloc} redirects to {location[:100]!r}, which is no address", permanent=True
        ) from None
    host = parts.hostname or ""
    arxiv = host == "arxiv.org" or host.endswith(".arxiv.org")
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(home))
    if not location or not secure or not (parts.netloc == started.netloc or (arxiv and parts.scheme == "https")):
        raise AnswerError(f"{started.netloc} redirects to {target[:100]!r}, which is not followed", permanent=True)
    return target
