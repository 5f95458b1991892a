"""config.toml read and checked: every fault names the file, the key, the value and what is allowed."""

import dataclasses
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from recommender.config.tables import Config, SectionConfig
from recommender.errors import ConfigError

T = TypeVar("T")


def load(path: Path) -> Config:
    """Read and check a config.toml; raises `ConfigError` naming file, key, value and what is allowed."""
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; `recommend init` writes one") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML ({error})") from error
    try:
        return parse(table, folder=path.absolute().parent)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def parse(table: dict[str, Any], *, folder: Path) -> Config:
    """Check a parsed config.toml; raises `ConfigError`."""
    tables = {f.name: f.type for f in dataclasses.fields(Config) if f.name not in ("folder", "sections")}
    _known(table, [*tables, "sections"], "")
    listed = table.get("sections", [])
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise ConfigError("sections: expected [[sections]] tables")
    sections = tuple(_build(SectionConfig, item, f"[[sections]] {number}") for number, item in enumerate(listed, 1))
    for number, section in enumerate(sections, 1):
        if not section.title:
            raise ConfigError(f"[[sections]] {number}: `title` is missing")
        if section.title in {other.title for other in sections[: number - 1]}:
            raise ConfigError(
                f"[[sections]] {number}: a second section is titled {section.title!r}; titles must differ"
            )
    built = {
        name: _build(typing.cast(type[Any], cls), table.get(name, {}), f"[{name}]") for name, cls in tables.items()
    }
    title = built["profile"].title
    if title and title in {section.title for section in sections}:
        raise ConfigError(f"[profile] title = {title!r}: a section is titled so; titles must differ")
    return Config(folder=folder, sections=sections, **built)


def _known(table: dict[str, Any], names: list[str], where: str) -> None:
    unknown = sorted(set(table) - set(names))
    if unknown:
        raise ConfigError(f"{where}{' ' if where else ''}unknown key `{unknown[0]}`; known: {', '.join(names)}")


def _build(cls: type[T], table: Any, where: str) -> T:
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: expected a table, found {table!r}")
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    _known(table, list(fields), where)
    values = {}
    for name, raw in table.items():
        meta = fields[name].metadata
        value = _typed(raw, fields[name].type, f"{where} {name}")
        if not meta["check"](value):
            raise ConfigError(f"{where} {name} = {raw!r}: expected {meta['wants']}")
        values[name] = value
    return cls(**values)


def _typed(raw: Any, kind: Any, where: str) -> Any:
    """`raw` as TOML gave it, checked against a field's annotation."""
    if isinstance(kind, types.UnionType):
        kind = next(arm for arm in get_args(kind) if arm is not types.NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(raw, list):
            raise ConfigError(f"{where} = {raw!r}: expected a list")
        return tuple(_typed(item, get_args(kind)[0], where) for item in raw)
    if get_origin(kind) is Literal:
        if raw not in get_args(kind):
            raise ConfigError(f"{where} = {raw!r}: expected one of {', '.join(map(repr, get_args(kind)))}")
        return raw
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if not isinstance(raw, kind) or (kind is int and isinstance(raw, bool)):
        words = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
        raise ConfigError(f"{where} = {raw!r}: expected {words[kind]}")
    return raw
