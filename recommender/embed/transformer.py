"""Any sentence-transformers model as an `Encoder`: seconds where the static model takes milliseconds.

Importing this module costs nothing; torch is loaded with the first model. Callers hand over `batch` papers at a time,
so that they can show progress, stop between them and keep what comes back.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.embed.base import Backend, document_text, sound
from recommender.embed.bert import BertParts
from recommender.errors import InputError, ModelError
from recommender.paper import Paper
from recommender.vectors import FloatArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCHES_AT_ONCE = 2
"Batches handed over together: sentence-transformers sorts within them by length, so little padding is computed."
WITHOUT_TORCH = (
    "this needs sentence-transformers and torch, which are not installed: `pip install sentence-transformers`; "
    "the packaged model and any other static one do without"
)
_SAMPLED = 256
"Numbers of each weight that enter a model's identity."


class TransformerEncoder:
    """A sentence-transformers model with its own prompts for queries and documents."""

    def __init__(
        self,
        model: str,
        *,
        batch_size: int = 32,
        device: str = "auto",
        backend: Backend = "torch",
    ) -> None:
        """Load a model by name or folder; raises `ModelError`."""
        self._model = _open(model, None if device == "auto" else device, backend)
        self._batch_size = batch_size
        self.dimensions: int = self._model.get_embedding_dimension() or len(self._encode_queries(["dimensions"])[0])
        self.background: FloatArray = np.empty((0, self.dimensions), np.float32)
        self.identity = f"{model.rstrip('/').rsplit('/', 1)[-1]}-{_fingerprint(self._model, backend)}"
        self.batch = batch_size * _BATCHES_AT_ONCE

    def pieced(self, words: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002
        """None: a transformer reads a word's pieces in their context."""
        return ()

    def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
        """Embed title and abstract under the model's document prompt."""
        if not papers:
            return np.empty((0, self.dimensions), np.float32)
        return self._fitting(self._model.encode_document, [document_text(paper) for paper in papers])

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text under the model's query prompt; raises `InputError` for an empty one."""
        for text in texts:
            if not text.strip():
                raise InputError("the query is empty; say what you are looking for")
        return self._encode_queries(texts)

    def bert(self) -> BertParts:
        """What its BERT is made of; raises `InputError` where it is another kind of model, or pools otherwise."""
        first, pooling = list(self._model)[:2]
        bert = getattr(first, "auto_model", None)
        config: Any = getattr(bert, "config", None)
        kind, activation = getattr(config, "model_type", ""), getattr(config, "hidden_act", "")
        if bert is None or (kind, activation, getattr(pooling, "pooling_mode", "")) != ("bert", "gelu", "mean"):
            raise InputError(f"{self.identity}: is no BERT with a mean over its tokens; name another model")
        weights = {name: weight.detach().cpu().float().numpy() for name, weight in bert.state_dict().items()}
        words = self._model.tokenizer.get_vocab()
        return BertParts(weights, sorted(words, key=words.__getitem__), int(config.num_attention_heads))

    def _encode_queries(self, texts: Sequence[str]) -> FloatArray:
        return self._fitting(self._model.encode_query, list(texts))

    def _fitting(self, encode: Callable[..., Any], texts: list[str]) -> FloatArray:
        """Encode; where the device's memory does not hold a batch, with half of it from then on."""
        while True:
            try:
                return sound(encode(texts, batch_size=self._batch_size, show_progress_bar=False))
            except RuntimeError as error:  # torch.OutOfMemoryError is one; its message is the same on every device
                if "out of memory" not in str(error).lower():
                    raise
                if self._batch_size == 1:
                    raise ModelError(
                        "the memory of the device does not hold one abstract; set [embedding] device = 'cpu'"
                    ) from error
                self._batch_size //= 2


def _open(model: str, device: str | None, backend: Backend) -> "SentenceTransformer":
    try:
        from sentence_transformers import SentenceTransformer
    except ModuleNotFoundError as error:
        raise ModelError(f"{model}: {WITHOUT_TORCH}") from error
    try:
        return SentenceTransformer(model, device=device, backend=backend)
    except ImportError as error:
        raise ModelError(
            f"{model}: the {backend} backend is not installed; `pip install 'sentence-transformers[{backend}]'`, "
            "or set [embedding] backend = 'torch'"
        ) from error
    except Exception as error:  # what lies in a folder leads these libraries to raise whatever they meet
        reason = str(error).strip().split("\n")[0][:200]
        raise ModelError(
            f"{model!r}: cannot be loaded ({reason}); expected a folder, or a sentence-transformers name and a network"
        ) from error


def _fingerprint(model: "SentenceTransformer", backend: Backend) -> str:
    """Of what decides the vectors: a sample of every weight, the prompts, where texts are cut, a backend not torch."""
    digest = hashlib.sha256(repr((sorted(model.prompts.items()), model.max_seq_length)).encode())
    if backend != "torch":
        digest.update(backend.encode())
    for name, weight in sorted(model.state_dict().items()):
        digest.update(name.encode())
        sample = weight.detach().flatten()[:: max(1, weight.numel() // _SAMPLED)]
        digest.update(sample.cpu().float().numpy().astype(np.float16).tobytes())
    return digest.hexdigest()[:16]
