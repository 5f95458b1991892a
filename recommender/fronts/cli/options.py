"""Options that several verbs share, and what their values mean."""

import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recommender.errors import InputError

if TYPE_CHECKING:
    from recommender.store import Filter


def now() -> datetime:
    """The time, UTC; SOURCE_DATE_EPOCH sets it, for runs that are to be repeated to the byte."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(f"SOURCE_DATE_EPOCH is {fixed!r}; expected seconds since 1970") from None


class _Day(click.ParamType[date]):
    """A day as `2025-01-31`, as `30d`: so many days ago, or the first (or last) of a month or year."""

    name = "day"

    def __init__(self, *, last: bool = False) -> None:
        self._last = last

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            if value[-1:] in ("d", "D"):
                return now().date() - timedelta(days=int(value[:-1]))
            return self._bound(value) or date.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a day; write 2025-01-31, or 30d for thirty days ago", param, ctx)

    def _bound(self, value: str) -> date | None:
        """The first or last day of `2025` or `2025-03`; None for anything else."""
        found = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?", value.strip(), re.ASCII)
        if not found:
            return None
        year, month = int(found[1]), int(found[2] or 0)
        if not self._last:
            return date(year, month or 1, 1)
        return date(year + (month or 12) // 12, (month or 12) % 12 + 1, 1) - timedelta(days=1)


with_config = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=Path("config.toml"),
    show_default=True,
    help="The configuration; its folder is where the index and the digest are.",
)


def ranked(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `search` and `similar` share; those that filter arrive as one `only`."""

    @wraps(command)
    def filtered(
        *,
        categories: tuple[str, ...],
        authors: tuple[str, ...],
        since: date | None,
        until: date | None,
        **arguments: Any,
    ) -> None:
        names = tuple(name.strip() for text in categories for name in text.split(",") if name.strip())
        command(only=_filter(names, authors, since, until), **arguments)

    options = [
        with_config,
        click.option("-n", "--number", type=click.IntRange(1, 10_000), default=10, show_default=True, help="How many."),
        click.option("--category", "categories", multiple=True, help="Only these, e.g. cs.CV,cs.LG, or math for all."),
        click.option(
            "--author", "authors", multiple=True, help='Only by this author: "Levine", "S. Levine"; all given.'
        ),
        click.option("--since", type=_Day(), help="Only papers from this day on: 2025-01-31, 2025-03, 2025, or 30d."),
        click.option("--until", type=_Day(last=True), help="Only papers up to this day, month or year."),
        click.option(
            "--sort",
            type=click.Choice(["relevance", "date"]),
            default="relevance",
            show_default=True,
            help="Their order.",
        ),
        click.option("--abstract", is_flag=True, help="Print the abstracts too."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line."),
    ]
    wrapped: Callable[..., None] = filtered
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def _filter(categories: tuple[str, ...], authors: tuple[str, ...], since: date | None, until: date | None) -> "Filter":
    from recommender.store import Filter

    if since and until and since > until:
        raise click.UsageError(f"--since {since} lies after --until {until}; no paper can match")
    return Filter(categories=categories, since=since, until=until, authors=authors)
