"""Verbs that begin a library and look after it: init, check, index."""

import os
from pathlib import Path

import click

from recommender.errors import StoreError
from recommender.fronts.cli.opening import stored
from recommender.fronts.cli.options import Categories, Text, flat, with_config
from recommender.fronts.printing import out


@click.command()
@with_config
def check(config_path: Path) -> None:
    """Verify everything that is stored: structure, texts, vectors, counts and checksums; exit code 1 on a fault.

    \b
    recommend check
    """
    from recommender.verbs import upkeep

    folder, encoder = stored(config_path)
    sound = True
    for finding in upkeep.check(folder, encoder):
        sound = sound and finding.ok
        out(f"{'ok ' if finding.ok else 'BAD'} {finding.what}: {finding.detail}")
    if not sound:
        raise StoreError(f"{folder}: has faults; `recommend index --rebuild` repairs what can be repaired")


@click.command()
@with_config
@click.option("--rebuild", is_flag=True, help="Repair papers.db, embed what needs it, make vectors.faiss anew.")
def index(config_path: Path, rebuild: bool) -> None:
    """Bring the index up to date; with --rebuild, repair it, or embed all papers with another model.

    Nothing is fetched: texts come from papers.db, and a damaged papers.db is kept beside the repaired one.

    \b
    recommend index
    recommend index --rebuild
    """
    from recommender.fronts import show
    from recommender.verbs import upkeep

    folder, encoder = stored(config_path)
    with show.progress() as progress:
        done = upkeep.rebuild(folder, encoder, progress) if rebuild else upkeep.catch_up(folder, encoder)
    for line in done:
        out(line)


@click.command()
@click.option("--section", "titles", multiple=True, type=Text(), help="A topic, in your own words; may be given again.")
@click.option(
    "--category",
    "categories",
    multiple=True,
    type=Categories(),
    help="Only papers of these categories, e.g. cs.CV,stat.ML, or math for all of it; repeatable.",
)
@click.option("--digest", "path", type=Text(), help="The file that gets the digest.  [default: README.md]")
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@with_config
def init(
    titles: tuple[str, ...],
    categories: tuple[tuple[str, ...], ...],
    path: str | None,
    force: bool,
    config_path: Path,
) -> None:
    """Write a commented config.toml: asks for topics, categories and the digest's file, or takes them as options.

    \b
    recommend init
    recommend init --section "Quantum error correction" --section "Surface codes" --category quant-ph
    """
    from recommender.config import writing

    if os.path.lexists(config_path) and not force:
        writing.write(config_path, "")  # refuses, before anything is asked
    only = flat(categories)
    if not titles:
        titles = _listed("Topics, in your own words, separated by commas", "Composed Image Retrieval")
        only = only or _listed("Only these arXiv categories, e.g. cs.CV, quant-ph (empty: all)", "")
        path = path or click.prompt("File that gets the digest", "README.md", err=True, type=Text())
    narrowed = {"categories": list(only)} if only else {}
    text = writing.render([{"title": title, **narrowed} for title in titles], {"digest": {"path": path or "README.md"}})
    writing.write(config_path, text, force=force)
    out(f"{config_path}: {len(titles)} sections; next: recommend update")


def _listed(question: str, default: str) -> tuple[str, ...]:
    answer = click.prompt(question, default, show_default=bool(default), err=True, type=Text())
    return tuple(part.strip() for part in answer.split(",") if part.strip())
