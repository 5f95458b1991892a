"""config.toml read and checked: every fault names the file, the key, the value and what is allowed."""

import codecs
import dataclasses
import re
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from recommender.config.delivery import MailConfig, NotifyConfig
from recommender.config.tables import Config, SectionConfig
from recommender.errors import ConfigError, InputError
from recommender.text_files import read_bytes

T = TypeVar("T")

_MOST_BYTES = 1_000_000
_MOST_SECTIONS, _MOST_ITEMS, _LONGEST_TEXT = 1000, 10_000, 10_000
_LONGEST_SHOWN = 80
"Characters of a value that an error names."
_DEEP_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){100}""")
"A dotted key that tomllib would take minutes for: its time grows with the square of the parts."


def load(path: Path) -> Config:
    """Read and check a config.toml; raises `ConfigError` naming file, key, value and what is allowed."""
    try:
        data = read_bytes(path, most=_MOST_BYTES)
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; `recommend init` writes one") from None
    except InputError as error:
        raise ConfigError(str(error)) from error
    try:
        return parse(table_of(data), folder=path.absolute().parent)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def table_of(data: bytes) -> dict[str, Any]:
    """The parsed TOML; raises `ConfigError`."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4]:
        raise ConfigError("is UTF-16 text, which is not valid TOML; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not valid TOML (byte {error.start + 1} is not UTF-8; save it as UTF-8)") from error
    if _DEEP_KEY.search(text):
        raise ConfigError("is not valid TOML for this (a key of more than a hundred parts)")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError("is not valid TOML for this (it nests too deeply)") from None
    except ValueError as error:  # also a whole number of thousands of digits
        raise ConfigError(f"is not valid TOML ({_cut(str(error))})") from error


def parse(table: dict[str, Any], *, folder: Path) -> Config:
    """Check a parsed config.toml; raises `ConfigError`."""
    tables = {f.name: f.type for f in dataclasses.fields(Config) if isinstance(f.type, type) and f.name != "folder"}
    _known(table, [*tables, "sections", "notify"], "")
    sections = _listed(SectionConfig, table, "sections")
    for number, section in enumerate(sections, 1):
        if not section.title:
            raise ConfigError(f"[[sections]] {number}: `title` is missing")
        if section.title in {other.title for other in sections[: number - 1]}:
            raise ConfigError(
                f"[[sections]] {number}: a second section is titled {_shown(section.title)}; titles must differ"
            )
    built = {
        name: _build(typing.cast(type[Any], cls), table.get(name, {}), f"[{name}]") for name, cls in tables.items()
    }
    title = built["profile"].title
    if title and title in {section.title for section in sections}:
        raise ConfigError(f"[profile] title = {_shown(title)}: a section is titled so; titles must differ")
    told = _listed(NotifyConfig, table, "notify")
    _check_targets(told, built["mail"])
    return Config(folder=folder, sections=sections, notify=told, **built)


def _listed(cls: type[T], table: dict[str, Any], name: str) -> tuple[T, ...]:
    """The tables of one name in double brackets; raises `ConfigError`."""
    listed = table.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        shown = "..." if _holds_secrets(cls) else _shown(listed)
        raise ConfigError(f"{name} = {shown}: expected [[{name}]] tables")
    if len(listed) > _MOST_SECTIONS:
        raise ConfigError(f"{name}: {len(listed):,} of them; at most {_MOST_SECTIONS:,} are allowed")
    return tuple(_build(cls, item, f"[[{name}]] {number}") for number, item in enumerate(listed, 1))


def _check_targets(told: tuple[NotifyConfig, ...], mail: MailConfig) -> None:
    """Raise `ConfigError` for a target without a name of its own, of no kind or two, or of mail without a server."""
    for number, target in enumerate(told, 1):
        where = f"[[notify]] {number}"
        if not target.name:
            raise ConfigError(f"{where}: `name` is missing")
        if target.name in {other.name for other in told[: number - 1]}:
            raise ConfigError(f"{where}: a second target is named {_shown(target.name)}; names must differ")
        if bool(target.to) == bool(target.chat):
            raise ConfigError(f"{where}: expected either `to`, with e-mail addresses, or `chat`, and not both")
        if target.to and not mail.host:
            raise ConfigError(f"{where}: `to` needs a server: [mail] host is empty")
        if target.to and not (mail.sender or mail.user):
            raise ConfigError(f"{where}: `to` needs an address that mail comes from: [mail] sender is empty")
    if bool(mail.user) != bool(mail.password):
        missing = "password" if mail.user else "user"
        raise ConfigError(f"[mail]: to log in takes `user` and `password`; `{missing}` is empty")


def _known(table: dict[str, Any], names: list[str], where: str) -> None:
    unknown = sorted(set(table) - set(names))
    if unknown:
        raise ConfigError(f"{where}{' ' if where else ''}unknown key `{_cut(unknown[0])}`; known: {', '.join(names)}")


def _build(cls: type[T], table: Any, where: str) -> T:
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: expected a table, found {'a value' if _holds_secrets(cls) else _shown(table)}")
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    _known(table, list(fields), where)
    values = {}
    for name, raw in table.items():
        meta = fields[name].metadata
        if meta["secret"] and not (isinstance(raw, str) and meta["check"](raw)):
            raise ConfigError(f"{where} {name}: expected {meta['wants']}")  # not telling what may be the secret itself
        value = _typed(raw, fields[name].type, f"{where} {name}")
        try:
            accepted = meta["check"](value)
        except InputError as error:
            raise ConfigError(f"{where} {name} = {_shown(raw)}: {error}") from error
        if not accepted:
            raise ConfigError(f"{where} {name} = {_shown(raw)}: expected {meta['wants']}")
        values[name] = value
    return cls(**values)


def _holds_secrets(cls: type[Any]) -> bool:
    return any(f.metadata["secret"] for f in dataclasses.fields(cls))


def _typed(raw: Any, kind: Any, where: str) -> Any:
    """`raw` as TOML gave it, checked against a field's annotation."""
    if isinstance(kind, types.UnionType):
        kind = next(arm for arm in get_args(kind) if arm is not types.NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(raw, list) or len(raw) > _MOST_ITEMS:
            raise ConfigError(f"{where} = {_shown(raw)}: expected a list of at most {_MOST_ITEMS:,}")
        return tuple(_typed(item, get_args(kind)[0], where) for item in raw)
    if get_origin(kind) is Literal:
        if raw not in get_args(kind):
            raise ConfigError(f"{where} = {_shown(raw)}: expected one of {', '.join(map(repr, get_args(kind)))}")
        return raw
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        try:
            return float(raw)
        except OverflowError:
            raise ConfigError(f"{where} = {_shown(raw)}: expected a number that is not as large") from None
    if not isinstance(raw, kind) or (kind is int and isinstance(raw, bool)):
        words = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
        raise ConfigError(f"{where} = {_shown(raw)}: expected {words[kind]}")
    if isinstance(raw, str) and len(raw) > _LONGEST_TEXT:
        raise ConfigError(f"{where} = {_shown(raw)}: expected at most {_LONGEST_TEXT:,} characters")
    return raw


def _shown(value: Any) -> str:
    """A value as an error names it, cut short."""
    try:
        return _cut(repr(value))
    except (ValueError, RecursionError):  # a number of thousands of digits; a table in a table in a table
        return f"a {type(value).__name__} too large to show"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
