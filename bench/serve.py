"""How fast and how steady a served library is: one who asks, then many while papers are imported and updated.

python -m bench.serve HOME --work DIR [--clients 32] [--seconds 60] [--pause 0.4]

HOME holds config.toml and index/; it is copied. Every answer is checked: its status, and that the papers that were
there before come in the order and with the relevance that the library itself gives them.
"""

import argparse
import asyncio
import http.client
import json
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from bench.derived import derived
from bench.loopback.arxiv_server import ArxivServer, make_papers
from recommender import config
from recommender.library import Recommender
from recommender.sources.files import line_of
from recommender.store.encoding import paper_of

_QUERIES = 100
_NEAR = 1.0
"Per cent by which a relevance may change."
_MOVED = 2
"Places by which a paper may."
_CONFIG = """
[[sections]]
title = "Graphs"
keywords = ["graph"]
categories = ["cs.LG"]

[fetch]
api_url = "{api_url}"
oai_url = "{oai_url}"
rss_url = "{rss_url}"
"""


@dataclass
class Tally:
    """What many clients met."""

    taken: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def questions(folder: Path) -> tuple[list[str], dict[str, list[tuple[str, float]]], float]:
    """Titles of stored papers as queries, what the library answers to each, and its median seconds."""
    taken: list[float] = []
    with Recommender(config.load(folder / "config.toml")) as library:
        every = library.store.papers.every_row()
        chosen = library.store.papers.at(every[:: max(len(every) // _QUERIES, 1)][:_QUERIES])
        texts = [" ".join(paper.title.split()[:6]) for paper in chosen]
        known = {}
        for _ in range(2):
            taken.clear()
            for text in texts:
                start = time.perf_counter()
                found = library.search(text, 30)
                taken.append(time.perf_counter() - start)
                known[text] = [(scored.paper.id, round(scored.relevance, 1)) for scored in found]
    return texts, known, float(np.median(taken))


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, int]]:
    """`recommend serve` of a folder: its port and process id."""
    command = [sys.executable, "-m", "recommender", "serve", "--port", "0", "--config", str(folder / "config.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found
        try:
            yield int(found[1]), process.pid
        finally:
            process.terminate()


def one_by_one(port: int, texts: list[str]) -> float:
    """Median seconds of a search by HTTP over one connection, with nobody else about."""
    connection, taken = http.client.HTTPConnection("127.0.0.1", port), []
    for turn in range(2):
        for text in texts:
            start = time.perf_counter()
            connection.request("GET", f"/api/v1/search?q={quote(text)}")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            if turn:
                taken.append(time.perf_counter() - start)
    connection.close()
    return float(np.median(taken))


async def client(port: int, texts: list[str], known: dict[str, Any], tally: Tally, end: float, pause: float) -> None:
    """Ask until the end over one connection, with pauses of that mean between the questions."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    choose = random.Random()
    await asyncio.sleep(choose.random() * pause)
    while time.monotonic() < end:
        text = choose.choice(texts)
        start = time.perf_counter()
        writer.write(f"GET /api/v1/search?q={quote(text)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        tally.taken.append(time.perf_counter() - start)
        if " 200 " not in head.split("\r\n")[0]:
            tally.errors.append(body.decode()[:200])
        elif reason := _wrong(json.loads(body), known[text]):
            tally.wrong.append(f"{text}: {reason}")
        if pause:
            await asyncio.sleep(choose.expovariate(1 / pause))
    writer.close()


def _wrong(answer: dict[str, Any], known: list[tuple[str, float]]) -> str:
    """What is wrong with an answer; empty where nothing is.

    What comes changes how rare a word is: that may move a relevance by a little, and papers of about one by a place.
    """
    order = {paper_id: (place, relevance) for place, (paper_id, relevance) in enumerate(known)}
    before = [(p["id"], p["relevance"]) for p in answer["papers"] if p["id"] in order]
    if len(answer["papers"]) != 10:
        return f"{len(answer['papers'])} papers"
    if changed := [p for p, relevance in before if abs(relevance - order[p][1]) > _NEAR]:
        return f"relevance of {changed}"
    places = [order[paper_id][0] for paper_id, _ in before]
    return f"places {places}" if any(abs(place - n) > _MOVED for n, place in enumerate(places)) else ""


async def many(port: int, texts: list[str], known: dict[str, Any], clients: int, seconds: float, pause: float) -> Tally:
    """So many clients at once for so long."""
    tally, end = Tally(), time.monotonic() + seconds
    await asyncio.gather(*(client(port, texts, known, tally, end, pause) for _ in range(clients)))
    return tally


def memory(pid: int) -> float:
    """Megabytes that a process has for itself, without the files that it has mapped (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return sum(int(size) for size in re.findall(r"Rss(?:Anon|Shmem):\s+(\d+)", lines)) / 1024


def busy(folder: Path, papers: Path, port: int, done: list[str]) -> None:
    """Import papers by the shell, then update by the app, as long as the clients ask."""
    command = [sys.executable, "-m", "recommender", "import", str(papers), "--config", str(folder / "config.toml")]
    start = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    done.append(f"import in {time.monotonic() - start:.1f} s: {ended.stdout.strip() or ended.stderr.strip()[-200:]}")
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/api/v1/update", "{}", {"Content-Type": "application/json"})
    connection.getresponse().read()
    start = time.monotonic()
    while True:
        connection.request("GET", "/api/v1/update")
        state = json.loads(connection.getresponse().read())
        if state["state"] != "running":
            break
        time.sleep(0.25)
    done.append(f"update in {time.monotonic() - start:.1f} s: {state['state']}, {state['lines'] or state['error']}")


def told(name: str, tally: Tally, seconds: float) -> str:
    """A line about what many clients met."""
    p50, p99 = np.quantile(tally.taken, [0.5, 0.99]) * 1000
    return (
        f"{name}: {len(tally.taken) / seconds:.0f} a second, p50 {p50:.0f} ms, p99 {p99:.0f} ms, the longest "
        f"{max(tally.taken) * 1000:.0f} ms; {len(tally.errors)} errors, {len(tally.wrong)} wrong answers"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=0.4, help="mean seconds between an answer and the next question")
    parser.add_argument("--papers", type=int, default=10_000, help="how many are imported meanwhile")
    options = parser.parse_args()
    folder = options.work / "home"
    if not folder.exists():
        shutil.copytree(options.home, folder)
    with ArxivServer(make_papers(200)) as arxiv:
        (folder / "config.toml").write_text(_CONFIG.format(**arxiv.urls), encoding="utf-8")
        texts, known, inside = questions(folder)
        with Recommender(config.load(folder / "config.toml")) as library:
            real = [paper_of(record[1:]) for record in islice(library.store.papers.every_record(), 20_000)]
            print(f"{len(library.store):,} papers")
        new = options.work / "new.jsonl"
        offset = random.randrange(1_000_000)
        with new.open("w", encoding="utf-8") as file:
            some = islice(derived(real), offset % 20_000, offset % 20_000 + options.papers)
            file.writelines(line_of(paper) + "\n" for paper in some)
        with served(folder) as (port, pid):
            outside = one_by_one(port, texts)
            bar = 1.5 * inside * 1000 + 3
            print(f"p50 of a search: {inside * 1000:.1f} ms inside, {outside * 1000:.1f} by HTTP (bar {bar:.1f})")
            for pause in (0.0, options.pause):
                tally = asyncio.run(many(port, texts, known, options.clients, options.seconds / 4, pause))
                print(told(f"{options.clients} clients, pauses of {pause} s", tally, options.seconds / 4))
            before, done, peak = memory(pid), list[str](), [0.0]
            worker = threading.Thread(target=busy, args=(folder, new, port, done))
            worker.start()
            watch = threading.Thread(target=_watch, args=(pid, peak, worker), daemon=True)
            watch.start()
            tally = asyncio.run(many(port, texts, known, options.clients, options.seconds, options.pause))
            print(told("the latter during an import and an update", tally, options.seconds))
            worker.join()
            print("\n".join([*done, *tally.errors[:5], *tally.wrong[:5]]))
            time.sleep(1)
            one_by_one(port, texts)
            print(f"memory: {before:.0f} MB before, {peak[0]:.0f} MB at most, {memory(pid):.0f} MB after")


def _watch(pid: int, peak: list[float], worker: threading.Thread) -> None:
    while worker.is_alive():
        peak[0] = max(peak[0], memory(pid))
        time.sleep(0.1)


if __name__ == "__main__":
    main()
