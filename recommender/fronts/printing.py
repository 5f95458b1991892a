"""The one end through which everything reaches the terminal: as text that cannot steer it, in signs that it has."""

import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TextIO

import click

from recommender.errors import OutputError

_JOINERS = "\u200c\u200d"
"Invisible, but Persian and emoji are misspelt without them, and they move nothing."


class PipeClosedError(Exception):
    """Whoever reads standard output has seen enough, as in `| head -1`."""


@dataclass(frozen=True, slots=True)
class Styled:
    """A part of a line that a terminal shows bold or dim."""

    text: str
    style: Literal["bold", "dim"]


def prepare() -> None:
    """Make the three standard streams usable, whatever they were started as; raises `OutputError` for no output.

    A closed stream would give its number to the next file opened, and what is printed would land there.
    """
    closed = [stream is None for stream in (sys.stdin, sys.stdout, sys.stderr)]
    for number in (number for number, gone in enumerate(closed) if gone):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    if closed[0]:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - lives as long as the process
    if closed[2]:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if closed[1]:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        raise OutputError("standard output is closed; give it a terminal, a file or a pipe")
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "replace"), (sys.stderr, "replace")):
        with suppress(AttributeError, ValueError, OSError):  # what stands in for a stream in tests has no such method
            stream.reconfigure(errors=errors)  # type: ignore[union-attr]


def out(*parts: str | Styled) -> None:
    """Print one line of results; raises `OutputError` where it cannot be written, `PipeClosedError` if nobody reads."""
    styled = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    shown = []
    for part in parts:
        text = _encodable(plain(part if isinstance(part, str) else part.text), sys.stdout)
        shown.append(text if isinstance(part, str) or not styled else click.style(text, **{part.style: True}))
    _write("".join(shown))


def record(value: Any) -> None:
    """Print a value as one line of JSON that loses nothing: what is not printable stands as an escape."""
    text = json.dumps(value, ensure_ascii=False)
    if _encodable(text, sys.stdout) != text:
        text = json.dumps(value)
    _write("".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text))


def note(text: str) -> None:
    """Print one line that is no result on standard error; where that cannot be written, it is lost."""
    with suppress(OSError):
        click.echo(_encodable(plain(text), sys.stderr), err=True)


def silence() -> None:
    """Let nothing more be written, so that the end of the process does not stumble over what is left unwritten."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def plain(text: str) -> str:
    """Text as one line that cannot steer a terminal: no control characters, no bidirectional overrides."""
    if text.isprintable():
        return text
    return "".join(map(_harmless, text))


def _harmless(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    if char.isspace():
        return " "
    return "\ufffd" if "\ud800" <= char <= "\udfff" else ""  # half a character: a byte of a name that is not UTF-8


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at blanks; a character of East Asia takes two columns."""
    lines, used = [""], 0
    for word in plain(text).split():
        for piece, size in _pieces(word, width):
            if used and used + 1 + size > width:
                lines.append("")
                used = 0
            lines[-1] += f" {piece}" if used else piece
            used += size + (used > 0)
    return lines


def _pieces(word: str, width: int) -> Sequence[tuple[str, int]]:
    """A word with its columns, cut where it is wider than a line."""
    pieces, piece, used = [], "", 0
    for char in word:
        size = _columns(char)
        if used + size > width and piece:
            pieces.append((piece, used))
            piece, used = "", 0
        piece += char
        used += size
    return [*pieces, (piece, used)]


def _columns(char: str) -> int:
    if unicodedata.combining(char) or char in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _encodable(text: str, stream: TextIO) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        return text.encode(encoding, "replace").decode(encoding)
    except (LookupError, UnicodeError):  # an encoding that is none of text
        return text.encode("ascii", "replace").decode("ascii")


def _write(line: str) -> None:
    try:
        click.echo(line)
    except BrokenPipeError as error:
        raise PipeClosedError from error
    except OSError as error:
        raise OutputError(f"standard output cannot be written ({error.strerror or error})") from error
