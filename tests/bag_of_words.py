"""An encoder whose order a reader can foresee: texts are as near as the words they share."""

import zlib
from collections.abc import Sequence

import numpy as np

from recommender.paper import Paper
from recommender.store import FloatArray

IDENTITY = "bag of words"
DIMENSIONS = 64


def encode_texts(texts: Sequence[str]) -> FloatArray:
    """Counts of hashed words, scaled to length 1: (n, 64) float32."""
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    for vector, text in zip(vectors, texts, strict=True):
        for word in text.lower().replace(".", "").split() or [""]:
            vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1
    scaled: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def encode(papers: Sequence[Paper]) -> FloatArray:
    """Title and abstract as one text."""
    return encode_texts([f"{paper.title} {paper.abstract}" for paper in papers])
