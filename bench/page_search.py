"""What the site's search page could load, and what each choice costs and gives: `python -m bench.page_search SET`.

SET is a folder with corpus.jsonl, queries.jsonl and qrels.tsv. Its documents, among --number others, stand for the
papers of a site. Every row ranks them by what the page would compute; `agrees` is the share of the exact model's ten
best that are also in the row's, `first` how often the two agree on the best.

    python -m bench.page_search eval/pasa-autoscholar-dev --among papers.jsonl.xz --number 1000
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import safetensors.numpy
from tokenizers import Tokenizer

from bench.quality import measures, sets, systems
from recommender import embed
from recommender.embed import document_text
from recommender.site import search
from recommender.vectors import FloatArray


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--among", multiple=True, type=click.Path(path_type=Path, exists=True), help="JSON lines of papers.")
@click.option("--number", default=1000, show_default=True, help="How many of them.")
@click.option("--model", type=click.Path(path_type=Path, exists=True), default=embed.DEFAULT_MODEL)
def main(folder: Path, among: tuple[Path, ...], number: int, model: Path) -> None:
    """Print one line for each choice."""
    eval_set = sets.read(folder)
    if among:
        eval_set = sets.among(eval_set, among, number)
    exact = systems.Dense("exact", embed.StaticEncoder(model), None).scores(eval_set)
    print(f"{eval_set.name}: {len(eval_set.queries)} queries, {len(eval_set.documents):,} documents\n")
    print("| the page loads | MB | MB compressed | nDCG@10 | agrees | first |\n|---|---|---|---|---|---|")
    for name, size, compressed, scores in _choices(eval_set, model, exact):
        quality = measures.measure(eval_set, scores)["nDCG@10"]
        agrees, first = _agreement(exact, scores)
        sizes = f"{size / 1e6:.1f} | {compressed / 1e6:.1f}"
        print(f"| {name} | {sizes} | {quality} | {agrees:.3f} | {first:.3f} |", flush=True)


def _choices(eval_set: sets.EvalSet, model: Path, exact: FloatArray) -> Iterator[tuple[str, int, int, FloatArray]]:
    """Name, bytes, bytes after gzip, and scores of every choice."""
    (table,) = safetensors.numpy.load_file(model / "model.safetensors").values()
    table = table.astype(np.float32)
    encoder = embed.StaticEncoder(model)
    documents = encoder.encode_documents(eval_set.documents)
    page = search.dequantise(*search.quantise(documents, 8), 8)
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    queries = [e.ids for e in tokenizer.encode_batch(list(eval_set.queries.values()), add_special_tokens=False)]

    def scores(vectors: FloatArray, papers: FloatArray) -> FloatArray:
        means = np.stack([vectors[ids].mean(axis=0) if ids else np.zeros(vectors.shape[1]) for ids in queries])
        return (means @ papers.T).astype(np.float32)

    yield "the whole model, 16 bits", *_sizes(table.astype(np.float16).tobytes()), exact
    for bits in (8, 4, 3, 2, 1):
        codes, scales = search.quantise(table, bits)
        script = search.model_script(model, bits=bits).encode()
        what = f"{bits} bit{'s' if bits > 1 else ''} a component"
        yield (
            what + (" (chosen)" if bits == search.BITS else ""),
            *_sizes(script),
            scores(search.dequantise(codes, scales, bits), page),
        )
    _, axes = np.linalg.eigh(documents.T @ documents)
    for dimensions in (128, 64):
        kept = axes[:, : -dimensions - 1 : -1]
        codes, scales = search.quantise((table @ kept).astype(np.float32), 8)
        fewer = search.dequantise(*search.quantise((documents @ kept).astype(np.float32), 8), 8)
        data = codes.tobytes() + scales.tobytes()
        yield (
            f"{dimensions} principal components, 8 bits",
            *_sizes(data),
            scores(search.dequantise(codes, scales, 8), fewer),
        )
    texts = [document_text(paper) for paper in eval_set.documents]
    seen = np.unique(np.concatenate([e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]))
    codes, scales = search.quantise(table[seen], 4)
    only = np.zeros_like(table)
    only[seen] = search.dequantise(codes, scales, 4)
    data = search.pack(codes, 4).tobytes() + scales.tobytes()
    yield f"the papers' own {len(seen):,} tokens, 4 bits", *_sizes(data), scores(only, page)
    yield "titles and abstracts, for BM25", *_sizes("\n".join(texts).encode()), systems.Bm25().scores(eval_set)


def _sizes(data: bytes) -> tuple[int, int]:
    return len(data), len(gzip.compress(data, 6))


def _agreement(exact: FloatArray, scores: FloatArray) -> tuple[float, float]:
    there, here = (np.argsort(-ranked, axis=1, kind="stable")[:, :10] for ranked in (exact, scores))
    shared = [len(set(a.tolist()) & set(b.tolist())) for a, b in zip(there, here, strict=True)]
    return float(np.mean(shared) / 10), float((there[:, 0] == here[:, 0]).mean())


if __name__ == "__main__":
    main()
