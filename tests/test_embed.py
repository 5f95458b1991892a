"""The default encoder: near texts near, quick path and library path the same, no torch."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from recommender import embed
from recommender.errors import InputError, ModelError
from recommender.paper import Paper
from recommender.sources.files import PaperFile
from recommender.verbs.imports import STARTER


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return list(PaperFile(STARTER).papers(lambda number, reason: pytest.fail(f"{number} {reason}")))[::5]


@pytest.fixture(scope="module")
def encoder() -> embed.Encoder:
    return embed.load("default")


def test_vectors_are_finite_and_of_length_one(encoder: embed.Encoder, papers: list[Paper]) -> None:
    vectors = encoder.encode_documents(papers)
    assert vectors.shape == (len(papers), encoder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_question_is_nearest_to_the_paper_that_answers_it(encoder: embed.Encoder) -> None:
    answers = [
        Paper("2501.00001", "Surface codes", "We decode topological quantum error-correcting codes below threshold."),
        Paper("2501.00002", "Galaxy haloes", "N-body simulations of dark matter subhaloes in the Milky Way."),
        Paper("2501.00003", "Video search", "Text-to-video retrieval with contrastive vision-language models."),
    ]
    questions = [
        "how to correct errors in quantum computers",
        "missing satellites problem",
        "finding clips by a sentence",
    ]
    cosines = encoder.encode_queries(questions) @ encoder.encode_documents(answers).T
    assert cosines.argmax(axis=1).tolist() == [0, 1, 2]


HARD_TEXTS = [
    "Plain words, in-distribution; e.g. $\\alpha_{t}$-decay (2-3 nm)!",
    "naïve Schrödinger 机器学习 ﬁne Ⅳ",
    "tabs\tand\x0bodd\x1cspaces\x85here\u3000there",
    "a literal [UNK] and [PAD] token",
    "UPPER lower MiXeD i̇ İstanbul ẞ",
    "control \x00\x07 characters",
    "x" * 500,
    "",
]


def test_words_are_counted_as_the_tokenizer_itself_drops_them(encoder: embed.Encoder, papers: list[Paper]) -> None:
    assert isinstance(encoder, embed.StaticEncoder)
    library = Tokenizer.from_file(str(embed.DEFAULT_MODEL / "tokenizer.json"))
    library.no_truncation()
    repeated = [
        "tab\ttab\ttab\ttab\nline",
        "a-a-a-a-a ab a b a",
        "x x x x [UNK] x x x x",
        "βb b βb b βb b βb b b",
        "the THE thé the, the; the",
    ]
    for text in HARD_TEXTS + repeated + [embed.document_text(paper) for paper in papers]:
        ids = library.encode(text, add_special_tokens=False).ids
        assert Counter(encoder._tokenize(text)) == Counter(ids), text


def test_a_word_counts_three_times_at_most(encoder: embed.Encoder) -> None:
    few, many, other = encoder.encode_queries(["cats " * 3 + "dogs", "cats " * 30 + "dogs", "cats cats dogs"])
    np.testing.assert_allclose(few, many, atol=1e-6)
    assert few @ other < 0.9999


def test_one_text_gets_the_vector_that_it_gets_among_many(encoder: embed.Encoder) -> None:
    assert isinstance(encoder, embed.StaticEncoder)
    one_by_one = np.concatenate([encoder.encode_texts([text]) for text in HARD_TEXTS])
    in_bulk = encoder.encode_texts(HARD_TEXTS * 20)
    np.testing.assert_allclose(in_bulk, np.tile(one_by_one, (20, 1)), atol=2e-5)


def test_a_query_without_a_known_word_is_refused(encoder: embed.Encoder) -> None:
    with pytest.raises(InputError, match="holds no word that the model knows"):
        encoder.encode_queries(["\U0001f600 \U0001f600"])


def test_a_paper_of_unknown_words_alone_is_embedded_all_the_same(encoder: embed.Encoder) -> None:
    vectors = encoder.encode_documents([Paper("2407.16658", "\U0001f600", "\U0001f600")])
    assert np.linalg.norm(vectors[0]) == pytest.approx(1)


def test_a_model_is_known_by_its_weights_not_by_its_name(tmp_path: Path, encoder: embed.Encoder) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(embed.DEFAULT_MODEL, copy)
    assert embed.load(str(copy)).identity == encoder.identity
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1000:] = bytes(1000)
    (copy / "model.safetensors").write_bytes(weights)
    tokenizer = json.loads((copy / "tokenizer.json").read_text(encoding="utf-8"))
    (copy / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    assert embed.load(str(copy)).identity != encoder.identity


def test_a_folder_that_holds_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text('[{"type": "x.StaticEmbedding"}]', encoding="utf-8")
    with pytest.raises(ModelError, match="is not a usable model folder"):
        embed.load(str(tmp_path))


def small_model(folder: Path) -> Path:
    """A static model of five words and three dimensions."""
    folder.mkdir()
    (folder / "modules.json").write_text('[{"type": "x.StaticEmbedding"}]', encoding="utf-8")
    vocabulary = {word: number for number, word in enumerate(["[UNK]", "deep", "graph", "codes", "water"])}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    table(folder, np.eye(5, 3, dtype=np.float32) + 1)
    np.save(folder / "background.npy", np.eye(3, dtype=np.float32))
    return folder


def table(folder: Path, *tables: np.ndarray) -> None:
    save_file({f"table{number}": one for number, one in enumerate(tables)}, folder / "model.safetensors")


FAULTS: dict[str, Callable[[Path], object]] = {
    "a table of fewer rows than tokens": lambda folder: table(folder, np.ones((3, 3), np.float32)),
    "a table of one dimension": lambda folder: table(folder, np.ones(15, np.float32)),
    "two tables": lambda folder: table(folder, np.ones((5, 3), np.float32), np.ones((5, 3), np.float32)),
    "an empty table": lambda folder: table(folder, np.ones((5, 0), np.float32)),
    "a table of whole numbers": lambda folder: table(folder, np.ones((5, 3), np.int64)),
    "a table that is no number": lambda folder: table(folder, np.full((5, 3), np.nan, np.float32)),
    "weights cut short": lambda folder: cut(folder / "model.safetensors"),
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "a tokenizer that is no JSON": lambda folder: (folder / "tokenizer.json").write_text("{"),
    "a tokenizer of another kind": lambda folder: (folder / "tokenizer.json").write_text('{"model": []}'),
    "a tokenizer cut short": lambda folder: cut(folder / "tokenizer.json"),
    "a background of another width": lambda folder: np.save(folder / "background.npy", np.eye(4, dtype=np.float32)),
    "a background of one dimension": lambda folder: np.save(folder / "background.npy", np.ones(3, np.float32)),
    "a background of objects": lambda folder: np.save(folder / "background.npy", np.array([{}], dtype=object)),
    "a background of texts": lambda folder: np.save(folder / "background.npy", np.array([["a", "b", "c"]])),
    "a background of zeros": lambda folder: np.save(folder / "background.npy", np.zeros((2, 3), np.float32)),
    "a background cut short": lambda folder: cut(folder / "background.npy"),
    "a background that is a folder": lambda folder: a_folder_instead(folder / "background.npy"),
}


def a_folder_instead(file: Path) -> None:
    file.unlink()
    file.mkdir()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


def test_a_model_of_five_words_is_a_model(tmp_path: Path) -> None:
    model = embed.load(str(small_model(tmp_path / "model")))
    assert model.encode_queries(["deep codes"]).shape == (1, 3)
    assert model.background.shape == (3, 3)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_folder_with_a_fault_is_one_line_that_names_it(tmp_path: Path, fault: str) -> None:
    folder = small_model(tmp_path / "model")
    FAULTS[fault](folder)
    with pytest.raises(ModelError) as caught:
        embed.load(str(folder)).encode_queries(["deep codes"])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("modules", ["3", "{}", "[3]", "[{}]", '[{"type": 3}]', "null", "[" * 100_000, '["a"]', ""])
def test_modules_of_any_other_shape_are_not_a_static_model(tmp_path: Path, modules: str) -> None:
    folder = small_model(tmp_path / "model")
    (folder / "modules.json").write_text(modules, encoding="utf-8")
    assert not embed.is_static(folder)


def test_a_file_is_no_model_folder(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("", encoding="utf-8")
    with pytest.raises(ModelError, match="is a file; name the folder of a model"):
        embed.load(str(tmp_path / "model"))
    with pytest.raises(ModelError, match="names the home of nobody"):
        embed.load("~nosuchuser/model")
