"""Verbs that ask: search, similar, info."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.errors import FetchError, InputError
from recommender.fronts.cli.opening import note, reader, writer
from recommender.fronts.cli.options import now, ranked, with_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.finding import Found
    from recommender.paper import Scored
    from recommender.store import Filter

_LONGEST_TEXT = 1_000_000
"Bytes of text that `similar` reads."


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--meaning", is_flag=True, help="Rank by meaning alone: no names, no grammar, no words.")
@click.option("--exact", is_flag=True, help="Take every word as it is; nothing is a slip.")
@ranked
def search(
    text: tuple[str, ...],
    config_path: Path,
    number: int,
    only: "Filter",
    sort: str,
    abstract: bool,
    as_json: bool,
    meaning: bool,
    exact: bool,
) -> None:
    """Find the stored papers that answer TEXT best: by meaning and words, or by title, author or id where it names one.

    \b
    recommend search kagome magnets
    recommend search '"surface code" decoder -toric au:Gidney cat:quant-ph'
    recommend search "why do deep networks generalise"
    recommend search "surface codes" -n 3 --category quant-ph --since 2025-01-01
    recommend search "dark matter halos" --json | jq -r .url
    """
    from recommender.fronts import show

    def ask() -> "Found":
        with show.progress() as progress, reader(config_path, progress) as library:
            return library.find(" ".join(text), number, only, meaning=meaning, exact=exact)

    try:
        found = ask()
    except InputError as error:
        if not (missing := getattr(error, "ids", ())):
            raise
        _fetch_missing(config_path, list(missing))
        found = ask()
    for line in found.reading:
        note(line)
    show.results(_sorted(found.papers, sort), abstract=abstract, as_json=as_json)


@click.command()
@click.argument("papers", nargs=-1, required=True, metavar="ID|URL|FILE|-...")
@ranked
def similar(
    papers: tuple[str, ...],
    config_path: Path,
    number: int,
    only: "Filter",
    sort: str,
    abstract: bool,
    as_json: bool,
) -> None:
    """Find stored papers like a paper, or like a text; several mean: like all of these.

    \b
    recommend similar 2407.16658
    recommend similar https://arxiv.org/abs/2407.16658v1 quant-ph/0201082 -n 5
    recommend similar abstract.txt
    pbpaste | recommend similar -
    """
    from recommender.fronts import show

    texts = [_text_of(paper) for paper in papers]
    with reader(config_path) as library:
        missing = library.missing(texts)
    if missing:
        _fetch_missing(config_path, missing)
    with show.progress() as progress, reader(config_path, progress) as library:
        found = library.similar(texts, number, only)
    show.results(_sorted(found, sort), abstract=abstract, as_json=as_json)


@click.command()
@with_config
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def info(config_path: Path, as_json: bool) -> None:
    """Show what is stored, which model and index serve it, and when what was last fetched.

    \b
    recommend info
    recommend info --json
    """
    from recommender.fronts import show
    from recommender.verbs.info import info as facts_of

    with reader(config_path) as library:
        show.info(facts_of(library), as_json=as_json)


def _sorted(found: "Sequence[Scored]", sort: str) -> "Sequence[Scored]":
    """What was found, as `--sort` wants it."""
    from recommender.archives import day_of

    return sorted(found, key=lambda scored: day_of(scored.paper), reverse=True) if sort == "date" else found


def _fetch_missing(config_path: Path, ids: list[str]) -> None:
    """Ask arXiv for papers that are not stored; raises `InputError` where it does not give them."""
    from recommender.verbs import fetch as fetching

    names = ", ".join(ids)
    note(f"{names} not stored yet; asking arXiv")
    with writer(config_path) as library:
        try:
            papers, skipped = fetching.fetch_ids(library, ids, fetching.fetcher_of(library.config, now=now))
        except FetchError as error:
            raise InputError(f"{names}: not stored, and could not be fetched ({error})") from error
    if len(papers) < len(ids):
        reasons = "; ".join(skipped) or "arXiv does not know it"
        raise InputError(f"{names}: not stored, and could not be fetched ({reasons})")


def _text_of(argument: str) -> str:
    """What an argument of `similar` stands for: an id or address as it is, standard input, or a file's text."""
    from recommender import archives

    if argument == "-":
        data = sys.stdin.buffer.read(_LONGEST_TEXT + 1)
        name = "standard input"
    else:
        try:
            return archives.parse(argument).id
        except InputError as no_id:
            path = Path(argument)
            if not path.is_file():
                raise InputError(f"{argument!r} is neither an arXiv id nor a file; expected e.g. 2407.16658") from no_id
            name = argument
            try:
                with path.open("rb") as file:
                    data = file.read(_LONGEST_TEXT + 1)
            except OSError as error:
                raise InputError(f"{argument}: cannot be read ({error.strerror})") from error
    if len(data) > _LONGEST_TEXT:
        raise InputError(f"{name}: is longer than a million bytes; give an abstract or a paper's text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"{name}: is not UTF-8 text; for a PDF give its text (`pdftotext file.pdf - | recommend similar -`)"
        ) from None
