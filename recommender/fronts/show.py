"""What the shell prints: results, facts about the index, progress."""

import json
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from recommender.archives import shown_day, url_of
from recommender.fronts import records
from recommender.paper import Scored
from recommender.progress import Progress

if TYPE_CHECKING:
    from recommender.verbs.info import Info

_INDENT = " " * 9
_EVERY_SECONDS = 10.0


def results(found: Sequence[Scored], *, abstract: bool, as_json: bool) -> None:
    """Print papers best first: three lines each, or one JSON object a line."""
    if as_json:
        for rank, scored in enumerate(found, 1):
            click.echo(json.dumps(records.of(scored, rank), ensure_ascii=False))
        return
    if not found:
        click.echo("no stored paper passes these filters", err=True)
    width = max(get_terminal_size().columns, 40)
    for rank, scored in enumerate(found, 1):
        paper = scored.paper
        title = textwrap.wrap(_plain(paper.title), width - len(_INDENT)) or [""]
        click.echo(f"{rank:3} {scored.relevance:3.0f}% " + click.style(f"\n{_INDENT}".join(title), bold=True))
        facts = [shown_day(paper), _authors(paper.authors), " ".join(paper.categories[:3])]
        facts += ["withdrawn"] if paper.withdrawn else []
        facts += [f"like {scored.like}"] if scored.like else []
        click.echo(_INDENT + click.style(_plain("  ".join(fact for fact in facts if fact)), dim=True))
        click.echo(_INDENT + url_of(paper))
        if scored.because:
            why = textwrap.wrap(_plain(f'because it resembles "{scored.because.title}"'), width - len(_INDENT))
            click.echo("\n".join(_INDENT + click.style(line, dim=True) for line in why))
        if abstract:
            body = textwrap.wrap(_plain(paper.abstract), width - len(_INDENT))
            click.echo("\n".join(_INDENT + line for line in body) + "\n")


def _authors(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} others"


def _plain(text: str) -> str:
    """Text that cannot steer a terminal: no escape sequences, no bidirectional controls."""
    return "".join(char for char in text if char.isprintable())


def info(facts: "Info", *, as_json: bool) -> None:
    """Print what `recommend info` tells."""
    if as_json:
        click.echo(json.dumps(facts.record(), ensure_ascii=False))
        return
    for name, value in facts.lines():
        click.echo(f"{name:<10}{value}")


@contextmanager
def progress() -> Iterator[Progress]:
    """What long work tells, on stderr: bars with rate and time left on a terminal, lines now and then elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None, note="")

        def show(stage: str, done: int, of: int, *, unit: str = "papers", note: str = "") -> None:
            if unit == "bytes":
                done, of, unit = done // 1_000_000, of // 1_000_000, "MB"
            bars.update(task, description=stage, completed=done, total=of, note=f"{unit}{', ' if note else ''}{note}")

        yield show


class _Lines:
    """Progress as lines: one every ten seconds, and none for work that ends sooner."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _EVERY_SECONDS

    def __call__(self, stage: str, done: int, of: int, *, unit: str = "papers", note: str = "") -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY_SECONDS
        click.echo(f"{stage}: {done:,} of {of:,} {unit}{', ' if note else ''}{note}", err=True)
