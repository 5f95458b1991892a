"""The entry in an assistant's settings that starts `recommend mcp`: shown, or merged into what is there."""

import json
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.errors import InputError
from recommender.text_files import read_text, write_text

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Client:
    """A program whose settings name the servers that it starts."""

    key: str
    "under which its settings have them"
    path: Callable[[], Path]
    toml: bool = False
    "whether its settings are TOML; else they are JSON"
    more: tuple[tuple[str, str], ...] = ()
    "what it wants to know of each server besides"

    def shown(self, name: str, entry: Entry) -> str:
        """Settings with this server alone."""
        return self._with("", {**dict(self.more), **entry}, name)

    def merge(self, name: str, entry: Entry) -> str:
        """Put the server into the settings and leave everything else; what was done, in one line.

        The settings as they were are kept beside them. Raises `InputError`, and leaves them, where they cannot be read
        or name another server so.
        """
        path = self.path()
        before = read_text(path)
        there = self._read(before, path)
        servers = there.get(self.key, {})
        if not isinstance(servers, dict):
            raise InputError(f"{path}: {self.key} is no table; mend it, or add by hand what is printed without --write")
        old = servers.get(name)
        if old is not None and not _is_ours(old):
            raise InputError(f"{path}: {name!r} is another server already; choose another --name")
        fresh = {**dict(self.more), **(old or {}), **entry}
        if old == fresh:
            return f"{path} has it already"
        after = self._with(before, fresh, name)
        if self._read(after, path) != there | {self.key: servers | {name: fresh}}:
            raise InputError(
                f"{path}: is written in a way that cannot be kept; add by hand what is printed without --write"
            )
        kept = _kept(path) if before else None
        write_text(path, after)
        return f"written to {path}{f', of before in {kept.name}' if kept else ''}; restart the client"

    def _read(self, text: str, path: Path) -> dict[str, Any]:
        """Settings as a table; raises `InputError`."""
        try:
            found = tomllib.loads(text) if self.toml else _json(text)
        except (ValueError, RecursionError) as error:
            kind = "TOML" if self.toml else "plain JSON"
            raise InputError(
                f"{path}: is not {kind} ({error}); mend it, or add by hand what is printed without --write"
            ) from error
        if not isinstance(found, dict):
            raise InputError(f"{path}: holds no settings; mend it, or add by hand what is printed without --write")
        return found

    def _with(self, text: str, entry: Entry, name: str) -> str:
        return _in_toml(text, self.key, name, entry) if self.toml else _in_json(text, self.key, name, entry)


def entry_of(config: Path, *, allow_changes: bool) -> Entry:
    """How to start the server for a config.toml, from whatever folder and without a PATH."""
    script = Path(sys.executable).absolute().parent / ("recommend.exe" if os.name == "nt" else "recommend")
    start = [str(script)] if script.is_file() else [str(Path(sys.executable).absolute()), "-m", "recommender"]
    more = ["--write"] if allow_changes else []
    return {"command": start[0], "args": [*start[1:], "mcp", "--config", str(config), *more]}


def _is_ours(entry: object) -> bool:
    """Whether an entry starts `recommend mcp`, from wherever."""
    if not isinstance(entry, dict):
        return False
    command, args = entry.get("command"), entry.get("args")
    if not isinstance(command, str) or not isinstance(args, list):
        return False
    script = re.split(r"[\\/]", command)[-1] in ("recommend", "recommend.exe") and args[:1] == ["mcp"]
    return script or args[:3] == ["-m", "recommender", "mcp"]


def _json(text: str) -> Any:
    text = text.removeprefix("\ufeff")
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse) if text.strip() else {}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _in_json(text: str, key: str, name: str, entry: Entry) -> str:
    found = _json(text)
    found[key] = found.get(key, {}) | {name: entry}
    indent = re.search(r"\n([ \t]+)\"", text)
    return json.dumps(found, indent=indent[1] if indent else 2, ensure_ascii=False) + "\n"


def _in_toml(text: str, key: str, name: str, entry: Entry) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    servers = document.setdefault(key, tomlkit.table(is_super_table=True))
    servers.setdefault(name, tomlkit.table()).update(entry)
    return tomlkit.dumps(document)


def _kept(path: Path) -> Path:
    """A copy of a file under a name that is free."""
    number = 1
    while os.path.lexists(copy := path.with_name(f"{path.name}.before-{number}")):
        number += 1
    try:
        shutil.copy2(path, copy)
    except OSError as error:
        raise InputError(f"{copy}: cannot be written ({error.strerror})") from error
    return copy


def _settings() -> Path:
    """Where programs of this system keep a user's settings."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    if os.name == "nt":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


CLIENTS = {
    "claude-desktop": Client("mcpServers", lambda: _settings() / "Claude" / "claude_desktop_config.json"),
    "vscode": Client("servers", lambda: _settings() / "Code" / "User" / "mcp.json", more=(("type", "stdio"),)),
    "codex": Client(
        "mcp_servers", lambda: Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex") / "config.toml", toml=True
    ),
}
