"""Two pictures as SVG: a map of the sections' papers, and papers per month per section.

Each comes in two shapes: for a page, coloured by the page's style sheet and with links; and standing alone, with its
own styles, legend and text sizes, for a README.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import wrap
from typing import Any

import jinja2
from markupsafe import Markup

from recommender.site.themes import Theme

SHAPES = ("circle", "square", "up", "diamond", "down")
COLOURS = 6
"Colours of Okabe and Ito's palette for the colour-blind that stand out on light and dark; then the shape changes."
_MONTHS = 24
_WIDTH, _HEIGHT, _MARGIN, _ROW = 640, 560, 24, 22
_LINE = 72
"Letters of a section's title that fit on a line of a picture."
_APART = 50
"Least distance of marks that lead to papers: 24 pixels, a finger's width, where the map is 320 pixels wide."
_LETTER, _SIZE = 0.62, 13
"Width of a letter by its height, and height of a theme's letters; twice that on a phone."
_DOWN, _ACROSS = (0, -1.5, 1.5, -3, 3, -4.5, 4.5), (0, -2, 2, -4, 4)
"Where a theme's name is tried, in letters' heights from the theme's middle."
_NEAR = 130
"How far from there the frame of a phone may push it."


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
    section: str = ""
    "title of its section"


@dataclass(frozen=True, slots=True)
class Mark:
    """A point as it is drawn; those of a map that lead to papers lie apart."""

    point: Point
    x: float
    y: float
    colour: int
    shape: str


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a theme as it is drawn."""

    name: str
    x: float
    y: float
    "the middle of its line"
    small: bool
    "whether there is no room for it on a phone"


@dataclass(frozen=True, slots=True)
class Map:
    """A map of papers: its points, the best first, and what groups of them are about."""

    points: tuple[Point, ...]
    themes: tuple[Theme, ...]
    names: tuple[str, ...]
    "titles of the sections"


@dataclass(frozen=True, slots=True)
class Months:
    """Papers per month of several sections over the same months."""

    labels: tuple[str, ...]
    "`2026-08`, without gaps, oldest first"
    counts: tuple[tuple[int, ...], ...]
    "for each section, one number a month"


def months(counts: Sequence[Mapping[str, int]], *, until: date) -> Months:
    """Each section's papers by month over the two years that end with `until`."""
    last = until.year * 12 + until.month - 1
    labels = tuple(f"{n // 12}-{n % 12 + 1:02}" for n in range(last - _MONTHS + 1, last + 1))
    return Months(labels, tuple(tuple(tally.get(label, 0) for label in labels) for tally in counts))


def style(group: int) -> tuple[int, str]:
    """Colour number and shape of a section's marks."""
    return group % COLOURS, SHAPES[group // COLOURS % len(SHAPES)]


def page_map(env: jinja2.Environment, chart: Map) -> Markup:
    """The map for a page: marks that lead to papers, small dots for all others, themes by name."""
    marks, dots = _marks(chart.points)
    keys = [(*style(number), name) for number, name in enumerate(chart.names)]
    return Markup(env.get_template("map.html").render(marks=marks, dots=dots, keys=keys, **_frame(chart, marks)))


def map_picture(env: jinja2.Environment, chart: Map) -> str:
    """The map standing alone, with a legend."""
    marks, dots = _marks(chart.points)
    keys, top = [], _HEIGHT + 24
    for number, name in enumerate(chart.names):
        lines = wrap(name, _LINE) or [""]
        keys.append((*style(number), lines, top))
        top += 18 * len(lines) + 4
    return env.get_template("map.svg").render(marks=marks, dots=dots, keys=keys, below=top, **_frame(chart, marks))


def _frame(chart: Map, marks: Sequence[Mark]) -> dict[str, Any]:
    return {"labels": labels(chart.themes, marks), "width": _WIDTH, "height": _HEIGHT, "reach": _APART // 2}


def labels(themes: Sequence[Theme], marks: Sequence[Mark]) -> list[Label]:
    """Where the names of themes stand, the largest theme's first: none over another, none cut off by the frame.

    Near the middle of each, where fewest marks are hidden; a name that finds no room on a phone is `small`, one that
    finds none at all is left out.
    """
    found: list[Label] = []
    boxes: list[Box] = []
    wide: list[Box] = []
    for theme in themes:
        places = [_box(theme.name, theme.x, theme.y, across, down, 2 * _SIZE) for down in _DOWN for across in _ACROSS]
        middle = _at(theme.x, theme.y)[0]
        near = [box for box in places if box and abs((box[0] + box[2]) / 2 - middle) < _NEAR]
        free = [box for box in near if not any(_overlap(box, other) for other in wide)]
        small = [_narrow(box) for box in free]
        small = [box for box in small if not any(_overlap(box, other) for other in boxes)]
        roomy = bool(small)
        if not roomy:
            tight = [_box(theme.name, theme.x, theme.y, across, down, _SIZE) for down in _DOWN for across in _ACROSS]
            small = [box for box in tight if box and not any(_overlap(box, other) for other in boxes)]
        if not small:
            continue
        best = min(small, key=lambda box: sum(_hides(box, mark) for mark in marks))
        boxes.append(best)
        x, y = (best[0] + best[2]) / 2, (best[1] + best[3]) / 2
        if roomy:
            wide.append(next(box for box in free if _narrow(box) == best))
        found.append(Label(theme.name, x, y, small=not roomy))
    return found


Box = tuple[float, float, float, float]
"Left, top, right, bottom."


def _box(name: str, x: float, y: float, across: float, down: float, size: float) -> Box | None:
    """Where a name of this size stands, letters aside and below a place, inside the frame; None: nowhere."""
    half, tall = len(name) * size * _LETTER / 2 + 3, size * 0.7
    if 2 * half > _WIDTH:
        return None
    left, top = _at(x, y)
    left = min(max(left + across * _SIZE, half), _WIDTH - half)
    top = min(max(top + down * _SIZE, tall), _HEIGHT - tall)
    return left - half, top - tall, left + half, top + tall


def _narrow(box: Box) -> Box:
    """The box of a name of half the size."""
    x, y, across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (box[2] - box[0]) / 4, (box[3] - box[1]) / 4
    return x - across, y - down, x + across, y + down


def _hides(box: Box, mark: Mark) -> bool:
    return box[0] - 6 < mark.x < box[2] + 6 and box[1] - 6 < mark.y < box[3] + 6


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


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


def _at(x: float, y: float) -> tuple[float, float]:
    return _MARGIN + x * (_WIDTH - 2 * _MARGIN), _MARGIN + y * (_HEIGHT - 2 * _MARGIN)


def _marks(points: Sequence[Point]) -> tuple[list[Mark], list[Mark]]:
    """Points that lie far enough from each other to be met by a finger, in order, and all others."""
    marks: list[Mark] = []
    dots: list[Mark] = []
    for point in points:
        x, y = _at(point.x, point.y)
        mark = Mark(point, round(x, 1), round(y, 1), *style(point.group))
        near = any(math.hypot(mark.x - other.x, mark.y - other.y) < _APART for other in marks)
        (dots if near else marks).append(mark)
    return marks, dots


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
