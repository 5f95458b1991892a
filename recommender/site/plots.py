"""Two pictures as SVG: a map of the sections' papers, and papers per month per section.

Each comes in two shapes: for a page, coloured by the page's style sheet and with links; and standing alone, with its
own styles, legend and text sizes, for a README.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import jinja2
from markupsafe import Markup

SHAPES = ("circle", "square", "up", "diamond", "down")
COLOURS = 6
"Colours of Okabe and Ito's palette for the colour-blind that stand out on light and dark; then the shape changes."
_MONTHS = 24
_MAP, _MARGIN, _ROW = 640, 16, 22


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


def months(days: Sequence[Sequence[date]], *, until: date) -> Months:
    """Count each section's days by month over the two years that end with `until`."""
    last = until.year * 12 + until.month - 1
    labels = tuple(f"{n // 12}-{n % 12 + 1:02}" for n in range(last - _MONTHS + 1, last + 1))
    tallies = [Counter(f"{day.year}-{day.month:02}" for day in section) for section in days]
    return Months(labels, tuple(tuple(tally[label] for label in labels) for tally in tallies))


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


def bars(env: jinja2.Environment, counts: Sequence[int], largest: int, label: str) -> Markup:
    """One section's months as small bars for a page; `largest` is what fills the height."""
    shape = _bars(counts, max(largest, 1), width=120, height=24)
    return Markup(env.get_template("bars.svg").render(bars=shape, width=120, height=24, label=label))


def months_picture(env: jinja2.Environment, data: Months, names: Sequence[str]) -> str:
    """All sections' months standing alone, one row of bars each, all on one scale."""
    largest = max((max(counts) for counts in data.counts), default=0)
    rows = [
        (name, style(n)[0], sum(counts), max(counts), n * 52 + 30, _bars(counts, max(largest, 1), width=400, height=36))
        for n, (name, counts) in enumerate(zip(names, data.counts, strict=True))
    ]
    ticks = [(f"{i / _MONTHS * 400:.0f}", label) for i, label in enumerate(data.labels) if i % 6 == 0]
    return env.get_template("months.svg").render(rows=rows, ticks=ticks, height=len(rows) * 52 + 52, largest=largest)


def _marks(points: Sequence[Point]) -> list[tuple[Point, int, str, str, str]]:
    span = _MAP - 2 * _MARGIN
    return [
        (point, *style(point.group), f"{_MARGIN + point.x * span:.1f}", f"{_MARGIN + point.y * span:.1f}")
        for point in points
    ]


def _bars(counts: Sequence[int], largest: int, *, width: int, height: int) -> list[tuple[str, str, str, str, int]]:
    step = width / max(len(counts), 1)
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
