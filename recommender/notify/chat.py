"""A message as chat: apprise knows the services; what is said is escaped for each, and split by its limit.

apprise is an extra, and is imported here alone, when a chat is written to.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recommender.digest.message import Piece
from recommender.errors import DeliveryError, InputError

if TYPE_CHECKING:
    from apprise import NotifyBase

_EXTRA = "a chat needs apprise; run `pip install 'recommender[notify]'`"
_ROOM = 40
"Characters kept free for the title's number and for what a service puts before a text."
_LEAST, _MOST = 200, 30_000
_MARKDOWN = frozenset(
    {"discord", "mmost", "mmosts", "rocket", "rockets", "zulip", "guilded", "wxteams", "webex", "revolt"}
)
"Services that take text for Markdown, whatever it is called."
_MAIL = frozenset({"mailto", "mailtos"})
_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~]")
_CALLS = re.compile(r"@(?=\S)|:(?=[\w+-]+:)")
"Mentions, and names of emoji."
_BREAK = "\u200b"


class Chat:
    """One chat, by the address that apprise has for it."""

    def __init__(self, address: str, name: str) -> None:
        """Find the service; raises `InputError`, which does not tell the address."""
        try:
            import apprise
        except ImportError:
            raise InputError(_EXTRA) from None
        asset = apprise.AppriseAsset(
            app_id="recommend", app_desc="recommend", app_url="", image_url_mask="", image_url_logo=""
        )
        self._address = address
        with _said():
            service = apprise.Apprise.instantiate(address, asset=asset)
        if service is None:
            schema = address.partition("://")[0] if "://" in address else ""
            known = f"{schema}:// " if re.fullmatch(r"[a-z0-9]{1,20}", schema) else ""
            raise InputError(f"[[notify]] {name} chat: {known}is no complete address of a service that apprise knows")
        service.overflow_mode = apprise.OverflowMode.SPLIT  # should a service count otherwise than we do
        self._service: NotifyBase = service
        if self._is_any(_MAIL):  # apprise's text form has no addresses in it
            raise InputError(f"[[notify]] {name} chat: is an address of mail; name the receiver in `to` instead")
        self._text = apprise.NotifyFormat.TEXT
        self._info = apprise.NotifyType.INFO

    @property
    def kind(self) -> str:
        """What the service is called."""
        return str(self._service.service_name)

    def escape(self, text: str) -> str:
        """A text that the chat shows as it is, and that calls nobody."""
        text = _CALLS.sub(rf"\g<0>{_BREAK}", text)
        return _SPECIAL.sub(r"\\\g<0>", text) if self._is_any(_MARKDOWN) else text

    def link(self, address: str) -> str:
        """An address that the chat makes a link of, and Discord no picture."""
        return f"<{address}>" if self._is_any(_MARKDOWN) else address

    def _is_any(self, schemas: frozenset[str]) -> bool:
        return not schemas.isdisjoint({*_names(self._service.protocol), *_names(self._service.secure_protocol)})

    def split(self, pieces: Sequence[Piece]) -> list[list[Piece]]:
        """Pieces in as few messages as the service's limit allows; one that is too long by itself stands alone."""
        most = max(_LEAST, min(int(self._service.body_maxlen), _MOST) - _ROOM)
        messages: list[list[Piece]] = []
        used = 0
        for piece in pieces:
            size = _length(piece.text) + 2
            if not messages or used + size > most:
                messages.append([])
                used = 0
            messages[-1].append(piece)
            used += size
        return messages

    def send(self, title: str, pieces: Sequence[Piece]) -> None:
        """Hand one message over; raises `DeliveryError`, which tells no part of the address."""
        with _said() as said:
            body = body_of(pieces)
            try:
                taken = self._service.notify(body=body, title=title, notify_type=self._info, body_format=self._text)
            except Exception as error:  # there are 170 services, each with errors of its own
                taken = False
                said.append(f"{type(error).__name__}: {error}")
        if not taken:
            reasons = "; ".join(dict.fromkeys(map(self._without_secrets, said))) or "no reason given"
            raise DeliveryError(f"{self.kind} did not take it: {reasons}")

    def _without_secrets(self, text: str) -> str:
        parts = {self._address, *re.split(r"[/:@?&=\s]+", self._address.partition("://")[2])}
        for part in sorted((part for part in parts if len(part) > 3), key=len, reverse=True):
            text = text.replace(part, "…")
        return " ".join(text.split())[:300]


def body_of(pieces: Sequence[Piece]) -> str:
    """The text of a message."""
    return "\n\n".join(piece.text for piece in pieces)


def _names(protocol: Any) -> tuple[str, ...]:
    return () if not protocol else (protocol,) if isinstance(protocol, str) else tuple(protocol)


def _length(text: str) -> int:
    """Units of UTF-16: no service counts more."""
    return len(text.encode("utf-16-le", "replace")) // 2


class _Kept(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())


@contextmanager
def _said() -> Iterator[list[str]]:
    """What apprise warns of meanwhile, which is kept from the terminal: it may hold an address."""
    said: list[str] = []
    logger, handler = logging.getLogger("apprise"), _Kept(said)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated
