"""A static model trained on the papers of files or of the library."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from recommender.config import Config
from recommender.errors import InputError
from recommender.library import Recommender, encoder_of
from recommender.paper import Paper
from recommender.progress import Progress, silent
from recommender.train import Outcome, ReaderOutcome, ReaderSettings, Settings, questions
from recommender.train import train as train_on
from recommender.train import train_reader as train_reader_on
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
    papers = _papers(config, files, bad)
    encoder = encoder_of(config, teacher) if teacher else None
    origin = ", ".join(path.name for path in files) or "the index"
    with _writing(folder):
        return train_on(papers, folder, settings, teacher=encoder, origin=origin, progress=progress)


def train_reader(
    config: Config,
    folder: Path,
    settings: ReaderSettings,
    *,
    files: Sequence[Path],
    pairs: Sequence[Path],
    teacher: str,
    bad: list[str],
    progress: Progress = silent,
) -> ReaderOutcome:
    """Train a reader for questions for the static model in `folder`; see `recommender.train.reader`."""
    papers = _papers(config, files, bad)
    written = [pair for path in pairs for pair in questions.read(path, papers, bad)]
    encoder = encoder_of(config, teacher) if teacher else None
    with _writing(folder):
        return train_reader_on(papers, folder, settings, teacher=encoder, pairs=written, progress=progress)


def _papers(config: Config, files: Sequence[Path], bad: list[str]) -> list[Paper]:
    """The papers of files, or of the index where none are given."""
    if files:
        return [paper for path in files for paper in read_file(path, bad)]
    with Recommender(config) as library:
        store = library.store
        return [paper for rows, _, _ in store.vectors.changes() for paper in store.papers.readable(rows).values()]


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written ({error.strerror or error}); make room, or name another folder"
        ) from error
