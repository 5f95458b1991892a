"""The second look: blended scores, and vectors that are embedded once."""

from collections.abc import Sequence

import numpy as np
import pytest

from recommender.paper import Paper
from recommender.rank.rerank import Reranker, blend
from recommender.vectors import FloatArray

WORDS = ("graph", "quantum", "survey", "codes")
PAPERS = [
    Paper("2401.00001", "graph", "survey"),
    Paper("2401.00002", "quantum", "codes"),
    Paper("2401.00003", "quantum", "survey"),
]


class Words:
    """A bag of words as a second encoder; remembers what it was asked to embed."""

    identity, batch, dimensions = "words", 2, len(WORDS)
    background = np.empty((0, len(WORDS)), np.float32)

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def pieced(self, words: Sequence[str]) -> tuple[str, ...]:
        return ()

    def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
        self.embedded += [paper.id for paper in papers]
        return self.encode_queries([f"{paper.title} {paper.abstract}" for paper in papers])

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        counts = np.array([[text.split().count(word) for word in WORDS] for text in texts], np.float32)
        unit: FloatArray = counts / np.linalg.norm(counts, axis=1, keepdims=True)
        return unit


class Memory:
    """A cache in memory, by model and text."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str], FloatArray] = {}

    def read(self, model: str, papers: Sequence[Paper]) -> dict[str, FloatArray]:
        keys = {paper.id: (model, paper.title, paper.abstract) for paper in papers}
        return {name: self.kept[key] for name, key in keys.items() if key in self.kept}

    def write(self, model: str, papers: Sequence[Paper], vectors: FloatArray) -> None:
        for paper, vector in zip(papers, vectors, strict=True):
            self.kept[model, paper.title, paper.abstract] = vector


def test_the_transformer_moves_papers_that_it_finds_nearer() -> None:
    encoder = Words()
    reranker = Reranker(encoder, Memory(), weight=0.5)
    found = np.array([0.62, 0.61, 0.60], np.float32)
    query = encoder.encode_queries(["quantum codes"])[0]
    assert np.argsort(-reranker.similarities(query, PAPERS, found)).tolist() == [1, 0, 2]


def test_a_weight_of_nothing_leaves_the_scores_as_they_are() -> None:
    encoder = Words()
    found = np.array([0.62, 0.61, 0.60], np.float32)
    query = encoder.encode_queries(["quantum codes"])[0]
    np.testing.assert_array_equal(Reranker(encoder, Memory(), weight=0).similarities(query, PAPERS, found), found)


def test_a_paper_is_embedded_once_however_often_it_is_looked_at() -> None:
    encoder, memory = Words(), Memory()
    reranker = Reranker(encoder, memory, weight=0.5)
    reranker.papers(PAPERS[:2])
    vectors = reranker.papers([PAPERS[2], PAPERS[0], PAPERS[2]])
    assert encoder.embedded == ["2401.00001", "2401.00002", "2401.00003"]
    np.testing.assert_array_equal(vectors, Words().encode_documents([PAPERS[2], PAPERS[0], PAPERS[2]]))


def test_an_interruption_keeps_the_batches_before_it() -> None:
    def interrupted(stage: str, done: int, of: int, *, unit: str = "papers", note: str = "") -> None:
        assert (stage, done, of) == ("re-ranking", 2, 3)
        raise KeyboardInterrupt

    encoder, memory = Words(), Memory()
    with pytest.raises(KeyboardInterrupt):
        Reranker(encoder, memory, weight=0.5, progress=interrupted).papers(PAPERS)
    Reranker(encoder, memory, weight=0.5).papers(PAPERS)
    assert encoder.embedded == [paper.id for paper in PAPERS]


def test_changed_text_is_embedded_anew() -> None:
    encoder = Words()
    reranker = Reranker(encoder, Memory(), weight=0.5)
    reranker.papers(PAPERS[:1])
    reranker.papers([Paper("2401.00001", "graph", "codes")])
    assert encoder.embedded == ["2401.00001", "2401.00001"]


def test_blending_keeps_the_scale_of_the_first_model() -> None:
    first = np.array([0.5, 0.4, 0.3], np.float32)
    np.testing.assert_allclose(blend(first, np.array([0.95, 0.90, 0.85], np.float32), 0.5), first, atol=1e-6)
    np.testing.assert_allclose(blend(first, np.array([0.1, 0.5, 0.9], np.float32), 1.0), first[::-1], atol=1e-6)


@pytest.mark.parametrize("second", [[0.7], [0.7, 0.7, 0.7]])
def test_a_second_model_that_tells_nothing_apart_changes_nothing(second: list[float]) -> None:
    first = np.array([0.5, 0.4, 0.3][: len(second)], np.float32)
    np.testing.assert_array_equal(blend(first, np.array(second, np.float32), 0.5), first)


def test_nothing_found_is_nothing_to_look_at() -> None:
    assert not len(
        Reranker(Words(), Memory(), weight=0.5).similarities(np.zeros(4, np.float32), [], np.zeros(0, np.float32))
    )
