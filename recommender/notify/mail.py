"""A message as mail: its headers, and the conversation with the server, in which nothing is said before TLS.

A failure before the server was given the text is a failure; one while it was to say that it has it leaves open whether
it has.
"""

import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import certifi

from recommender.config import Config
from recommender.config.checks import is_mailbox
from recommender.digest.message import Message
from recommender.errors import DeliveryError, InputError
from recommender.notify import secrets

_PORTS = {"tls": 465, "starttls": 587}
_OK, _FORWARDED = 250, 251
_LONGEST_REPLY = 200


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in, and by whom."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    timeout: float

    @classmethod
    def of(cls, config: Config) -> "Server":
        """What [mail] says, with its secrets; raises `InputError`."""
        mail = config.mail
        user = secrets.read(mail.user, config, "[mail] user")
        sender = _mailbox(secrets.read(mail.sender, config, "[mail] sender") or user, "[mail] sender")
        password = secrets.read(mail.password, config, "[mail] password")
        port = mail.port or _PORTS[mail.security]
        return cls(mail.host, port, mail.security, user, password, sender, mail.timeout_seconds)


def receivers(texts: Sequence[str], config: Config, name: str) -> list[str]:
    """The addresses of a target, each once; an `env:NAME` may hold several with commas. Raises `InputError`."""
    key = f"[[notify]] {name} to"
    listed = [one.strip() for text in texts for one in secrets.read(text, config, key).split(",")]
    return list(dict.fromkeys(_mailbox(one, key) for one in listed if one))


def _mailbox(text: str, key: str) -> str:
    if not is_mailbox(text):
        raise InputError(f"{key}: holds no e-mail address in ASCII; write one such as me@example.org")
    return text


def compose(
    message: Message, *, server: Server, to: Sequence[str], name: str, content: str, now: datetime
) -> EmailMessage:
    """A mail of both forms of a message. What it is called follows from what it says, to whom, and nothing else."""
    address, domain = server.sender, server.sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("recommend", addr_spec=address)
    mail["To"] = tuple(Address(addr_spec=one) for one in to)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{content}@{domain}>"
    mail["List-Id"] = f"recommend {name} <{list_id(address, name)}>"
    mail["List-Unsubscribe"] = f"<mailto:{address}?subject=unsubscribe>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for part in mail.walk():
        del part["MIME-Version"]
    mail["MIME-Version"] = "1.0"
    boundary = hashlib.sha256(f"{content}\0{message.html}".encode()).hexdigest()[:32]
    mail.set_boundary(f"=_{boundary}")
    return mail


def list_id(sender: str, name: str) -> str:
    """What mail programs sort by: the same for ever for one target; RFC 2919 gives `localhost` to lists like ours."""
    return f"{name.lower().strip('.')}.{hashlib.sha256(f'{sender}/{name}'.encode()).hexdigest()[:32]}.localhost"


def send(mail: EmailMessage, server: Server, to: Sequence[str]) -> str:
    """Hand a mail in; what is to be said of those whom the server refused, empty where all was taken.

    Raises `DeliveryError`, which tells no secret; an `unsure` one where the server may have taken the mail.
    """
    try:
        smtp = _connected(server)
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"{server.host}:{server.port}: {_reason(error)}") from error
    try:
        return _hand_in(smtp, mail.as_bytes(), server, to)
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"{server.host}:{server.port}: {_reason(error)}") from error
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.docmd("QUIT")  # what it says to that changes nothing
        smtp.close()


def _connected(server: Server) -> smtplib.SMTP:
    """A conversation under TLS; raises where the server has none, or no certificate that its name is in."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
    smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    try:
        smtp.starttls(context=context)  # raises where it is not offered, or offered and then refused
    except BaseException:
        smtp.close()
        raise
    return smtp


def _hand_in(smtp: smtplib.SMTP, text: bytes, server: Server, to: Sequence[str]) -> str:
    if server.user:
        smtp.login(server.user, server.password)
    smtp.ehlo_or_helo_if_needed()
    code, reply = smtp.mail(server.sender)
    if code != _OK:
        raise smtplib.SMTPSenderRefused(code, reply, server.sender)
    answers = {one: smtp.rcpt(one) for one in to}
    refused = {one: answer for one, answer in answers.items() if answer[0] not in (_OK, _FORWARDED)}
    if len(refused) == len(to):
        raise smtplib.SMTPRecipientsRefused(refused)
    try:
        code, reply = smtp.data(text)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise DeliveryError(
            f"{server.host}:{server.port}: the connection broke before the server said that it has the mail",
            unsure=True,
        ) from error
    if code != _OK:
        raise smtplib.SMTPDataError(code, reply)
    return f"refused for {len(refused)} of {len(to)} addresses: {_refusals(refused)}" if refused else ""


def _reason(error: Exception) -> str:
    """A failure in one clause."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message}); nothing was sent"
        case ssl.SSLError():
            return f"no TLS with it ({error.reason or error}); [mail] security and port may not fit each other"
        case smtplib.SMTPNotSupportedError():
            return f"{error} nothing was sent".replace(". nothing", ", so nothing")
        case smtplib.SMTPAuthenticationError():
            return f"refuses the login ({_reply(error.smtp_code, error.smtp_error)})"
        case smtplib.SMTPRecipientsRefused():
            return f"refuses all addresses ({_refusals(error.recipients)})"
        case smtplib.SMTPResponseException():
            return f"refuses the mail ({_reply(error.smtp_code, error.smtp_error)})"
        case TimeoutError():
            return "does not answer in time"
        case OSError():
            return error.strerror or str(error) or "the connection broke"
        case _:
            return str(error)


def _refusals(refused: "dict[str, tuple[int, bytes]]") -> str:
    return "; ".join(sorted({_reply(*answer) for answer in refused.values()}))


def _reply(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(said.split())}"[:_LONGEST_REPLY]
