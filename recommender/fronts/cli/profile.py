"""Verbs of one reader: today, and the likes as a whole."""

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recommender.errors import InputError
from recommender.fronts.cli.options import now, shaped, with_config
from recommender.fronts.cli.rate import asked, in_list, print_rated, ratings_of
from recommender.fronts.printing import lines, note, out

if TYPE_CHECKING:
    from recommender.fronts.shapes import Shape
    from recommender.store import Store
    from recommender.store.ratings import Rating
    from recommender.verbs.references import Report

_MOST_FAULTS = 20
"Entries of a file that are named when they cannot be used."
_UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}


class _Since(click.ParamType[date | timedelta]):
    """A day as `2025-01-31`, or a time before the newest stored paper: `1d`, `2w`, `6m`, `5y`."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | timedelta:
        if isinstance(value, date | timedelta):
            return value
        try:
            if (unit := _UNITS.get(value[-1:].lower())) and value[:-1].isdigit():
                return timedelta(days=int(value[:-1]) * unit)
            return date.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a day; write 2025-01-31, or 7d, 6m, 5y for a time back", param, ctx)


@click.command()
@click.option("--since", type=_Since(), help="Only papers from then on: 2026-08-01, or 7d, 5y back from the newest.")
@click.option("-n", "--number", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@click.option("--again", is_flag=True, help="Also what was recommended on an earlier day.")
@click.option("--why/--no-why", default=True, show_default=True, help="Say which like a paper resembles.")
@shaped
@in_list
@with_config
def today(
    since: date | timedelta | None,
    number: int,
    again: bool,
    why: bool,
    abstract: bool,
    shape: "Shape",
    name: str,
    config_path: Path,
) -> None:
    """Recommend the new papers that are like what you like, with the like that each resembles.

    Looked at are the papers of the last days before the newest stored one. What you rated does not come back, nor
    what was recommended on an earlier day.

    \b
    recommend today
    recommend today --since 5y -n 50 --list thesis
    """
    from dataclasses import replace

    from recommender.fronts import shapes
    from recommender.verbs import profile

    with asked(config_path) as library:
        found = profile.today(library, name, number, since, again=again)
        profile.remember(library, name, found)
        newest = library.store.papers.newest()
    if not found:
        back = "" if since else "; `--since 1y` looks at those of the year before it"
        note(f"nothing new is near enough to what you like; the newest stored paper is of {newest}{back}")
        return
    if not why:
        found = [replace(scored, because=None) for scored in found]
    shapes.results(found, shape, abstract=abstract)


@click.group()
def profile() -> None:
    """Your likes as a whole: import them from files or Zotero, show, export and clear them.

    \b
    recommend profile import library.bib
    recommend profile show
    """


@profile.command("show")
@click.option("--list", "name", default=None, metavar="NAME", help="Only this list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, a rating each.")
@with_config
def profile_show(name: str | None, as_json: bool, config_path: Path) -> None:
    """Show what was rated, list by list.

    \b
    recommend profile show
    recommend profile show --list thesis --json
    """
    from recommender.verbs import ratings

    with asked(config_path) as library:
        given = library.store.ratings
        names = given.lists() if name is None else [ratings.list_name(name)]
        for number, each in enumerate(names):
            if not as_json:
                if number:
                    out()
                out(_summary(library.store, each))
            print_rated(library.store, given.given(each), as_json=as_json)
        if not any(given.given(each) for each in names):
            raise InputError("nothing is rated yet; `recommend like ID` or `recommend profile import FILE`")


@profile.command("export")
@click.option("--format", "kind", type=click.Choice(["bibtex", "ris", "ids"]), default="bibtex", show_default=True)
@click.option(
    "--rating",
    type=click.Choice(["like", "dislike", "saved", "done"]),
    default="like",
    show_default=True,
    help="Which papers of the list.",
)
@in_list
@with_config
def profile_export(kind: str, rating: "Rating", name: str, config_path: Path) -> None:
    """Print a list as BibTeX, RIS or ids.

    \b
    recommend profile export > likes.bib
    recommend profile export --list thesis --rating saved --format ris
    """
    from recommender.profile import export
    from recommender.verbs import ratings

    with asked(config_path) as library:
        rated = library.store.ratings.given(name, rating)
        papers = ratings.as_papers(library.store, rated)
    if not papers:
        raise InputError(f"{ratings.said_list(name)} has no paper rated {rating!r}; nothing to export")
    lines(export.FORMATS[kind](sorted(papers, key=lambda paper: paper.id)))


@profile.command("clear")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_list
@with_config
def profile_clear(yes: bool, name: str, config_path: Path) -> None:
    """Forget all ratings of a list, after asking.

    \b
    recommend profile clear --list thesis
    """
    from recommender.verbs import ratings

    with ratings_of(config_path) as (store, _):
        count = len(store.ratings.given(name))
        if not count:
            raise InputError(f"{ratings.said_list(name)} holds no ratings; nothing to clear")
        if not yes:
            click.confirm(f"Forget all {count:,} ratings of {ratings.said_list(name)}?", abort=True, err=True)
        ratings.clear(store, name, now())
    out(f"forgot {count:,} ratings")


@profile.command("import")
@click.argument("sources", nargs=-1, required=True, metavar="FILE|zotero:|zotero:COLLECTION...")
@click.option(
    "--rating",
    type=click.Choice(["like", "dislike", "saved", "done"]),
    default="like",
    show_default=True,
    help="What is said of the papers.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--exclude", multiple=True, help="A collection of Zotero to leave out; repeatable.")
@in_list
@with_config
def profile_import(
    sources: tuple[str, ...],
    rating: "Rating",
    dry_run: bool,
    exclude: tuple[str, ...],
    name: str,
    config_path: Path,
) -> None:
    """Like all papers of a BibTeX, RIS, CSL-JSON or Zotero RDF file, of a list of ids, or of Zotero.

    Papers that are known but not stored are asked for by the next fetch; those of no archive are used by their
    abstract. Every entry is accounted for, and a second import changes nothing.

    \b
    recommend profile import library.bib refs.ris export.json --dry-run
    recommend profile import zotero:             the whole library, groups included
    recommend profile import "zotero:To read" --list reading --rating saved
    """
    from recommender.verbs import references

    with ratings_of(config_path) as (store, config):
        excluded = (*config.profile.exclude, *exclude)
        reports = [
            references.take(store, source, rating, name, now(), exclude=excluded, dry_run=dry_run) for source in sources
        ]
    for report in reports:
        _print_report(report, dry_run=dry_run)
    if not any(report.used for report in reports):
        sys.exit(1)


def _print_report(report: "Report", *, dry_run: bool) -> None:
    for line in report.faults[:_MOST_FAULTS]:
        note(f"faulty: {line}")
    if len(report.faults) > _MOST_FAULTS:
        note(f"faulty: {len(report.faults) - _MOST_FAULTS:,} more")
    for line in report.lines(dry_run=dry_run):
        out(line)


def _summary(store: "Store", name: str) -> str:
    from recommender.verbs import ratings

    given = store.ratings.given(name)
    counts = [
        f"{sum(each.rating == rating for each in given):,} {word}"
        for rating, word in (("like", "liked"), ("dislike", "disliked"), ("saved", "to be read"), ("done", "read"))
    ]
    return f"{ratings.said_list(name)}: {', '.join(counts)}"


VERBS: tuple[click.Command, ...] = (today, profile)
