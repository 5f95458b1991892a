"""A small transformer that reads a question, and only questions, into the space of a static model.

Papers stay what the static model makes of them; a question's vector is the static one plus what a BERT makes of the
whole sentence, so that the order of words and the words around a word count. `train.reading` makes the file, which
names the static model that it reads for: no other is read for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from recommender.embed import bert
from recommender.embed.base import Encoder
from recommender.embed.static import StaticEncoder
from recommender.errors import ModelError
from recommender.paper import Paper
from recommender.text_files import read_start
from recommender.vectors import FloatArray, products, unit

FILE = "reader.safetensors"
"In the folder of the static model."
SCALES = ".scales"
"What the name of a matrix's scales ends in, where it is kept as bytes."
WORDS, PLACES, KINDS = (f"{bert.EMBEDDINGS}{kind}_embeddings.weight" for kind in ("word", "position", "token_type"))
LONGEST = 48
"Tokens of a question that are read, with the two that mark its ends; training shows no longer ones."


class Papers(Protocol):
    """Where the vectors of stored papers are."""

    def papers(self, papers: Sequence[Paper]) -> FloatArray:
        """Give the vectors of stored papers, in order: (n, d) float32, rows of length 1."""
        ...


class Reader:
    """Reads questions for one static model."""

    def __init__(self, static: StaticEncoder, tensors: dict[str, npt.NDArray[Any]], described: dict[str, str]) -> None:
        """Take what a file holds; raises `LookupError` or `ValueError` where something is missing or does not fit."""
        self._static = static
        self._heads, self._share = int(described["heads"]), np.float32(described["share"])
        self._tokens = bert.Tokens(tensors.pop("vocabulary").tobytes().decode("utf-8").split("\n"))
        self._words = tensors.pop(WORDS), tensors.pop(WORDS + SCALES)
        weights = {
            name: bert.rows(tensor, tensors[name + SCALES]) if tensor.dtype == np.int8 else tensor
            for name, tensor in tensors.items()
            if not name.endswith(SCALES)
        }
        self._places = weights[PLACES] + weights[KINDS][0]
        self._norm = bert.norm_of(weights, bert.EMBEDDINGS)
        self._layers = [bert.Layer.of(weights, number) for number in range(int(described["layers"]))]
        self._projection = weights["projection.weight"]
        self.queries(["a"])  # what does not fit is found here

    @classmethod
    def beside(cls, encoder: Encoder) -> "Reader | None":
        """The reader in a model's folder; None where there is none for this model. Raises `ModelError`."""
        if not isinstance(encoder, StaticEncoder) or not (path := encoder.folder / FILE).exists():
            return None
        import safetensors

        try:
            read_start(path, 0)  # a pipe would never end
            with safetensors.safe_open(path, framework="numpy") as file:
                described = file.metadata() or {}
                if described.get("model") != encoder.identity:
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is no mapping
            return cls(encoder, tensors, described)
        except Exception as error:  # safetensors and tokenizers raise bare Exceptions of their own
            reason = " ".join(str(error).split())[:200]
            raise ModelError(
                f"{path}: is no usable reader ({reason}); install the package again, or set [ranking] reader = false"
            ) from error

    def queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed questions: (n, d) float32, rows of length 1; raises `InputError` where the static model does."""
        plain = self._static.encode_queries(texts)
        return unit(plain + self._share * np.array([self.added(text) for text in texts], np.float32))

    def added(self, text: str) -> FloatArray:
        """What the transformer makes of a text, to be added to its static vector: (d,)."""
        ids, (words, scales) = self._tokens.of(text, LONGEST), self._words
        x = bert.normed(bert.rows(words[ids], scales[ids]) + self._places[: len(ids)], self._norm)
        for layer in self._layers:
            x = layer(x, self._heads)
        return products(self._projection, unit(x.mean(axis=0)))


@dataclass(frozen=True, slots=True)
class AsRead:
    """The space of the static model, where free text is read by the reader."""

    stored: Papers
    reader: Reader

    def queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed questions: (n, d) float32, rows of length 1."""
        return self.reader.queries(texts)

    def papers(self, papers: Sequence[Paper]) -> FloatArray:
        """Give the vectors of stored papers, in order: (n, d) float32, rows of length 1."""
        return self.stored.papers(papers)
