"""What a fork's keyword asks arXiv for, as the keywords of a section.

    LLM AND (attack OR "jail break")   ->  LLM AND attack, LLM AND jail break
    ti:tsunami OR abs:tsunami          ->  tsunami
    ["LLM", "attack"]                  ->  both, or either: as the fork's heading says
    {"must": [...], "any": [...]}      ->  all of the first AND one of the second

A section's keyword is a phrase, or several with ` AND ` between them. What cannot be said so is told, never guessed.
"""

import re
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

_PREFIXES = ("ti", "abs", "all", "title", "abstract", "cat", "au", "co", "jr", "rn", "id", "doi")
_FIELDS = ("ti", "abs", "all", "title", "abstract")
"Prefixes of what is looked for in the text; title or abstract alone cannot be asked for."
_TOKEN = re.compile(
    rf"\s*(?:(?P<bracket>[()])|(?P<operator>ANDNOT|AND|OR|NOT)(?![\w:])|(?P<prefix>{'|'.join(_PREFIXES)}):\s*"
    r'|"(?P<phrase>[^"]*)"?|(?P<word>[^\s()"]+))'
)
_OPERATOR = re.compile(r"(?:^|[\s)\"])(?:ANDNOT|AND|OR)(?=[\s(\"]|$)")
_LEADING = re.compile(r"\s*(AND|OR)\s*:\s*(?=\S)")
_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.(?:[A-Z]{2}|[a-z]+(?:-[a-z]+)*|\*))?")
_MOST = 64
"Keywords that one of a fork may turn into."
_LONGEST = 2000
"Characters of a keyword that is looked into."
_ALL_OF = ("must", "all", "and", "required")
_ANY_OF = ("any", "or", "should", "terms", "keywords", "keyword", "queries", "query", "phrases", "words", "filters")
_NONE_OF = ("not", "exclude", "must_not", "none", "excluded")
_NAMED = ("title", "label", "name", "topic", "heading")

Combination = tuple[str, ...]
"phrases that must all occur"


@dataclass(slots=True)
class Wanted:
    """What one section of a fork asks for."""

    combinations: list[Combination] = field(default_factory=list)
    "any of these"
    categories: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    "what was left out, each as a clause"

    @property
    def keywords(self) -> list[str]:
        """As config.toml writes them."""
        return list(dict.fromkeys(" AND ".join(both) for both in self.combinations if both))

    @property
    def phrases(self) -> list[str]:
        """Every phrase once."""
        return list(dict.fromkeys(phrase for both in self.combinations for phrase in both))


def understood(text: str) -> Wanted:
    """What a keyword wants: itself, unless it is written in the language of arXiv's queries."""
    plain = " ".join(_decoded(text).split())
    if every := _LEADING.match(plain):
        words = [" ".join(word.strip('"').split()) for word in re.findall(r'"[^"]+"|\S+', plain[every.end() :])]
        return Wanted([tuple(words)] if every[1] == "AND" else [(word,) for word in words])
    if len(plain) > _LONGEST or not _is_query(plain):
        return Wanted([(plain.strip('"'),)] if plain.strip('" ') else [])
    return _Query(plain).wanted()


def all_of(parts: Sequence[Wanted]) -> Wanted:
    """What wants every one of these."""
    sizes = 1
    for part in parts:
        sizes *= max(len(part.combinations), 1)
    if sizes > _MOST:
        fewest = min((part for part in parts if part.combinations), key=lambda part: len(part.combinations))
        return Wanted(
            fewest.combinations[:_MOST], problems=[f"{sizes:,} combinations are too many; some conditions go"]
        )
    choices = [part.combinations for part in parts if part.combinations]
    joined = [tuple(dict.fromkeys(phrase for both in chosen for phrase in both)) for chosen in product(*choices)]
    categories = tuple(dict.fromkeys(name for part in parts for name in part.categories))
    return Wanted(joined if choices else [], categories, [note for part in parts for note in part.problems])


def any_of(parts: Sequence[Wanted]) -> Wanted:
    """What wants one of these at least."""
    combinations = list(dict.fromkeys(both for part in parts for both in part.combinations))
    problems = [note for part in parts for note in part.problems]
    names = {part.categories for part in parts}
    if len(names) > 1 and all(part.combinations for part in parts):
        problems.append("categories that hold for a part only are left out")
        names = {()}
    if len(combinations) > _MOST:
        problems.append(f"only the first {_MOST} of {len(combinations):,} keywords are taken")
    return Wanted(combinations[:_MOST], tuple(dict.fromkeys(name for part in names for name in part)), problems)


def of_value(value: Any, join: Callable[[Sequence[Wanted]], Wanted] = any_of) -> Wanted | None:
    """What an entry of a fork's list wants: a text, a list of them, or a mapping of conditions; None: who knows."""
    if isinstance(value, str):
        return understood(value) if value.strip() else None
    if isinstance(value, list):
        parts = [part for item in value if (part := of_value(item))]
        return join(parts) if parts and len(parts) == len(value) else None
    return _of_mapping(value) if isinstance(value, Mapping) else None


def _of_mapping(value: Mapping[Any, Any]) -> Wanted | None:
    named = {str(key).lower(): item for key, item in value.items()}
    parts = [part for key in _ALL_OF if key in named and (part := of_value(named[key], all_of))]
    parts += [part for key in _ANY_OF if key in named and (part := of_value(named[key]))]
    if not parts:
        title = title_of(value)
        parts = [understood(title)] if title else []
    if not parts:
        return None
    wanted = all_of(parts)
    if any(named.get(key) for key in _NONE_OF):
        wanted.problems.append("what must not occur is left out")
    return wanted


def title_of(value: Mapping[Any, Any]) -> str:
    """The title that a mapping of conditions gives itself; empty where it gives none."""
    named = {str(key).lower(): item for key, item in value.items()}
    return next((named[key].strip() for key in _NAMED if isinstance(named.get(key), str) and named[key].strip()), "")


def _decoded(text: str) -> str:
    """A keyword that was written for an address, as text."""
    if re.search(r"%(?:22|20|28|29|3A)", text, re.IGNORECASE):
        return urllib.parse.unquote_plus(text)
    return text.replace("+", " ") if re.search(r"\w\+(?:AND|OR|ANDNOT)\+\w|:\S*\w\+\w", text) else text


def _is_query(text: str) -> bool:
    prefixed = re.search(rf'(?:^|[\s("])(?:{"|".join(_PREFIXES)}):(?=[\w"(])', text)
    return bool(_OPERATOR.search(text) or prefixed or text.count('"') > 2)


class _Query:
    """A query in arXiv's language; `A B` outside quotes is one phrase, as DailyArXiv asks for it."""

    def __init__(self, text: str) -> None:
        self._tokens = [(str(found.lastgroup), found[str(found.lastgroup)]) for found in _TOKEN.finditer(text)]
        self._at = 0
        self._problems: list[str] = []

    def wanted(self) -> Wanted:
        """Read the whole of it; brackets that do not match are passed over."""
        parts = [self._either(0)]
        while self._at < len(self._tokens):
            self._at += 1
            parts.append(self._either(0))
        found = all_of([part for part in parts if part.combinations or part.categories])
        found.problems += self._problems
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _either(self, depth: int) -> Wanted:
        parts = [self._both(depth)]
        while self._peek() == ("operator", "OR"):
            self._at += 1
            parts.append(self._both(depth))
        parts = [part for part in parts if part.combinations or part.categories]
        if len(parts) > 1 and not any(part.combinations for part in parts):
            return Wanted([], tuple(dict.fromkeys(name for part in parts for name in part.categories)))
        return any_of(parts)

    def _both(self, depth: int) -> Wanted:
        parts = [self._one(depth)]
        while (next_token := self._peek()) not in (("", ""), ("bracket", ")"), ("operator", "OR")):
            if next_token[0] == "operator":
                self._at += 1
            more = self._one(depth)
            if next_token[1] in ("ANDNOT", "NOT"):
                self._problems.append("what must not occur is left out")
            else:
                parts.append(more)
        return all_of([part for part in parts if part.combinations or part.categories])

    def _one(self, depth: int, prefix: str = "all") -> Wanted:
        kind, text = self._peek()
        if kind == "prefix":
            self._at += 1
            return self._one(depth, text)
        if (kind, text) == ("bracket", "("):
            self._at += 1
            inner = self._either(depth + 1) if depth < 20 else Wanted()
            if self._peek() == ("bracket", ")"):
                self._at += 1
            return inner if prefix in _FIELDS else self._told(prefix, " ".join(inner.phrases))
        if kind == "phrase":
            self._at += 1
            return self._told(prefix, text)
        words = []
        while self._peek()[0] == "word":
            words.append(self._peek()[1])
            self._at += 1
        if not words and self._peek()[0] == "operator" and self._peek()[1] in ("NOT", "ANDNOT"):
            self._at += 1
            self._one(depth)
            self._problems.append("what must not occur is left out")
        return self._told(prefix, " ".join(words))

    def _told(self, prefix: str, text: str) -> Wanted:
        text = " ".join(text.split())
        if prefix in _FIELDS:
            return Wanted([(text,)] if text else [])
        names = text.split()
        if prefix == "cat" and names and all(_CATEGORY.fullmatch(name) for name in names):
            return Wanted([], tuple(name.removesuffix(".*") for name in names))
        self._problems.append(f"`{prefix}:{text[:40]}` cannot be asked for and is left out")
        return Wanted()
