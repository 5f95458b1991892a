"""Changes to the sections of a config.toml that somebody wrote: what is not changed stays, comments included."""

import dataclasses
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender.config import reading, writing
from recommender.config.tables import Config, SectionConfig
from recommender.errors import ConfigError, InputError
from recommender.text_files import read_text, write_text

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import AoT, Table

Section = Mapping[str, Any]
"Keys of a section with values as TOML would give them; what is not among them is not in the file."


def add_section(path: Path, section: Section) -> Config:
    """Write a section behind the others; raises `ConfigError` where the file would not be one, and leaves it then.

    A file that is not there is begun as `recommend init` begins it.
    """
    if not os.path.lexists(path):
        writing.write(path, writing.render([dict(section)], {}))
        return reading.load(path)

    def change(sections: "AoT") -> None:
        sections.append(_table(section))

    return _changed(path, change)


def change_section(path: Path, title: str, section: Section) -> Config:
    """Give the section of a title these values; None takes a key out, a key that is not named stays.

    A default is written only over something else. Raises `InputError` where there is no such section.
    """
    defaults = {field.name: field.default for field in dataclasses.fields(SectionConfig)}

    def change(sections: "AoT") -> None:
        table = _named(sections, title, path)
        for key, value in section.items():
            if value is None:
                table.pop(key, None)
            elif key in table:
                if table[key] != value:
                    table[key] = _value(value)
            elif value != (list(default) if isinstance(default := defaults[key], tuple) else default):
                table[key] = _value(value)

    return _changed(path, change)


def remove_section(path: Path, title: str) -> Config:
    """Take the section of a title out; raises `InputError` where there is none."""

    def change(sections: "AoT") -> None:
        _named(sections, title, path)
        del sections[next(n for n, table in enumerate(sections) if table.get("title") == title)]

    return _changed(path, change)


def _changed(path: Path, change: "Callable[[AoT], None]") -> Config:
    """Change a file's sections; it is written only if it is a config.toml before and after."""
    before = reading.load(path)
    text = read_text(path).removeprefix("\ufeff")
    document = _document(path, text)
    change(_sections(document))
    after = document.as_string()
    try:
        config = reading.parse(reading.table_of(after.encode("utf-8")), folder=before.folder)
    except ConfigError as error:
        raise InputError(str(error)) from error
    write_text(path, after)
    return config


def _document(path: Path, text: str) -> "TOMLDocument":
    try:
        import tomlkit
        from tomlkit.exceptions import ParseError
    except ImportError as error:
        raise InputError("sections can be edited with `pip install 'recommender[serve]'`") from error
    try:
        return tomlkit.parse(text)
    except ParseError as error:  # what tomllib takes and tomlkit does not
        raise InputError(f"{path}: cannot be edited here ({error}); edit it by hand") from error


def _sections(document: "TOMLDocument") -> "AoT":
    import tomlkit
    from tomlkit.items import AoT

    found = document.get("sections")
    if found is None:
        found = tomlkit.aot()
        document["sections"] = found
    if not isinstance(found, AoT):
        raise InputError("sections = [...] cannot be edited here; write each as a [[sections]] table, or edit by hand")
    return found


def _named(sections: "AoT", title: str, path: Path) -> "Table":
    for table in sections.body:
        if table.get("title") == title:
            return table
    raise InputError(f"{path}: has no section titled {title[:80]!r}; load the sections again")


def _table(section: Section) -> "Table":
    import tomlkit

    table = tomlkit.table()
    for key, value in section.items():
        table[key] = _value(value)
    return table


def _value(value: Any) -> Any:
    """A value as tomlkit writes it: whole numbers of a percentage without a fraction."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return list(value) if isinstance(value, tuple) else value
