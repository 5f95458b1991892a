"""What any query is unrelated to: the vectors of papers from all of arXiv that relevance is calibrated against.

A static model brings them along; for any other the packaged texts are embedded once, about a minute on one core for a
small transformer, and kept beside the index.
"""

import os
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recommender.embed import Encoder, in_batches
from recommender.errors import InputError
from recommender.paper import Paper
from recommender.progress import Progress, silent
from recommender.sources.files import PaperFile
from recommender.vectors import FloatArray, unit

TEXTS = Path(__file__).parent.parent / "starter" / "sample.jsonl.xz"
"2,048 papers drawn from all of arXiv, title and abstract; bench/sample draws them."


def packed(vectors: FloatArray) -> npt.NDArray[np.int8]:
    """Unit vectors (n, d) in a byte a number, each row on a scale of its own; `unit` undoes it to .01 or so."""
    packed: npt.NDArray[np.int8] = np.round(vectors * (127 / np.abs(vectors).max(axis=1, keepdims=True))).astype(
        np.int8
    )
    return packed


def texts() -> list[Paper]:
    """The packaged sample of arXiv; raises `InputError` where it is damaged."""
    return list(PaperFile(TEXTS).papers(_refuse))


def background(encoder: Encoder, folder: Path, progress: Progress = silent) -> FloatArray:
    """The encoder's sample of arXiv, (n, d) unit vectors; embedded where need be, and then kept in `folder`."""
    if len(encoder.background):
        return encoder.background
    file = folder / f"background-{encoder.identity}.npy"
    kept = _read(file, encoder.dimensions)
    if kept is not None:
        return kept
    papers = texts()
    parts: list[FloatArray] = []
    for _, vectors in in_batches(papers, encoder):
        parts.append(vectors)
        done = sum(map(len, parts))
        progress("embedding a sample of arXiv, once, to calibrate relevance", done, len(papers))
    whole = np.concatenate(parts)
    _keep(file, packed(whole))
    return whole


def _read(file: Path, dimensions: int) -> FloatArray | None:
    try:
        stored = np.load(file)
    except (OSError, ValueError, EOFError):
        return None
    sound = stored.ndim == 2 and stored.shape[1] == dimensions and stored.any(axis=1).all()
    return unit(stored) if sound else None


def _keep(file: Path, vectors: npt.NDArray[np.int8]) -> None:
    """Put the file there in one step; a folder that cannot be written only costs the next run the same minute."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                np.save(out, vectors)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError:
        return


def _refuse(number: int, reason: str) -> None:
    raise InputError(f"{TEXTS}: line {number} {reason}; install the package again")
