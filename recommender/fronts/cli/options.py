"""Options that several verbs share, and what their values mean."""

import os
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import wraps
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recommender.errors import InputError

if TYPE_CHECKING:
    from recommender.fronts.shapes import Shape
    from recommender.store import Filter


def now() -> datetime:
    """The time, UTC; SOURCE_DATE_EPOCH sets it, for runs that are to be repeated to the byte."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(f"SOURCE_DATE_EPOCH is {fixed!r}; expected seconds since 1970") from None


class Day(click.ParamType[date]):
    """A day as `2025-01-31`, as `30d`: so many days ago, or the first (or last) of a month or year."""

    name = "day"

    def __init__(self, *, last: bool = False) -> None:
        self._last = last

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Give the day."""
        if isinstance(value, date):
            return value
        from recommender.verbs.search import day

        try:
            return day(value, now().date(), last=self._last)
        except InputError as error:
            self.fail(str(error), param, ctx)


class Text(click.ParamType[str]):
    """Words of a user's; raises `InputError` for bytes that are not UTF-8."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Give the words as they are."""
        text = str(value)
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise InputError(f"{text[:60]!r} holds bytes that are not UTF-8; type it in a terminal set to UTF-8")
        return text


class Categories(click.ParamType["tuple[str, ...]"]):
    """Categories of arXiv with commas between them; raises `InputError` naming near ones where there is none such."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Give the categories in their order."""
        from recommender import archives

        names = (name.strip() for name in Text().convert(value, param, ctx).split(","))
        found = tuple(archives.check_category(name) for name in names if name)
        if not found:
            raise InputError(f"--category {value!r} names no category; expected e.g. cs.CV, or math for all of it")
        return found


with_config = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=Path("config.toml"),
    show_default=True,
    help="The configuration; its folder is where the index and the digest are.",
)


def ranked(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `search` and `similar` share; those that filter arrive as one `only`, `--sort` as `newest`."""

    @wraps(command)
    def filtered(
        *,
        categories: tuple[tuple[str, ...], ...],
        authors: tuple[str, ...],
        since: date | None,
        until: date | None,
        sort: str,
        **arguments: Any,
    ) -> None:
        only = _filter(flat(categories), authors, since, until)
        command(only=only, newest=sort == "date", **arguments)

    options = [
        with_config,
        click.option("-n", "--number", type=click.IntRange(1, 10_000), default=10, show_default=True, help="How many."),
        click.option(
            "--category",
            "categories",
            multiple=True,
            type=Categories(),
            help="Only these, e.g. cs.CV,stat.ML, or math for all of it; repeatable.",
        ),
        click.option(
            "--author",
            "authors",
            multiple=True,
            type=Text(),
            help='Only by this author: "Levine", "S. Levine"; repeatable: by all of them.',
        ),
        click.option("--since", type=Day(), help="Only papers from this day on: 2025-01-31, 2025-01, 2025, or 30d."),
        click.option("--until", type=Day(last=True), help="Only papers up to this day, month or year."),
        click.option(
            "--sort",
            type=click.Choice(["relevance", "date"]),
            default="relevance",
            show_default=True,
            help="By date: the latest of all that are relevant enough.",
        ),
    ]
    wrapped: Callable[..., None] = shaped(filtered)
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def shaped(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say how papers are printed; `--format` and `--json` arrive as one `shape`."""

    @wraps(command)
    def printed(*, shape: "Shape", as_json: bool, **arguments: Any) -> None:
        if as_json and shape not in ("table", "json"):
            raise click.UsageError(f"--json and --format {shape} are two formats; give one")
        command(shape="json" if as_json else shape, **arguments)

    options = [
        click.option("--abstract", is_flag=True, help="Print the abstracts too."),
        click.option(
            "--format",
            "shape",
            type=click.Choice(["table", "json", "bibtex", "ris", "csv", "ids"]),
            default="table",
            show_default=True,
            help="What to print: for people, or for other programs.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line."),
    ]
    wrapped: Callable[..., None] = printed
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def flat(categories: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """What a repeated --category names, each once."""
    return tuple(dict.fromkeys(chain.from_iterable(categories)))


def _filter(categories: tuple[str, ...], authors: tuple[str, ...], since: date | None, until: date | None) -> "Filter":
    from recommender.store import Filter

    if since and until and since > until:
        raise click.UsageError(f"--since {since} lies after --until {until}; no paper can match")
    return Filter(categories=categories, since=since, until=until, authors=authors)
