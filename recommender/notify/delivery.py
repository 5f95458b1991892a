"""A message on its way to one target, whatever carries it: what it says, and the sending, part by part."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from recommender.config import Config, NotifyConfig
from recommender.digest import message
from recommender.digest.message import Message
from recommender.digest.news import News
from recommender.notify import mail, secrets
from recommender.notify.chat import Chat, body_of


class Delivery(Protocol):
    """A message to one target."""

    content: str
    "hash of what it says and to whom"
    text: str
    "all of it, to be looked at"
    parts: Sequence[tuple[str, ...]]
    "what each part that is sent by itself tells of"

    def send(self, part: int) -> str:
        """Hand a part over; what is to be said of it all the same, or nothing. Raises `DeliveryError`."""


def delivery_of(config: Config, target: NotifyConfig, news: News, now: datetime) -> Delivery:
    """The message of a target's news; raises `InputError` where config.toml leads to no server, address or secret."""
    return Mail(config, target, news, now) if target.to else ToChat(config, target, news)


class Mail:
    """News as one mail, to all addresses of a target at once."""

    def __init__(self, config: Config, target: NotifyConfig, news: News, now: datetime) -> None:
        self._server = mail.Server.of(config)
        self._to = mail.receivers(target.to, config, target.name)
        url = target.url or config.issue.url
        made = message.mail(news, title=target.title, top=target.top, url=url, footer=_footer(target, self._server))
        self.content = _hash(target.name, str(news.day), *self._to, made.subject, made.text, made.html)
        self._mail = mail.compose(
            made, server=self._server, to=self._to, name=target.name, content=self.content, now=now
        )
        self.text = _shown(made, self._to)
        self.parts: Sequence[tuple[str, ...]] = [news.untold]

    def send(self, part: int) -> str:  # noqa: ARG002 - there is but one
        """Hand the mail in."""
        return mail.send(self._mail, self._server, self._to)


class ToChat:
    """News as one message in a chat, or as several where its service allows none so long."""

    def __init__(self, config: Config, target: NotifyConfig, news: News) -> None:
        key = f"[[notify]] {target.name} chat"
        self._chat = Chat(secrets.read(target.chat, config, key), target.name)
        url = target.url or config.issue.url
        pieces = message.chat(news, top=target.top, url=url, escape=self._chat.escape, link=self._chat.link)
        self._messages = self._chat.split(pieces)
        self._title = message.subject(news, target.title)
        bodies = [body_of(some) for some in self._messages]
        self.content = _hash(target.name, str(news.day), self._chat.kind, self._title, *bodies)
        self.text = "\n\n".join(f"[{self._titled(number)}]\n{body}" for number, body in enumerate(bodies))
        self.parts: Sequence[tuple[str, ...]] = [
            tuple(item for piece in some for item in piece.items) for some in self._messages
        ]

    def send(self, part: int) -> str:
        """Hand one message over."""
        self._chat.send(self._titled(part), self._messages[part])
        return ""

    def _titled(self, part: int) -> str:
        count = len(self._messages)
        return self._title if count == 1 else f"{self._title} ({part + 1}/{count})"


def _footer(target: NotifyConfig, server: mail.Server) -> str:
    return (
        f'You get this because your address stands under [[notify]] "{target.name}" in somebody\'s config.toml of '
        f"`recommend`. To get no more, write to {server.sender}, or take it out there."
    )


def _shown(made: Message, to: Sequence[str]) -> str:
    return f"To: {', '.join(to)}\nSubject: {made.subject}\n\n{made.text}"


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
