"""The shapes in which the shell prints papers: a table for people, and what other programs read."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

from recommender.fronts import last, printing, records, show
from recommender.paper import Scored

Shape = Literal["table", "json", "bibtex", "ris", "csv", "ids"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"What a spreadsheet takes for the beginning of a formula."
_COLUMNS = ("rank", "relevance", "id", "url", "title", "authors", "categories", "published", "updated", "comment")


def results(found: Sequence[Scored], shape: Shape, *, abstract: bool) -> None:
    """Print papers best first; those of a table are remembered by their numbers for `recommend open`."""
    if shape == "table":
        last.remember([scored.paper.id for scored in found])
        with printing.paged():
            show.results(found, abstract=abstract)
    elif shape == "json":
        for rank, scored in enumerate(found, 1):
            printing.record(records.of(scored, rank))
    elif shape == "csv":
        _csv(found, abstract=abstract)
    else:
        from recommender.profile.export import FORMATS

        papers = [scored.paper if abstract else replace(scored.paper, abstract="") for scored in found]
        printing.lines(FORMATS[shape](papers))


def _csv(found: Sequence[Scored], *, abstract: bool) -> None:
    """One paper a line under a head; several authors or categories with `; ` between them."""
    columns = (*_COLUMNS, "abstract") if abstract else _COLUMNS
    _row(columns)
    for rank, scored in enumerate(found, 1):
        facts = records.of(scored, rank)
        _row([_cell(facts[name]) for name in columns])


def _row(cells: Sequence[str]) -> None:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(map(printing.plain, cells))
    printing.out(line.getvalue())


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        value = "; ".join(value)
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return f"'{value}" if value.startswith(_FORMULA) else value
