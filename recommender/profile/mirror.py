"""likes.txt: the ratings as text that a hand can edit and git can carry, and how it and papers.db are brought together.

    +2407.16658  # a title              liked; - disliked, * to be read, ~ read
    +text:1b2c3d4e5f60  # a title       on no archive known here; the indented line below it is its abstract
    [list thesis]                       what follows belongs to the list `thesis`

Entries are sorted by id within their list. An entry keeps its line as it was written, and the comments above it.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from recommender import archives
from recommender.errors import InputError
from recommender.paper import clean
from recommender.store.ratings import DEFAULT_LIST, KINDS, TEXT, Kind, Rated, Rating

SIGNS: dict[str, Rating] = {"+": "like", "-": "dislike", "*": "saved", "~": "done"}
_SIGN_OF = {rating: sign for sign, rating in SIGNS.items()}
_HEAD = ("# What `recommend` was told: + liked, - disliked, * to be read, ~ read. Edit it as you like.", "")
_LIST = re.compile(r"\[\s*(?:list\s+)?([^\[\]]+?)\s*\](?:\s*#.*)?\Z")
_ENTRY = re.compile(r"\s*([+*~-]?)\s*([^\s#]+)\s*(?:#\s*(.*))?\Z")
_TEXT_KEY = re.compile(rf"{TEXT}[0-9a-f]{{12}}")

Key = tuple[str, str, Kind]
"List, id and kind: what there is at most one rating for."


def text_key(title: str) -> str:
    """The key of a text that no known archive has: the same for the same words of a title."""
    words = " ".join(re.findall(r"[^\W_]+", title.casefold()))
    return TEXT + hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One rating as it stands in the file."""

    rating: Rating
    line: str
    "as it was written"
    title: str = ""
    abstract: str = ""
    above: tuple[str, ...] = ()
    "comments and blank lines before it"


@dataclass(slots=True)
class Mirror:
    """The file taken apart."""

    head: tuple[str, ...] = _HEAD
    entries: dict[Key, Entry] = field(default_factory=dict)
    openings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    "the lines that open each named list, its heading last"
    tails: dict[str, tuple[str, ...]] = field(default_factory=dict)
    "what stands after the last entry of a list"
    faults: list[str] = field(default_factory=list)
    "one sentence for each line that says nothing; the line stays where it is"
    end: str = "\n"
    "how lines end"

    def render(self) -> str:
        """The file: lists by name, entries by id; the same entries give the same bytes."""
        lines = list(self.head)
        names = sorted({key[0] for key in self.entries} | self.openings.keys() | self.tails.keys() | {DEFAULT_LIST})
        for name in names:
            if name != DEFAULT_LIST:
                lines += self.openings.get(name, (*([""] if lines and lines[-1] else []), f"[list {name}]"))
            for key in sorted(key for key in self.entries if key[0] == name):
                entry = self.entries[key]
                lines += [*entry.above, entry.line]
                if key[1].startswith(TEXT) and entry.abstract:
                    lines.append(f"    {entry.abstract}")
            lines += self.tails.get(name, ())
        return "".join(f"{line}{self.end}" for line in lines)


def read(text: str) -> Mirror:
    """Take a file apart; a line that says nothing is kept and named in `faults`."""
    found = Mirror(head=(), end="\r\n" if "\r\n" in text else "\n")
    name, above, last = DEFAULT_LIST, list[str](), None
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").removesuffix("\n").split("\n")]
    begun = False
    for number, line in enumerate(lines, 1):
        if last and last[1].startswith(TEXT) and line[:1] in " \t" and line.strip():
            found.entries[last] = replace(found.entries[last], abstract=clean(line))
            continue
        last = None
        if not line.strip() or line.lstrip().startswith("#"):
            above.append(line)
            if not line.strip() and not begun:
                found.head, above = (*found.head, *above), []
        elif line.startswith("[") and (opened := _LIST.match(line)):
            found.tails[name], name, begun = _tail(above, found, name), clean(opened[1]), True
            found.openings[name] = (*(() if name in found.openings else _before(above)), line)
            above = []
        elif (entry := _entry(line)) is None:
            found.faults.append(f"line {number}: {clean(line)[:60]!r} is no rating; expected e.g. +2407.16658")
            above.append(line)
        else:
            last, above, begun = _take(found, name, entry, above, number), [], True
    found.tails[name] = (*found.tails.get(name, ()), *above)
    return found


def _tail(above: Sequence[str], found: Mirror, name: str) -> tuple[str, ...]:
    """What belongs to the end of a list of the lines before the next heading: all up to the last blank line."""
    blank = max((number for number, line in enumerate(above) if not line.strip()), default=-1)
    return (*found.tails.get(name, ()), *above[: max(blank, 0)])


def _before(above: Sequence[str]) -> tuple[str, ...]:
    blank = max((number for number, line in enumerate(above) if not line.strip()), default=-1)
    return tuple(above[max(blank, 0) :])


def _entry(line: str) -> tuple[str, Entry] | None:
    parts = _ENTRY.match(line)
    if not parts:
        return None
    sign, name, said = parts.groups()
    if not _TEXT_KEY.fullmatch(name):
        try:
            name = archives.parse(name).id
        except InputError:
            return None
    return name, Entry(SIGNS[sign or "+"], line.rstrip(), clean(said or ""))


def _take(found: Mirror, name: str, entry: tuple[str, Entry], above: list[str], number: int) -> Key:
    """Enter a rating; of two that contradict each other the later counts, and the other becomes a comment."""
    paper_id, said = entry
    key: Key = (name, paper_id, KINDS[said.rating])
    before = found.entries.get(key)
    kept = list(before.above) if before else []
    if before and before.rating != said.rating:
        found.faults.append(f"line {number}: {paper_id} was rated otherwise above; this line counts")
        kept.append(f"# {before.line}")
    found.entries[key] = replace(said, above=(*kept, *above))
    return key


@dataclass(frozen=True, slots=True)
class Merged:
    """What bringing the two together came to."""

    to_store: tuple[Rated, ...]
    "ratings that papers.db does not have yet"
    mirror: Mirror
    mirrored: Mapping[Key, Rating | Literal[""]]
    "what the file says now, where that is not what papers.db remembers of it"
    said: tuple[str, ...]
    "one sentence for each conflict"


def merge(stored: Iterable[Rated], mirror: Mirror | None, changed: datetime, source: str) -> Merged:
    """Bring papers.db and the file together, by what both said when they were last compared.

    What only one has changed since is taken over from it. Where both have, the newer counts: `changed` is when the
    file was last written. Without a file (None) all comes from papers.db, and a rating that papers.db has never heard
    of comes from the file; neither being lost takes anything from the other.
    """
    known = {rated.key: rated for rated in stored}
    result = mirror or Mirror()
    to_store: list[Rated] = []
    said: list[str] = []
    for key in sorted(known.keys() | result.entries.keys()):
        rated, entry = known.get(key), result.entries.get(key)
        there: Rating | Literal[""] = entry.rating if entry else ""
        if rated is None and entry:
            to_store.append(Rated(*key, entry.rating, changed, source, entry.title, entry.abstract))
        elif rated is not None and there != rated.rating:
            base = rated.mirrored if mirror is not None else there
            by_file = rated.rating == base
            if there != base and not by_file:
                by_file = changed > rated.at
                words = there or "no rating", rated.rating or "no rating"
                newer, older = words if by_file else reversed(words)
                said.append(f"{key[1]}: {newer} counts, being newer than {older} ({source} and papers.db differ)")
            if by_file:
                to_store.append(replace(rated, rating=there, at=changed, source=source))
            else:
                _write(result, rated)
    mirrored = {}
    for key in known.keys() | result.entries.keys():
        now: Rating | Literal[""] = result.entries[key].rating if key in result.entries else ""
        if key not in known or known[key].mirrored != now:
            mirrored[key] = now
    return Merged(tuple(to_store), result, mirrored, tuple(said))


def _write(mirror: Mirror, rated: Rated) -> None:
    """Make the file say what a rating says; the comments above an entry that goes stay, with the next one."""
    before = mirror.entries.get(rated.key)
    if not rated.rating:
        if before:
            del mirror.entries[rated.key]
            _hand_on(mirror, rated.key, before.above)
        return
    title = rated.title or (before.title if before else "")
    line = f"{_SIGN_OF[rated.rating]}{rated.id}" + (f"  # {title}" if title else "")
    if before:  # the same line with another sign: a comment of the reader's stays
        line = _SIGN_OF[rated.rating] + before.line.lstrip("+-*~ \t")
    above = before.above if before else ()
    mirror.entries[rated.key] = Entry(rated.rating, line, title, rated.abstract, above)


def _hand_on(mirror: Mirror, gone: Key, above: Sequence[str]) -> None:
    if not any(line.strip() for line in above):
        return
    later = [key for key in mirror.entries if key[0] == gone[0] and key > gone]
    if later:
        heir = mirror.entries[min(later)]
        mirror.entries[min(later)] = replace(heir, above=(*above, *heir.above))
    else:
        mirror.tails[gone[0]] = (*above, *mirror.tails.get(gone[0], ()))
