"""What a user would otherwise write or pick, on the same papers in the same run: build, and one query from the shell.

python -m bench.rivals CORPUS.jsonl.xz ... --papers 1000 --work DIR --minilm FOLDER

Needs `pip install '.[rivals]'`. `FOLDER` holds all-MiniLM-L6-v2; without it the rivals that use it are left out, which
leaves TF-IDF, and time for more papers. A query from the shell is timed from the start of the program to its end.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from bench import derived
from recommender.embed import document_text
from recommender.sources.files import PaperFile

QUERY = "why do deep networks generalise"
TIMES = 5

_SCRIPT = """
import sys, numpy, faiss
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
texts = open("texts", encoding="utf-8").read().split("\\n")
"""
FLAT_BUILD = (
    _SCRIPT
    + """
index = faiss.IndexFlatIP(384)
index.add(model.encode(texts, normalize_embeddings=True))
faiss.write_index(index, "flat.faiss")
"""
)
FLAT_ASK = (
    _SCRIPT
    + """
index = faiss.read_index("flat.faiss")
_, found = index.search(model.encode([sys.argv[2]], normalize_embeddings=True), 10)
print([texts[i] for i in found[0]])
"""
)
TXTAI_BUILD = """
import sys
from txtai import Embeddings
embeddings = Embeddings(path=sys.argv[1], content=True, gpu=False)
embeddings.index(open("texts", encoding="utf-8").read().split("\\n"))
embeddings.save("txtai")
"""
TXTAI_ASK = """
import sys
from txtai import Embeddings
embeddings = Embeddings()
embeddings.load("txtai")
print(embeddings.search(sys.argv[2], 10))
"""
TFIDF_BUILD = """
import joblib
from sklearn.feature_extraction.text import TfidfVectorizer
vectorizer = TfidfVectorizer(max_features=20_000, stop_words="english", sublinear_tf=True)
matrix = vectorizer.fit_transform(open("texts", encoding="utf-8").read().split("\\n"))
joblib.dump((vectorizer, matrix), "tfidf")
"""
TFIDF_ASK = """
import sys, joblib
vectorizer, matrix = joblib.load("tfidf")
texts = open("texts", encoding="utf-8").read().split("\\n")
print([texts[i] for i in (-(matrix @ vectorizer.transform([sys.argv[2]]).T).toarray()[:, 0]).argsort()[:10]])
"""


LLM_BUILD = """
import sys
from llm.cli import cli
cli(["sentence-transformers", "register", sys.argv[1], "--lazy"], standalone_mode=False)
model = ["-m", "sentence-transformers/" + sys.argv[1], "-d", "llm.db", "--store"]
cli(["embed-multi", "papers", "llm.jsonl", "--format", "nl", *model])
"""


def commands(minilm: Path | None) -> dict[str, tuple[list[str], list[str]]]:
    """For each way: the command that builds, and the one that asks."""
    ways = {
        "recommend": (
            ["-m", "recommender", "import", "papers.jsonl"],
            ["-m", "recommender", "search", QUERY],
        ),
        "scikit-learn TF-IDF": (["-c", TFIDF_BUILD], ["-c", TFIDF_ASK, "", QUERY]),
    }
    if minilm:
        model = str(minilm.absolute())
        flat, txtai = (FLAT_BUILD, FLAT_ASK), (TXTAI_BUILD, TXTAI_ASK)
        for name, (build, ask) in (("sentence-transformers, IndexFlatIP", flat), ("txtai", txtai)):
            ways[name] = (["-c", build, model], ["-c", ask, model, QUERY])
        asked = ["-m", "llm", "similar", "papers", "-d", "llm.db", "-c", QUERY, "-n", "10"]
        ways["llm similar"] = (["-c", LLM_BUILD, model], asked)
    return ways


def run(arguments: list[str], folder: Path) -> float:
    """Seconds that Python takes for these arguments."""
    start = time.perf_counter()
    environment = os.environ | {"LLM_USER_PATH": str(folder / "llm"), "TOKENIZERS_PARALLELISM": "false"}
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


def main() -> None:
    """Print a row for each way, ratios to `recommend` in brackets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--papers", type=int, default=1000)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minilm", type=Path)
    arguments = parser.parse_args()
    folder: Path = arguments.work.absolute()
    (folder / "llm").mkdir(parents=True, exist_ok=True)
    derived.write(arguments.files, arguments.papers, folder / "papers.jsonl")
    texts = [document_text(paper) for paper in PaperFile(folder / "papers.jsonl").papers(lambda _number, _reason: None)]
    (folder / "texts").write_text("\n".join(texts), encoding="utf-8")
    records = (json.dumps({"id": str(number), "content": text}) for number, text in enumerate(texts))
    (folder / "llm.jsonl").write_text("\n".join(records), encoding="utf-8")
    ways = commands(arguments.minilm)
    built = {name: run(build, folder) for name, (build, _) in ways.items()}
    rounds = [{name: run(ask, folder) for name, (_, ask) in ways.items()} for _ in range(TIMES)]  # noise hits all alike
    print(f"{len(texts):,} papers; one query from the shell: median of {TIMES}\n")
    print("| | build, papers/s | one query, s | times recommend's |\n|---|---|---|---|")
    for name in ways:
        asked = float(np.median([taken[name] for taken in rounds]))
        times = float(np.median([taken[name] / taken["recommend"] for taken in rounds]))
        print(f"| {name} | {len(texts) / built[name]:,.0f} | {asked:.2f} | {times:.1f} |")


if __name__ == "__main__":
    main()
