"""The token that any address but loopback asks for: kept in a file of its owner's alone, never in an argument."""

import hashlib
import hmac
import os
import stat
from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from recommender.errors import InputError
from recommender.fronts.web.refusal import Refusal
from recommender.text_files import read_start

COOKIE = "recommend-token"
_SHORTEST = 16
_OPEN = ("/login", "/healthz", "/assets/")
"What answers without a token: nothing that is the reader's."


class Access:
    """Whether a request has the token, as `Authorization: Bearer` or as the cookie that the login page sets."""

    def __init__(self, token: str = "") -> None:
        """Without a token everybody has access."""
        self._token = token

    @classmethod
    def of(cls, path: Path) -> "Access":
        """Read the token from a file that only its owner may read; raises `InputError`."""
        try:
            found = path.stat()
            if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
                raise InputError(f"{path}: others may read this token; run `chmod 600 {path}`")
            token = read_start(path, 4096).decode("ascii").strip()
        except FileNotFoundError:
            raise InputError(f"{path}: no such file; write a token of {_SHORTEST} characters or more into it") from None
        except UnicodeDecodeError:
            raise InputError(f"{path}: is not ASCII text; write a token of letters and digits into it") from None
        if len(token) < _SHORTEST or not token.isprintable() or " " in token:
            raise InputError(f"{path}: holds no token of {_SHORTEST} characters or more without blanks; write one")
        return cls(token)

    @property
    def needed(self) -> bool:
        """Whether a token is asked for."""
        return bool(self._token)

    def cookie(self) -> str:
        """What the cookie holds: it tells who has the token, and does not tell the token."""
        return hashlib.sha256(f"cookie of {self._token}".encode()).hexdigest()

    def accepts(self, token: str) -> bool:
        """Whether this is the token; takes as long whatever differs."""
        return hmac.compare_digest(token.encode(), self._token.encode())

    def check(self, method: str, path: str, headers: Sequence[tuple[str, str]]) -> None:
        """Raise `Refusal` for a request without the token."""
        if not self._token or path.startswith(_OPEN) or self._has_token(headers):
            return
        if method == "GET" and not path.startswith("/api/") and "text/html" in dict(headers).get("accept", ""):
            raise Refusal(303, "a token is needed", "log in", (b"location", b"/login"))
        challenge = (b"www-authenticate", b"Bearer")
        raise Refusal(401, "a token is needed", "send `Authorization: Bearer TOKEN`, or log in at /login", challenge)

    def _has_token(self, headers: Sequence[tuple[str, str]]) -> bool:
        for name, value in headers:
            if name == "authorization" and value[:7].lower() == "bearer " and self.accepts(value[7:].strip()):
                return True
            if name == "cookie" and self._in_cookie(value):
                return True
        return False

    def _in_cookie(self, value: str) -> bool:
        try:
            found = SimpleCookie(value).get(COOKIE)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self.cookie().encode())
