"""Evaluation sets in the common format: corpus.jsonl, queries.jsonl, qrels.tsv in one folder."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recommender.paper import Paper
from recommender.sources.files import PaperFile

Qrels = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class EvalSet:
    """Queries, what is searched, and what should be found."""

    name: str
    documents: tuple[Paper, ...]
    queries: dict[str, str]
    "text by id; only queries that have judgements"
    qrels: Qrels
    "grade by query and document"
    folds: tuple[tuple[str, ...], ...] = ()
    "CSFCube's test folds: a query's ranking is of its judged documents alone, means are over folds"


def read(folder: Path) -> EvalSet:
    """Read one set; a folder with evaluation_splits.json is measured by CSFCube's protocol."""
    documents = tuple(Paper(d["_id"], d["title"], d["text"]) for d in _lines(folder / "corpus.jsonl"))
    qrels: Qrels = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        qrels.setdefault(query, {})[document] = int(grade)
    queries = {q["_id"]: q["text"] for q in _lines(folder / "queries.jsonl") if q["_id"] in qrels}
    splits = folder / "evaluation_splits.json"
    folds: tuple[tuple[str, ...], ...] = ()
    if splits.exists():
        parts = json.loads(splits.read_bytes())["all"]
        folds = (tuple(parts["fold1_test"]), tuple(parts["fold2_test"]))
    return EvalSet(folder.name, documents, queries, qrels, folds)


def among(eval_set: EvalSet, files: Sequence[Path], number: int) -> EvalSet:
    """The same set with `number` other papers around it, drawn by their ids; none has the title of one of its own."""
    own_ids = {paper.id for paper in eval_set.documents}
    own_titles = {_plain(paper.title) for paper in eval_set.documents}
    others = [
        paper
        for path in files
        for paper in PaperFile(path).papers(lambda *_: None)
        if paper.id not in own_ids and _plain(paper.title) not in own_titles
    ]
    others.sort(key=lambda paper: hashlib.sha1(paper.id.encode()).digest())
    if len(others) < number:
        raise SystemExit(f"{len(others):,} papers in the files given; {number:,} are wanted around {eval_set.name}")
    return EvalSet(
        f"{eval_set.name}, {number:,} others",
        eval_set.documents + tuple(others[:number]),
        eval_set.queries,
        eval_set.qrels,
    )


def _lines(path: Path) -> Iterable[dict[str, str]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def _plain(title: str) -> str:
    return re.sub(r"\W+", " ", title.lower()).strip()
