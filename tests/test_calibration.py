"""What a per cent means: the same in every home, even odds at 50, nothing for nonsense. With the model as shipped."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bench.loopback.bag_of_words import BagOfWords
from recommender import embed
from recommender.paper import Paper
from recommender.rank import Calibration, Interest, Wording, percent
from recommender.rank.background import background, packed, texts
from recommender.rank.wording import holds, required, stems
from recommender.sources.files import PaperFile
from recommender.vectors import FloatArray, unit
from recommender.verbs.imports import STARTER


@pytest.fixture(scope="module")
def encoder() -> embed.StaticEncoder:
    loaded = embed.load("default")
    assert isinstance(loaded, embed.StaticEncoder)
    return loaded


@pytest.fixture(scope="module")
def starter() -> list[Paper]:
    return list(PaperFile(STARTER).papers(lambda *_: None))


@pytest.fixture(scope="module")
def vectors(encoder: embed.StaticEncoder, starter: list[Paper]) -> FloatArray:
    return encoder.encode_documents(starter)


def asked(encoder: embed.StaticEncoder, text: str) -> Interest:
    vector, wording = encoder.encode_queries([text])[0], Wording.of(text)
    scale = Calibration.of(vector, encoder.background, wording)
    return Interest(text, vector, scale, required(wording, encoder.pieced(wording.unseen if wording else ())))


def shown(interest: Interest, papers: list[Paper], vectors: FloatArray) -> list[Paper]:
    odds = interest.scale.odds(vectors @ interest.vector)
    above = [paper for paper, belongs in zip(papers, odds >= 0, strict=True) if belongs]
    return [paper for paper in above if holds(embed.document_text(paper), interest.must)]


@pytest.mark.parametrize("text", ["reinforcement learning", "superconductivity", "quantum error correction"])
def test_more_than_half_of_the_papers_with_the_topic_in_their_title_are_shown_and_hardly_any_other(
    encoder: embed.StaticEncoder, starter: list[Paper], vectors: FloatArray, text: str
) -> None:
    belonging = {paper.id for paper in starter if text in paper.title.lower()}
    found = {paper.id for paper in shown(asked(encoder, text), starter, vectors)}
    assert len(belonging & found) > 0.5 * len(belonging) > 0
    assert len(found - belonging) <= 0.03 * len(starter)


def test_a_broad_query_is_cut_elsewhere_than_a_narrow_one(encoder: embed.StaticEncoder) -> None:
    broad, narrow = (asked(encoder, text).scale.midpoint for text in ("LLM", "video anomaly detection"))
    assert broad < narrow - 0.5


@pytest.mark.parametrize(
    "text",
    [
        "purple monkey dishwasher tariff",
        "velvet doughnut staircase",
        "best pizza in naples",
        "asdf qwer zxcv",
        "Quantenfehlerkorrektur mit Oberflächencodes",
        "apprentissage par renforcement",
        "Kuchen backen ohne Eier",
    ],
)
def test_what_arxiv_does_not_speak_of_shows_nothing(
    encoder: embed.StaticEncoder, starter: list[Paper], vectors: FloatArray, text: str
) -> None:
    assert shown(asked(encoder, text), starter, vectors) == []


def test_a_word_known_by_its_pieces_only_must_stand_in_the_paper(encoder: embed.StaticEncoder) -> None:
    right = Paper("2001.00001", "Magnetic order in $\\alpha$-RuCl$_3$", "The Kitaev candidate RuCl$_3$ under strain.")
    wrong = Paper("2001.00002", "RuCL: rubric-based curriculum learning", "We train ru and cl with rubrics.")
    interest = asked(encoder, "alpha-RuCl3")
    assert interest.must == ("rucl3",)
    assert [holds(embed.document_text(paper), interest.must) for paper in (right, wrong)] == [True, False]
    assert asked(encoder, "YOLOv8").must == asked(encoder, "exoplanetary atmospheres").must == ()


def test_relevance_rises_with_similarity_and_similarity_undoes_it(encoder: embed.StaticEncoder) -> None:
    scale = asked(encoder, "tensor networks").scale
    relevances = [scale.relevance(cosine) for cosine in np.linspace(-0.2, 0.8, 50)]
    assert all(a < b for a, b in pairwise(relevances) if b < 100)
    for wanted in (1, 50, 60, 99):
        assert scale.relevance(scale.similarity(wanted)) == pytest.approx(wanted)
    assert percent(float(scale.odds(np.array([0.3], np.float32))[0])) == pytest.approx(scale.relevance(0.3), abs=0.01)
    assert (scale.similarity(0), scale.similarity(100)) == (-1, np.inf)


@pytest.mark.parametrize("text", ["tensor networks", "LLM", "graph neural networks for molecules"])
def test_a_sample_of_2048_gives_nearly_the_scale_of_16384(encoder: embed.StaticEncoder, text: str) -> None:
    vector, wording = encoder.encode_queries([text])[0], Wording.of(text)
    large, small = (Calibration.of(vector, encoder.background[:n], wording) for n in (16_384, 2048))
    assert abs(large.similarity(50) - small.similarity(50)) < large.width


def test_a_paper_is_like_itself_and_unlike_most(encoder: embed.StaticEncoder, vectors: FloatArray) -> None:
    scale = Calibration.of(vectors[0], encoder.background, None)
    odds = scale.odds(vectors @ vectors[0])
    assert percent(float(odds[0])) > 99
    assert (odds >= 0).mean() < 0.05


def test_an_abstract_is_taken_for_a_paper_and_odd_texts_for_queries() -> None:
    assert Wording.of("spin glass transport " * 20) is None
    assert Wording.of("the of and") == Wording(0, 0, 0.0, ())
    assert Wording.of("图神经网络") == Wording(1, 0, 0.0, ("图神经网络",))


def test_without_a_sample_there_is_still_a_scale() -> None:
    scale = Calibration.of(np.full(4, 0.5, np.float32), np.empty((0, 4), np.float32), None)
    assert 0 <= scale.relevance(-1) < scale.relevance(1) <= 100


def test_stems_are_words_that_mean_something() -> None:
    assert stems("On the Spectra of Random Matrices, and Galaxies in $H_0$") == [
        "spectra",
        "random",
        "matrix",
        "galaxy",
        "h",
        "0",
    ]


def test_packed_vectors_keep_their_direction(vectors: FloatArray) -> None:
    assert (unit(packed(vectors)) * vectors).sum(axis=1).min() > 0.9995


def test_a_model_without_a_sample_embeds_the_packaged_one_once(tmp_path: Path) -> None:
    encoder = BagOfWords(batch=64)
    first = background(encoder, tmp_path)
    second = background(encoder, tmp_path)
    assert len(encoder.embedded) == len(texts()) == 2048
    np.testing.assert_allclose(first, second, atol=0.02)
    (tmp_path / f"background-{encoder.identity}.npy").write_bytes(b"torn")
    background(encoder, tmp_path)
    assert len(encoder.embedded) == 2 * 2048
