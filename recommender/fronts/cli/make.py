"""Verbs that make something from the library: digest, site, train."""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from recommender.fronts.cli.opening import library_of, named, reader, writer
from recommender.fronts.cli.options import with_config
from recommender.fronts.cli.rate import together
from recommender.fronts.printing import note, out

if TYPE_CHECKING:
    pass


@click.command()
@with_config
def digest(config_path: Path) -> None:
    """Rank the stored papers and write the digest, without fetching.

    \b
    recommend digest
    recommend digest --config ~/papers/config.toml
    """
    from recommender.verbs import digest as sections
    from recommender.verbs import imports

    with writer(named(config_path)) as library:
        imports.start(library, note)
        together(library.store, library.config)
        sections.renew(library, out)


@click.command()
@with_config
def site(config_path: Path) -> None:
    """Write the digest as a static site: sections, archive, a page per paper, and a search that needs no server.

    \b
    recommend site
    python -m http.server --directory site      or open site/index.html
    """
    from recommender.fronts import show
    from recommender.verbs import digest as sections
    from recommender.verbs import site as pages

    config = named(config_path)
    with show.progress() as progress, reader(config, progress) as library:
        written = pages.write(library, sections.make(library), progress)
        path = config.site.path
    out(f"{path}: {written.files:,} files, {written.changed:,} written, {written.removed:,} removed")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Papers to learn from, as JSON lines; without it those of the index.",
)
@click.option(
    "--start",
    default="default",
    show_default=True,
    help="Token vectors to begin with: a model folder, `default`, `teacher`, or `none` for random ones.",
)
@click.option("--steps", type=click.IntRange(1), default=800, show_default=True, help="Steps of training.")
@click.option(
    "--batch", type=click.IntRange(2), default=2048, show_default=True, help="Pairs of texts in one training step."
)
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), default=0.003, show_default=True, help="Learning rate."
)
@click.option("--seed", default=0, show_default=True, help="Seed of all random choices.")
@click.option(
    "--vocabulary",
    type=click.IntRange(1000),
    default=30_000,
    show_default=True,
    help="Words and pieces of words that a new tokenizer learns; with `--start none` or `teacher`.",
)
@click.option(
    "--dimensions",
    type=click.IntRange(8, 4096),
    default=256,
    show_default=True,
    help="Length of the vectors; with `--start none` or `teacher`.",
)
@click.option("--teacher", default="", help="A sentence-transformers model whose similarities are imitated.")
@click.option(
    "--taught",
    type=click.IntRange(1000),
    default=20_000,
    show_default=True,
    help="Papers that the teacher embeds as examples.",
)
@click.option(
    "--teaching",
    type=click.FloatRange(0),
    default=3.0,
    show_default=True,
    help="Weight of the teacher's similarities beside that of the pairs.",
)
@click.option("--reader", "reads", is_flag=True, help="Train a reader for questions instead, for the model in FOLDER.")
@click.option(
    "--pairs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="With --reader: questions and their papers, as JSON lines of `query`, `id`, `title`, `abstract`.",
)
@with_config
def train(folder: Path, files: tuple[Path, ...], teacher: str, config_path: Path, **settings: Any) -> None:
    """Train an embedding model for your own field, from the papers in the index or in files, into FOLDER.

    Interrupted, the same command goes on where it was. Afterwards set `[embedding] model = "FOLDER"` in config.toml
    and run `recommend index --rebuild`.

    \b
    recommend train my-model
    recommend train my-model --from papers.jsonl.xz --start none --steps 3000 --rate 0.01
    recommend train my-model --teacher sentence-transformers/all-MiniLM-L6-v2
    recommend train my-model --reader --teacher sentence-transformers/all-MiniLM-L6-v2 --pairs pairs.jsonl
    """
    from recommender.fronts import show
    from recommender.train import Settings
    from recommender.verbs.train import train as train_on

    bad: list[str] = []
    reads, pairs = settings.pop("reads"), settings.pop("pairs")
    if reads:
        source = click.get_current_context().get_parameter_source
        given = {name for name in settings if source(name) is ParameterSource.COMMANDLINE}
        _train_reader(folder, files, pairs, teacher, config_path, {name: settings[name] for name in given})
        return
    if pairs:
        raise click.UsageError("--pairs is for --reader")
    with show.progress() as progress:
        report = train_on(
            library_of(config_path, otherwise="here"),
            folder,
            Settings(**settings),
            files=files,
            teacher=teacher,
            bad=bad,
            progress=progress,
        )
    if bad:
        note(f"skipped: {len(bad):,} lines that hold no paper, the first: {bad[0]}")
    out(
        f"{folder}: trained on {report.papers:,} papers; held-out abstracts are found by their titles with a mean "
        f"reciprocal rank of {report.after:.3f}, {report.before:.3f} before"
    )


def _train_reader(
    folder: Path,
    files: tuple[Path, ...],
    pairs: tuple[Path, ...],
    teacher: str,
    config_path: Path,
    given: dict[str, Any],
) -> None:
    """Train a reader with the settings that are given, the others being its own."""
    from recommender.fronts import show
    from recommender.train import ReaderSettings
    from recommender.verbs.train import train_reader

    known = {field.name for field in fields(ReaderSettings)}
    if other := set(given) - known:
        raise click.UsageError(f"--{min(other)} is not for --reader")
    bad: list[str] = []
    with show.progress() as progress:
        report = train_reader(
            library_of(config_path, otherwise="here"),
            folder,
            ReaderSettings(**given),
            files=files,
            pairs=pairs,
            teacher=teacher,
            bad=bad,
            progress=progress,
        )
    if bad:
        note(f"skipped: {len(bad):,} lines that hold nothing to learn from, the first: {bad[0]}")
    out(
        f"{folder}: a reader trained on {report.papers:,} papers and {report.pairs:,} questions; held-out abstracts "
        f"are found by their first sentences with a mean reciprocal rank of {report.after:.3f}, {report.before:.3f} "
        "without it"
    )
