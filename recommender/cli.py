"""The `recommend` command: parse, call the pipeline, print. Results go to stdout, all else to stderr.

Heavy imports stay inside the verbs, so that `--help` answers at once and no verb pays for another's stages.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recommender.errors import FetchError, InputError, RecommenderError, StoreError

if TYPE_CHECKING:
    from recommender.config import Config
    from recommender.embed import Encoder
    from recommender.fetching import Report
    from recommender.pipeline import Recommender
    from recommender.store import Filter


class _Group(click.Group):
    """The boundary at which expected failures become one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RecommenderError as error:
            click.echo(f"recommend: {error}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("recommend: interrupted; what was stored stays", err=True)
            ctx.exit(130)
        except BrokenPipeError:  # `| head -1` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)


class _Day(click.ParamType[date]):
    """A day as `2025-01-31`, or as `30d`: so many days ago."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            if value[-1:] in ("d", "D"):
                return now().date() - timedelta(days=int(value[:-1]))
            return date.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a day; write 2025-01-31, or 30d for thirty days ago", param, ctx)


def now() -> datetime:
    """The time, UTC; SOURCE_DATE_EPOCH sets it, for runs that are to be repeated to the byte."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(f"SOURCE_DATE_EPOCH is {fixed!r}; expected seconds since 1970") from None


_config = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=Path("config.toml"),
    show_default=True,
    help="The configuration; its folder is where the index and the digest are.",
)


def _ranked(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `search` and `similar` share; those that filter arrive as one `only`."""

    @wraps(command)
    def filtered(*, categories: tuple[str, ...], since: date | None, until: date | None, **arguments: Any) -> None:
        command(only=_filter(categories, since, until), **arguments)

    options = [
        _config,
        click.option("-n", "--number", type=click.IntRange(1, 10_000), default=10, show_default=True, help="How many."),
        click.option("--category", "categories", multiple=True, help="Only these, e.g. cs.CV, or math for all of it."),
        click.option("--since", type=_Day(), help="Only papers from this day on: 2025-01-31, or 30d."),
        click.option("--until", type=_Day(), help="Only papers up to this day."),
        click.option("--abstract", is_flag=True, help="Print the abstracts too."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line."),
    ]
    wrapped: Callable[..., None] = filtered
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="recommender")
def main() -> None:
    """Recommend arXiv papers by meaning: a daily digest, search in your own words, papers like another.

    \b
    recommend update                            fetch what is new and write the digest
    recommend search "retrieve an image by a picture and a change in words"
    recommend similar 2407.16658                papers like this one
    """


@main.command()
@_config
@click.option("--strict", is_flag=True, help="Exit with code 3 when anything could not be fetched, after the digest.")
def update(config_path: Path, strict: bool) -> None:
    """Fetch what is new from arXiv, then rank and write the digest.

    A section that cannot be fetched keeps its papers and says in the digest since when and why.

    \b
    recommend update
    recommend update --strict                   for a scheduled job that should turn red
    """
    with _open(config_path, write=True) as recommender:
        recommender.start()
        reports = _fetch(recommender)
        _write_digest(recommender)
    if strict and not all(report.ok for report in reports):
        sys.exit(3)


@main.command()
@_config
@click.option("--id", "ids", multiple=True, help="Fetch this paper instead of what config.toml wants; repeatable.")
@click.option("--strict", is_flag=True, help="Exit with code 3 when anything could not be fetched.")
def fetch(config_path: Path, ids: tuple[str, ...], strict: bool) -> None:
    """Fetch what is new from arXiv into the index, without writing a digest.

    \b
    recommend fetch
    recommend fetch --id 2407.16658 --id quant-ph/0201082
    """
    with _open(config_path, write=True) as recommender:
        recommender.start()
        if ids:
            _fetch_ids(recommender, ids)
            return
        reports = _fetch(recommender)
    if strict and not all(report.ok for report in reports):
        sys.exit(3)
    if not any(report.ok for report in reports):
        sys.exit(1)


@main.command()
@_config
def digest(config_path: Path) -> None:
    """Rank the stored papers and write the digest, without fetching.

    \b
    recommend digest
    recommend digest --config ~/papers/config.toml
    """
    with _open(config_path, write=True) as recommender:
        recommender.start()
        _write_digest(recommender)


@main.command()
@click.argument("text")
@_ranked
def search(
    text: str,
    config_path: Path,
    number: int,
    only: "Filter",
    abstract: bool,
    as_json: bool,
) -> None:
    """Find the stored papers that answer TEXT best, by meaning.

    \b
    recommend search "why do deep networks generalise"
    recommend search "surface codes" -n 3 --category quant-ph --since 2025-01-01
    recommend search "dark matter halos" --json | jq -r .url
    """
    from recommender import show

    with _open(config_path) as recommender:
        found = recommender.search(text, number, only)
    show.results(found, abstract=abstract, as_json=as_json)


@main.command()
@click.argument("papers", nargs=-1, required=True, metavar="ID|URL|FILE|-...")
@_ranked
def similar(
    papers: tuple[str, ...],
    config_path: Path,
    number: int,
    only: "Filter",
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
    from recommender import show

    texts = [_text_of(paper) for paper in papers]
    with _open(config_path) as recommender:
        missing = recommender.missing(texts)
    if missing:
        _fetch_missing(config_path, missing)
    with _open(config_path) as recommender:
        found = recommender.similar(texts, number, only)
    show.results(found, abstract=abstract, as_json=as_json)


@main.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_config
def import_(files: tuple[Path, ...], config_path: Path) -> None:
    """Store the papers of FILES: JSON lines (plain, .gz, .xz), arXiv's metadata snapshot, a DailyArXiv README.

    \b
    recommend import papers.jsonl.xz
    recommend import arxiv-metadata-oai-snapshot.json
    recommend import README.md
    """
    from recommender import show

    with _open(config_path, write=True) as recommender:
        with show.progress("importing", "bytes") as progress:
            imported = recommender.import_files(files, progress)
        stored = len(recommender.store)
    for line in imported.bad[:20]:
        click.echo(f"skipped: {line}", err=True)
    if len(imported.bad) > 20:
        click.echo(f"skipped: {len(imported.bad) - 20:,} more", err=True)
    click.echo(
        f"{imported.new:,} new, {imported.revised:,} revised, {imported.unchanged:,} known already, "
        f"{len(imported.bad):,} skipped; {stored:,} papers stored"
    )


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--from", "files", multiple=True, type=click.Path(path_type=Path), help="JSON lines; else the index.")
@click.option("--start", default="default", show_default=True, help="Folder, `default`, `teacher` or `none`.")
@click.option("--steps", type=click.IntRange(1), default=800, show_default=True, help="Steps of training.")
@click.option("--batch", type=click.IntRange(2), default=2048, show_default=True, help="Pairs a step looks at.")
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), default=0.003, show_default=True, help="Learning rate."
)
@click.option("--seed", default=0, show_default=True, help="Same seed, same start: same model.")
@click.option("--vocabulary", type=click.IntRange(1000), default=30_000, show_default=True, help="Of a new start.")
@click.option("--dimensions", type=click.IntRange(8, 4096), default=256, show_default=True, help="Of a new start.")
@click.option("--teacher", default="", help="A sentence-transformers model whose similarities are learnt, too.")
@click.option("--taught", type=click.IntRange(1000), default=20_000, show_default=True, help="Papers it embeds.")
@click.option("--teaching", type=click.FloatRange(0), default=3.0, show_default=True, help="Weight of its lessons.")
@_config
def train(folder: Path, files: tuple[Path, ...], teacher: str, config_path: Path, **settings: Any) -> None:
    """Train an embedding model for your own field, from the papers in the index or in files, into FOLDER.

    Interrupted, the same command goes on where it was. Afterwards set `[embedding] model = "FOLDER"` in config.toml
    and run `recommend index --rebuild`.

    \b
    recommend train my-model
    recommend train my-model --from papers.jsonl.xz --start none --steps 3000 --rate 0.01
    recommend train my-model --teacher sentence-transformers/all-MiniLM-L6-v2
    """
    from recommender import show
    from recommender.pipeline import train_model
    from recommender.train import Settings

    bad: list[str] = []
    with show.stages() as progress:
        report = train_model(
            _config_of(config_path),
            folder,
            Settings(**settings),
            files=files,
            teacher=teacher,
            bad=bad,
            progress=progress,
        )
    if bad:
        click.echo(f"skipped: {len(bad):,} lines that hold no paper, the first: {bad[0]}", err=True)
    click.echo(
        f"{folder}: trained on {report.papers:,} papers; held-out abstracts are found by their titles with a mean "
        f"reciprocal rank of {report.after:.3f}, {report.before:.3f} before"
    )


@main.command()
@_config
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def info(config_path: Path, as_json: bool) -> None:
    """Show what is stored, which model and index serve it, and when what was last fetched.

    \b
    recommend info
    recommend info --json
    """
    from recommender import show

    with _open(config_path) as recommender:
        show.info(recommender.info(), as_json=as_json)


@main.command()
@_config
def check(config_path: Path) -> None:
    """Verify everything that is stored: structure, texts, vectors, counts and checksums; exit code 1 on a fault.

    \b
    recommend check
    """
    from recommender import upkeep

    folder, encoder = _stored(config_path)
    sound = True
    for finding in upkeep.check(folder, encoder):
        sound = sound and finding.ok
        click.echo(f"{'ok ' if finding.ok else 'BAD'} {finding.what}: {finding.detail}")
    if not sound:
        raise StoreError(f"{folder}: has faults; `recommend index --rebuild` repairs what can be repaired")


@main.command()
@_config
@click.option("--rebuild", is_flag=True, help="Repair papers.db, embed what needs it, make vectors.faiss anew.")
def index(config_path: Path, rebuild: bool) -> None:
    """Bring the index up to date; with --rebuild, repair it, or embed all papers with another model.

    Nothing is fetched: texts come from papers.db, and a damaged papers.db is kept beside the repaired one.

    \b
    recommend index
    recommend index --rebuild
    """
    from recommender import show, upkeep

    folder, encoder = _stored(config_path)
    with show.progress("embedding", "papers") as progress:
        done = upkeep.rebuild(folder, encoder, progress) if rebuild else upkeep.catch_up(folder, encoder)
    for line in done:
        click.echo(line)


@main.command()
@_config
def site(config_path: Path) -> None:
    """Write the digest as a static site: sections, archive, a page per paper, and a search that needs no server.

    \b
    recommend site
    python -m http.server --directory site      or open site/index.html
    """
    with _open(config_path) as recommender:
        written = recommender.write_site(recommender.digest())
        path = recommender.config.site.path
    click.echo(f"{path}: {written.files:,} files, {written.changed:,} written, {written.removed:,} removed")


@main.command()
@click.option("--section", "titles", multiple=True, help="A topic, in your own words; may be given again.")
@click.option("--category", "categories", multiple=True, help="Only papers of this category, e.g. cs.CV, or math.")
@click.option("--digest", "path", help="The file that gets the digest.  [default: README.md]")
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@_config
def init(
    titles: tuple[str, ...], categories: tuple[str, ...], path: str | None, force: bool, config_path: Path
) -> None:
    """Write a commented config.toml: asks for topics, categories and the digest's file, or takes them as options.

    \b
    recommend init
    recommend init --section "Quantum error correction" --section "Surface codes" --category quant-ph
    """
    from recommender import init as writer

    if config_path.exists() and not force:
        writer.write(config_path, "")  # refuses, before anything is asked
    if not titles:
        titles = _listed("Topics, in your own words, separated by commas", "Composed Image Retrieval")
        categories = categories or _listed("Only these arXiv categories, e.g. cs.CV, quant-ph (empty: all)", "")
        path = path or click.prompt("File that gets the digest", "README.md", err=True)
    narrowed = {"categories": list(categories)} if categories else {}
    text = writer.render([{"title": title, **narrowed} for title in titles], {"digest": {"path": path or "README.md"}})
    writer.write(config_path, text, force=force)
    click.echo(f"{config_path}: {len(titles)} sections; next: recommend update")


@main.command()
@click.argument("fork", type=click.Path(path_type=Path))
@click.option("--history", is_flag=True, help="Read every version of README.md in the fork's git history too.")
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@_config
def migrate(fork: Path, history: bool, force: bool, config_path: Path) -> None:
    """Move here from a DailyArXiv fork: FORK is its folder, or its README.md. Nothing in it is run.

    \b
    recommend migrate .
    recommend migrate ~/DailyArXiv --history --config ~/papers/config.toml
    """
    from recommender import init as writer
    from recommender import migrate as reader
    from recommender import show

    if config_path.exists() and not force:
        writer.write(config_path, "")  # refuses, before anything is read
    with show.progress("reading", "versions") as progress:
        found = reader.read(fork, history=history, progress=progress)
    writer.write(config_path, found.config, force=force)
    with _open(config_path, write=True) as recommender:
        added = recommender.adopt(found.papers.values(), found.shown)
    reader.make_room(fork, config_path.parent)
    for line in found.notes[:20]:
        click.echo(f"note: {line}", err=True)
    if len(found.notes) > 20:
        click.echo(f"note: {len(found.notes) - 20:,} more of the same kind", err=True)
    click.echo(f"{config_path}: {len(found.sections)} sections")
    click.echo(f"{len(added.new):,} new papers from {found.readmes:,} versions of README.md; next: recommend update")


def _listed(question: str, default: str) -> tuple[str, ...]:
    answer = click.prompt(question, default, show_default=bool(default), err=True)
    return tuple(part.strip() for part in answer.split(",") if part.strip())


def _open(config_path: Path, *, write: bool = False) -> "Recommender":
    from recommender import show
    from recommender.pipeline import Recommender

    watch = partial(show.progress, "re-ranking", "papers")
    return Recommender(_config_of(config_path), write=write, today=now().date(), say=_note, watch=watch)


def _stored(config_path: Path) -> "tuple[Path, Encoder]":
    """The index folder and the configured encoder, without opening what may be damaged."""
    from recommender.pipeline import encoder_of

    loaded = _config_of(config_path)
    folder = loaded.resolve(loaded.index.path)
    if not (folder / "papers.db").exists():
        raise StoreError(f"{folder}: no papers here yet; `recommend update` or `recommend import` brings some")
    return folder, encoder_of(loaded, loaded.embedding.model)


def _config_of(path: Path) -> "Config":
    """What the file says; the defaults where none was named and none is there."""
    from recommender import config

    return config.load(path) if path.exists() or str(path) != "config.toml" else config.Config(Path.cwd())


def _fetch(recommender: "Recommender") -> "tuple[Report, ...]":
    from recommender import fetching

    fetcher = fetching.fetcher_of(recommender.config, now=now, say=_note)
    reports = recommender.fetch(fetcher, now(), say=_note)
    for report in reports:
        for skipped in report.skipped[:_MOST_SKIPPED]:
            _note(f"{report.target}: skipped {skipped}")
        click.echo(report.line)
    click.echo(f"{fetcher.requests} requests to arXiv; {len(recommender.store):,} papers stored")
    return reports


def _fetch_ids(recommender: "Recommender", ids: tuple[str, ...]) -> None:
    from recommender import fetching

    papers, skipped = recommender.fetch_ids(ids, fetching.fetcher_of(recommender.config, now=now, say=_note))
    for paper in papers:
        click.echo(f"{paper.id}: {paper.title}")
    for reason in skipped:
        _note(f"skipped {reason}")
    if not papers:
        sys.exit(1)


def _fetch_missing(config_path: Path, ids: list[str]) -> None:
    """Ask arXiv for papers that are not stored; raises `InputError` where it does not give them."""
    from recommender import fetching

    names = ", ".join(ids)
    _note(f"{names} not stored yet; asking arXiv")
    with _open(config_path, write=True) as recommender:
        try:
            papers, skipped = recommender.fetch_ids(ids, fetching.fetcher_of(recommender.config, now=now))
        except FetchError as error:
            raise InputError(f"{names}: not stored, and could not be fetched ({error})") from error
    if len(papers) < len(ids):
        reasons = "; ".join(skipped) or "arXiv does not know it"
        raise InputError(f"{names}: not stored, and could not be fetched ({reasons})")


def _note(text: str) -> None:
    """Progress, on stderr, as nothing but text."""
    click.echo("".join(char for char in text if char.isprintable()), err=True)


def _write_digest(recommender: "Recommender") -> None:
    made = recommender.digest()
    changed = recommender.write_digest(made)
    papers = len({row.paper.id for section in made.sections for row in section.rows})
    path = recommender.config.digest.path
    click.echo(f"{path}: {len(made.sections)} sections, {papers} papers; {'written' if changed else 'nothing changed'}")


def _filter(categories: tuple[str, ...], since: date | None, until: date | None) -> "Filter":
    from recommender.store import Filter

    if since and until and since > until:
        raise click.UsageError(f"--since {since} lies after --until {until}; no paper can match")
    return Filter(categories=categories, since=since, until=until)


def _text_of(argument: str) -> str:
    """What an argument of `similar` stands for: an id or address as it is, standard input, or a file's text."""
    from recommender.paper import ArxivId

    if argument == "-":
        data = sys.stdin.buffer.read(_LONGEST_TEXT + 1)
        name = "standard input"
    else:
        try:
            return str(ArxivId.parse(argument).id)
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


_MOST_SKIPPED = 20
"Entries of one section that are named when they cannot be read."
_LONGEST_TEXT = 1_000_000
"Bytes of text that `similar` reads."

if __name__ == "__main__":
    main()
