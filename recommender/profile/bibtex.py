"""BibTeX and biblatex. pybtex reads an entry; here the file is cut into entries, so that a broken one stays alone."""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from recommender.errors import InputError
from recommender.profile.entry import Entry, References, entry, values

_START = re.compile(r"^[ \t]*@[ \t]*([A-Za-z]+)[ \t]*[{(]", re.MULTILINE)
_KEY = re.compile(r"[{(]\s*([^\s,{}()=#\"]+)\s*,")
_COMMANDS = re.compile(
    r"\\(?:emph|text(?:it|bf|rm|sc|tt)?|mathrm|url|href|enquote|uppercase|bibinfo\s*\{\w+\})\s*(?=\{)"
)
_TEXTS: tuple[str, ...] = (
    "url",
    "howpublished",
    "note",
    "annote",
    "annotation",
    "journal",
    "journaltitle",
    "number",
    "series",
    "file",
)
_TEXTS += ("publisher", "eprint", "pubstate", "addendum", "bdsk-url-1", "bdsk-url-2", "archive", "doi", "volume")


def read(text: str) -> References:
    """Every entry of a file; one that cannot be read is a fault with its line and the reason."""
    entries: list[Entry] = []
    faults: list[str] = []
    macros: dict[str, str] = {}
    for line, kind, chunk in _chunks(text):
        if kind == "comment":
            continue
        key = _KEY.search(chunk)
        where = f"line {line} ({key[1]})" if key and kind not in ("string", "preamble") else f"line {line}"
        try:
            parsed = _parsed(chunk, macros)
            if parsed is not None:
                entries.append(_entry(where, parsed))
        except InputError as error:
            faults.append(f"{where}: {error}")
    return References(tuple(entries), tuple(faults))


def _chunks(text: str) -> Iterator[tuple[int, str, str]]:
    """The line, kind (`article`, `string`, ...) and text of every entry, up to the brace that closes it."""
    starts = list(_START.finditer(text))
    taken = line = at = 0
    for number, start in enumerate(starts):
        if start.start() < taken:
            continue  # within the entry before: an @ at the beginning of a line of its abstract
        limit = next((later.start() for later in starts[number + 1 :]), len(text))
        end = _end(text, start.end() - 1, len(text) if number + 1 == len(starts) else limit)
        if end is None and (whole := _end(text, start.end() - 1, len(text))) and not _holds_entry(text, limit, whole):
            end = whole
        line += text.count("\n", at, start.start() + 1)
        at = start.start() + 1
        stop = end if end is not None else limit
        taken = stop
        yield line + 1, start[1].lower(), text[start.start() : stop]


def _end(text: str, start: int, limit: int) -> int | None:
    """Where the brace or parenthesis at `start` is closed; None where it is not before `limit`."""
    depth = 0
    opened = text[start]
    for found in re.compile(r"\\.|[{}()]", re.DOTALL).finditer(text, start, limit):
        char = found[0]
        depth += (char == "{") - (char == "}") + ((char == "(") if found.start() == start else 0)
        if char == ")" and opened == "(" and depth == 1:
            return found.end()
        if depth == 0 and char == "}":
            return found.end()
    return None


def _holds_entry(text: str, start: int, end: int) -> bool:
    """Whether what begins at `start`, inside another entry, is an entry itself: it has a key and a field."""
    return bool(re.match(r"\s*@\s*\w+\s*[{(]\s*[^\s,{}]+\s*,\s*\w+\s*=", text[start:end]))


def _parsed(chunk: str, macros: dict[str, str]) -> dict[str, str] | None:
    """The fields of an entry, names in lower case; None for what is none. Raises `InputError`."""
    from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro, month_names
    from pybtex.scanner import PybtexSyntaxError
    from pybtex.utils import CaseInsensitiveDict

    known: Any = CaseInsensitiveDict({**month_names, **macros})

    def undefined(error: Exception) -> None:
        if not isinstance(error, UndefinedMacro):
            raise error

    try:
        found = list(LowLevelParser(chunk, handle_error=undefined, macros=known))
    except PybtexSyntaxError as error:
        raise InputError(_why(chunk, error)) from None
    except RecursionError:
        raise InputError("holds braces nested too deeply") from None
    if not found:
        return None
    kind, body = found[0][0].lower(), found[0][1]
    if kind == "string":
        macros[body[0].lower()] = "".join(body[1])
    if kind in ("string", "preamble"):
        return None
    fields: dict[str, str] = {}
    for name, parts in body[1]:
        fields.setdefault(name.lower(), " ".join("".join(parts).split()))
    if not fields:
        raise InputError("holds no fields")
    return fields


def _why(chunk: str, error: Exception) -> str:
    start = re.search(r"[{(]", chunk)
    if start and _end(chunk, start.start(), len(chunk)) is None:
        return "a brace is opened and never closed"
    return f"is not BibTeX ({str(error).split(':', 1)[-1].strip() or error})"


def _entry(where: str, fields: dict[str, str]) -> Entry:
    kind = (fields.get("archiveprefix") or fields.get("eprinttype") or "").lower()
    ids = values(fields, "eprint", "arxivid", "arxiv") if kind in ("", "arxiv") else values(fields, "arxivid", "arxiv")
    if fields.get("primaryclass") and fields.get("eprint", "").isdigit():
        ids.append(f"{fields['primaryclass'].partition('.')[0]}/{fields['eprint']}")
    if fields.get("journal", "").lower() in ("corr", "arxiv") and fields.get("volume", "").startswith("abs/"):
        ids.append(fields["volume"].removeprefix("abs/"))
    people = re.split(r"\s+and\s+", fields.get("author") or fields.get("editor") or "")
    return entry(
        where,
        title=plain(" ".join(values(fields, "title", "subtitle")[:2])),
        abstract=plain(fields.get("abstract", "")),
        authors=[plain(name) for name in people],
        year=fields.get("year") or fields.get("date") or "",
        ids=ids,
        dois=values(fields, "doi"),
        texts=values(fields, *_TEXTS),
    )


def plain(text: str) -> str:
    """Text without BibTeX's braces and accents as commands; formulas stay as they are."""
    if "\\" in text or "{" in text:
        parts = re.split(r"(\$[^$]*\$)", _COMMANDS.sub("", text))
        parts[::2] = [_decoded(part) for part in parts[::2]]
        text = "".join(parts)
    return text.replace("~", " ") if "$" not in text else text


def _decoded(text: str) -> str:
    if "\\" in text:
        import latexcodec  # noqa: F401 - registers the codec; comes with pybtex

        with suppress(ValueError):
            text = codecs.getdecoder("ulatex")(text)[0]  # type: ignore[arg-type]
    return text.replace("{", "").replace("}", "")


def looks_so(text: str) -> bool:
    """Whether a text holds an entry of BibTeX."""
    return any(text.find("=", start.end(), start.end() + 2000) >= 0 for start in _START.finditer(text))
