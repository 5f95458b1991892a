"""BERT's forward pass on numpy, for a few dozen tokens at a time (Devlin et al. 2019).

torch takes seconds to import and half a gigabyte of disk; one short text needs neither. The names of the weights are
those of transformers' BertModel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.vectors import FloatArray

EMBEDDINGS, LAYER = "embeddings.", "encoder.layer."
MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
"What each layer multiplies by; the rest of a layer are biases and the two norms."
MARKS = ("[CLS]", "[SEP]")
"Tokens that stand before and behind a text."
_EPSILON = 1e-12
_ONE_THREAD = 262_144
"Multiplications of one product up to which OpenBLAS keeps to one thread."

Weights = Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class BertParts:
    """What a BERT consists of."""

    weights: Weights
    vocabulary: list[str]
    "in the order of the ids"
    heads: int


class Tokens:
    """The lower-casing WordPiece tokens of a vocabulary, in the order of its ids."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """Take a vocabulary; raises `LookupError` where it lacks a mark."""
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

        numbered = {word: number for number, word in enumerate(vocabulary)}
        self._first, self._last = (numbered[mark] for mark in MARKS)
        self._tokenizer = Tokenizer(models.WordPiece(numbered, unk_token="[UNK]", max_input_chars_per_word=100))
        self._tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        self._tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()

    def of(self, text: str, most: int) -> list[int]:
        """The ids of a text's first tokens, between those of the marks: `most` in all."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids[: most - len(MARKS)]
        return [self._first, *ids, self._last]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the encoder, its three projections of attention joined into one matrix."""

    attend: FloatArray
    attend_bias: FloatArray
    leave: FloatArray
    leave_bias: FloatArray
    norm: tuple[FloatArray, FloatArray]
    widen: FloatArray
    widen_bias: FloatArray
    narrow: FloatArray
    narrow_bias: FloatArray
    last_norm: tuple[FloatArray, FloatArray]

    @classmethod
    def of(cls, weights: Weights, number: int) -> "Layer":
        """Gather a layer's weights; raises `KeyError` where one is missing."""
        own = f"{LAYER}{number}."
        query, key, value, leave, widen, narrow = (
            (weights[f"{own}{name}.weight"], weights[f"{own}{name}.bias"]) for name in MATRICES
        )
        return cls(
            np.concatenate([query[0], key[0], value[0]]),
            np.concatenate([query[1], key[1], value[1]]),
            *leave,
            norm_of(weights, f"{own}attention.output."),
            *widen,
            *narrow,
            norm_of(weights, f"{own}output."),
        )

    def __call__(self, x: FloatArray, heads: int) -> FloatArray:
        """Read tokens (t, d): (t, d)."""
        count, width = x.shape
        joined = (
            (through(self.attend, x) + self.attend_bias).reshape(count, 3, heads, width // heads).transpose(1, 2, 0, 3)
        )
        query, key, value = joined
        weights = softmax((query @ key.transpose(0, 2, 1)) * np.float32((width // heads) ** -0.5))
        attended = (weights @ value).transpose(1, 0, 2).reshape(count, width)
        x = normed(x + (through(self.leave, attended) + self.leave_bias), self.norm)
        wide = gelu(through(self.widen, x) + self.widen_bias)
        return normed(x + through(self.narrow, wide) + self.narrow_bias, self.last_norm)


def through(matrix: FloatArray, x: FloatArray) -> FloatArray:
    """Multiply rows (t, d) by a matrix (n, d): (t, n); a few of its rows at a time, which BLAS does in one thread.

    Its other threads would go on waiting afterwards, and take the cores from FAISS's.
    """
    number, width = matrix.shape
    at_once = next(size for size in (8, 4, 2, 1) if size == 1 or (size * x.size <= _ONE_THREAD and not number % size))
    product: FloatArray = (matrix.reshape(-1, at_once, width) @ x.T).reshape(number, len(x)).T
    return product


def norm_of(weights: Weights, owner: str) -> tuple[FloatArray, FloatArray]:
    """Scale and shift of a layer norm, each (d,)."""
    return weights[f"{owner}LayerNorm.weight"], weights[f"{owner}LayerNorm.bias"]


def normed(x: FloatArray, norm: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Bring each row of (t, d) to mean 0 and spread 1, then scale and shift it."""
    centred = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", centred, centred)[:, None] / x.shape[1] + _EPSILON)
    scaled: FloatArray = centred / spread * norm[0] + norm[1]
    return scaled


def softmax(x: FloatArray) -> FloatArray:
    """Along the last axis."""
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    shares: FloatArray = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def gelu(x: FloatArray) -> FloatArray:
    """Weigh x by the normal distribution up to x, its error function as Abramowitz and Stegun 7.1.26: within 2e-7."""
    at = np.abs(x) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * at)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    upper = np.float32(0.5) * series * np.exp(-at * at)
    spread: FloatArray = x * np.where(x < 0, upper, 1 - upper)
    return spread


def rows(matrix: npt.NDArray[np.int8], scales: FloatArray) -> FloatArray:
    """A matrix that is kept as bytes and a scale a row."""
    plain: FloatArray = matrix.astype(np.float32)
    plain *= scales[:, None]
    return plain


def packed(matrix: FloatArray) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """A matrix as bytes and a scale a row: what `rows` reads."""
    scales = np.maximum(np.abs(matrix).max(axis=1), 1e-12).astype(np.float32) / 127
    return np.rint(matrix / scales[:, None]).astype(np.int8), scales
