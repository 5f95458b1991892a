"""Verbs that look at one paper: show, open; and the shell's own completion."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from recommender.errors import InputError
from recommender.fronts.cli.ask import fetch_missing
from recommender.fronts.cli.opening import library_of, reader
from recommender.fronts.cli.options import Text, with_config
from recommender.fronts.printing import lines, note, out, paged, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.paper import Paper

Kind = Literal["", "json", "bibtex", "ris"]
_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("papers", nargs=-1, required=True, type=Text(), metavar="N|ID|URL...")
@click.option("--bibtex", "kind", flag_value="bibtex", help="As BibTeX.")
@click.option("--ris", "kind", flag_value="ris", help="As RIS.")
@click.option("--json", "kind", flag_value="json", help="As one JSON object a line.")
@with_config
def show(papers: tuple[str, ...], kind: Kind | None, config_path: Path) -> None:
    """Show the whole record of papers, named by id, by address, or by their number in the last table of results.

    \b
    recommend show 2407.16658
    recommend show 3 --bibtex >> library.bib
    """
    from recommender.fronts import records
    from recommender.fronts import show as printed
    from recommender.profile.export import FORMATS

    found = _papers(config_path, [_id(text) for text in papers])
    if kind == "json":
        for paper in found:
            record(records.of_paper(paper))
    elif kind:
        lines(FORMATS[kind](found))
    else:
        with paged():
            for number, paper in enumerate(found):
                if number:
                    out()
                printed.paper(paper)


@click.command("open")
@click.argument("papers", nargs=-1, required=True, type=Text(), metavar="N|ID|URL...")
@click.option("--pdf", is_flag=True, help="The PDF instead of the page.")
def open_(papers: tuple[str, ...], pdf: bool) -> None:
    """Open papers at arXiv in the browser, named by id, by address, or by their number in the last table of results.

    \b
    recommend open 3
    recommend open 2407.16658 --pdf
    """
    import webbrowser

    from recommender import archives
    from recommender.paper import Paper

    for paper_id in [_id(text) for text in papers]:
        url = archives.url_of(Paper(paper_id, "", ""))
        url = url.replace("/abs/", "/pdf/", 1) if pdf else url
        out(url)
        if not webbrowser.open(url):
            note("no browser could be opened; the address is above")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print what makes a shell complete verbs and options of `recommend`.

    \b
    recommend completion bash >> ~/.bashrc
    recommend completion zsh >> ~/.zshrc
    recommend completion fish > ~/.config/fish/completions/recommend.fish
    """
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root().command
    found = get_completion_class(shell)
    if found is None:
        raise InputError(f"{shell}: no completion is known for this shell; expected {', '.join(_SHELLS)}")
    lines(found(root, {}, "recommend", "_RECOMMEND_COMPLETE").source())


def _id(text: str) -> str:
    """The id that a text stands for: a number of the last table, or an id or address."""
    from recommender import archives
    from recommender.fronts import last

    if text.isascii() and text.isdigit() and len(text) <= 5:
        return last.recall(int(text))
    return archives.parse(text).id


def _papers(config_path: Path, ids: "Sequence[str]") -> "list[Paper]":
    """The stored papers, or those that arXiv gives now; raises `InputError`."""
    config = library_of(config_path)
    with reader(config) as library:
        missing = library.missing(ids)
    if missing:
        fetch_missing(config, missing)
    with reader(config) as library:
        return list(library.stored(ids))
