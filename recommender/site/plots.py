"""Two pictures as SVG: a map of the sections' papers, and papers per month per section.

Each comes in two shapes: for a page, coloured by the page's style sheet and with links; and standing alone, with its
own styles, legend and text sizes, for a README.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import wrap

import jinja2
from markupsafe import Markup

from recommender.archives import day_of
from recommender.digest.model import Section

SHAPES = ("circle", "square", "up", "diamond", "down")
COLOURS = 6
"Colours of Okabe and Ito's palette for the colour-blind that stand out on light and dark; then the shape changes."
_MONTHS = 24
_MAP, _MARGIN, _ROW = 640, 16, 22
_LINE = 72
"Letters of a section's title that fit on a line of a picture."


@dataclass(frozen=True, slots=True)
class Point:
    """A paper on the map."""

    x: float
    "0 to 1, left to right"
    y: float
    "0 to 1, top to bottom"
    group: int
    "number of its section, from 0"
    title: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Months:
    """Papers per month of several sections over the same months."""

    labels: tuple[str, ...]
    "`2026-08`, without gaps, oldest first"
    counts: tuple[tuple[int, ...], ...]
    "for each section, one number a month"


def by_month(section: Section) -> dict[str, int]:
    """How many of the papers that a section shows are of each month."""
    return Counter(day_of(row.paper).isoformat()[:7] for row in section.rows)


def months(counts: Sequence[Mapping[str, int]], *, until: date) -> Months:
    """Each section's papers by month over the two years that end with `until`."""
    last = until.year * 12 + until.month - 1
    labels = tuple(f"{n // 12}-{n % 12 + 1:02}" for n in range(last - _MONTHS + 1, last + 1))
    return Months(labels, tuple(tuple(tally.get(label, 0) for label in labels) for tally in counts))


def style(group: int) -> tuple[int, str]:
    """Colour number and shape of a section's marks."""
    return group % COLOURS, SHAPES[group // COLOURS % len(SHAPES)]


def page_map(env: jinja2.Environment, points: Sequence[Point]) -> Markup:
    """The map for a page: every mark is a link with the paper's title."""
    return Markup(env.get_template("map.svg").render(marks=_marks(points), size=_MAP, names=(), alone=False))


def map_picture(env: jinja2.Environment, points: Sequence[Point], names: Sequence[str]) -> str:
    """The map standing alone, with a legend."""
    legend = [(*style(n), name, _MAP + 24 + n * _ROW) for n, name in enumerate(names)]
    return env.get_template("map.svg").render(
        marks=_marks(points), size=_MAP, names=legend, alone=True, height=_MAP + 24 + len(names) * _ROW
    )


def bars(env: jinja2.Environment, counts: Sequence[int], label: str) -> Markup:
    """One section's months as bars for a page, on a scale of their own."""
    shape = _bars(counts, width=240, height=56)
    return Markup(env.get_template("bars.svg").render(bars=shape, width=240, height=56, label=label))


def months_picture(env: jinja2.Environment, data: Months, names: Sequence[str]) -> str:
    """All sections' months standing alone, one row of bars each, each on its own scale."""
    rows, top = [], 12
    for number, (name, counts) in enumerate(zip(names, data.counts, strict=True)):
        lines = wrap(name, _LINE) or [""]
        place = top + 18 * len(lines)
        rows.append((lines, style(number)[0], top, place, max(counts), _bars(counts, width=520, height=44)))
        top = place + 44 + 20
    ticks = [(f"{(i + 0.5) / _MONTHS * 520:.0f}", label) for i, label in enumerate(data.labels) if i % 6 == 2]
    return env.get_template("months.svg").render(rows=rows, ticks=ticks, height=top + 16)


def _marks(points: Sequence[Point]) -> list[tuple[Point, int, str, str, str]]:
    span = _MAP - 2 * _MARGIN
    return [
        (point, *style(point.group), f"{_MARGIN + point.x * span:.1f}", f"{_MARGIN + point.y * span:.1f}")
        for point in points
    ]


def _bars(counts: Sequence[int], *, width: int, height: int) -> list[tuple[str, str, str, str, int]]:
    """Left, top, width, height and number of each bar; the largest fills the height."""
    step, largest = width / max(len(counts), 1), max(*counts, 1)
    return [
        (
            f"{i * step + 0.5:.1f}",
            f"{height - n / largest * height:.1f}",
            f"{step - 1:.1f}",
            f"{n / largest * height:.1f}",
            n,
        )
        for i, n in enumerate(counts)
        if n
    ]
