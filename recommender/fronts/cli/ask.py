"""Verbs that ask: search, similar, info."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.errors import FetchError, InputError
from recommender.fronts.cli.opening import library_of, reader, writer
from recommender.fronts.cli.options import Text, now, ranked, with_config
from recommender.fronts.cli.rate import in_list
from recommender.fronts.printing import note
from recommender.text_files import read_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.config import Config
    from recommender.finding import Reading
    from recommender.fronts.shapes import Shape
    from recommender.paper import Scored
    from recommender.store import Filter

_LONGEST_TEXT = 1_000_000
"Bytes of text that `similar` reads."


@click.command()
@click.argument("text", nargs=-1, required=True, type=Text())
@click.option("--meaning", is_flag=True, help="Rank by meaning alone: no names, no grammar, no words.")
@click.option("--exact", is_flag=True, help="Take every word as it is; nothing is a slip.")
@click.option("--for-me", is_flag=True, help="Let what you like count beside the question.")
@in_list
@ranked
def search(
    text: tuple[str, ...],
    meaning: bool,
    exact: bool,
    for_me: bool,
    name: str,
    config_path: Path,
    number: int,
    only: "Filter",
    newest: bool,
    abstract: bool,
    shape: "Shape",
) -> None:
    """Find the stored papers that answer TEXT best: by meaning and words, or by title, author or id where it names one.

    \b
    recommend search why do deep networks generalise
    recommend search '"surface code" decoder -toric au:Gidney cat:quant-ph'
    recommend search "surface codes" -n 3 --category quant-ph --since 2025
    recommend search "dark matter halos" --json | jq -r .url
    recommend search "graph matching" --for-me
    """
    from recommender.finding import NotStoredError
    from recommender.fronts import shapes, show

    config = library_of(config_path)

    def ask() -> "tuple[Sequence[Scored], Sequence[Reading]]":
        with show.progress() as progress, reader(config, progress) as library:
            query, how = " ".join(text), {"newest": newest, "meaning": meaning, "exact": exact}
            if not for_me:
                found = library.find(query, number, only, **how)
                return found.papers, found.reading
            from recommender.verbs import profile

            found = library.find(query, profile.pool_for_reader(number), only, **how)
            return profile.for_reader(library, found.papers, name, number), found.reading

    try:
        papers, readings = ask()
    except NotStoredError as missing:
        fetch_missing(config, list(missing.ids))
        papers, readings = ask()
    show.readings(readings)
    shapes.results(papers, shape, abstract=abstract)


@click.command()
@click.argument("papers", nargs=-1, required=True, metavar="ID|URL|FILE|-...")
@ranked
def similar(
    papers: tuple[str, ...],
    config_path: Path,
    number: int,
    only: "Filter",
    newest: bool,
    abstract: bool,
    shape: "Shape",
) -> None:
    """Find stored papers like a paper, or like a text; several mean: like all of these.

    \b
    recommend similar 2407.16658
    recommend similar https://arxiv.org/abs/2407.16658v1 quant-ph/0201082 -n 5
    recommend similar abstract.txt
    pbpaste | recommend similar -
    """
    from recommender.fronts import shapes, show

    texts = [text for paper in papers for text in _texts_of(paper)]
    config = library_of(config_path)
    with reader(config) as library:
        missing = library.missing(texts)
    if missing:
        fetch_missing(config, missing)
    with show.progress() as progress, reader(config, progress) as library:
        found = library.similar(texts, number, only, newest=newest)
    shapes.results(found, shape, abstract=abstract)


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

    with reader(library_of(config_path)) as library:
        show.info(facts_of(library), as_json=as_json)


def fetch_missing(config: "Config", ids: list[str]) -> None:
    """Ask arXiv for papers that are not stored; raises `InputError` where it does not give them."""
    from recommender.verbs import fetch as fetching

    names = ", ".join(ids)
    note(f"{names} not stored yet; asking arXiv")
    with writer(config) as library:
        try:
            papers, skipped = fetching.fetch_ids(library, ids, fetching.fetcher_of(library.config, now=now))
        except FetchError as error:
            raise InputError(f"{names}: not stored, and could not be fetched ({error})") from error
    if len(papers) < len(ids):
        reasons = "; ".join(skipped) or "arXiv does not know it"
        raise InputError(f"{names}: not stored, and could not be fetched ({reasons})")


def _texts_of(argument: str) -> tuple[str, ...]:
    """What an argument of `similar` stands for: an id or address as it is, a list of them, or a text.

    Lists and texts come from files or from standard input; BibTeX and RIS are lists of the ids in them.
    """
    from recommender import archives
    from recommender.sources.kinds import ids_of

    if argument == "-":
        try:
            data = sys.stdin.buffer.read(_LONGEST_TEXT + 1)
        except OSError as error:
            raise InputError(f"standard input cannot be read ({error.strerror})") from error
        name = "standard input"
    else:
        try:
            return (archives.parse(argument).id,)
        except InputError as no_id:
            path = Path(argument)
            if not os.path.lexists(path):
                raise InputError(
                    f"{argument[:80]!r} is neither an arXiv id nor a file; expected e.g. 2407.16658"
                ) from no_id
            name = argument
            data = read_start(path, _LONGEST_TEXT + 1)
    if len(data) > _LONGEST_TEXT:
        raise InputError(f"{name}: is longer than a million bytes; give an abstract or a paper's text")
    if data.startswith(b"%PDF"):
        raise InputError(f"{name}: is a PDF; give its text (`pdftotext file.pdf - | recommend similar -`)")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{name}: is not UTF-8 text; convert it, or give the paper's arXiv id") from None
    return ids_of(text) or (text,)
