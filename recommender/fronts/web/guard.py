"""Who may ask, and who may change anything: a server on loopback can be reached from any page in the reader's browser.

* A request names this server as its host: a name that a stranger has pointed at this machine (DNS rebinding) is
  refused.
* Only PUT, DELETE and POST change anything, only from this server's own pages or from no page at all, and a body only
  as JSON: what a form or an image of another page can send never arrives, and its scripts are told nothing (no CORS).
* With a token every request must have it.
"""

import json
from collections.abc import Callable, Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recommender.fronts.web.access import Access
from recommender.fronts.web.refusal import Refusal

MOST_BYTES = 1_000_000
MOST_IMPORTED = 40_000_000
"Bytes of a request's body; the latter of a file that is imported."
IMPORT = "/api/v1/profile/import"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_OWN = {"same-origin", "none"}
"What a browser says of a request that one of this server's pages makes, or its user."
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
        b"require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Guard:
    """The ASGI application that stands before all others."""

    def __init__(
        self, app: ASGIApp, *, routes: Callable[[], Sequence[BaseRoute]], hosts: frozenset[str], access: Access
    ) -> None:
        """Let requests to one of `hosts` pass, names with their port; empty, with a token: whatever it is called."""
        self._app, self._routes, self._hosts, self._access = app, routes, hosts, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let pass with the headers that every answer has."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no WebSocket is served
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _HEADERS if pair[0] not in given)]
                if b"cache-control" not in given:
                    message["headers"].append((b"cache-control", b"no-cache"))
            await send(message)

        try:
            asked = _Asked(scope)
            self._check_host(asked)
            self._access.check(scope["method"], scope["path"], asked.headers)
            if scope["path"].startswith("/api/") and scope["method"] in _SAFE:
                self._check_reading(asked)
            if scope["method"] not in _SAFE and self._is_routed(scope):
                _check_change(scope["method"], asked)
            _check_length(asked, MOST_IMPORTED if scope["path"] == IMPORT else MOST_BYTES)
            await self._app(scope, receive, sealed)
        except Refusal as refusal:
            await _answer(refusal, sealed)

    def _check_host(self, asked: "_Asked") -> None:
        hosts = asked.all("host")
        if len(hosts) != 1 or (self._hosts and hosts[0].lower() not in self._hosts):
            named = hosts[0][:80] if hosts else "none"
            known = ", ".join(sorted(self._hosts))
            raise Refusal(400, f"the host {named!r} is not this server", f"ask {known}")

    def _check_reading(self, asked: "_Asked") -> None:
        """Refuse what another page's script or image asks for; a link that is followed is the reader's own doing."""
        if asked.one("sec-fetch-site") in ("cross-site", "same-site") and asked.one("sec-fetch-mode") != "navigate":
            raise Refusal(403, "another site's page may not ask here", "open the app itself")

    def _is_routed(self, scope: Scope) -> bool:
        """Whether anything answers this method here; what does not is answered with 404 or 405."""
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes())


def _check_change(method: str, asked: "_Asked") -> None:
    site, origin = asked.one("sec-fetch-site"), asked.one("origin")
    if site and site not in _OWN:
        raise Refusal(403, "another site's page may not change anything here", "use the app itself")
    if origin and origin.partition("://")[2].lower() != asked.one("host").lower():
        raise Refusal(403, f"a page of {origin[:80]!r} may not change anything here", "use the app itself")
    kind = asked.one("content-type").partition(";")[0].strip().lower()
    empty = method == "DELETE" and not kind and asked.one("content-length") in ("", "0")
    if kind != "application/json" and not empty:
        raise Refusal(415, f"a body of type {kind[:80] or 'none'!r} is not read", "send application/json")


class _Asked:
    """The headers of a request."""

    def __init__(self, scope: Scope) -> None:
        self.headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def one(self, name: str) -> str:
        """All values of a header, joined as HTTP joins them: two origins are not one that is known."""
        return ", ".join(self.all(name))


def _check_length(asked: _Asked, most: int) -> None:
    length = asked.one("content-length")
    if asked.one("transfer-encoding"):
        raise Refusal(411, "a body of unknown length is not read", "send Content-Length")
    if length and not (length.isdigit() and int(length) <= most):
        raise Refusal(413, f"the body is longer than {most:,} bytes", "send less at once")


async def _answer(refusal: Refusal, send: Send) -> None:
    body = json.dumps(refusal.record).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *refusal.headers]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
