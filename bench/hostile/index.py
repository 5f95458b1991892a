"""Damaged index files: vectors.faiss rots, is torn or overwritten, mostly with its size and time as they were.

Whatever is there, a search answers as a sound index does, `recommend index` makes the file right, and `recommend check`
is content afterwards.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.hostile.home import COUNT, Counts, apart, copy, found, make, recommend
from recommender.index.faiss import policy
from recommender.store import Store

_QUERIES = ("quantum graph survey 17", "galaxy image 402", "neural code field 998")
Damage = Callable[[bytearray, np.random.Generator], bytes]


def _flip(low: float, high: float, count: int) -> Damage:
    """Flip bits between two parts of the file."""

    def damage(data: bytearray, random: np.random.Generator) -> bytes:
        for at in random.integers(int(low * len(data)), max(1, int(high * len(data))), count).tolist():
            data[at] ^= 1 << int(random.integers(8))
        return bytes(data)

    return damage


def _overwrite(size: int, fill: Callable[[np.random.Generator, int], bytes]) -> Damage:
    def damage(data: bytearray, random: np.random.Generator) -> bytes:
        at = int(random.integers(len(data)))
        stretch = fill(random, size)[: len(data) - at]
        data[at : at + len(stretch)] = stretch
        return bytes(data)

    return damage


def _header(data: bytearray, random: np.random.Generator) -> bytes:
    data[int(random.integers(120))] = int(random.integers(256))
    return bytes(data)


def _exchange(data: bytearray, random: np.random.Generator) -> bytes:
    one, other = (int(at) * 4096 for at in random.integers(0, len(data) // 4096, 2))
    data[one : one + 4096], data[other : other + 4096] = data[other : other + 4096], data[one : one + 4096]
    return bytes(data)


_DAMAGES: dict[str, Damage] = {
    "a bit": _flip(0, 1, 1),
    "a bit of the head": _flip(0, 0.01, 1),
    "twenty bits": _flip(0, 1, 20),
    "a bit near the end": _flip(0.97, 1, 1),
    "a byte of the header": _header,
    "4 KB of zeros": _overwrite(4096, lambda _, size: bytes(size)),
    "4 KB of noise": _overwrite(4096, lambda random, size: random.bytes(size)),
    "half of zeros": _overwrite(1_000_000, lambda _, size: bytes(size)),
    "two blocks exchanged": _exchange,
    "cut short": lambda data, random: bytes(data[: int(random.integers(len(data)))]),
    "grown": lambda data, random: bytes(data) + random.bytes(100),
    "of noise": lambda data, random: random.bytes(len(data)),
}


def run(times: int, seed: int) -> Counts:
    """Damage so many files, every other one of an index with lists."""
    counts, random = Counts(kinds=("tracebacks", "hangs", "wrong exit codes", "wrong answers", "papers lost")), None
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as name:
        for lists in (False, True):
            if lists:
                policy.FLAT_LIMIT = 2000
            home = Path(name) / f"home{lists:d}"
            home.mkdir()
            make(home)
            answers = [
                {tuple(found(recommend(counts, "sound", home, *_search(query), codes=(0,))))} for query in _QUERIES
            ]
            for number in range(times // 2 + (times % 2 if lists else 0)):
                kind = list(_DAMAGES)[number % len(_DAMAGES)]
                _case(
                    counts,
                    f"{kind}, {number}{', lists' if lists else ''}",
                    copy(home, Path(name) / "case"),
                    random,
                    answers,
                )
    return counts


def _search(query: str) -> tuple[str, ...]:
    return ("search", query, "--json", "-n", "20")


def _case(
    counts: Counts, case: str, folder: Path, random: np.random.Generator, answers: list[set[tuple[str, ...]]]
) -> None:
    counts.cases += 1
    path = folder / "index" / "vectors.faiss"
    before = path.stat()
    path.write_bytes(_DAMAGES[case.partition(",")[0]](bytearray(path.read_bytes()), random))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    damaged = path.read_bytes()
    for query, right in zip(_QUERIES, answers, strict=True):
        got = found(recommend(counts, case, folder, *_search(query), codes=(0,)))
        # the lists' answer is as good as the exact one, which a search gives that had to make the index anew
        if min(len(set(wanted) ^ set(got)) for wanted in right) > 2:
            counts.add("wrong answers", f"{case}: {query}")
    path.write_bytes(damaged)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    recommend(counts, case, folder, "index", codes=(0,))
    recommend(counts, case, folder, "check", codes=(0,))
    if apart(lambda: _holds(folder / "index")).code:
        counts.add("papers lost", case)


def _holds(folder: Path) -> None:
    with Store.open(folder) as store:
        if len(store) != COUNT:
            raise SystemExit(1)
