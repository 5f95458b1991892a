"""The default encoder, a static model: one vector per WordPiece token, averaged.

A word counts three times at most (see `words`). It runs on numpy alone. `model2vec` runs the same folders but takes
0.7 s to import and load, where this module takes 0.15 s, and leaves all to the tokenizer, which spends 3 ms on an
abstract; here it is 0.1 ms from text to vector, because abstracts repeat their words and a word need be split into
tokens only once.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from recommender.embed import words
from recommender.embed.base import document_text, sound
from recommender.errors import InputError, ModelError
from recommender.paper import Paper
from recommender.vectors import FloatArray

_BULK = 64
"From this many texts on it pays to have the table in float32."
_MOST_WORDS = 500_000
"Words kept in the cache, about 100 MB."


def is_static(folder: Path) -> bool:
    """Whether a folder holds a sentence-transformers StaticEmbedding and nothing that changes a unit vector."""
    try:
        modules = json.loads((folder / "modules.json").read_bytes())
    except (OSError, ValueError):
        return False
    names = [module["type"].rsplit(".", 1)[-1] for module in modules]
    return names in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"])


class StaticEncoder:
    """The mean of a text's token vectors, a word three times at most; documents and queries alike."""

    batch = 1024

    def __init__(self, folder: Path) -> None:
        import safetensors.numpy
        from tokenizers import Tokenizer, normalizers

        try:
            tokenizer = (folder / "tokenizer.json").read_bytes()
            tensors = safetensors.numpy.load_file(folder / "model.safetensors")
            self._tokenizer = Tokenizer.from_buffer(tokenizer)
        except Exception as error:  # tokenizers and safetensors raise bare Exceptions of their own
            raise ModelError(f"{folder}: is not a usable model folder ({error})") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        (self._table,) = tensors.values()
        self.dimensions: int = self._table.shape[1]
        sample = np.ascontiguousarray(self._table[::64])
        self.identity = "static-" + hashlib.sha256(tokenizer + sample.tobytes()).hexdigest()[:16]
        self.background = _background(folder / "background.npy", self.dimensions)
        self._unknown: int = self._tokenizer.token_to_id("[UNK]") or 0
        described = json.loads(tokenizer)
        self._special: dict[str, int] = {token["content"]: token["id"] for token in described.get("added_tokens", [])}
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

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as they are; one without any token gets the vector of an unknown word."""
        if len(texts) >= _BULK:
            self._table = self._table.astype(np.float32, copy=False)  # gathers three times as fast
        return self._pool([self._tokenize(text) or [self._unknown] for text in texts])

    def pieces(self, word: str) -> list[str]:
        """Give the tokens that one word falls into; one alone where the model knows the word."""
        tokens: list[str] = self._tokenizer.encode(word, add_special_tokens=False).tokens
        return tokens

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
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _pool(self, tokens: Sequence[Sequence[int]]) -> FloatArray:
        sums = np.empty((len(tokens), self.dimensions), np.float32)
        for row, ids in enumerate(tokens):
            self._table[np.asarray(ids, np.int64)].sum(axis=0, dtype=np.float32, out=sums[row])
        blank = ~sums.any(axis=1)
        if blank.any():  # nothing but unknown words: like everything a little, so that a strange title stops no import
            sums[blank] = self._table.mean(axis=0, dtype=np.float32)
        return sound(sums)


def _background(file: Path, dimensions: int) -> FloatArray:
    if not file.exists():
        return np.empty((0, dimensions), np.float32)
    return sound(np.load(file))
