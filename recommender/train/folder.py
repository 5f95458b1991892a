"""A model folder, as sentence-transformers writes and reads it: what training starts from, and what it leaves."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import safetensors.numpy
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from recommender.embed import is_static, static, words
from recommender.errors import ModelError
from recommender.rank.background import packed
from recommender.vectors import FloatArray, IntArray

_MODULES = (
    ("", "sentence_transformers.models.StaticEmbedding"),
    ("1_Normalize", "sentence_transformers.models.Normalize"),
)
_BERT = normalizers.BertNormalizer(lowercase=True)
"How every model that is trained here reads its texts."
_SIF = 1e-3
"Arora et al. 2017: a token of frequency p begins with the weight a / (a + p)."


def read(folder: Path) -> tuple[Tokenizer, FloatArray]:
    """Tokenizer, with no word dropped yet, and (vocabulary, d) token vectors of a static model; raises `ModelError`."""
    if not is_static(folder):
        raise ModelError(f"{folder}: holds no static model to start from; give one, or `--start none`")
    _, described, tokenizer, table = static.pieces(folder)
    if words.splitting(described) is None:
        raise ModelError(f"{folder}: its tokenizer does not split words as BERT's does; start from another model")
    tokenizer.normalizer = _BERT
    return tokenizer, table.astype(np.float32)


def write(
    folder: Path,
    tokenizer: Tokenizer,
    table: FloatArray,
    card: str,
) -> None:
    """Write a folder that `SentenceTransformer(folder)` and config.toml can name; float16."""
    (folder / "1_Normalize").mkdir(parents=True, exist_ok=True)
    (folder / "1_Normalize" / "config.json").write_text("{}\n", encoding="utf-8")
    modules = [{"idx": i, "name": str(i), "path": path, "type": kind} for i, (path, kind) in enumerate(_MODULES)]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n", encoding="utf-8")
    settings = {"prompts": {"query": "", "document": ""}, "similarity_fn_name": "cosine"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    drop = normalizers.Replace(Regex(words.repetitions(words.MOST)), " ")
    tokenizer.normalizer = normalizers.Sequence([_BERT, drop])
    tokenizer.save(str(folder / "tokenizer.json"))
    weights = safetensors.numpy.save({"embedding.weight": table.astype(np.float16)})
    (folder / "model.safetensors").write_bytes(weights)  # save_file would let nobody else read it
    (folder / "README.md").write_text(card, encoding="utf-8")


def write_background(folder: Path, vectors: FloatArray) -> None:
    """Put unit vectors (n, d) of papers from all of arXiv beside a model, a byte a number."""
    np.save(folder / "background.npy", packed(vectors))


def new_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """Learn a lower-casing WordPiece vocabulary, as BERT's."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = _BERT
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]"]
    tokenizer.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False)
    )
    return tokenizer


def random_directions(number: int, dimensions: int, seed: int) -> FloatArray:
    """(number, dimensions): vectors of length 1 on average."""
    drawn = np.random.default_rng(seed).standard_normal((number, dimensions), np.float32)
    scaled: FloatArray = drawn / np.float32(np.sqrt(dimensions))
    return scaled


def reduced(vectors: FloatArray, dimensions: int) -> FloatArray:
    """The first principal components of these vectors, centred, of length 1 on average."""
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    kept = centred @ axes[:, ::-1][:, :dimensions]
    scaled: FloatArray = (kept / np.sqrt((kept**2).sum(axis=1).mean())).astype(np.float32)
    return scaled


def weighted(directions: FloatArray, frequencies: IntArray) -> FloatArray:
    """Token vectors to start from: the more frequent a token, the shorter."""
    share = frequencies / max(int(frequencies.sum()), 1)
    table: FloatArray = (directions * (_SIF / (_SIF + share))[:, None]).astype(np.float32)
    return table
