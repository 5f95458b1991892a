"""The site's search page: what it could load and what each choice gives, and how long a reader on a slow line waits.

    python -m bench.page_search choices SET --among papers.jsonl.xz --number 11000
    python -m bench.page_search wait site

SET is a folder with corpus.jsonl, queries.jsonl and qrels.tsv. Its documents, among --number others, stand for the
papers of a site. Every row ranks them by what the page would compute; `agrees` is the share of the exact model's ten
best that are also in the row's, `first` how often the two agree on the best.

`wait` opens the search page of a folder that `recommend site` wrote in Chromium, its cache empty and its line held to
--mbit and --delay by the developer tools, from a server that compresses as GitHub Pages does.
"""

import functools
import gzip
import http.server
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import numpy as np
import safetensors.numpy

from bench.quality import measures, sets, systems
from recommender import embed
from recommender.embed import document_text
from recommender.site import engine, packed, search
from recommender.vectors import FloatArray


@click.group()
def main() -> None:
    """The search page: its choices, and a reader's wait."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--among", multiple=True, type=click.Path(path_type=Path, exists=True), help="JSON lines of papers.")
@click.option("--number", default=11_000, show_default=True, help="How many of them.")
@click.option("--model", type=click.Path(path_type=Path, exists=True), default=embed.DEFAULT_MODEL)
def choices(folder: Path, among: tuple[Path, ...], number: int, model: Path) -> None:
    """Print one line for each choice."""
    eval_set = sets.read(folder)
    if among:
        eval_set = sets.among(eval_set, among, number)
    exact = systems.Dense("exact", embed.StaticEncoder(model), None).scores(eval_set)
    print(f"{eval_set.name}: {len(eval_set.queries)} queries, {len(eval_set.documents):,} documents\n")
    print("| the page loads | MB compressed | nDCG@10 | agrees | first |\n|---|---|---|---|---|")
    for name, size, scores in _choices(eval_set, model, exact):
        quality = measures.measure(eval_set, scores)["nDCG@10"]
        agrees, first = _agreement(exact, scores)
        print(f"| {name} | {size / 1e6:.1f} | {quality} | {agrees:.3f} | {first:.3f} |", flush=True)


def _choices(eval_set: sets.EvalSet, model: Path, exact: FloatArray) -> Iterator[tuple[str, int, FloatArray]]:
    """Name, bytes after gzip, and scores of every choice."""
    (table,) = safetensors.numpy.load_file(model / "model.safetensors").values()
    table = table.astype(np.float32)
    encoder = embed.StaticEncoder(model)
    documents = encoder.encode_documents(eval_set.documents)
    queries = [encoder._tokenize(text) for text in eval_set.queries.values()]

    def scores(vectors: FloatArray, papers: FloatArray) -> FloatArray:
        means = np.stack([vectors[ids].mean(axis=0) if ids else np.zeros(vectors.shape[1]) for ids in queries])
        return (means @ papers.T).astype(np.float32)

    yield "tokens and papers, 16 bits", _size(table.astype(np.float16)) + _size(documents.astype(np.float16)), exact
    for bits in (8, 4, 3, 2):
        kept, size = _kept(table, bits)
        yield f"tokens at {bits} bits{' (chosen)' * (bits == engine.BITS)}", size, scores(kept, documents)
    for bits in (8, 4, 3, 2):
        kept, size = _kept(documents, bits)
        yield f"papers at {bits} bits{' (chosen)' * (bits == search.BITS)}", size, scores(table, kept)
    used = engine.used(encoder, eval_set.documents, 1000)
    kept, size = _kept(table[used], engine.BITS)
    only = np.zeros_like(table)
    only[used] = kept
    papers, of_papers = _kept(documents, search.BITS)
    yield f"the papers' own {len(used):,} tokens, as chosen", size, scores(only, documents)
    whole, _ = _kept(table, engine.BITS)
    yield "all as chosen, the other tokens when asked for", size + of_papers, scores(whole, papers)
    texts = "\n".join(document_text(paper) for paper in eval_set.documents)
    yield "titles and abstracts, for BM25", len(gzip.compress(texts.encode(), 6)), systems.Bm25().scores(eval_set)


def _kept(vectors: FloatArray, bits: int) -> tuple[FloatArray, int]:
    """What is left of vectors, and their bytes over the wire."""
    script = packed.script("x", packed.vectors(vectors, bits))
    return packed.dequantise(*packed.quantise(vectors, bits), bits), len(gzip.compress(script.encode(), 6))


def _size(array: np.ndarray[Any, Any]) -> int:
    return len(gzip.compress(array.tobytes(), 6))


def _agreement(exact: FloatArray, scores: FloatArray) -> tuple[float, float]:
    there, here = (np.argsort(-ranked, axis=1, kind="stable")[:, :10] for ranked in (exact, scores))
    shared = [len(set(a.tolist()) & set(b.tolist())) for a, b in zip(there, here, strict=True)]
    return float(np.mean(shared) / 10), float((there[:, 0] == here[:, 0]).mean())


# -- a reader's wait ---------------------------------------------------------------------------------------------------

SEEN = """
try {
  const line = document.querySelector("#status").textContent;
  const shown = document.querySelectorAll("#results li").length;
  return [shown, meant > 0 && /fit/.test(line), meant === total, engine.papers.length];
} catch { return [0, false, false, 0]; }  // the page's scripts have not come yet
"""
QUESTIONS = ("surface code decoders", "halo mass function", "agents that use tools")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--mbit", default=1.6, show_default=True, help="Of the line, a second.")
@click.option("--delay", default=150, show_default=True, help="Of the line, in milliseconds there and back.")
@click.option("--times", default=3, show_default=True, help="Visits of each question, of which the middle one counts.")
def wait(folder: Path, mbit: float, delay: int, times: int) -> None:
    """Print after how many seconds there are a literal result, one by meaning, and all papers."""
    print(f"{mbit} Mbit/s, {delay} ms\n")
    print("| question | by the letter | by meaning | all papers | papers |\n|---|---|---|---|---|")
    for question in QUESTIONS:
        rows = sorted(_visit(folder, question, mbit, delay) for _ in range(times))
        letter, meaning, whole, papers = (sorted(column)[times // 2] for column in zip(*rows, strict=True))
        print(f"| {question} | {letter:.1f} s | {meaning:.1f} s | {whole:.1f} s | {papers:,.0f} |", flush=True)


def _visit(folder: Path, question: str, mbit: float, delay: int) -> tuple[float, float, float, float]:
    """Seconds to the first result by the letter, by meaning, and to the last paper; how many papers there are."""
    seen: dict[str, float] = {}
    with _served(folder) as address, _browser() as driver:
        driver.execute_cdp_cmd("Network.enable", {})
        line = {"offline": False, "latency": delay, "downloadThroughput": mbit * 1e6 / 8, "uploadThroughput": 1e5}
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", line)
        begun = time.monotonic()
        driver.get(f"{address}/search.html?q={quote(question)}")
        papers = 0
        while "whole" not in seen and time.monotonic() - begun < 120:
            found, meant, whole, papers = driver.execute_script(SEEN)
            for name, there in (("letter", found), ("meaning", found and meant), ("whole", whole)):
                if there:
                    seen.setdefault(name, time.monotonic() - begun)
            time.sleep(0.05)
    return seen["letter"], seen["meaning"], seen["whole"], papers


class _Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, text compressed."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(ConnectionError):  # the browser is gone
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Compressing, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _browser() -> Iterator[Any]:
    """Chromium with an empty cache; needs `pip install '.[test]'`, chromium and chromedriver."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    options.page_load_strategy = "none"
    with tempfile.TemporaryDirectory() as profile:
        for flag in ("headless", "no-sandbox", "disable-gpu", f"user-data-dir={profile}"):
            options.add_argument(f"--{flag}")
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        try:
            yield driver
        finally:
            driver.quit()


if __name__ == "__main__":
    main()
