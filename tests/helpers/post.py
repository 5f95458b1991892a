"""Servers on loopback that take messages: mail with TLS and a certificate of their own, and chats over HTTP."""

import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "reader@example.org", "correct horse, battery: staple"
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate for a name, signed by itself, and its key; whoever wants to trust it sets SSL_CERT_FILE."""
    made, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(made)], check=True, capture_output=True)
    return made, key


@dataclass
class MailServer:
    """What a server was given, and how it behaves."""

    mails: list[EmailMessage] = field(default_factory=list)
    receivers: list[list[str]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    answer: str = "250 taken"
    "to a mail"
    refuse: set[str] = field(default_factory=set)
    "addresses that it does not take"
    before_answer: Callable[[], None] = lambda: None
    "called when a mail has been taken, and before that is said"
    port: int = 0

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:  # noqa: N802
        """Take or refuse a receiver."""
        if address in self.refuse:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail."""
        if self.answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.receivers.append(list(envelope.rcpt_tos))
        self.before_answer()
        return self.answer

    def authenticate(self, _: SMTP, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
        """Let in who knows the password."""
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login, given.password))
        return AuthResult(success=given == LoginPassword(USER.encode(), PASSWORD.encode()), handled=False)


@contextmanager
def mail_server(pair: tuple[Path, Path] | None, *, starttls: bool = False, login: bool = True) -> Iterator[MailServer]:
    """A server under TLS, or with STARTTLS; with no certificate one that has neither."""
    server = MailServer()
    context = None
    if pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=_free_port(),
        ssl_context=context if not starttls else None,
        tls_context=context if starttls else None,
        authenticator=server.authenticate,
        auth_require_tls=starttls,
        auth_exclude_mechanism=() if login else ("LOGIN", "PLAIN"),
        server_hostname="localhost",
    )
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class ChatServer:
    """What a chat was given: path and JSON of each message, and how it answers."""

    posts: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    "of the next answers, before `status`"
    address: str = ""


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """An HTTP server that takes what is posted."""
    server = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = server.statuses.pop(0) if server.statuses else server.status
            if status < 300:
                server.posts.append((self.path, json.loads(body)))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.address = f"127.0.0.1:{listening.server_address[1]}"
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
