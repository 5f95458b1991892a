"""What people type by habit: `ti:`, `au:`, `cat:`, `id:`, "a phrase", `-word`, mixed with free words.

One grammar for shell, Python and pages; docs/search.md has it as a table. Nothing is ever an error here: what is not
grammar is a free word.
"""

import re
from dataclasses import dataclass

_FIELDS = {
    "ti": "titles", "title": "titles",
    "au": "authors", "author": "authors",
    "cat": "categories", "category": "categories",
    "id": "ids", "arxiv": "ids",
    "abs": "phrases", "abstract": "phrases",
    "all": "free",
}  # fmt: skip
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'))
_PART = re.compile(
    rf'(?<!\S)(?P<minus>-)?(?:(?P<field>{"|".join(_FIELDS)}):)?(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))', re.IGNORECASE
)
_NOT = ("NOT", "ANDNOT")
_INITIALS = re.compile(r"(?P<family>[^\W\d_][\w'-]*?)_(?P<given>[^\W\d_](?:_[^\W\d_])*)\Z")


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart; every part that is given must hold, and the free words rank."""

    text: str = ""
    "free words, ranked by meaning; phrases count among them"
    ids: tuple[str, ...] = ()
    "of papers to begin with, as they were typed"
    authors: tuple[str, ...] = ()
    "names, all of which must stand on the paper"
    titles: tuple[str, ...] = ()
    "words or phrases, all of which must stand in the title"
    phrases: tuple[str, ...] = ()
    "all of which must stand in title or abstract"
    categories: tuple[str, ...] = ()
    "any of these"
    without: tuple[str, ...] = ()
    "words or phrases that stand neither in title nor abstract"
    without_titles: tuple[str, ...] = ()
    "words or phrases that do not stand in the title"
    without_authors: tuple[str, ...] = ()
    "names that do not stand on the paper"
    without_categories: tuple[str, ...] = ()
    "categories and archives that the paper is not in"

    @property
    def plain(self) -> bool:
        """Whether there is nothing but free words."""
        return self == Query(self.text)

    @property
    def selective(self) -> bool:
        """Whether parts say which papers are meant at all, beside leaving some out."""
        return bool(self.authors or self.titles or self.phrases or self.categories)


def parse(text: str) -> Query:
    """Take a query apart."""
    found: dict[str, list[str]] = {name: [] for name in Query.__slots__}
    negated = False
    text = text.translate(_QUOTES)
    if text.count('"') % 2:  # an unmatched quote is none
        place = text.rindex('"')
        text = f"{text[:place]} {text[place + 1 :]}"
    for part in _PART.finditer(text):
        word = part["word"] if part["phrase"] is None else part["phrase"].strip()
        if part["word"] in (*_NOT, "AND", "OR") and not part["field"]:
            negated = part["word"] in _NOT
            continue
        if _left_out(part, negated=negated):
            kind = {"free": "without", "phrases": "without", "ids": "free"}.get(kind := _kind(part), f"without_{kind}")
        else:
            kind = _kind(part)
        negated = False
        if kind == "free":
            found["text"].append(part[0] if part["word"] and not part["field"] else word)
        elif word:
            found[kind] += word.split(",") if kind.endswith(("categories", "ids")) else [_spoken(word, kind)]
            if kind == "phrases":
                found["text"].append(word)
    free = " ".join(found.pop("text")).strip()
    return Query(free, **{name: tuple(filter(None, values)) for name, values in found.items()})


def _kind(part: re.Match[str]) -> str:
    if part["field"]:
        return _FIELDS[part["field"].lower()]
    return "free" if part["phrase"] is None else "phrases"


def _left_out(part: re.Match[str], *, negated: bool) -> bool:
    """Whether a part is one to leave out; `-5` and `--` are not."""
    if not part["minus"]:
        return negated
    return bool(part["field"] or part["phrase"] or part["word"][0].isalpha())


def _spoken(word: str, kind: str) -> str:
    """A name as it is spoken: arXiv's own search writes `au:del_maestro_a`."""
    if not kind.endswith("authors"):
        return word
    if found := _INITIALS.match(word):
        return f"{found['given'].replace('_', ' ')} {found['family'].replace('_', ' ')}"
    return word.replace("_", " ")
