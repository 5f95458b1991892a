"""What main.py and utils.py of a fork say: sections, limits, columns, categories. They are read as text, never run."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from recommender.config import parse
from recommender.dailyarxiv import keywords, literals
from recommender.dailyarxiv.keywords import Wanted
from recommender.errors import ConfigError
from recommender.paper import clean

_KEYWORDS = ("keywords", "keyword_list", "keywords_list", "search_keywords", "topics", "keyword", "search_topics")
_LIKE_KEYWORDS = re.compile(r"keyword|topic|quer(?:y|ies)|search_terms")
_LIMITS = ("max_result", "max_results", "max_num", "max_papers")
_COLUMNS = {
    "title": "title",
    "date": "date",
    "abstract": "abstract",
    "comment": "comment",
    "authors": "authors",
    "tags": "categories",
}
_JOINS: tuple[tuple[str, Callable[[Sequence[Wanted]], Wanted]], ...] = (
    *((sign, keywords.all_of) for sign in (" AND ", " & ", " + ", "+", " and ")),
    *((sign, keywords.any_of) for sign in (" OR ", " or ", " / ", "/", ", ", " | ", "; ", " ")),
)
"How forks join the keywords of one section into its heading, and what they mean by it."
_IN_CODE = re.compile(r"[\"']\)?\s*(AND|OR)\s*\(?[\"']\s*\.join")
_SEPARATORS = r"[,;\n\uff0c\uff1b\u3001]"
"Commas and semicolons, the Chinese ones too."
_LONGEST_FILE = 300_000
_MOST = 100_000
"Papers that a limit may name."
_SHOWN = 80


@dataclass(slots=True)
class Settings:
    """What was understood of a fork's Python files."""

    sections: list[dict[str, Any]] = field(default_factory=list)
    "as in config.toml"
    digest: dict[str, Any] = field(default_factory=dict)
    "settings of [digest]"
    notes: list[str] = field(default_factory=list)
    "one line for everything that was not understood, or has no counterpart"


def source_of(path: Path) -> str | None:
    """The text of a Python file; None where there is none. Raises `OSError` and `ValueError`."""
    if not path.is_file():
        return None
    if path.stat().st_size > _LONGEST_FILE:
        raise ValueError(f"longer than {_LONGEST_FILE:,} bytes")
    return path.read_text("utf-8-sig")


def read(folder: Path, headings: Sequence[str]) -> Settings:
    """Read a fork's Python files; `headings` are those of its tables, in order, which name sections best."""
    settings = Settings()
    try:
        source = source_of(folder / "main.py")
        names = {name.lower(): value for name, value in literals.assigned(source or "").items()}
    except (OSError, ValueError, SyntaxError) as error:
        settings.notes.append(f"main.py: cannot be read as Python ({error})")
        source, names = "", {}
    if source is None:
        settings.notes.append("main.py: not there; the sections are the headings of README.md")
        return settings
    _find_sections(names, source, headings, settings)
    _limits(names, settings)
    categories = _categories(folder, settings)
    for section in settings.sections:
        section["categories"] = _known(section.get("categories") or categories, settings)
        if not section["categories"]:
            del section["categories"]
    return settings


def of_headings(headings: Sequence[str], notes: list[str]) -> list[dict[str, Any]]:
    """Sections where nothing but headings names them."""
    return [_section(heading, keywords.understood(heading), notes) for heading in headings]


def _find_sections(names: Mapping[str, Any], source: str, headings: Sequence[str], settings: Settings) -> None:
    keys = [name for name in _KEYWORDS if name in names]
    keys += [name for name in names if name not in keys and _LIKE_KEYWORDS.search(name)]
    for key in keys:
        settings.sections = _sections(names[key], source, headings, settings.notes)
        if settings.sections:
            return
    problem = f"`{keys[0]}` is {str(names[keys[0]])[:_SHOWN]}" if keys else f"none of {', '.join(_KEYWORDS)} is set"
    settings.notes.append(f"main.py: no keywords understood ({problem}); the sections are the headings of README.md")


def _sections(value: Any, source: str, headings: Sequence[str], notes: list[str]) -> list[dict[str, Any]]:
    """Sections from a list of keywords, or from a mapping of titles to keywords."""
    if isinstance(value, str):
        value = [part.strip() for part in re.split(_SEPARATORS, value) if part.strip()]
    if isinstance(value, Mapping):
        if not any(isinstance(item, str | list | Mapping) for item in value.values()):
            return []
        items = [(title if isinstance(title, str) else "", item, title) for title, item in value.items()]
    elif isinstance(value, list):
        items = [("", item, item) for item in value]
    else:
        return []
    join = _join(value, source, headings)
    in_order = headings if len(headings) == len(items) else ()
    found: list[dict[str, Any]] = []
    for (title, item, shown), heading in zip_longest(items, in_order):
        wanted = keywords.of_value(item, join if not title else keywords.any_of)
        title = _title(title, item, wanted, headings, heading or "")
        if title.strip() in {section["title"] for section in found} or _blank(item):
            notes.append(f"main.py: the keyword {str(shown)[:_SHOWN]!r} is empty or there twice; left out once")
        elif wanted is None or not title or (not wanted.keywords and not wanted.categories):
            notes.append(f"main.py: the keyword {str(shown)[:_SHOWN]} was not understood; add it to config.toml")
        else:
            found.append(_section(title, wanted, notes))
    return found


def _blank(item: Any) -> bool:
    return isinstance(item, str) and not item.strip()


def _join(value: Any, source: str, headings: Sequence[str]) -> Callable[[Sequence[Wanted]], Wanted]:
    """Whether a list within the list of keywords means all of its phrases, or any."""
    lists = [item for item in value if isinstance(item, list) and len(item) > 1] if isinstance(value, list) else []
    for item in lists:
        for sign, join in _JOINS:
            if all(isinstance(part, str) for part in item) and sign.join(item) in headings:
                return join
    found = _IN_CODE.search(source)
    return keywords.all_of if found and found[1] == "AND" else keywords.any_of


def _title(title: str, item: Any, wanted: Wanted | None, headings: Sequence[str], in_order: str) -> str:
    """The heading under which the fork shows an entry, where it can be told; else the entry's own words."""
    if not title and isinstance(item, str):
        title = item
    elif not title and isinstance(item, Mapping):
        title = keywords.title_of(item)
    texts = [part for part in item if isinstance(part, str)] if isinstance(item, list) and not title else []
    spellings = [title] if title else [sign.join(texts) for sign, _ in _JOINS]
    same = {_letters(heading): heading for heading in headings}
    known = next((same[_letters(text)] for text in spellings if _letters(text) in same), "")
    return clean(known or title or in_order or " / ".join(wanted.keywords if wanted else ()))[:200]


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum()) or text


def _section(title: str, wanted: Wanted, notes: list[str]) -> dict[str, Any]:
    """A section as config.toml has it: what follows from its title is left out."""
    section: dict[str, Any] = {"title": title}
    plain = keywords.understood(title).keywords == [title] and " AND " not in title
    phrases = [clean(phrase) for phrase in wanted.phrases]
    named = any(_letters(phrase) in _letters(title) for phrase in phrases)
    both = any(len(combination) > 1 for combination in wanted.combinations)
    if phrases and not (plain and named and not both):
        section["query"] = f"{title}: {', '.join(phrases)}" if plain and not both else _query(wanted)
    if wanted.keywords != [title] or not plain:
        section["keywords"] = [clean(keyword) for keyword in wanted.keywords]
    if wanted.categories:
        section["categories"] = list(wanted.categories)
    notes += [f"the keyword {title!r}: {problem}" for problem in dict.fromkeys(wanted.problems)]
    return section


def _query(wanted: Wanted) -> str:
    """What a section of conditions is about: the phrases of all its combinations, if they are more than a word."""
    common = [phrase for phrase in wanted.phrases if all(phrase in both for both in wanted.combinations)]
    words = " ".join(common).split()
    return clean(" ".join(common if len(words) > 1 else wanted.phrases))


def _limits(names: Mapping[str, Any], settings: Settings) -> None:
    """How many papers, and which columns."""
    limit = next((names[name] for name in _LIMITS if name in names), None)
    if _is_limit(limit):
        settings.digest["top"] = limit
    for name, value in names.items():
        if isinstance(value, Mapping) and "max" in name:
            for section in settings.sections:
                if _is_limit(value.get(section["title"])):
                    section["top"] = value[section["title"]]
    if limit is not None and "top" not in settings.digest and not all("top" in part for part in settings.sections):
        settings.notes.append(f"main.py: the limit {str(limit)[:_SHOWN]} was not understood; 100 papers a section")
    columns = names.get("column_names")
    if isinstance(columns, list) and all(isinstance(column, str) for column in columns):
        known = [_COLUMNS[column.lower()] for column in columns if column.lower() in _COLUMNS]
        order = dict.fromkeys(["title", *(["date"] if "date" in known else []), "relevance", *known])
        settings.digest["columns"] = list(order)


def _is_limit(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST


def _categories(folder: Path, settings: Settings) -> list[str]:
    """What `filter_tags` in utils.py keeps."""
    try:
        source = source_of(folder / "utils.py")
        found = literals.default_of(source, "filter_tags", 1) if source else None
    except (OSError, ValueError, SyntaxError) as error:
        settings.notes.append(f"utils.py: cannot be read as Python ({error}); papers of all categories are taken")
        return []
    if found is None:
        return []
    if isinstance(found, list) and all(isinstance(item, str) for item in found):
        return found
    settings.notes.append(
        f"utils.py: the categories {str(found)[:_SHOWN]} were not understood; papers of all are taken"
    )
    return []


def _known(names: Sequence[str], settings: Settings) -> list[str]:
    """Those categories that config.toml takes."""
    kept = []
    for name in dict.fromkeys(names):
        try:
            parse({"sections": [{"title": "any", "categories": [name]}]}, folder=Path())
            kept.append(name)
        except ConfigError as error:
            note = f"utils.py: the category {name[:_SHOWN]!r} is left out ({error})"
            settings.notes += [note] if note not in settings.notes else []
    return kept
