"""Kill a writer of papers, ratings and rebuilds at random moments; verify that nothing acknowledged is lost.

    python -m bench.kills --times 300

The writer is this module run with `--write FOLDER FIRST LIKED TASK`: it stores papers, says when they are acknowledged,
then works on until it dies. Paper n is `paper(n)`; a revision of an earlier one comes with each batch. The first papers
are liked one by one, or twenty at a time from a file; the ratings' text file is brought up to date each time.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count, cycle
from pathlib import Path

import numpy as np

from recommender import embed
from recommender.config import Config
from recommender.index import Index
from recommender.paper import Paper
from recommender.store import Store
from recommender.vectors import FloatArray
from recommender.verbs import ratings, references, upkeep

TASKS = ("add", "rebuild", "embed anew", "like", "import likes")
_BATCH = 20
_ROOT = Path(__file__).parent.parent
_WORDS = ("graph", "quantum", "survey", "code", "galaxy", "neural", "matter", "field", "surface", "image", "video")


class Turned:
    """The default encoder with its components in reverse: another encoder of the same width."""

    def __init__(self, encoder: embed.Encoder) -> None:
        self._encoder = encoder
        self.identity = f"{encoder.identity}, turned"
        self.dimensions, self.batch = encoder.dimensions, encoder.batch
        self.background = encoder.background[:, ::-1]

    def pieced(self, words: Sequence[str]) -> tuple[str, ...]:
        """As the default encoder."""
        return self._encoder.pieced(words)

    def encode_documents(self, papers: Sequence[Paper]) -> FloatArray:
        """Embed papers."""
        return np.ascontiguousarray(self._encoder.encode_documents(papers)[:, ::-1])

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text."""
        return np.ascontiguousarray(self._encoder.encode_queries(texts)[:, ::-1])


def paper(number: int, version: int = 1) -> Paper:
    """The paper of a number: always the same words."""
    words = np.random.default_rng([number, version]).integers(0, 1000, 30)
    abstract = " ".join(f"{_WORDS[word % len(_WORDS)]} {word}" for word in words)
    return Paper(f"2401.{number:05d}", f"Title {number}", abstract, categories=("cs.CV",), version=version)


def add(store: Store, encoder: embed.Encoder, first: int) -> int:
    """Store a batch of papers from number `first`, acknowledge it, and return the number after the last."""
    batch = [paper(number) for number in range(first, first + _BATCH)]
    several = [*batch, paper(first // 2, version=2)]
    store.add(several, encoder.encode_documents, encoder=encoder.identity, today=date(2026, 3, 1))
    print("stored", first + _BATCH, flush=True)
    return first + _BATCH


def like(store: Store, folder: Path, liked: int, number: int) -> int:
    """Like the next `number` papers, from a file where they are several; acknowledge it, and return how many are."""
    now, names = datetime.now(UTC), [paper(each).id for each in range(liked, liked + number)]
    if number == 1:
        ratings.rate(store, names, "like", "", now)
    else:
        (folder / "likes-to-import.txt").write_text("\n".join(names), encoding="utf-8")
        references.take(store, str(folder / "likes-to-import.txt"), "like", "", now)
    print("liked", liked + number, flush=True)
    ratings.bring_together(store, Config(folder), now)
    return liked + number


def write(folder: Path, first: int, liked: int, task: str) -> None:
    """Add papers from number `first`, then do the task until killed."""
    encoder, home = embed.load("default"), folder / "index"
    with Store.open(home, write=True) as store:
        index = Index.open(home, store)
        first = add(store, encoder, first)
        while task == "add":
            index.refresh()
            first = add(store, encoder, first)
        for _ in count() if "like" in task else ():
            liked = like(store, folder, liked, 1 if task == "like" else _BATCH)
    for other in cycle((task == "embed anew", False)):
        upkeep.rebuild(home, Turned(encoder) if other else encoder)


def killed_after(folder: Path, first: int, liked: int, task: str, delay: float) -> tuple[int, int]:
    """Run the writer, kill it `delay` seconds after its first batch; how many papers it said are stored and liked."""
    command = [sys.executable, "-m", "bench.kills", "--write", str(folder), str(first), str(liked), task]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        lines = [writer.stdout.readline()]
        try:
            writer.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            writer.kill()
        lines += writer.stdout.read().splitlines()
    said = [line.split() for line in lines if line.strip()]
    stored, likes = ([int(number) for word, number in said if word == what] for what in ("stored", "liked"))
    return max(stored), max(likes, default=liked)


def keeps_ratings(folder: Path, liked: int) -> None:
    """Assert that every acknowledged like stands, in papers.db and then in the text file."""
    with Store.open(folder / "index", write=True) as store:
        ratings.bring_together(store, Config(folder), datetime.now(UTC))
        standing = {rated.id for rated in store.ratings.given("")}
    assert {paper(number).id for number in range(liked)} <= standing
    text = (folder / "likes.txt").read_text(encoding="utf-8") if standing else ""
    assert {line.split()[0][1:] for line in text.splitlines() if line[:1] == "+"} == standing


def holds_all(folder: Path, last: int) -> None:
    """Assert that every acknowledged paper is stored, has its vector, and is found by it; rebuilds if need be."""
    encoder = embed.load("default")
    Store.open(folder, write=True, wait=5).close()  # the lock died with its holder
    with Store.open(folder) as store:
        wanted = {paper(number).id for number in range(last)}
        assert set(store.papers.get(wanted)) == wanted
        half_way = store.vectors.encoder != encoder.identity
    if half_way:
        upkeep.rebuild(folder, encoder)
    with Store.open(folder) as store:
        index = Index.open(folder, store)
        assert index.status().vectors == len(store)
        for number in np.random.default_rng(last).integers(0, last, 5).tolist():
            stored = store.papers.get([paper(number).id])[paper(number).id]
            nearest, _ = index.search(encoder.encode_documents([stored])[0], 3)
            assert stored in store.papers.at(nearest)


def kill(folder: Path, times: int, seed: int = 0) -> int:
    """Kill so many writers one after the other, verifying after each; how many papers were acknowledged in all."""
    random, last, liked = np.random.default_rng(seed), 0, 0
    for time in range(times):
        delay = float(random.uniform(0, 0.1))
        last, liked = killed_after(folder, last, liked, TASKS[time % len(TASKS)], delay)
        holds_all(folder / "index", last)
        keeps_ratings(folder, liked)
        if time % 50 == 49:
            print(f"{time + 1} kills: all of {last:,} papers and {liked:,} likes are there", flush=True)
    return last


def main() -> None:
    """Run, and print how many papers the last state holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", nargs=4, metavar=("FOLDER", "FIRST", "LIKED", "TASK"), help="be the writer")
    arguments = parser.parse_args()
    if arguments.write:
        folder, first, liked, task = arguments.write
        write(Path(folder), int(first), int(liked), task)
        return
    with tempfile.TemporaryDirectory() as name:
        last = kill(Path(name), arguments.times, arguments.seed)
    print(f"{arguments.times} kills: all of {last:,} acknowledged papers are there")


if __name__ == "__main__":
    main()
