"""A static model trained on the papers of files or of the library."""

from collections.abc import Sequence
from pathlib import Path

from recommender.config import Config
from recommender.errors import InputError
from recommender.library import Recommender, encoder_of
from recommender.progress import Progress, silent
from recommender.train import Outcome, Settings
from recommender.train import train as train_on
from recommender.verbs.imports import read_file


def train(
    config: Config,
    folder: Path,
    settings: Settings,
    *,
    files: Sequence[Path],
    teacher: str,
    bad: list[str],
    progress: Progress = silent,
) -> Outcome:
    """Train a static model on the papers of files, or of the index where none are given; see `recommender.train`."""
    if files:
        papers = [paper for path in files for paper in read_file(path, bad)]
    else:
        with Recommender(config) as library:
            store = library.store
            papers = [paper for rows, _, _ in store.vectors.changes() for paper in store.papers.readable(rows).values()]
    encoder = encoder_of(config, teacher) if teacher else None
    origin = ", ".join(path.name for path in files) or "the index"
    try:
        return train_on(papers, folder, settings, teacher=encoder, origin=origin, progress=progress)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written ({error.strerror or error}); make room, or name another folder"
        ) from error
