"""One line of authors taken apart into names."""

import re

from recommender.paper import clean

_BETWEEN = re.compile(r" ?[,;] ?(?:and )?| and ")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")

_FAMILY = re.compile(r"(?:[a-z]{1,4} ){0,3}[^\W\d_][^\s.]*")


def split_authors(text: str) -> tuple[str, ...]:
    """Names from one line as arXiv writes it: affiliations in parentheses dropped, `,` `;` and `and` between them.

    Lines of other tools that write family names first, `Doe, Jane; Roe, Richard` and `Doe, Jane and Roe, Richard`, are
    told by their form.
    """
    line = clean(_without_parentheses(text))
    if family_first := _family_first(line):
        return family_first
    names: list[str] = []
    for name in filter(None, map(clean, _BETWEEN.split(line))):
        if names and _SUFFIX.fullmatch(name):
            names[-1] += f" {name}"
        else:
            names.append(name)
    return tuple(names)


def _family_first(line: str) -> tuple[str, ...]:
    for between in ("; ", " and "):
        people = [person.split(", ") for person in line.split(between)]
        if len(people) > 1 and all(len(person) == 2 and _FAMILY.fullmatch(person[0]) for person in people):
            return tuple(f"{given} {family}".strip() for family, given in people)
    return ()


def _without_parentheses(text: str) -> str:
    """Every matched pair and what it holds made a blank; parentheses without a partner stay."""
    opened: list[int] = []
    closed: dict[int, int] = {}
    for place, char in enumerate(text):
        if char == "(":
            opened.append(place)
        elif char == ")" and opened:
            closed[opened.pop()] = place
    parts, place = [], 0
    while place < len(text):
        if place in closed:
            parts.append(" ")
            place = closed[place]
        else:
            parts.append(text[place])
        place += 1
    return "".join(parts)
