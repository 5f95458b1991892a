"""A commented config.toml and the reference of its keys, generated from the documentation that `tables` declares.

Keys that were answered stand as settings, all others as comments that show their default.
"""

import dataclasses
import json
import os
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from recommender.config.delivery import NotifyConfig
from recommender.config.reading import parse
from recommender.config.tables import Config, SectionConfig
from recommender.errors import InputError
from recommender.text_files import write_text

_HEADER = """\
# What `recommend` fetches, ranks and writes. A section needs a title; all else is optional.
# `# ` starts an explanation, `#key = ...` shows a default: remove the # to change it.
"""
_WIDTH = 118


def render(sections: Sequence[Mapping[str, Any]], settings: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a config.toml that says this and is commented throughout; raises `ConfigError` if it cannot be used.

    `sections` and `settings` hold values as TOML would give them, e.g. `[{"title": "Tsunamis"}]` and
    `{"digest": {"path": "DIGEST.md"}}`.
    """
    parse({"sections": [dict(section) for section in sections], **settings}, folder=Path())
    blocks = [_HEADER]
    for number, section in enumerate(sections):
        blocks.append(_table("[[sections]]", SectionConfig, section, described=number == 0))
    for name, cls in _tables().items():
        blocks.append(_table(f"[{name}]", cls, settings.get(name, {}), described=True))
    blocks.append(_table("#[[notify]]", NotifyConfig, {}, described=True))
    return "\n".join(blocks)


def write(path: Path, text: str, *, force: bool = False) -> None:
    """Write a new config.toml; raises `InputError` rather than overwrite one, unless `force`."""
    if os.path.lexists(path) and not force:
        raise InputError(f"{path} exists already; edit it, or use --force to write it anew")
    write_text(path, text)


def reference_page() -> str:
    """docs/configuration.md: every key of config.toml, with its default."""
    head = "# config.toml\n\nEvery key, its default and what it does; `recommend init` writes a file with all of them."
    return f"{head}\n\n{reference()}"


def reference() -> str:
    """The reference of all keys as Markdown: one table per section of the file."""
    blocks = []
    for name, cls in ({"[sections]": SectionConfig, "[notify]": NotifyConfig} | _tables()).items():
        lines = [f"### `[{name}]`", "", "| key | default | what it does |", "| --- | --- | --- |"]
        for key in dataclasses.fields(cls):
            shown = "" if key.default is None else f"`{value(key.default)}`"
            lines.append(f"| `{key.name}` | {shown} | {_sentence(key).replace('|', chr(92) + '|')} |")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def value(thing: Any) -> str:
    """A value in TOML: text, number, truth or list of these."""
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, str):
        return json.dumps(thing, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(thing, int | float):
        return repr(thing)
    return f"[{', '.join(value(item) for item in thing)}]"


def _tables() -> dict[str, type]:
    fields = [f for f in dataclasses.fields(Config) if f.name != "folder"]
    return {f.name: f.type for f in fields if isinstance(f.type, type)}


def _table(heading: str, cls: type, given: Mapping[str, Any], *, described: bool) -> str:
    """One table of the file; only the first of several `[[sections]]` is described."""
    about = (cls.__doc__ or "").partition(": ")[2]
    lines = [f"# {about[:1].upper()}{about[1:]}"] if described else []
    lines.append(heading)
    for key in dataclasses.fields(cls):
        if described:
            lines += _comment(_sentence(key))
        if key.name in given:
            lines.append(f"{key.name} = {value(given[key.name])}")
        elif described:
            lines.append(f"#{key.name} = {'' if key.default is None else value(key.default)}".rstrip())
    return "\n".join(lines) + "\n"


def _comment(sentence: str) -> list[str]:
    lines, line = [], "#"
    for word in sentence.split():
        if len(line) + len(word) >= _WIDTH:
            lines.append(line)
            line = "#  "
        line += " " + word
    return [*lines, line]


def _sentence(key: "dataclasses.Field[Any]") -> str:
    choices = _choices(key.type)
    return str(key.metadata["doc"]) + (f" (one of: {', '.join(choices)})" if choices else "")


def _choices(kind: Any) -> list[str]:
    if isinstance(kind, types.UnionType) or get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    return [text for text in get_args(kind) if text] if get_origin(kind) is Literal else []
