"""Verbs that rate papers: like, dislike, forget, save, done; and saved, the reading list."""

from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from recommender.errors import InputError, StoreError
from recommender.fronts import printing
from recommender.fronts.cli.opening import library_of, reader
from recommender.fronts.cli.options import Text, now, with_config
from recommender.fronts.printing import note, out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.config import Config
    from recommender.library import Recommender
    from recommender.store import Store
    from recommender.store.ratings import Rated, Rating
    from recommender.verbs.ratings import Noted


def _list_name(_: click.Context, __: click.Parameter, value: str) -> str:
    if not value:
        return ""
    from recommender.verbs import ratings

    return ratings.list_name(value)


in_list = click.option(
    "--list", "name", default="", callback=_list_name, metavar="NAME", help="A list of its own, e.g. thesis."
)


@contextmanager
def ratings_of(config_path: Path) -> "Iterator[tuple[Store, Config]]":
    """The store to write ratings in, brought together with the text file before and after."""
    from recommender.store import Store

    config = library_of(config_path)
    with Store.open(config.resolve(config.index.path), write=True, say=note) as store:
        together(store, config)
        yield store, config
        together(store, config)


def together(store: "Store", config: "Config") -> None:
    """Bring papers.db and likes.txt together, as of now, and print what is to be said."""
    from recommender.verbs import ratings

    ratings.together(store, config, now(), note)


def _rate(config_path: Path, papers: Sequence[str], rating: "Rating | Literal['']", name: str, word: str) -> None:
    from recommender.verbs import ratings

    with ratings_of(config_path) as (store, _):
        noted = ratings.rate(store, papers, rating, name, now())
    for each in noted:
        out(_line(each, word))


def _line(each: "Noted", word: str) -> str:
    rated = each.rated
    said = word if each.changed else f"{word} already" if rated.rating else "not rated"
    title = f": {rated.title}" if rated.title else ""
    where = f" [{rated.list_name}]" if rated.list_name else ""
    brings = "a first `recommend search` fills the empty library" if each.empty else "the next fetch asks for it"
    later = "" if each.stored or not rated.rating else f" (not stored yet; {brings})"
    return f"{said} {rated.id}{where}{title}{later}"


def _verb(name: str, rating: "Rating | Literal['']", word: str, doc: str) -> click.Command:
    @click.command(name, help=doc)
    @click.argument("papers", nargs=-1, required=True, type=Text(), metavar="ID|URL...")
    @in_list
    @with_config
    def verb(papers: tuple[str, ...], name: str, config_path: Path) -> None:
        _rate(config_path, papers, rating, name, word)

    return verb


like = _verb(
    "like",
    "like",
    "liked",
    """Like papers: `recommend today` looks for others like them. They need not be stored yet.

    \b
    recommend like 2407.16658 https://arxiv.org/abs/2411.02571
    recommend like 2407.16658 --list thesis
    """,
)
dislike = _verb(
    "dislike",
    "dislike",
    "disliked",
    """Dislike papers: what is nearer to them than to anything liked comes later.

    \b
    recommend dislike 2407.16658
    """,
)
forget = _verb(
    "forget",
    "",
    "forgot",
    """Take back all that was said of papers: liked, disliked, to be read, read.

    \b
    recommend forget 2407.16658
    """,
)
save = _verb(
    "save",
    "saved",
    "saved",
    """Put papers on the reading list; that is not a like.

    \b
    recommend save 2407.16658
    recommend saved                             what is on it
    """,
)
done = _verb(
    "done",
    "done",
    "read",
    """Take papers off the reading list, as read.

    \b
    recommend done 2407.16658
    """,
)


@click.command()
@in_list
@with_config
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def saved(name: str, config_path: Path, as_json: bool) -> None:
    """Show the reading list: what was saved and not done, the latest first.

    \b
    recommend saved
    recommend saved --list thesis --json | jq -r .url
    """
    with asked(config_path) as library:
        print_rated(library.store, library.store.ratings.given(name, "saved"), as_json=as_json)


@contextmanager
def asked(config_path: Path) -> "Iterator[Recommender]":
    """A library to be asked, after what was changed in likes.txt by hand was taken over."""
    from recommender.verbs import ratings

    with reader(library_of(config_path)) as library:
        try:
            settled = ratings.is_together(library.store, library.config, now())
        except InputError as error:
            note(str(error))
            settled = True
        if not settled:
            take_over(library)
        yield library


def take_over(library: "Recommender") -> None:
    """Bring the ratings of a reader's library and likes.txt together; said and left where another process writes."""
    from recommender.store import Store

    try:
        with Store.open(library.store.folder, write=True, wait=1) as store:
            together(store, library.config)
    except StoreError as error:
        note(f"{library.config.profile.file} was not taken over: {error}")
    library.store.reread()


def print_rated(store: "Store", given: "Sequence[Rated]", *, as_json: bool) -> None:
    """Print ratings, a line each, or one JSON object a line."""
    from recommender.archives import url_of
    from recommender.store.ratings import TEXT
    from recommender.verbs import ratings

    stored = store.papers.rows(each.id for each in given)
    for each, paper in zip(given, ratings.as_papers(store, given), strict=True):
        url = "" if each.id.startswith(TEXT) else url_of(paper)
        if as_json:
            record = {
                "list": each.list_name,
                "id": each.id,
                "rating": each.rating,
                "at": each.at.isoformat(),
                "source": each.source,
                "title": paper.title,
                "stored": each.id in stored,
                "url": url,
            }
            printing.record(record)
            continue
        sign = {"like": "+", "dislike": "-", "saved": "*", "done": "~"}[each.rating or "like"]
        waits = "" if each.id in stored or each.id.startswith(TEXT) else "  (not stored yet)"
        out(f"{sign}{each.id}  {paper.title}{waits}")


VERBS: tuple[click.Command, ...] = (like, dislike, forget, save, saved, done)
