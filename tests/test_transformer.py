"""Any sentence-transformers model is an encoder; here a BERT of 0.1 million random parameters, made on the spot."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender import embed
from recommender.config import Config, SectionConfig
from recommender.config.tables import RankingConfig
from recommender.embed import bert
from recommender.embed.transformer import TransformerEncoder
from recommender.errors import InputError, ModelError
from recommender.library import Recommender, encoder_of
from recommender.paper import Paper
from recommender.verbs import digest
from recommender.verbs.imports import open_for_asking

WORDS = "deep learning graph neural networks for molecules quantum error correction codes survey of a query passage :"
PAPERS = [
    Paper("2401.00001", "Graph neural networks", "deep learning for molecules"),
    Paper("2401.00002", "Quantum error correction", "a survey of codes"),
    Paper("2401.00003", "A survey", "deep learning for codes of quantum molecules " * 20),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a tiny transformer with prompts, as sentence-transformers saves it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    raw = tmp_path_factory.mktemp("bert")
    torch.manual_seed(0)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(WORDS.split()), ".", ","]
    (raw / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizer(vocab=str(raw / "vocab.txt")).save_pretrained(raw)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(raw)
    model = SentenceTransformer(
        modules=[word := Transformer(str(raw), max_seq_length=64), Pooling(word.get_embedding_dimension())],
        prompts={"query": "query : ", "document": "passage : "},
    )
    model.save(str(raw / "model"))
    return raw / "model"


def test_a_transformer_folder_is_loaded_where_a_static_one_would_be(folder: Path) -> None:
    encoder = embed.load(str(folder))
    vectors = encoder.encode_documents(PAPERS)
    assert vectors.shape == (3, encoder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_queries_and_documents_get_their_own_prompts(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    encoder, plain = TransformerEncoder(str(folder)), SentenceTransformer(str(folder), device="cpu")
    query = plain.encode(["query : graph codes"], normalize_embeddings=True)
    paper = plain.encode(["passage : Graph neural networks. deep learning for molecules"], normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode_queries(["graph codes"]), query, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_documents(PAPERS[:1]), paper, atol=1e-5)


def test_vectors_do_not_depend_on_the_batch(folder: Path) -> None:
    one = TransformerEncoder(str(folder), batch_size=1).encode_documents(PAPERS)
    np.testing.assert_allclose(one, TransformerEncoder(str(folder)).encode_documents(PAPERS), atol=1e-5)


def test_papers_are_embedded_in_batches_that_can_be_kept_one_by_one(folder: Path) -> None:
    encoder = TransformerEncoder(str(folder), batch_size=1)
    batches = list(embed.in_batches(PAPERS * 4, encoder))
    assert [len(some) for some, _ in batches] == [2] * 6
    np.testing.assert_allclose(np.concatenate([v for _, v in batches]), encoder.encode_documents(PAPERS * 4), atol=1e-5)


def test_the_identity_changes_with_the_weights_and_not_with_the_place(folder: Path, tmp_path: Path) -> None:
    import shutil

    from sentence_transformers import SentenceTransformer

    first = TransformerEncoder(str(folder)).identity
    shutil.copytree(folder, tmp_path / "model")
    assert TransformerEncoder(str(tmp_path / "model")).identity == first
    other = SentenceTransformer(str(folder), device="cpu")
    weight = next(value for name, value in other.state_dict().items() if name.endswith("word_embeddings.weight"))
    weight.mul_(2)
    other.save(str(tmp_path / "b" / "model"))
    assert TransformerEncoder(str(tmp_path / "b" / "model")).identity != first


def test_a_batch_that_memory_does_not_hold_is_halved(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = TransformerEncoder(str(folder), batch_size=4)
    encode, sizes = encoder._model.encode_document, []

    def scarce(texts: list[str], *, batch_size: int, show_progress_bar: bool) -> object:
        sizes.append(batch_size)
        if batch_size > 1:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return encode(texts, batch_size=batch_size, show_progress_bar=show_progress_bar)

    monkeypatch.setattr(encoder._model, "encode_document", scarce)
    assert len(encoder.encode_documents(PAPERS)) == 3
    assert sizes == [4, 2, 1]


def test_an_empty_query_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        TransformerEncoder(str(folder)).encode_queries([" "])


def test_a_folder_that_holds_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        TransformerEncoder(str(tmp_path))


def test_search_similar_and_digest_take_a_second_look_and_remember_what_they_saw(folder: Path, tmp_path: Path) -> None:
    section = SectionConfig(title="Quantum computing", like=("0704.0202",), min_relevance=0)
    alone = RankingConfig(reader=False, words_weight=0)  # what else changes the order of a search
    plain = Config(tmp_path, sections=(section,), ranking=alone)
    looked = replace(alone, rerank=str(folder), rerank_depth=30)
    twice = Config(tmp_path, sections=(section,), ranking=looked)
    with open_for_asking(plain) as recommender:
        first = [found.paper for found in recommender.search("quantum error correction", 30)]
        before = [paper.id for paper in first]
    with Recommender(twice) as recommender:
        after = recommender.search("quantum error correction", 30)
        assert [found.paper.id for found in after] != before
        assert [found.similarity for found in after] == sorted((f.similarity for f in after), reverse=True)
        assert len(recommender.similar(["0704.0202", "quantum codes"], 5)) == 5
        assert len(digest.make(recommender).sections[0].rows) == 100
    with Recommender(twice) as recommender:
        assert recommender.reranker is not None
        kept = recommender.store.cache.read(encoder_of(twice, str(folder)).identity, first)
        assert sorted(kept) == sorted(before)


def test_a_bert_can_be_taken_apart_and_read_without_torch(folder: Path) -> None:
    parts = TransformerEncoder(str(folder)).bert()
    assert (parts.heads, parts.vocabulary[2:4]) == (2, ["[CLS]", "[SEP]"])
    layers = [bert.Layer.of(parts.weights, number) for number in range(2)]
    assert [layer.widen.shape for layer in layers] == [(64, 32)] * 2
