"""An encoder whose order a reader can foresee: texts are as near as the words they share."""

import zlib
from collections.abc import Sequence

import numpy as np

from recommender.paper import Paper
from recommender.vectors import FloatArray, unit

IDENTITY = "bag of words"
DIMENSIONS = 64


def encode_texts(texts: Sequence[str]) -> FloatArray:
    """Counts of hashed words, scaled to length 1: (n, 64) float32."""
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    for vector, text in zip(vectors, texts, strict=True):
        for word in text.lower().replace(".", "").split() or [""]:
            vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1
    return unit(vectors)


def encode(papers: Sequence[Paper]) -> FloatArray:
    """Title and abstract as one text."""
    return encode_texts([f"{paper.title} {paper.abstract}" for paper in papers])


class BagOfWords:
    """The same as an `Encoder`; `turned`, another one: the same numbers in reverse."""

    dimensions = DIMENSIONS
    background = np.empty((0, DIMENSIONS), np.float32)

    def __init__(self, *, turned: bool = False, batch: int = 1024) -> None:
        self._step = -1 if turned else 1
        self.identity = f"{IDENTITY}, turned" if turned else IDENTITY
        self.batch = batch
        self.embedded: list[str] = []
        "ids of the papers that were embedded, in order"

    def pieced(self, words: Sequence[str]) -> tuple[str, ...]:
        """None: every word is an axis."""
        return ()

    def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
        """Embed papers."""
        self.embedded += [paper.id for paper in papers]
        return np.ascontiguousarray(encode(papers)[:, :: self._step])

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text."""
        return np.ascontiguousarray(encode_texts(texts)[:, :: self._step])
