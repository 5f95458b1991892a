"""Changes to the sections of a config.toml that somebody wrote: all else in it stays as it is, to the byte.

The file is taken apart at its headers, and only the lines of the section that is meant are parsed with their comments
and written anew.
"""

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender.config import reading, writing
from recommender.config.tables import Config, SectionConfig
from recommender.errors import ConfigError, InputError
from recommender.text_files import read_text, write_text

if TYPE_CHECKING:
    from tomlkit.items import Table

Section = Mapping[str, Any]
"Keys of a section with values as TOML would give them."
_HEADER = re.compile(r"^[ \t]*\[.*\][ \t]*(?:#.*)?\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Block:
    """A section in the text of a file, from its header to the end of its last key."""

    start: int
    end: int
    title: str


def add_section(path: Path, section: Section) -> Config:
    """Write a section behind the others; raises `InputError` where the file would not be one, and leaves it then.

    A file that is not there is begun as `recommend init` begins it.
    """
    if not os.path.lexists(path):
        writing.write(path, writing.render([dict(section)], {}))
        return reading.load(path)
    text, blocks = _read(path)
    lines = "".join(f"{key} = {writing.value(value)}\n" for key, value in section.items())
    end = blocks[-1].end if blocks else len(text)
    before = text[:end]
    gap = "" if not before or before.endswith("\n") else "\n"
    return _write(path, text, f"{before}{gap}\n[[sections]]\n{lines}", text[end:])


def change_section(path: Path, title: str, section: Section) -> Config:
    """Give the section of a title these values; None takes a key out, a key that is not named stays.

    A default is written only over something else. Raises `InputError` where there is no such section.
    """
    text, blocks = _read(path)
    block = _named(blocks, title, path)
    changed = _changed(text[block.start : block.end], section, path)
    return _write(path, text, text[: block.start] + changed, text[block.end :])


def remove_section(path: Path, title: str) -> Config:
    """Take the section of a title out; raises `InputError` where there is none."""
    text, blocks = _read(path)
    block = _named(blocks, title, path)
    return _write(path, text, text[: block.start], text[block.end :])


def _read(path: Path) -> tuple[str, list[_Block]]:
    """The text of a config.toml and its sections; raises `ConfigError` where it has a fault."""
    stored = reading.load(path).sections
    text = read_text(path)
    blocks = _blocks(text)
    if [block.title for block in blocks] != [section.title for section in stored]:
        raise InputError(f"{path}: its sections are no [[sections]] tables; write them so, or edit them by hand")
    return text, blocks


def _blocks(text: str) -> list[_Block]:
    """Every [[sections]] table; a line in a text of many lines that looks like a header is none."""
    starts = [0]
    for found in _HEADER.finditer(text):
        if _parsed(text[starts[-1] : found.start()].removeprefix("\ufeff")) is not None:
            starts.append(found.start())
    blocks = []
    for start, stop in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:stop]
        table = _parsed(part.removeprefix("\ufeff")) or {}
        if isinstance(table.get("sections"), list) and part.lstrip().startswith("["):
            blocks.append(_Block(start, start + _end(part), str(table["sections"][0].get("title", ""))))
    return blocks


def _end(part: str) -> int:
    """Where the last line ends that is neither blank nor a comment."""
    end = len(part)
    for line in reversed(part.splitlines(keepends=True)):
        if line.strip() and not line.lstrip().startswith("#"):
            break
        end -= len(line)
    return end


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except ValueError:
        return None


def _named(blocks: list[_Block], title: str, path: Path) -> _Block:
    for block in blocks:
        if block.title == title:
            return block
    raise InputError(f"{path}: has no section titled {title[:80]!r}; load the sections again")


def _changed(text: str, section: Section, path: Path) -> str:
    """The lines of a section with other values."""
    try:
        import tomlkit
        from tomlkit.exceptions import TOMLKitError
    except ImportError as error:
        raise InputError("sections are edited with tomlkit; run `pip install 'recommender[serve]'`") from error
    defaults = {field.name: field.default for field in dataclasses.fields(SectionConfig)}
    try:
        document = tomlkit.parse(text)
        table: Table = document["sections"][0]
    except TOMLKitError as error:  # what tomllib takes and tomlkit does not
        raise InputError(f"{path}: cannot be edited here ({error}); edit it by hand") from error
    for key, value in section.items():
        if value is None:
            table.pop(key, None)
        elif key in table:
            if table[key] != value:
                table[key] = _plain(value)
        elif value != (list(default) if isinstance(default := defaults[key], tuple) else default):
            table[key] = _plain(value)
    return document.as_string()


def _plain(value: Any) -> Any:
    """A value as tomlkit writes it: whole numbers of a percentage without a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _write(path: Path, old: str, head: str, rest: str) -> Config:
    """Write a file if it is a config.toml; line ends are those that it had."""
    text = head + rest
    if "\r\n" in old:
        text = re.sub(r"(?<!\r)\n", "\r\n", text)
    try:
        config = reading.parse(reading.table_of(text.encode("utf-8")), folder=path.absolute().parent)
    except ConfigError as error:
        raise InputError(str(error)) from error
    write_text(path, text)
    return config
