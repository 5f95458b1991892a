"""bench/quality measures what the evaluation sets' own papers say."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ir_measures")
pytest.importorskip("bm25s")

from bench.quality import measures, sets, systems
from recommender.vectors import FloatArray


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {"a": "graphs of molecules", "b": "codes for quantum errors", "c": "surveys of graphs", "d": "a cat"}
    corpus = [{"_id": name, "title": text, "text": text} for name, text in texts.items()]
    queries = [{"_id": "1", "text": "graphs"}, {"_id": "2", "text": "quantum codes"}, {"_id": "3", "text": "unjudged"}]
    for name, lines in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t1\n1\tc\t1\n2\tb\t1\n")
    return tmp_path


def test_only_judged_queries_are_asked(folder: Path) -> None:
    assert list(sets.read(folder).queries) == ["1", "2"]


def test_bm25_finds_what_shares_words(folder: Path) -> None:
    eval_set = sets.read(folder)
    found = measures.measure(eval_set, systems.Bm25().scores(eval_set))
    assert {name: mean.value for name, mean in found.items()} == {"nDCG@10": 1, "recall@100": 1, "MAP": 1}


def test_measures_follow_the_ranks(folder: Path) -> None:
    eval_set = sets.read(folder)
    scores = np.array([[4, 3, 2, 1], [4, 3, 2, 1]], np.float32)
    found = measures.measure(eval_set, scores)
    assert found["MAP"].value == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)
    second = 1 / np.log2(3)
    assert found["nDCG@10"].value == pytest.approx(((1 + 0.5) / (1 + second) + second) / 2)


def test_other_papers_are_put_around_the_answers_except_under_their_titles(folder: Path, tmp_path: Path) -> None:
    others = [{"id": f"2401.{n:05d}", "title": f"Paper {n}", "abstract": "text"} for n in range(20)]
    others.append({"id": "2401.99999", "title": "Graphs of  Molecules", "abstract": "the answer itself"})
    file = tmp_path / "others.jsonl"
    file.write_text("\n".join(map(json.dumps, others)))
    eval_set = sets.among(sets.read(folder), [file], 20)
    assert len(eval_set.documents) == 24
    assert "2401.99999" not in {paper.id for paper in eval_set.documents}


def test_csfcube_ranks_judged_documents_only_and_means_over_folds(folder: Path) -> None:
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t3\n1\tb\t0\n1\tc\t2\n2\tb\t1\n2\td\t2\n")
    (folder / "evaluation_splits.json").write_text(json.dumps({"all": {"fold1_test": ["1"], "fold2_test": ["2"]}}))
    eval_set = sets.read(folder)
    scores = np.array([[1, 2, 3, 9], [9, 2, 9, 1]], np.float32)
    assert measures.measure(eval_set, scores)["MAP"].value == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)


def test_what_is_rescored_is_what_the_first_system_found(folder: Path) -> None:
    class Fixed:
        def __init__(self, *scores: float) -> None:
            self.name, self._scores = "fixed", np.array([scores, scores], np.float32)

        def scores(self, eval_set: sets.EvalSet) -> FloatArray:
            return self._scores

    both = systems.Reranked(Fixed(0.9, 0.8, 0.7, 0.1), Fixed(0.1, 0.2, 0.3, 0.9), depth=3, weight=0.9)
    assert np.argsort(-both.scores(sets.read(folder))[0], kind="stable").tolist() == [2, 1, 0, 3]
