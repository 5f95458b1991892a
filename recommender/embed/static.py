"""The default encoder, a static model: one vector per WordPiece token, averaged.

A word counts three times at most (see `words`). It runs on numpy alone. `model2vec` runs the same folders but takes
0.7 s to import and load, where this module takes 0.15 s, and leaves all to the tokenizer, which spends 3 ms on an
abstract; here it is 0.1 ms from text to vector, because abstracts repeat their words and a word need be split into
tokens only once.
"""

import hashlib
import io
import json
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recommender.embed import words
from recommender.embed.base import document_text, sound
from recommender.errors import InputError, ModelError
from recommender.paper import Paper
from recommender.text_files import read_bytes, read_start
from recommender.vectors import FloatArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MOST_MODULES, _MOST_TOKENIZER = 1_000_000, 100_000_000
"Bytes of modules.json and tokenizer.json."
_BULK = 64
"From this many texts on it pays to have the table in float32."
_MOST_WORDS = 500_000
"Words kept in the cache, about 100 MB."


def is_static(folder: Path) -> bool:
    """Whether a folder holds a sentence-transformers StaticEmbedding and nothing that changes a unit vector."""
    try:
        modules = json.loads(read_bytes(folder / "modules.json", most=_MOST_MODULES))
        names = [str(module["type"]).rsplit(".", 1)[-1] for module in modules]
    except (FileNotFoundError, InputError, ValueError, TypeError, KeyError, RecursionError):
        return False  # whatever it is, it is not one of these
    return names in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"])


class StaticEncoder:
    """The mean of a text's token vectors, a word three times at most; documents and queries alike."""

    batch = 1024

    def __init__(self, folder: Path) -> None:
        from tokenizers import normalizers

        tokenizer, described, self._tokenizer, self._table = pieces(folder)
        self.folder = folder
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.dimensions: int = self._table.shape[1]
        sample = np.ascontiguousarray(self._table[::64])
        self.identity = "static-" + hashlib.sha256(tokenizer + sample.tobytes()).hexdigest()[:16]
        self.background = _background(folder / "background.npy", self.dimensions)
        self._unknown: int = self._tokenizer.token_to_id("[UNK]") or 0
        added = described.get("added_tokens") or []
        self._special: dict[str, int] = {token["content"]: token["id"] for token in added}
        self._parting = re.compile(f"({'|'.join(map(re.escape, self._special)) or '(?!)'})")
        self._counted = words.splitting(described)
        if self._counted:
            kind, self._most = self._counted
            kept = {key: value for key, value in kind.items() if key != "type"}
            self._tokenizer.normalizer = normalizers.BertNormalizer(**kept)  # what repeats is dropped by counting
        self._words: dict[str, list[int]] = {}

    def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
        """Embed title and abstract."""
        return self.encode_texts([document_text(paper) for paper in papers])

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text; raises `InputError` where the model knows no word of it."""
        tokens = [self._tokenize(text) for text in texts]
        for text, ids in zip(texts, tokens, strict=True):
            if all(i == self._unknown for i in ids):
                raise InputError(f"the query {text[:60]!r} holds no word that the model knows; put it in English words")
        return self._pool(tokens)

    def pieced(self, words: Sequence[str]) -> tuple[str, ...]:
        """Name those words that have no vector of their own: what the model makes of their pieces may be chance."""
        return tuple(word for word in words if not self.whole(word))

    def whole(self, word: str) -> bool:
        """Tell whether the model has one vector for a word, not only for its pieces."""
        ids = self._pieces(word)
        return len(ids) == 1 and ids[0] != self._unknown

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as they are; one without any token gets the vector of an unknown word."""
        if len(texts) >= _BULK:
            self._table = self._table.astype(np.float32, copy=False)  # gathers three times as fast
        return self._pool([self._tokenize(text) or [self._unknown] for text in texts])

    def tokens(self, text: str) -> set[int]:
        """Token ids that a text is made of, each once."""
        return set(self._tokenize(text))

    def pieces(self, word: str) -> list[str]:
        """Give the tokens that a word falls into: one where the model knows the word, none where it has none for it."""
        ids = self._pieces(word)
        return [] if self._unknown in ids else [str(self._tokenizer.id_to_token(i)) for i in ids]

    def _tokenize(self, text: str) -> list[int]:
        """Token ids of a text, in no order that matters, each as often as it counts."""
        if self._counted is None:
            return self._pieces(text)
        if self._parting.search(text):  # a special token is found before anything else, and parts the text
            parts = self._parting.split(text)
            return [i for p in parts for i in ([self._special[p]] if p in self._special else self._tokenize(p))]
        if len(self._words) > _MOST_WORDS:
            self._words.clear()
        counted = words.occurrences(text, self._tokenizer.normalizer.normalize_str)
        try:
            ids = list(chain.from_iterable(map(self._words.__getitem__, counted)))
        except KeyError:
            self._words |= {word: self._pieces(word) for word in counted if word not in self._words}
            ids = list(chain.from_iterable(map(self._words.__getitem__, counted)))
        for word, times in counted.items():
            if times > 1:
                ids += self._words[word] * (words.capped(word, times, self._most) - 1)
        return ids

    def _pieces(self, text: str) -> list[int]:
        try:
            ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        except Exception as error:  # tokenizers raises bare Exceptions, e.g. where there is no token for unknown words
            raise ModelError(
                f"the model's tokenizer fails ({' '.join(str(error).split())[:200]}); name another"
            ) from error
        return ids

    def _pool(self, tokens: Sequence[Sequence[int]]) -> FloatArray:
        sums = np.empty((len(tokens), self.dimensions), np.float32)
        with np.errstate(over="ignore", invalid="ignore"):  # `sound` looks at what comes of it
            for row, ids in enumerate(tokens):
                self._table[np.asarray(ids, np.int64)].sum(axis=0, dtype=np.float32, out=sums[row])
        blank = ~sums.any(axis=1)
        if blank.any():  # nothing but unknown words: like everything a little, so that a strange title stops no import
            sums[blank] = self._table.mean(axis=0, dtype=np.float32)
        return sound(sums)


def pieces(folder: Path) -> "tuple[bytes, dict[str, Any], Tokenizer, npt.NDArray[np.floating]]":
    """Read a static model: tokenizer.json raw, parsed and running, and the (vocabulary, d) table; raises `ModelError`.

    What would go wrong later is looked for here: a table of another shape, or of fewer rows than there are tokens.
    """
    import safetensors.numpy
    from tokenizers import Tokenizer

    try:
        raw = read_bytes(folder / "tokenizer.json", most=_MOST_TOKENIZER)
        described = json.loads(raw)
        tokenizer = Tokenizer.from_buffer(raw)
        weights = folder / "model.safetensors"
        read_start(weights, 0)  # a pipe would never end
        tensors = safetensors.numpy.load_file(weights)
    except Exception as error:  # tokenizers and safetensors raise bare Exceptions of their own
        raise _unusable(folder, " ".join(str(error).split())[:200]) from error
    if len(tensors) != 1:
        raise _unusable(folder, f"model.safetensors holds {len(tensors)} tables, expected 1")
    (table,) = tensors.values()
    if table.ndim != 2 or not table.size or not np.issubdtype(table.dtype, np.floating):
        raise _unusable(folder, f"its table is of shape {table.shape} and kind {table.dtype}, expected two dimensions")
    largest = _largest_id(described)
    if largest >= len(table):
        raise _unusable(folder, f"its tokenizer knows token {largest}, its table has {len(table)} rows")
    return raw, described, tokenizer, table


def _largest_id(described: dict[str, Any]) -> int:
    """The largest token id of a tokenizer.json that tokenizers accepted."""
    vocabulary = described["model"]["vocab"]
    ids = vocabulary.values() if isinstance(vocabulary, dict) else range(len(vocabulary))
    return max(chain(ids, (token["id"] for token in described.get("added_tokens") or [])), default=-1)


def _background(file: Path, dimensions: int) -> FloatArray:
    """Unit vectors (n, d) from a file of bytes or floats; none where there is no file. Raises `ModelError`."""
    try:
        vectors = np.load(io.BytesIO(read_bytes(file)), allow_pickle=False)
    except FileNotFoundError:
        return np.empty((0, dimensions), np.float32)
    except Exception as error:  # numpy reads the head of a file as Python, and raises what Python's parser does
        raise _unusable(file.parent, f"background.npy: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(vectors, np.ndarray) or vectors.ndim != 2 or vectors.shape[1] != dimensions:
        shape = getattr(vectors, "shape", type(vectors).__name__)
        raise _unusable(file.parent, f"background.npy holds {shape}, expected rows of {dimensions} numbers")
    if vectors.dtype.kind not in "iuf":
        raise _unusable(file.parent, f"background.npy holds {vectors.dtype}, expected numbers")
    with np.errstate(over="ignore", invalid="ignore"):
        units: FloatArray = vectors.astype(np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", units, units))  # a third of the time that `sound` takes
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise _unusable(file.parent, "background.npy holds a vector that is zero or not finite")
    units /= lengths[:, None]
    return units


def _unusable(folder: Path, reason: str) -> ModelError:
    return ModelError(f"{folder}: is not a usable model folder ({reason}); name another model under [embedding]")
