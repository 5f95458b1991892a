"""How fast, how large, how exact: one size after another, through the commands a user types.

python -m bench.speed CORPUS.jsonl.xz ... --sizes 10000 100000 366063 1000000 --work DIR

Sizes beyond the real papers are filled up by bench/derived.py. Times are medians. Other tools: bench/rivals.py.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import faiss
import numpy as np

from bench import derived
from recommender import config
from recommender.finding.recognise import recognise
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.sources.files import PaperFile
from recommender.store import Filter, title_entries
from recommender.vectors import FloatArray, IntArray

_QUERIES = 100
_UPDATE = 1000
_COLD = 7
_SHARE = 10_000


def median(act: Callable[[int], object], times: int) -> tuple[float, float]:
    """Median and 95th percentile, in seconds."""
    taken = []
    for number in range(times):
        start = time.perf_counter()
        act(number)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)), float(np.quantile(taken, 0.95))


def recommend(folder: Path, *arguments: str) -> float:
    """Run the command in `folder`; seconds."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "recommender", *arguments], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def cpu() -> float:
    """Processor seconds of all commands so far: what wall-clock times would be on a machine with nothing else to do."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def written() -> int:
    """Bytes that this process has sent towards the disk (Linux)."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").split("\n")
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def exact(recommender: Recommender, query: FloatArray, k: int, rows: IntArray | None = None) -> IntArray:
    """The k nearest rows by comparing all."""
    best = faiss.ResultHeap(1, k, keep_max=True)
    for found, vectors, _ in recommender.store.vectors.changes():
        keep = slice(None) if rows is None else np.isin(found, rows)
        some = vectors[keep].astype(np.float32)
        if len(some):
            cosines, places = faiss.knn(query[None], some, min(k, len(some)), faiss.METRIC_INNER_PRODUCT)
            best.add_result(cosines, found[keep][places])
    best.finalize()
    nearest: IntArray = best.I[0]
    return nearest


def measure(folder: Path, size: int, file: Path | None) -> dict[str, float]:
    """Import `file` if given, then everything that is asked of a store of this size."""
    facts: dict[str, float] = {"papers": size}
    if file is not None:
        before = cpu()
        seconds = recommend(folder, "import", str(file))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        facts |= {"import papers/s": size / seconds, "import peak GB": peak}
        facts["import papers/s of CPU"] = size / (cpu() - before)
    before = cpu()
    cold, cold95 = median(lambda _: recommend(folder, "search", "why do deep networks generalise"), _COLD)
    facts |= {"cold search s p50": cold, "cold search s p95": cold95, "cold search CPU s": (cpu() - before) / _COLD}
    settings = config.Config(folder)
    with Recommender(settings) as reader:
        titles = [
            paper.title
            for paper in reader.store.papers.at(reader.store.papers.every_row()[:: max(1, size // _QUERIES)])
        ]
        newest = reader.store.papers.newest()
        assert newest is not None
        month = Filter(("cs.LG",), since=newest - timedelta(days=30))
        for name, only in (("warm", Filter()), ("filtered", month)):
            reader.search(titles[0], 100, only)
            p50, p95 = median(lambda place, only=only: reader.search(titles[place], 100, only), len(titles))  # type: ignore[misc]
            facts |= {f"{name} ms p50": 1000 * p50, f"{name} ms p95": 1000 * p95}
            start = time.process_time()
            for title in titles[:20]:
                reader.search(title, 100, only)
            facts[f"{name} CPU ms"] = 1000 * (time.process_time() - start) / len(titles[:20])
            facts[f"{name} recall@100"] = recall(reader, titles, only)
        facts |= ways(reader, titles)
        facts |= named(reader, titles)
        facts["filtered papers"] = len(reader.store.papers.every_row(month))
    facts["papers.db B/paper"] = (folder / "index" / "papers.db").stat().st_size / size
    facts["vectors.faiss B/paper"] = (folder / "index" / "vectors.faiss").stat().st_size / size
    facts |= update(settings)
    return facts


def ways(reader: Recommender, titles: list[str]) -> dict[str, float]:
    """Ten papers for five words, with all that a search does and by meaning alone, in turns."""
    topics = [" ".join(title.split()[1:6]) for title in titles]
    facts: dict[str, float] = {}
    for name, meaning in (("topic", False), ("topic by meaning", True)):
        reader.find(topics[0], meaning=meaning)
        before = time.process_time()
        p50, p95 = median(lambda place, meaning=meaning: reader.find(topics[place], meaning=meaning), len(topics))  # type: ignore[misc]
        facts |= {f"{name} ms p50": 1000 * p50, f"{name} ms p95": 1000 * p95}
        facts[f"{name} CPU ms"] = 1000 * (time.process_time() - before) / len(topics)
    return facts


def entries_cost(file: Path) -> dict[str, float]:
    """Papers stored per second of CPU with the index of titles and authors, as a share of that without."""
    papers = list(islice(PaperFile(file).papers(lambda *_: None), _SHARE))
    taken: dict[bool, list[float]] = {True: [], False: []}
    enter = title_entries.add
    try:
        for kept in (True, False, True, False, True, False):
            title_entries.add = enter if kept else lambda *_: None
            with TemporaryDirectory() as folder, Recommender(config.Config(Path(folder)), write=True) as writer:
                _ = writer.encoder
                before = time.process_time()
                writer.add(papers)
                taken[kept].append(time.process_time() - before)
    finally:
        title_entries.add = enter
    return {"storing with titles, share of without": min(taken[False]) / min(taken[True])}


def named(reader: Recommender, titles: list[str]) -> dict[str, float]:
    """Size of the full-text index, and how long it takes to see what a query names (the ranking comes on top)."""
    size = "SELECT sum(length(block)) FROM titles_data"
    facts = {"titles B/paper": reader.store.database.query(size)[0][0] / len(reader.store)}
    papers = [paper for paper in reader.store.papers.at(reader.store.papers.every_row()[:2000]) if paper.authors]
    begun = [f"{' '.join(paper.title.split()[:6])} by {paper.authors[0]}" for paper in papers]
    for name, queries in (("title by author", begun), ("author", [p.authors[0] for p in papers]), ("topic", titles)):
        some = queries[:: max(1, len(queries) // 100)][:100]
        p50, p95 = median(lambda place, some=some: recognise(reader.store, some[place], lambda _: True), len(some))  # type: ignore[misc]
        facts |= {f"reading {name} ms p50": 1000 * p50, f"reading {name} ms p95": 1000 * p95}
    return facts


def recall(reader: Recommender, titles: list[str], only: Filter) -> float:
    """Mean recall@100 of titles as queries."""
    hits = []
    for query in reader.encoder.encode_queries(titles):
        rows = reader.store.papers.select(only)
        truth = exact(reader, query, 100, rows)
        truth = truth[truth >= 0]
        found, _ = reader.index.search(query, 100, rows=rows)
        hits.append(np.isin(truth, found).mean() if len(truth) else 1.0)
    return float(np.mean(hits))


def update(settings: config.Config) -> dict[str, float]:
    """Store 1,000 papers that were not there before, as an update does once they have arrived."""
    with Recommender(settings, write=True) as writer:
        some = writer.store.papers.at(writer.store.papers.every_row()[-_UPDATE:])
        fresh = [
            Paper(f"9912.{number:05d}", p.abstract[:80], p.abstract, p.authors) for number, p in enumerate(some, 1)
        ]
        _ = writer.encoder
        before, start = written(), time.perf_counter()
        writer.add(fresh)
        writer.refresh()
        seconds = time.perf_counter() - start
    megabytes = (written() - before) / 1e6
    with Recommender(settings, write=True) as writer:
        writer.store.remove([paper.id for paper in fresh])
    return {"update s": seconds, "update MB written": megabytes}


def main() -> None:
    """Print one JSON object a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--work", type=Path, required=True, help="where stores are made, and found again")
    arguments = parser.parse_args()
    for size in arguments.sizes:
        folder, file = arguments.work / f"store-{size}", arguments.work / f"papers-{size}.jsonl"
        if not file.exists():
            arguments.work.mkdir(parents=True, exist_ok=True)
            derived.write(arguments.files, size, file)
        made = (folder / "index" / "papers.db").exists()
        folder.mkdir(exist_ok=True)
        print(json.dumps(measure(folder, size, None if made else file) | entries_cost(file)), flush=True)


if __name__ == "__main__":
    main()
