"""What an encoder is, and the text of a paper that it embeds."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from recommender.errors import ModelError
from recommender.paper import Paper
from recommender.vectors import FloatArray, unit

Backend = Literal["torch", "onnx", "openvino"]


class Encoder(Protocol):
    """Anything that turns papers and queries into vectors of one space."""

    identity: str
    "differs whenever the vectors would: what an index remembers"
    dimensions: int
    background: FloatArray
    "(n, d) unit vectors of papers from all of arXiv, to calibrate relevance with; n may be 0"
    batch: int
    "papers to embed between two writes to disk: what an interruption costs at most"

    def pieced(self, words: Sequence[str]) -> tuple[str, ...]:
        """Name those words that the model knows by their pieces only; none where it cannot tell."""
        ...

    def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
        """Embed papers: (n, d) float32, rows of length 1, in order."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text: (n, d) float32, rows of length 1; raises `InputError` for a text without words."""
        ...


def document_text(paper: Paper) -> str:
    """What of a paper is embedded; the store hashes it to see whether a new version needs a new vector."""
    return f"{paper.title}. {paper.abstract}"


def sound(vectors: npt.NDArray[Any]) -> FloatArray:
    """Scale a model's (n, d) vectors to length 1, float32; raises `ModelError` if one is zero or not finite."""
    with np.errstate(all="ignore"):  # what comes of it is looked at here
        scaled = unit(vectors)
    if not (np.isfinite(scaled).all() and scaled.any(axis=-1).all()):
        raise ModelError("the embedding model returned a vector that is zero or not finite; try another model")
    return scaled


def in_batches(papers: Sequence[Paper], encoder: Encoder) -> Iterator[tuple[Sequence[Paper], FloatArray]]:
    """Embed papers a batch at a time, for callers that keep each before the next: batches and their (n, d) vectors."""
    for start in range(0, len(papers), encoder.batch):
        some = papers[start : start + encoder.batch]
        yield some, encoder.encode_documents(some)
