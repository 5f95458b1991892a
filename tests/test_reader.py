"""The reader for questions: BERT on numpy as torch computes it, an order without another per cent, and its training."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from recommender import embed
from recommender.config import Config
from recommender.config.tables import RankingConfig
from recommender.embed import StaticEncoder, bert
from recommender.embed.reader import FILE, LONGEST, Reader
from recommender.embed.transformer import TransformerEncoder
from recommender.errors import InputError, ModelError
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.rank import Question
from recommender.sources.files import PaperFile
from recommender.train import ReaderSettings, folder, questions, train_reader
from recommender.train.reader import write
from recommender.vectors import FloatArray
from recommender.verbs.imports import STARTER

FLOCK = Paper("2401.00001", "Collective motion of starling flocks", "Animals keep a distance to their neighbours.")
CRASH = Paper("2401.00002", "Crash testing of cars without dummies", "Vehicles are crashed together.")
BIRDS = "how do birds fly together without crashing"
QUICK = ReaderSettings(steps=4, batch=32, taught=200, frozen=1)


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> StaticEncoder:
    """A static model of 16 random numbers a word."""
    out = tmp_path_factory.mktemp("static")
    words = folder.new_tokenizer((paper.title for paper in _starter()[:500]), 1000)
    folder.write(out, words, folder.random_directions(words.get_vocab_size(), 16, 0), "")
    return StaticEncoder(out)


@pytest.fixture(scope="module")
def parts(static: StaticEncoder) -> bert.BertParts:
    """A BERT of random numbers, with the words of the static model."""
    torch.manual_seed(0)
    words = [*bert.MARKS, "[UNK]", *sorted(static._tokenizer.get_vocab())[10:]]
    model = BertModel(_config(len(words)))
    weights = {name: weight.numpy() for name, weight in model.state_dict().items()}
    return bert.BertParts(weights, words, 2)


def _config(words: int) -> BertConfig:
    return BertConfig(
        vocab_size=words,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.2,
    )


@cache
def _starter() -> list[Paper]:
    return list(PaperFile(STARTER).papers(lambda *_: None))


def _reader(static: StaticEncoder, parts: bert.BertParts) -> Reader:
    projection = np.random.default_rng(0).standard_normal((16, 32)).astype(np.float32)
    write(static.folder / FILE, parts, {"projection.weight": projection}, static.identity)
    reader = Reader.beside(static)
    assert reader is not None
    return reader


def test_numpy_reads_as_torch_does(static: StaticEncoder, parts: bert.BertParts) -> None:
    reader = _reader(static, parts)
    model = BertModel(_config(len(parts.vocabulary)))
    model.train(mode=False)
    model.load_state_dict({name: torch.from_numpy(weight) for name, weight in parts.weights.items()})
    for text in ("Quantum codes, naïve", "a", "graphs " * 100):
        ids = bert.Tokens(parts.vocabulary).of(text, LONGEST)
        assert len(ids) <= LONGEST
        with torch.inference_mode():
            pooled = torch.nn.functional.normalize(model(torch.tensor([ids])).last_hidden_state.mean(1), dim=1)
        theirs = reader._projection @ pooled[0].numpy()
        ours = reader.added(text)
        assert ours @ theirs > 0.999 * np.linalg.norm(ours) * np.linalg.norm(theirs)


def test_gelu_is_exact_to_six_digits() -> None:
    x = np.linspace(-8, 8, 4001, dtype=np.float32)
    np.testing.assert_allclose(bert.gelu(x), torch.nn.functional.gelu(torch.from_numpy(x)).numpy(), atol=2e-6)


def test_a_reader_reads_for_the_model_that_it_names_and_no_other(
    static: StaticEncoder, parts: bert.BertParts, tmp_path: Path
) -> None:
    _reader(static, parts)
    (tmp_path / FILE).write_bytes((static.folder / FILE).read_bytes())
    other = embed.load("default")
    assert isinstance(other, StaticEncoder)
    other.folder = tmp_path
    assert Reader.beside(other) is None


def test_a_damaged_reader_is_one_line_that_says_what_to_do(static: StaticEncoder, parts: bert.BertParts) -> None:
    _reader(static, parts)
    path = static.folder / FILE
    whole = path.read_bytes()
    lacking = bert.BertParts({k: v for k, v in parts.weights.items() if "layer.1.output" not in k}, *_rest(parts))
    for damage in (lambda: path.write_bytes(whole[:1000]), lambda: write(path, lacking, {}, static.identity)):
        damage()
        with pytest.raises(ModelError, match=r"is no usable reader \(.+\[ranking\] reader = false$"):
            Reader.beside(static)
    path.unlink()
    assert Reader.beside(static) is None


def _rest(parts: bert.BertParts) -> tuple[list[str], int]:
    return parts.vocabulary, parts.heads


# -- the one that comes with the package -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with Recommender(Config(home), write=True) as writer:
        writer.add([FLOCK, CRASH, *_starter()[:300]])
        writer.refresh()
    return home


@pytest.fixture
def asked(home: Path) -> Iterator[tuple[Recommender, Recommender]]:
    ranking = RankingConfig(words_weight=0.0)
    off = Config(home, ranking=replace(ranking, reader=False))
    with Recommender(Config(home, ranking=ranking)) as reading, Recommender(off) as plain:
        yield reading, plain


def test_the_reader_is_small_enough_to_ship() -> None:
    assert (embed.DEFAULT_MODEL / FILE).stat().st_size <= 25_000_000


def test_a_question_is_read_in_its_order_and_not_only_as_words(asked: tuple[Recommender, Recommender]) -> None:
    reading, plain = asked
    similar = [{s.paper.id: s.similarity for s in one.search(BIRDS, 300)} for one in asked]
    gained = [similar[0][paper.id] - similar[1][paper.id] for paper in (FLOCK, CRASH)]
    assert gained[0] > gained[1]
    assert reading.reader is not None
    assert plain.reader is None


def test_the_reader_changes_the_order_but_no_per_cent(asked: tuple[Recommender, Recommender]) -> None:
    read, plain = ({s.paper.id: s.relevance for s in one.search(BIRDS, 400)} for one in asked)
    assert list(read) != list(plain)
    assert read == pytest.approx(plain, abs=0.1)


def test_sections_and_the_newest_are_not_read(asked: tuple[Recommender, Recommender]) -> None:
    newest = [one.find("quantum error correction", 5, newest=True).papers for one in asked]
    sections = [one.answer(Question((BIRDS,)), 300) for one in asked]
    assert newest[0] == newest[1] != ()
    assert sections[0] == sections[1] != []


def test_a_model_that_looks_twice_needs_no_reader(home: Path) -> None:
    with Recommender(Config(home, ranking=RankingConfig(rerank="some-model"))) as library:
        assert library.reader is None


# -- training --------------------------------------------------------------------------------------------------


class Teacher(TransformerEncoder):
    """A transformer that says of papers what a static model does."""

    def __init__(self, static: StaticEncoder, parts: bert.BertParts) -> None:
        self._says, self._parts = static, parts
        self.identity, self.dimensions, self.batch = "teacher", 32, 64

    def bert(self) -> bert.BertParts:
        return self._parts

    def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
        return np.tile(self._says.encode_documents(papers), (1, 2)) / np.float32(np.sqrt(2))


def test_training_leaves_a_reader_beside_the_model_and_goes_on_where_it_was(
    static: StaticEncoder, parts: bert.BertParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = [replace(paper, abstract=paper.abstract[:300]) for paper in _starter()]
    teacher = Teacher(static, parts)
    settings = replace(QUICK, start=str(static.folder))
    pairs = [("spin liquids", papers[0]), ("spin liquids", papers[1]), ("nowhere else", FLOCK)]
    monkeypatch.setattr("recommender.train.reader._SAVE_EVERY", 2)

    def train(out: Path, stop: int = 0) -> None:
        def progress(stage: str, done: int, of: int, *, unit: str = "", note: str = "") -> None:
            if stage == "training" and done == stop:
                raise KeyboardInterrupt

        report = train_reader(papers, out, settings, teacher=teacher, pairs=pairs, progress=progress)
        assert (report.papers, report.pairs) == (len(papers), 2)

    train(tmp_path / "at-once")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "twice", stop=3)
    train(tmp_path / "twice")
    read = []
    for name in ("at-once", "twice"):
        reader = Reader.beside(embed.load(str(tmp_path / name)))
        assert reader is not None
        read.append(reader.queries(["spin liquids in a field"]))
        assert not (tmp_path / name / "checkpoint.pt").exists()
    np.testing.assert_allclose(read[0], read[1], atol=0.02)
    assert abs(read[0] - static.encode_queries(["spin liquids in a field"])).max() > 1e-4


def test_what_a_reader_cannot_be_trained_from_is_one_line(static: StaticEncoder, tmp_path: Path) -> None:
    papers = _starter()
    with pytest.raises(InputError, match="3 papers are too few to learn from"):
        train_reader(papers[:3], tmp_path, QUICK, teacher=static)
    with pytest.raises(InputError, match="a reader starts from a transformer; name one"):
        train_reader(papers, tmp_path, QUICK, teacher=static)


def test_questions_are_taken_from_papers_and_answered_by_what_is_left(tmp_path: Path) -> None:
    paper = Paper("2401.00001", "Why glass? A survey of amorphous matter", "We ask why. Glass is odd. It flows.")
    drawn = questions.Questions([paper, FLOCK], []).draw(200, 7)
    assert drawn == questions.Questions([paper, FLOCK], []).draw(200, 7)
    assert any(one.text == "Why glass?" and "Why glass?" not in one.answer for one in drawn)
    assert {one.papers for one in drawn} == {(0,), (1,)}


def test_pairs_that_are_none_are_counted(tmp_path: Path) -> None:
    file, bad = tmp_path / "pairs.jsonl", list[str]()
    lines = ['{"query": "flocks", "id": "2401.00001"}', '{"query": "x", "id": "unknown"}', "[", "7"]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert list(questions.read(file, [FLOCK], bad)) == [("flocks", FLOCK)]
    assert [line.split(": ")[1] for line in bad] == [
        f"line {n} is no pair of a question and a paper" for n in (2, 3, 4)
    ]
    with pytest.raises(InputError, match="is no file of JSON lines"):
        list(questions.read(tmp_path / "none", [], bad))
