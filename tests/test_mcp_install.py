"""An assistant's settings: the entry that starts the server, merged without losing anything."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recommender.fronts.cli import main

CLIENTS = ["claude-desktop", "vscode", "codex"]
KEYS = {"claude-desktop": "mcpServers", "vscode": "servers", "codex": "mcp_servers"}


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "settings"
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA", "CODEX_HOME"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setattr("sys.platform", "linux")
    return folder


def install(client: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["mcp", "install", "--client", client, *options])


def file_of(client: str, settings: Path) -> Path:
    return {
        "claude-desktop": settings / "Claude" / "claude_desktop_config.json",
        "vscode": settings / "Code" / "User" / "mcp.json",
        "codex": settings / "config.toml",
    }[client]


def read(client: str, text: str) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = tomllib.loads(text) if client == "codex" else json.loads(text)
    return found


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_printed_names_absolute_paths_and_is_what_write_merges(client: str, settings: Path, home: Path) -> None:
    printed = install(client, "--allow-changes")
    entry = read(client, printed.stdout)[KEYS[client]]["recommend"]
    assert Path(str(entry["command"])).is_absolute()
    assert entry["args"][-4:] == ["mcp", "--config", str(home / "config.toml"), "--write"]  # type: ignore[index]
    assert entry.get("type") == ("stdio" if client == "vscode" else None)
    assert not settings.exists()
    assert install(client, "--allow-changes", "--write").exit_code == 0
    assert read(client, file_of(client, settings).read_text("utf-8"))[KEYS[client]]["recommend"] == entry


@pytest.mark.parametrize(
    ("client", "text"),
    [
        ("claude-desktop", '{\n    "a": "b",\n    "mcpServers": {"other": {"command": "é", "env": {"K": "s"}}}\n}\n'),
        ("vscode", '\ufeff{"inputs": [1.5, null], "servers": {}}'),
        ("codex", '# mine\nmodel = "o"   # keep\n\n[mcp_servers.other]\ncommand = "x"\n\n[profiles.a]\nb = 1\n'),
        ("codex", 'mcp_servers.other = { command = "x" }\n'),
        ("vscode", "  \n"),
    ],
)  # fmt: skip
def test_what_is_there_stays_and_is_kept_beside_it(client: str, text: str, settings: Path) -> None:
    path = put(file_of(client, settings), text)
    path.chmod(0o600)
    assert "before-1" in install(client, "--write").stderr
    before = read(client, text.removeprefix("\ufeff")) if text.strip() else {}
    after = read(client, path.read_text("utf-8"))
    servers = after.pop(KEYS[client])
    del servers["recommend"]
    assert (after, servers) == ({k: v for k, v in before.items() if k != KEYS[client]}, before.get(KEYS[client], {}))
    kept = path.with_name(f"{path.name}.before-1")
    assert kept.read_text("utf-8") == text
    assert {found.stat().st_mode & 0o777 for found in (path, kept)} == {0o600}
    if client == "codex" and "#" in text:
        assert path.read_text("utf-8").startswith('# mine\nmodel = "o"   # keep\n')
    assert "has it already" in install(client, "--write").stderr
    assert len(list(path.parent.iterdir())) == 2, "nothing changed, nothing kept"


def test_an_entry_of_ours_is_brought_up_to_date_with_what_was_added_to_it(settings: Path) -> None:
    entry = {"command": "/old/recommend", "args": ["mcp"], "env": {"A": "1"}, "disabled": True}
    path = put(file_of("claude-desktop", settings), json.dumps({"mcpServers": {"recommend": entry}}))
    assert install("claude-desktop", "--write").exit_code == 0
    now = json.loads(path.read_text("utf-8"))["mcpServers"]["recommend"]
    assert (now["env"], now["disabled"], now["command"] != "/old/recommend") == ({"A": "1"}, True, True)


@pytest.mark.parametrize(
    ("client", "text", "says"),
    [
        ("claude-desktop", '{"mcpServers": {', "is not plain JSON"),
        ("vscode", '{ // mine\n "servers": {} }', "is not plain JSON"),
        ("vscode", '{"a": 1, "a": 2}', "twice"),
        ("vscode", '{"a": NaN}', "NaN"),
        ("vscode", "[]", "holds no settings"),
        ("vscode", '{"servers": []}', "is no table"),
        ("codex", "a = [", "is not TOML"),
        ("codex", 'mcp_servers = "x"', "is no table"),
        ("claude-desktop", '{"mcpServers": {"recommend": {"command": "npx", "args": []}}}', "choose another --name"),
        ("claude-desktop", '{"mcpServers": {"recommend": 5}}', "choose another --name"),
    ],
)  # fmt: skip
def test_damaged_settings_and_servers_of_others_are_one_line_and_left(
    client: str, text: str, says: str, settings: Path
) -> None:
    path = put(file_of(client, settings), text)
    ended = install(client, "--write")
    assert (ended.exit_code, ended.stderr.count("\n")) == (1, 1)
    assert says in ended.stderr
    assert path.read_text("utf-8") == text
    assert list(path.parent.iterdir()) == [path]


def test_options_of_the_server_before_install_are_a_mistake() -> None:
    ended = CliRunner().invoke(main, ["mcp", "--write", "install", "--client", "codex"])
    assert ended.exit_code == 2
    assert "options go behind `recommend mcp install`" in ended.stderr
