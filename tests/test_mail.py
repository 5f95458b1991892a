"""Mail: what leaves is handed in under TLS or not at all, to a real server on loopback with a real certificate."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread
from typing import Any

import pytest

from recommender import config
from recommender.digest.message import Message
from recommender.errors import ConfigError, DeliveryError, InputError
from recommender.notify import mail, secrets
from tests.helpers.post import PASSWORD, USER, MailServer, certificate, mail_server, needs_openssl

pytestmark = needs_openssl
NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
SAID = Message("Papers 2026-11-25: 1 new", "One\nhttps://arxiv.org/abs/2407.16658\n", "<p>One</p>")
TO = ["a@example.org", "b@example.org"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(autouse=True)
def trusted(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))


@pytest.fixture
def server(pair: tuple[Path, Path]) -> Iterator[MailServer]:
    with mail_server(pair) as running:
        yield running


def of(server: MailServer, **other: Any) -> mail.Server:
    told = mail.Server("localhost", server.port, "tls", USER, PASSWORD, USER, 5.0)
    return replace(told, **other)


def send(server: mail.Server, to: list[str] | None = None, message: Message = SAID) -> str:
    whole = mail.compose(message, server=server, to=to or TO, name="me", content="c0ffee", now=NOW)
    return mail.send(whole, server, to or TO)


def test_a_mail_arrives_at_all_addresses_with_both_forms(server: MailServer) -> None:
    assert send(of(server)) == ""
    assert server.logins == [(USER.encode(), PASSWORD.encode())]
    assert server.receivers == [TO]
    (arrived,) = server.mails
    text, html = (part.get_content() for part in arrived.iter_parts())
    assert (text.splitlines(), html.strip()) == (SAID.text.splitlines(), "<p>One</p>")
    assert arrived.get_content_type() == "multipart/alternative"
    assert "https://arxiv.org/abs/2407.16658" in text


def test_its_headers_say_that_a_program_wrote_it_and_how_to_get_no_more(server: MailServer) -> None:
    send(of(server))
    (arrived,) = server.mails
    assert arrived["Subject"] == SAID.subject
    assert arrived["From"].addresses[0].addr_spec == USER
    assert [one.addr_spec for one in arrived["To"].addresses] == TO
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"recommend me <me\.[0-9a-f]{32}\.localhost>", arrived["List-Id"])
    assert arrived["List-Unsubscribe"] == f"<mailto:{USER}?subject=unsubscribe>"
    assert arrived["Message-ID"] == "<c0ffee@example.org>"
    assert arrived["MIME-Version"] == "1.0"
    assert arrived["Date"].datetime == NOW


def test_the_same_message_is_the_same_mail_to_the_byte(server: MailServer) -> None:
    one, two = (
        mail.compose(SAID, server=of(server), to=TO, name="me", content="c0ffee", now=NOW).as_bytes() for _ in range(2)
    )
    assert one == two


def test_starttls_is_used_before_anything_is_said(pair: tuple[Path, Path]) -> None:
    with mail_server(pair, starttls=True) as server:
        assert send(of(server, security="starttls")) == ""
    assert server.logins == [(USER.encode(), PASSWORD.encode())]
    assert len(server.mails) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_without_tls_is_told_nothing(security: str) -> None:
    with mail_server(None) as server, pytest.raises(DeliveryError, match="TLS") as error:
        send(of(server, security=security, timeout=1.0))
    assert not error.value.unsure
    assert (server.mails, server.logins) == ([], [])


def test_a_starttls_that_is_offered_and_then_refused_ends_it() -> None:
    heard: list[bytes] = []

    class Downgrade(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 hello\r\n")
            for line in self.rfile:
                heard.append(line.split()[0].upper())
                offer = b"250-hello\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"
                self.wfile.write(offer if heard[-1] == b"EHLO" else b"454 not now\r\n")

    with TCPServer(("127.0.0.1", 0), Downgrade) as listening:
        Thread(target=listening.handle_request, daemon=True).start()
        with pytest.raises(DeliveryError, match="454 not now") as error:
            send(of(MailServer(port=listening.server_address[1]), security="starttls"))
    assert not error.value.unsure
    assert set(heard) <= {b"EHLO", b"STARTTLS", b"QUIT"}, "neither the password nor the mail"


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_nobody_we_trust_ends_it(
    security: str, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with (
        mail_server(pair, starttls=security == "starttls") as server,
        pytest.raises(DeliveryError, match="certificate is not trusted"),
    ):
        send(of(server, security=security))
    assert (server.mails, server.logins) == ([], [])


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_another_name_ends_it(security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = certificate(tmp_path, "mail.example.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(other[0]))
    with (
        mail_server(other, starttls=security == "starttls") as server,
        pytest.raises(DeliveryError, match=r"certificate is not trusted.*localhost"),
    ):
        send(of(server, security=security))
    assert (server.mails, server.logins) == ([], [])


def test_a_wrong_password_is_a_line_that_does_not_hold_it(server: MailServer) -> None:
    with pytest.raises(DeliveryError, match="refuses the login") as error:
        send(of(server, password="hunter2, really"))
    assert "hunter2" not in str(error.value)
    assert server.mails == []


def test_a_login_that_the_server_does_not_offer_is_not_left_out(pair: tuple[Path, Path]) -> None:
    with mail_server(pair, login=False) as server, pytest.raises(DeliveryError, match="authentication"):
        send(of(server))
    assert server.mails == []


def test_a_refused_mail_is_refused_for_sure(server: MailServer) -> None:
    server.answer = "554 looks like spam"
    with pytest.raises(DeliveryError, match=r"refuses the mail \(554 looks like spam\)") as error:
        send(of(server))
    assert not error.value.unsure


def test_some_refused_addresses_are_told_and_the_others_have_it(server: MailServer) -> None:
    server.refuse = {"b@example.org"}
    assert send(of(server)) == "refused for 1 of 2 addresses: 550 nobody of that name"
    assert server.receivers == [["a@example.org"]]
    server.refuse = set(TO)
    with pytest.raises(DeliveryError, match="refuses all addresses"):
        send(of(server))
    assert len(server.mails) == 1


def test_a_connection_that_breaks_before_the_answer_leaves_it_open(server: MailServer) -> None:
    def breaks() -> None:
        raise ConnectionResetError

    server.before_answer = breaks
    with pytest.raises(DeliveryError, match="broke before the server said that it has the mail") as error:
        send(of(server))
    assert error.value.unsure
    assert len(server.mails) == 1


def test_nobody_there_is_one_line(server: MailServer) -> None:
    with pytest.raises(DeliveryError, match=r"localhost:9: Connection refused"):
        send(of(server, port=9))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_no_text_can_begin_a_header_of_its_own(end: str, server: MailServer) -> None:
    evil = f"Papers{end}Bcc: victim@example.org{end}{end}body"
    try:
        made = mail.compose(
            replace(SAID, subject=evil), server=of(server), to=TO, name="me", content="c0ffee", now=NOW
        ).as_bytes()
    except ValueError:
        return
    parsed = message_from_bytes(made, policy=default)
    assert parsed["Bcc"] is None
    assert parsed.is_multipart()


@pytest.mark.parametrize(
    "address", ["me", "me@", "a b@c.de", "me@example.org\nBcc: x@y.z", "<me@example.org>", "mé@example.org", "a@b@c"]
)
def test_what_is_no_address_is_refused_wherever_it_stands(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tables: dict[str, Any] = {
        "mail": {"host": "localhost", "sender": USER},
        "notify": [{"name": "me", "to": [address]}],
    }
    with pytest.raises(ConfigError, match=r"\[\[notify\]\] 1 to"):
        config.parse(tables, folder=tmp_path)
    monkeypatch.setenv("MAIL_TO", f"you@example.org,{address}")
    with pytest.raises(InputError, match=r"\[\[notify\]\] me to"):
        mail.receivers(["env:MAIL_TO"], config.parse({}, folder=tmp_path), "me")


# -- secrets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret", ["hunter2", "password=hunter2", "env:", "env:A-B", "file:", "file:a\nb", 5, ["hunter2"]]
)
@pytest.mark.parametrize("key", ["mail", "notify"])
def test_a_secret_in_config_toml_is_an_error_that_does_not_repeat_it(key: str, secret: Any, tmp_path: Path) -> None:
    tables: dict[str, Any] = {
        "mail": {"mail": {"password": secret}},
        "notify": {"notify": [{"name": "me", "chat": secret}]},
    }
    with pytest.raises(ConfigError, match="env:NAME or file:PATH") as error:
        config.parse(tables[key], folder=tmp_path)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("table", [{"mail": "hunter2"}, {"notify": "hunter2"}, {"notify": ["hunter2"]}])
def test_nor_does_one_about_the_table(table: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        config.parse(table, folder=tmp_path)
    assert "hunter2" not in str(error.value)


def test_a_secret_comes_from_the_environment_or_a_file_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = config.parse({}, folder=tmp_path)
    monkeypatch.setenv("SMTP_PASSWORD", f"{PASSWORD}\n")
    assert secrets.read("env:SMTP_PASSWORD", settings, "key") == PASSWORD
    (tmp_path / "secret").write_text(f"{PASSWORD}\n")
    (tmp_path / "secret").chmod(0o600)
    assert secrets.read("file:secret", settings, "key") == PASSWORD
    (tmp_path / "secret").chmod(0o640)
    with pytest.raises(InputError, match=r"key: .*secret may be read by others; run `chmod 600"):
        secrets.read("file:secret", settings, "key")


@pytest.mark.parametrize("reference", ["env:NOWHERE", "env:EMPTY", "env:LINES", "file:nowhere", "file:."])
def test_a_secret_that_is_not_there_is_one_line_that_names_the_key(
    reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("EMPTY", " ")
    monkeypatch.setenv("LINES", "hunter2\nhunter3")
    with pytest.raises(InputError, match=r"^\[mail\] password: ") as error:
        secrets.read(reference, config.parse({}, folder=tmp_path), "[mail] password")
    assert "hunter2" not in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"notify": [{"to": ["a@b.c"]}]}, "`name` is missing"),
        ({"notify": [{"name": "a b"}]}, "name = 'a b'"),
        ({"notify": [{"name": "me"}]}, "either `to`"),
        ({"notify": [{"name": "me", "to": ["a@b.c"], "chat": "env:X"}]}, "not both"),
        ({"notify": [{"name": "me", "chat": "env:X"}, {"name": "me", "chat": "env:Y"}]}, "names must differ"),
        ({"notify": [{"name": "me", "to": ["a@b.c"]}]}, r"\[mail\] host is empty"),
        ({"notify": [{"name": "me", "to": ["a@b.c"]}], "mail": {"host": "h"}}, r"\[mail\] sender is empty"),
        ({"mail": {"user": "me"}}, "`password` is empty"),
        ({"mail": {"security": "none"}}, "'tls', 'starttls'"),
        ({"mail": {"host": "smtp.example.org:25"}}, r"\[mail\] host"),
        ({"notify": [{"name": "me", "chat": "env:X", "what": []}]}, r"what = \[\]"),
    ],
)
def test_a_target_that_could_not_be_told_is_refused(tables: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        config.parse(tables, folder=tmp_path)
