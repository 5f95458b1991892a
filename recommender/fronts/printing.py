"""The one end through which everything reaches the terminal: as text that cannot steer it, in signs that it has."""

import json
import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from shutil import get_terminal_size
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
    style: Literal["", "bold", "dim"] = ""
    link: str = ""
    "an address, where the terminal can follow one"


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
    _write("".join(_shown(part if isinstance(part, Styled) else Styled(part)) for part in parts))


def lines(text: str) -> None:
    """Print a text of several lines, each as `out` does."""
    for line in text.removesuffix("\n").split("\n") if text else ():
        out(line)


@contextmanager
def paged() -> Iterator[None]:
    """What is printed meanwhile goes through a pager where it does not fit onto the terminal: $PAGER, or less.

    `PAGER=cat` turns that off.
    """
    if not _is_terminal() or not sys.stdin.isatty():
        yield
        return
    with _holding() as held:
        yield
    if len(held) < get_terminal_size().lines:
        for line in held:
            _write(line)
        return
    os.environ.setdefault("LESS", "-FRX")  # ends by itself where all fits, knows colours, leaves the text behind
    click.echo_via_pager("".join(f"{line}\n" for line in held), color=True)


_held: list[list[str]] = []


@contextmanager
def _holding() -> Iterator[list[str]]:
    """Gather lines instead of writing them."""
    _held.append([])
    try:
        yield _held[-1]
    finally:
        _held.pop()


def _shown(part: Styled) -> str:
    text = _encodable(plain(part.text), sys.stdout)
    if not _is_terminal():
        return text
    if part.style and not os.environ.get("NO_COLOR"):
        text = click.style(text, **{part.style: True})
    if part.link and _follows_links():
        text = f"\033]8;;{_encodable(plain(part.link), sys.stdout)}\033\\{text}\033]8;;\033\\"
    return text


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _follows_links() -> bool:
    """Whether the terminal is one of those that make links of OSC 8; others may show its text."""
    if told := os.environ.get("FORCE_HYPERLINK"):
        return told != "0"
    version = os.environ.get("VTE_VERSION", "")
    known = os.environ.get("TERM_PROGRAM", "") in _LINKING or os.environ.get("TERM", "").startswith(_LINKING_TERMS)
    beside = any(name in os.environ for name in ("WT_SESSION", "KONSOLE_VERSION", "DOMTERM"))
    return known or beside or (version.isdigit() and int(version) >= _LINKING_VTE)


_LINKING = {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"}
_LINKING_TERMS = ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm", "contour")
_LINKING_VTE = 5000
"Older ones of GNOME's terminal library crash on such links."


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
    if _held:
        _held[-1].append(line)
        return
    try:
        click.echo(line)
    except BrokenPipeError as error:
        raise PipeClosedError from error
    except OSError as error:
        raise OutputError(f"standard output cannot be written ({error.strerror or error})") from error
