"""What the shell prints: results, facts about the index, progress."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from recommender.archives import shown_day, url_of
from recommender.fronts import printing
from recommender.fronts.printing import Styled, note, out, record, wrapped
from recommender.paper import Paper, Scored
from recommender.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from recommender.finding import Reading
    from recommender.verbs.info import Info

_INDENT = " " * 9
_ROOMY = 40
"Columns from which on results are indented behind their numbers."
_EVERY_SECONDS = 10.0


def results(found: Sequence[Scored], *, abstract: bool) -> None:
    """Print papers best first: a title, facts and an address each."""
    if not found:
        note("no stored paper passes these filters")
    width = get_terminal_size().columns
    indent = _INDENT if width >= _ROOMY else ""
    for rank, scored in enumerate(found, 1):
        _result(scored, f"{rank:3} {scored.relevance:3.0f}% ", indent, max(width - len(indent), 1), abstract=abstract)


def readings(readings: "Sequence[Reading]") -> None:
    """Say how a query was read, and what turns that off."""
    undo = {"meaning": "; --meaning searches by meaning alone", "exact": "; --exact takes every word as it is", "": ""}
    for reading in readings:
        note(reading.said + undo[reading.undo])


def _result(scored: Scored, head: str, indent: str, width: int, *, abstract: bool) -> None:
    """Print one paper in lines of at most `width` columns behind `indent`; `head` stands before the title."""
    paper = scored.paper
    first, *more = wrapped(paper.title, width)
    if len(head) > len(indent):  # a narrow terminal, or a rank of four digits
        out(head)
        head = indent
    url = url_of(paper)
    out(head, Styled(first, "bold", url))
    for line in more:
        out(indent, Styled(line, "bold", url))
    facts = [shown_day(paper), _authors(paper.authors), " ".join(paper.categories[:3])]
    facts += ["withdrawn"] if paper.withdrawn else []
    facts += [f"like {scored.like}"] if scored.like else []
    for line in _facts([fact for fact in facts if fact], width):
        out(indent, Styled(line, "dim"))
    out(indent, Styled(url, link=url))  # whole, so that it can be followed
    if scored.because:
        for line in wrapped(f'because it resembles "{scored.because.title}"', width):
            out(indent, Styled(line, "dim"))
    if abstract:
        for line in wrapped(paper.abstract, width):
            out(indent, line)
        out()


def paper(one: Paper) -> None:
    """Print all that is known of one paper."""
    width = get_terminal_size().columns
    for line in wrapped(one.title, width):
        out(Styled(line, "bold", url_of(one)))
    version = f"version {one.version}" if one.version else ""
    days = [f"published {one.published}" if one.published else "", f"updated {one.updated}" if one.updated else ""]
    facts = [*days, version, "withdrawn" if one.withdrawn else ""]
    for text in (", ".join(one.authors), "  ".join(filter(None, facts)), " ".join(one.categories), one.comment):
        for line in wrapped(text, width) if text else ():
            out(Styled(line, "dim"))
    out(Styled(url_of(one), link=url_of(one)))
    out()
    for line in wrapped(one.abstract, width):
        out(line)


def _facts(facts: Sequence[str], width: int) -> list[str]:
    """Facts two blanks apart on one line where they fit, else folded."""
    whole = wrapped("  ".join(facts), width)
    return ["  ".join(facts)] if len(whole) == 1 and len("  ".join(facts)) <= width else whole


def _authors(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} others"


def info(facts: "Info", *, as_json: bool) -> None:
    """Print what `recommend info` tells."""
    if as_json:
        record(facts.record())
        return
    for name, value in facts.lines():
        out(f"{name:<10}{value}")


@contextmanager
def progress() -> Iterator[Progress]:
    """What long work tells, on stderr: bars with rate and time left on a terminal, lines now and then elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    with ExitStack() as opened:
        yield _Bars(opened)


class _Bars:
    """Progress as a bar, drawn from when there is something to tell: most work ends sooner than rich is loaded."""

    def __init__(self, opened: ExitStack) -> None:
        self._opened = opened

    def __call__(self, stage: str, done: int, of: int, *, unit: str = "papers", note: str = "") -> None:
        from rich.markup import escape

        if unit == "bytes":
            done, of, unit = done // 1_000_000, of // 1_000_000, "MB"
        told = printing.plain(f"{unit}{', ' if note else ''}{note}")
        bars, task = self._bars
        bars.update(task, description=escape(printing.plain(stage)), completed=done, total=of, note=escape(told))

    @cached_property
    def _bars(self) -> "tuple[Bars, TaskID]":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (
            *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
            *(TextColumn("{task.fields[note]}"), TimeRemainingColumn()),
        )
        bars = self._opened.enter_context(Bars(*columns, console=Console(stderr=True), transient=True))
        return bars, bars.add_task("", total=None, note="")


class _Lines:
    """Progress as lines: one every ten seconds, and none for work that ends sooner."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _EVERY_SECONDS

    def __call__(self, stage: str, done: int, of: int, *, unit: str = "papers", note: str = "") -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY_SECONDS
        printing.note(f"{stage}: {done:,} of {of:,} {unit}{', ' if note else ''}{note}")
