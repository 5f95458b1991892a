"""The tables of config.toml about delivery: who is told what is new, and the server that takes mail to send."""

from dataclasses import dataclass
from typing import Literal

from recommender.config import checks
from recommender.config.keys import key as _key

Content = Literal["profile", "sections", "searches"]


@dataclass(frozen=True, slots=True)
class NotifyConfig:
    """[[notify]]: one that is told what is new, by mail or in a chat."""

    name: str = _key(
        "",
        "what `recommend notify NAME` calls it",
        lambda text: checks.NAME.fullmatch(text) is not None,
        "letters, digits, `.`, `-` and `_`",
    )
    to: tuple[str, ...] = _key(
        (),
        'the e-mail addresses of one mail, e.g. ["me@example.org"], or where they stand: ["env:MAIL_TO"]',
        checks.mailboxes,
        checks.WANTS_MAILBOXES,
    )
    chat: str = _key(
        "",
        "where apprise's address of a chat stands, e.g. `env:CHAT_URL`; a target has either this or `to`",
        checks.reference_or_empty,
        checks.WANTS_SECRET,
        secret=True,
    )
    what: tuple[Content, ...] = _key(
        ("profile", "sections", "searches"),
        "what it is told of",
        lambda names: len(set(names)) == len(names) > 0,
        "some",
    )
    when: Literal["news", "always", "weekly"] = _key(
        "news", "once a day if there is anything new, or could not be fetched; once a day; once a week"
    )
    top: int = _key(
        10, "most papers that a mail lists of a section; a chat message lists ten at most in all", *checks.up_to(1000)
    )
    title: str = _key("Papers", "what a subject begins with", checks.text, checks.WANTS_TEXT)
    url: str = _key(
        "",
        "address of the whole digest, for the link to it; empty: as in [issue]",
        checks.address_or_empty,
        "empty, or an https:// address",
    )


@dataclass(frozen=True, slots=True)
class MailConfig:
    """[mail]: the server that takes mail to send, for [[notify]]."""

    host: str = _key("", "its name, e.g. smtp.example.org", checks.host_or_empty, checks.WANTS_HOST)
    port: int = _key(0, "its port; 0: 465 for tls, 587 for starttls", *checks.between(0, 65_535))
    security: Literal["tls", "starttls"] = _key(
        "tls", "TLS from the first byte on, or STARTTLS; where the server offers neither, nothing is sent"
    )
    user: str = _key("", "the name to log in with, or `env:NAME` where it stands; empty: no login")
    password: str = _key(
        "",
        "where the password stands: `env:NAME`, or `file:PATH` of a file that nobody else may read",
        checks.reference_or_empty,
        checks.WANTS_SECRET,
        secret=True,
    )
    sender: str = _key(
        "",
        "the address that mail comes from; empty: `user`",
        checks.mailbox_or_empty,
        checks.WANTS_MAILBOXES,
    )
    timeout_seconds: float = _key(30.0, "longest wait for one answer of the server", *checks.up_to(600))
