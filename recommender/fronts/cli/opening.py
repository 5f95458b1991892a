"""From --config, or the folder that a command is run in, to an open library."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from click.core import ParameterSource

from recommender.errors import ConfigError, InputError, StoreError
from recommender.fronts.cli.options import now
from recommender.fronts.printing import note
from recommender.progress import Progress, silent

if TYPE_CHECKING:
    from recommender.config import Config
    from recommender.embed import Encoder
    from recommender.library import Recommender


def reader(config: "Config", progress: Progress = silent) -> "Recommender":
    """The library of a configuration, to be asked; filled with the starter papers where it has none."""
    from recommender.verbs.imports import open_for_asking

    return open_for_asking(config, today=now().date(), say=note, progress=progress)


def writer(config: "Config") -> "Recommender":
    """The library of a configuration, to be filled."""
    from recommender.library import Recommender

    return Recommender(config, write=True, today=now().date(), say=note)


def stored(config_path: Path) -> "tuple[Path, Encoder]":
    """The index folder and the configured encoder, without opening what may be damaged."""
    from recommender.library import encoder_of

    loaded = library_of(config_path, otherwise="here")
    folder = loaded.resolve(loaded.index.path)
    with suppress(OSError):  # a folder that cannot be looked into is refused when it is opened
        if not any((folder / name).exists() for name in ("papers.db", "papers.db.rescued")):
            raise StoreError(f"{folder}: no papers here yet; `recommend update` or `recommend import` brings some")
    return folder, encoder_of(loaded, loaded.embedding.model)


def named(config_path: Path) -> "Config":
    """What the file says, for verbs that write what it asks for; raises `ConfigError` where there is none."""
    from recommender import config

    if _is_default(config_path) and not os.path.lexists(config_path):
        raise ConfigError(f"no config.toml in {_here()}, which says what to write; `recommend init` makes one")
    return config.load(config_path)


def library_of(config_path: Path, *, otherwise: Literal["own", "here"] = "own") -> "Config":
    """The configuration of the library that is meant, said on stderr where it is not that of the current folder.

    It is the one that --config names, or the nearest in the current folder or above, or else the user's own. With
    `otherwise` of `here`, for verbs that bring papers, none above means one in the current folder.
    """
    from recommender import config

    if not _is_default(config_path) or os.path.lexists(config_path):
        return config.load(config_path)
    here = _here()
    for folder in _libraries(here):
        if folder != here:
            note(f"recommend: asking the library in {folder}; --config names another")
        return _config_in(folder)
    if otherwise == "here":
        return config.Config(here)
    import platformdirs

    own = Path(platformdirs.user_data_dir("recommender", appauthor=False))
    begins = "" if _is_library(own) else ", which begins with the starter papers"
    note(f"recommend: no library in this folder or above; asking your own in {own}{begins}")
    return _config_in(own)


def _config_in(folder: Path) -> "Config":
    from recommender import config

    file = folder / "config.toml"
    return config.load(file) if os.path.lexists(file) else config.Config(folder)


def _libraries(here: Path) -> Iterator[Path]:
    """Folders of libraries, from here upwards; above, none that a stranger could have put there."""
    for folder in (here, *here.parents):
        if _is_library(folder) and (folder == here or _is_trusted(folder)):
            yield folder


def _is_library(folder: Path) -> bool:
    return any(os.path.isfile(folder / file) for file in ("config.toml", "index/papers.db"))  # noqa: PTH113 - no error


def _is_trusted(folder: Path) -> bool:
    try:
        return not hasattr(os, "geteuid") or folder.stat().st_uid in (os.geteuid(), 0)
    except OSError:
        return False


def _is_default(config_path: Path) -> bool:
    context = click.get_current_context(silent=True)
    if context is None:
        return str(config_path) == "config.toml"
    return context.get_parameter_source("config_path") in (None, ParameterSource.DEFAULT)


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise InputError(f"the current folder cannot be found ({error.strerror}); change into another") from error


def config_of(config_path: Path) -> Path:
    """The config.toml of the library that is meant, whether it is there or not."""
    if not _is_default(config_path) or os.path.lexists(config_path):
        return config_path.absolute()
    return library_of(config_path).folder / "config.toml"
