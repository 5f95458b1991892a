"""What keeps strangers out of a served library: other pages in the reader's browser, other names, other people."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from recommender.errors import InputError
from recommender.fronts.cli import main
from recommender.fronts.web.access import Access
from recommender.fronts.web.server import listen
from tests.helpers import small_home
from tests.helpers.served import Served, serving

TOKEN = "a-token-of-enough-signs"
LIKE = "/api/v1/profile/papers/2601.00000"
SAID = '{"rating": "like"}'
JSON = {"Content_Type": "application/json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = small_home.fill(tmp_path_factory.mktemp("served"), small_home.papers())
    (folder / "config.toml").write_text('[[sections]]\ntitle = "Galaxies"\n', encoding="utf-8")
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = small_home.fill(tmp_path_factory.mktemp("guarded"), small_home.papers()[:3])
    with serving(folder, token=TOKEN) as running:
        yield running


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost:1", "", "127.0.0.1.nip.io"]
)
@pytest.mark.parametrize(
    "path", ["/", "/api/v1/search?q=galaxies", "/healthz", "/feeds/sections/all.atom", "/openapi.json"]
)
def test_a_request_that_names_another_host_is_refused(served: Served, host: str, path: str) -> None:
    answer = served.ask("GET", path, Host=host.format(port=served.port))
    assert answer.status == 400
    assert f"127.0.0.1:{served.port}" in answer.json["remedy"]
    assert b"galax" not in answer.body.lower()


def test_two_hosts_or_none_are_refused(served: Served) -> None:
    for lines in (f"Host: 127.0.0.1:{served.port}\r\nHost: evil.example\r\n", ""):
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as raw:
            raw.sendall(f"GET /healthz HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
            assert raw.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_the_names_of_this_machine_are_answered(served: Served, name: str) -> None:
    assert served.ask("GET", "/healthz", Host=f"{name}:{served.port}").json == {"status": "ok"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_pages_script_or_image_is_told_nothing(served: Served, site: str) -> None:
    answer = served.ask("GET", "/api/v1/profile", Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors")
    assert answer.status == 403
    assert served.ask("GET", "/api/v1/profile", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate").status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content_Type": "text/plain; application/json"}, 415),
        ({}, 415),
        (JSON | {"Origin": "http://evil.example"}, 403),
        (JSON | {"Origin": "null"}, 403),
        (JSON | {"Origin": "http://127.0.0.1:1"}, 403),
        (JSON | {"Sec_Fetch_Site": "cross-site"}, 403),
        (JSON | {"Sec_Fetch_Site": "same-site"}, 403),
        (JSON | {"Host": "evil.example", "Origin": "http://evil.example", "Sec_Fetch_Site": "same-origin"}, 400),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", LIKE), ("POST", "/api/v1/sections"), ("POST", "/api/v1/update"), ("POST", "/login")]
)
def test_what_another_page_can_send_changes_nothing(
    served: Served, headers: dict[str, str], status: int, method: str, path: str
) -> None:
    assert served.ask(method, path, SAID, **headers).status == status
    assert served.get("/api/v1/profile")["ratings"] == []
    assert len(served.get("/api/v1/sections")["sections"]) == 1


def test_another_page_cannot_delete(served: Served) -> None:
    assert served.ask("DELETE", "/api/v1/sections/galaxies", Origin="http://evil.example").status == 403
    assert served.ask("DELETE", "/api/v1/sections/galaxies", Sec_Fetch_Site="cross-site").status == 403
    assert served.get("/api/v1/sections/galaxies")["title"] == "Galaxies"


def test_nothing_changes_by_get_and_no_method_is_smuggled(served: Served) -> None:
    schema = served.get("/openapi.json")["paths"]
    writes = [(path, verb) for path, verbs in schema.items() for verb in verbs if verb != "get"]
    assert len(writes) == 11
    assert served.ask("POST", LIKE, SAID, X_HTTP_Method_Override="PUT", **JSON).status == 405
    assert served.ask("GET", f"{LIKE}?_method=PUT&rating=like").status == 405
    assert served.get("/api/v1/profile")["ratings"] == []


def test_a_preflight_is_not_granted_and_no_answer_names_an_origin(served: Served) -> None:
    asks = {"Access_Control_Request_Method": "PUT", "Access_Control_Request_Headers": "content-type"}
    answer = served.ask("OPTIONS", LIKE, Origin="http://evil.example", **asks)
    assert answer.status == 405
    for found in (answer, served.ask("GET", "/api/v1/status", Origin="http://evil.example")):
        assert not [name for name in found.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path", ["/", "/login", "/api/v1/status", "/assets/site/site.css", "/nothing", "/openapi.json"]
)
def test_every_answer_forbids_what_it_does_not_need(served: Served, path: str) -> None:
    headers = served.ask("GET", path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


def test_a_body_that_is_too_long_or_of_no_known_length_is_not_read(served: Served) -> None:
    assert served.ask("PUT", LIKE, "x" * 1_000_001, **JSON).status == 413
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request("PUT", LIKE, iter([b"{}"]), {"Content-Type": "application/json"}, encode_chunked=True)
    assert connection.getresponse().status == 411
    connection.close()


def test_a_path_leads_out_of_no_folder(served: Served) -> None:
    for path in (
        "/assets/../guard.py",
        "/assets/%2e%2e/guard.py",
        "/assets/site/..%2f..%2fpages.py",
        "/assets//etc/passwd",
    ):
        assert served.ask("GET", path).status == 404


# -- the token ---------------------------------------------------------------------------------------------------


def test_with_a_token_nothing_is_answered_without_it(guarded: Served) -> None:
    for path in ("/api/v1/search?q=codes", "/openapi.json", "/feeds/sections/all.atom", "/papers/2601.00000"):
        answer = guarded.ask("GET", path)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    for wrong in ("Bearer nothing", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"):
        assert guarded.ask("GET", "/api/v1/status", Authorization=wrong).status == 401
    assert guarded.ask("PUT", LIKE, SAID, **JSON).status == 401
    assert guarded.ask("GET", f"/api/v1/status?token={TOKEN}").status == 401, "never in an address"
    assert guarded.ask("GET", "/api/v1/search?q=codes", Authorization=f"Bearer {TOKEN}").status == 200


def test_a_browser_is_led_to_the_login_and_keeps_a_cookie_that_does_not_tell_the_token(guarded: Served) -> None:
    led = guarded.ask("GET", "/", Accept="text/html,*/*")
    assert (led.status, led.headers["location"]) == (303, "/login")
    assert guarded.ask("GET", "/login").status == 200
    assert guarded.ask("POST", "/login", {"token": "wrong"}).status == 401
    cookie = guarded.ask("POST", "/login", {"token": TOKEN}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    kept = cookie.split(";")[0]
    assert guarded.ask("GET", "/", Accept="text/html", Cookie=kept).status == 200
    assert guarded.ask("GET", "/", Accept="text/html", Cookie=f"{kept[:-1]}x").status == 303
    forged = guarded.ask("PUT", LIKE, SAID, Cookie=kept, Origin="http://evil.example", **JSON)
    assert forged.status == 403, "the token does not excuse another page"


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        (TOKEN, 0o644, "chmod 600"),
        (TOKEN, 0o660, "chmod 600"),
        ("short", 0o600, "16 characters"),
        ("", 0o600, "16 characters"),
        ("two words of a token", 0o600, "without blanks"),
        ("tökentökentökentöken", 0o600, "ASCII"),
    ],
)
def test_a_token_that_others_can_read_or_guess_is_refused(tmp_path: Path, text: str, mode: int, says: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    with pytest.raises(InputError, match=says):
        Access.of(file)
    with pytest.raises(InputError, match="no such file"):
        Access.of(tmp_path / "nothing")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_no_other_address_is_listened_on_without_a_token(host: str) -> None:
    with pytest.raises(InputError, match="--token-file"):
        listen(host, 0, Access())


def test_a_port_that_is_taken_is_one_line(home: Any) -> None:
    with listen("127.0.0.1", 0, Access()) as taken:
        ended = CliRunner().invoke(main, ["serve", "--port", str(taken.getsockname()[1])])
    assert ended.exit_code == 1
    assert ended.stderr.count("\n") == 1
    assert "choose another --port" in ended.stderr
