"""What the shell prints: results, facts about the index, progress."""

import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from recommender.paper import Scored

if TYPE_CHECKING:
    from recommender.pipeline import Info

_INDENT = " " * 9


def results(found: Sequence[Scored], *, abstract: bool, as_json: bool) -> None:
    """Print papers best first: three lines each, or one JSON object a line."""
    if as_json:
        for rank, scored in enumerate(found, 1):
            click.echo(json.dumps(_record(rank, scored), ensure_ascii=False))
        return
    if not found:
        click.echo("no stored paper passes these filters", err=True)
    width = max(get_terminal_size().columns, 40)
    for rank, scored in enumerate(found, 1):
        paper = scored.paper
        title = textwrap.wrap(_plain(paper.title), width - len(_INDENT)) or [""]
        click.echo(f"{rank:3} {scored.relevance:3.0f}% " + click.style(f"\n{_INDENT}".join(title), bold=True))
        facts = [paper.shown_date, _authors(paper.authors), " ".join(paper.categories[:3])]
        facts += ["withdrawn"] if paper.withdrawn else []
        click.echo(_INDENT + click.style(_plain("  ".join(fact for fact in facts if fact)), dim=True))
        click.echo(_INDENT + paper.url)
        if abstract:
            body = textwrap.wrap(_plain(paper.abstract), width - len(_INDENT))
            click.echo("\n".join(_INDENT + line for line in body) + "\n")


def _record(rank: int, scored: Scored) -> dict[str, object]:
    paper = scored.paper
    return {
        "rank": rank,
        "relevance": round(scored.relevance, 1),
        "similarity": round(scored.similarity, 4),
        "id": paper.id,
        "version": paper.version,
        "url": paper.url,
        "title": paper.title,
        "authors": paper.authors,
        "categories": paper.categories,
        "published": paper.published and paper.published.isoformat(),
        "updated": paper.updated and paper.updated.isoformat(),
        "comment": paper.comment,
        "abstract": paper.abstract,
    }


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
def progress(label: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's stderr with rate and time left; nothing elsewhere. Yields `report(done, of)`."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} {unit}/s" if task.speed else "")

    amount = (DownloadColumn(), TransferSpeedColumn()) if unit == "bytes" else (MofNCompleteColumn(), Rate())
    columns = (TextColumn("{task.description}"), BarColumn(), *amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int, str], None]]:
    """Like `progress`, for work in several stages: yields `report(stage, done, of, word)`.

    Elsewhere than on a terminal a line is written for each tenth of a stage, since such work takes minutes or hours.
    """
    told: tuple[str, int] = ("", -1)

    def tell(stage: str, done: int, of: int, word: str) -> None:
        nonlocal told
        if (tenth := (stage, 10 * done // max(of, 1))) != told:
            told = tenth
            click.echo(f"{stage}: {done:,} of {of:,}{', ' if word else ''}{word}", err=True)

    if not sys.stderr.isatty():
        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[word]}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, word="")
        yield lambda stage, done, of, word: bar.update(task, description=stage, completed=done, total=of, word=word)
