"""Saved searches in the shell: add, list, remove, and what is new in them."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recommender.fronts import printing
from recommender.fronts.cli.opening import library_of, reader
from recommender.fronts.cli.options import Categories, Day, Text, flat, now, with_config
from recommender.fronts.printing import note, out

if TYPE_CHECKING:
    from collections.abc import Callable

    from recommender.store import Store
    from recommender.store.watches import Watch
    from recommender.verbs.watch import News

_SHORT = 50
"Characters of a query that name its search where no name is given."


@click.group()
def watch() -> None:
    """Keep searches, and see what has come for each since you last looked.

    \b
    recommend watch add "sign problem in lattice QCD" --category hep-lat
    recommend watch new
    """


@watch.command()
@click.argument("text", type=Text())
@click.option("--name", type=Text(), help="What to keep it under.  [default: the text itself, cut short]")
@click.option(
    "--category", "categories", multiple=True, type=Categories(), help="Only these, e.g. cs.CV,stat.ML; repeatable."
)
@click.option("--author", default="", type=Text(), help="Only papers by an author of this name.")
@click.option("--since", type=Day(), help="Only papers from this day on: 2025-01-31, or 30d.")
@click.option("--min-relevance", "least", type=click.FloatRange(0, 100), help="Its cut.  [default: as in config.toml]")
@click.option("--digest", is_flag=True, help="Make it a section of the digest too.")
@with_config
def add(
    text: str,
    name: str | None,
    categories: tuple[tuple[str, ...], ...],
    author: str,
    since: date | None,
    least: float | None,
    digest: bool,
    config_path: Path,
) -> None:
    """Keep a search; what is stored now counts as seen.

    \b
    recommend watch add "surface codes" --name codes --category quant-ph
    """
    from recommender.verbs import watch as watching

    def change(store: "Store") -> "Watch":
        return watching.keep(
            *(store, name or _name_from(text), text, now()),
            categories=flat(categories),
            author=author,
            since=since,
            least=least,
            digest=digest,
        )

    kept = _change(config_path, change)
    out(f"kept {kept.name}: {kept.query}; `recommend watch new` shows what comes")


@watch.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@with_config
def list_(as_json: bool, config_path: Path) -> None:
    """List the saved searches, each with how many papers are new.

    \b
    recommend watch list
    """
    from recommender.verbs import watch as watching

    with reader(library_of(config_path)) as library:
        watches = library.store.watches.every()
        counts = [len(watching.look(library, each).papers) for each in watches]
    for each, new in zip(watches, counts, strict=True):
        if as_json:
            printing.record(_record(each) | {"new": new})
        else:
            out(f"{each.name}: {new} new since {each.looked:%Y-%m-%d}{_filters(each)}")
    if not watches:
        note('no search is kept yet; `recommend watch add "text"` keeps one')


@watch.command()
@click.argument("name", type=Text())
@with_config
def remove(name: str, config_path: Path) -> None:
    """Forget a saved search; no paper is touched.

    \b
    recommend watch remove codes
    """
    from recommender.verbs import watch as watching

    def change(store: "Store") -> str:
        found = watching.named(store, name).name
        store.watches.remove(found)
        return found

    out(f"forgot {_change(config_path, change)}")


@watch.command()
@click.argument("names", nargs=-1, type=Text())
@click.option("-n", "--number", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many of each.")
@click.option("--keep", is_flag=True, help="Show the same again next time.")
@click.option("--abstract", is_flag=True, help="Print the abstracts too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@with_config
def new(names: tuple[str, ...], number: int, keep: bool, abstract: bool, as_json: bool, config_path: Path) -> None:
    """Show what has come for the saved searches, or for those of NAMES, since they were last looked at.

    What is shown counts as seen, unless more is new than is shown.

    \b
    recommend watch new
    recommend watch new codes --keep --json
    """
    from recommender.verbs import watch as watching

    with reader(library_of(config_path)) as library:
        watches = [watching.named(library.store, name) for name in names] or library.store.watches.every()
        news = [watching.look(library, each, number) for each in watches]
    for found in news:
        _show(found, abstract=abstract, as_json=as_json)
    if not watches:
        note('no search is kept yet; `recommend watch add "text"` keeps one')
    seen = [found for found in news if len(found.papers) < number]
    if seen and not keep:
        _change(config_path, lambda store: _mark(store, seen, now()))


def _show(found: "News", *, abstract: bool, as_json: bool) -> None:
    from recommender.fronts import records, show

    if as_json:
        for rank, scored in enumerate(found.papers, 1):
            printing.record({"search": found.watch.name} | records.of(scored, rank))
        return
    out(f"{found.watch.name}: {len(found.papers) or 'nothing'} new since {found.watch.looked:%Y-%m-%d}")
    if found.papers:
        show.results(found.papers, abstract=abstract)


def _mark(store: "Store", news: "list[News]", at: datetime) -> None:
    from recommender.verbs import watch as watching

    for found in news:
        watching.seen(store, found.watch.name, found.mark, at)


def _change(config_path: Path, change: "Callable[[Store], Any]") -> Any:
    """Change the saved searches of a library, which is first filled where it has no papers."""
    from recommender.store import Store

    config = library_of(config_path)
    reader(config).store.close()
    with Store.open(config.resolve(config.index.path), write=True) as store:
        return change(store)


def _name_from(text: str) -> str:
    plain = " ".join("".join(char if char.isalnum() or char in "-.:,+()" else " " for char in text).split())
    return plain if len(plain) <= _SHORT else plain[:_SHORT].rsplit(" ", 1)[0]


def _filters(each: "Watch") -> str:
    told = [*each.categories, f"by {each.author}" if each.author else "", f"from {each.since}" if each.since else ""]
    shown = ", ".join(part for part in told if part)
    return f": {each.query}" + (f" ({shown})" if shown else "")


def _record(each: "Watch") -> dict[str, Any]:
    return {
        "name": each.name,
        "query": each.query,
        "categories": each.categories,
        "author": each.author,
        "since": each.since.isoformat() if each.since else None,
        "min_relevance": each.least,
        "digest": each.digest,
        "looked": each.looked.isoformat(),
    }
