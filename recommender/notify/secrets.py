"""What config.toml must not tell: read from the environment, or from a file that nobody else may read."""

import os
import stat
from pathlib import Path

from recommender.config import Config
from recommender.errors import InputError
from recommender.text_files import read_bytes

_LONGEST = 10_000


def read(text: str, config: Config, key: str) -> str:
    """The text itself, or what `env:NAME` or `file:PATH` lead to; raises `InputError`, which names the key."""
    kind, found, where = text.partition(":")
    if found and kind == "env":
        return _line(os.environ.get(where, ""), f"{key}: the environment variable {where}")
    if found and kind == "file":
        return _line(_file(config.resolve(where), key), f"{key}: {config.resolve(where)}")
    return text


def _file(path: Path, key: str) -> str:
    try:
        mode = path.stat().st_mode
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise InputError(f"{key}: {path} may be read by others; run `chmod 600 {path}`")
        return _bytes(path, key).decode("utf-8")
    except FileNotFoundError:
        raise InputError(f"{key}: {path}: no such file; write the secret into it, then `chmod 600 {path}`") from None
    except UnicodeDecodeError:
        raise InputError(f"{key}: {path} is not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{key}: {path} cannot be read ({error.strerror})") from error


def _bytes(path: Path, key: str) -> bytes:
    try:
        return read_bytes(path, most=_LONGEST)
    except InputError as error:
        raise InputError(f"{key}: {error}") from error


def _line(text: str, where: str) -> str:
    """One line without the end that editors give it; raises `InputError` for none or several."""
    line = text.strip()
    if not line:
        raise InputError(f"{where} is empty or not set; set it")
    if not line.isprintable():
        raise InputError(f"{where} holds more than one line of printable text")
    return line
