"""From --config to an open library."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.errors import StoreError
from recommender.fronts.cli.options import now
from recommender.progress import Progress, silent

if TYPE_CHECKING:
    from recommender.config import Config
    from recommender.embed import Encoder
    from recommender.library import Recommender


def reader(config_path: Path, progress: Progress = silent) -> "Recommender":
    """The library of a configuration, to be asked; filled with the starter papers where it has none."""
    from recommender.verbs.imports import open_for_asking

    return open_for_asking(config_of(config_path), today=now().date(), say=note, progress=progress)


def writer(config_path: Path) -> "Recommender":
    """The library of a configuration, to be filled."""
    from recommender.library import Recommender

    return Recommender(config_of(config_path), write=True, today=now().date(), say=note)


def stored(config_path: Path) -> "tuple[Path, Encoder]":
    """The index folder and the configured encoder, without opening what may be damaged."""
    from recommender.library import encoder_of

    loaded = config_of(config_path)
    folder = loaded.resolve(loaded.index.path)
    with suppress(OSError):  # a folder that cannot be looked into is refused when it is opened
        if not any((folder / name).exists() for name in ("papers.db", "papers.db.rescued")):
            raise StoreError(f"{folder}: no papers here yet; `recommend update` or `recommend import` brings some")
    return folder, encoder_of(loaded, loaded.embedding.model)


def config_of(path: Path) -> "Config":
    """What the file says; the defaults where none was named and none is there."""
    from recommender import config

    return config.load(path) if path.exists() or str(path) != "config.toml" else config.Config(Path.cwd())


def note(text: str) -> None:
    """Say something on stderr, as nothing but text."""
    click.echo("".join(char for char in text if char.isprintable()), err=True)
