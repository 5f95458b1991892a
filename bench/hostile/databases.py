"""Damaged databases: pages overwritten, bits flipped, records that hold what was never written, tables gone.

No command ends in a traceback, `recommend index --rebuild` leaves a library that `recommend check` is content with, and
only papers on damaged bytes are lost.
"""

import json
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

from bench.hostile.home import COUNT, Counts, apart, copy, make, recommend
from bench.kills import paper
from recommender.errors import StoreError
from recommender.store import Store

Damage = Callable[[Path, np.random.Generator], None]
_PAGE = 8192


def _bytes(change: Callable[[bytearray, np.random.Generator], None]) -> Damage:
    def damage(path: Path, random: np.random.Generator) -> None:
        data = bytearray(path.read_bytes())
        change(data, random)
        path.write_bytes(data)

    return damage


def _sql(*statements: str) -> Damage:
    def damage(path: Path, random: np.random.Generator) -> None:
        with closing(sqlite3.connect(path)) as db, db:
            for statement in statements:
                db.execute(statement.replace("?", str(int(random.integers(1, COUNT)))))

    return damage


def _flip(count: int, low: int = 0) -> Damage:
    def change(data: bytearray, random: np.random.Generator) -> None:
        for at in random.integers(low, len(data), count).tolist():
            data[at] ^= 1 << int(random.integers(8))

    return _bytes(change)


def _pages(count: int, fill: Callable[[np.random.Generator], bytes], low: int = 1) -> Damage:
    def change(data: bytearray, random: np.random.Generator) -> None:
        for page in random.integers(low, len(data) // _PAGE, count).tolist():
            data[page * _PAGE : (page + 1) * _PAGE] = fill(random)

    return _bytes(change)


def _cut(data: bytearray, random: np.random.Generator) -> None:
    del data[int(random.integers(len(data) // 2, len(data))) :]


_DAMAGES: dict[str, Damage] = {
    "a bit": _flip(1),
    "ten bits": _flip(10, low=_PAGE),
    "two hundred bits": _flip(200, low=_PAGE),
    "bits of the header": _bytes(lambda data, random: _head(data, random)),
    "two pages of zeros": _pages(2, lambda _: bytes(_PAGE)),
    "three pages of noise": _pages(3, lambda random: random.bytes(_PAGE)),
    "pages among the first": _bytes(lambda data, random: _first(data, random)),
    "cut short": _bytes(_cut),
    "a title that is not UTF-8": _sql("UPDATE papers SET title = CAST(x'66fffe6f' AS TEXT) WHERE row = ?"),
    "an id that is not UTF-8": _sql("UPDATE papers SET id = CAST(x'32fffe33' AS TEXT) WHERE row = ?"),
    "an id that is none": _sql("UPDATE papers SET id = 'q', published = NULL WHERE row = ?"),
    "authors that are no JSON": _sql("UPDATE papers SET authors = '[\"Ada' WHERE row = ?"),
    "authors that are no names": _sql("UPDATE papers SET authors = '[1, {\"a\": []}]' WHERE row = ?"),
    "half a surrogate pair": _sql("UPDATE papers SET authors = '[\"\\ud800\"]' WHERE row = ?"),
    "a day that is none": _sql("UPDATE papers SET published = '2026-02-31' WHERE row = ?"),
    "a day of another type": _sql("UPDATE papers SET updated = x'00ff' WHERE row = ?"),
    "a version that is none": _sql("UPDATE papers SET version = -7 WHERE row = ?"),
    "a category with a flipped bit": _sql("UPDATE papers SET categories = 'cs.CW' WHERE row = ?"),
    "categories that are not UTF-8": _sql("UPDATE papers SET categories = CAST(x'ff' AS TEXT) WHERE row < ?"),
    "hashes of noise": _sql("UPDATE papers SET text_hash = randomblob(16) WHERE row = ?"),
    "a short vector": _sql("UPDATE vectors SET vector = x'00' WHERE row = ?"),
    "a vector of NaN": _sql("UPDATE vectors SET vector = CAST(replace(hex(zeroblob(256)), '0000', 'ÿÿ') AS BLOB)"),
    "a vector that is text": _sql("UPDATE vectors SET vector = 'seven' WHERE row = ?"),
    "a vector of zeros": _sql("UPDATE vectors SET vector = zeroblob(length(vector)) WHERE row = ?"),
    "vectors gone": _sql("DELETE FROM vectors WHERE row > ?"),
    "filed twice": _sql("INSERT OR IGNORE INTO filed SELECT category, 1, row FROM filed WHERE row = ?"),
    "filed nowhere": _sql("DELETE FROM filed WHERE row < ?"),
    "filed under words": _sql(
        "INSERT INTO filed VALUES (1, 'day', 'row')", "INSERT INTO filed VALUES (1, 738000, 'x')"
    ),
    "a category renamed": _sql("UPDATE categories SET name = CAST(x'63ff' AS TEXT) WHERE name = 'cs.CV'"),
    "schema 0": _sql("PRAGMA user_version = 0"),
    "schema -1": _sql("PRAGMA user_version = -1"),
    "schema 2": _sql("PRAGMA user_version = 2"),
    "another program's name": _sql("PRAGMA application_id = 7"),
    "a table gone": _sql("DROP TABLE shown"),
    "the filing gone": _sql("DROP TABLE filed"),
    "the papers gone": _sql("DROP TABLE papers"),
    "an encoder of noise": _sql("UPDATE meta SET value = CAST(randomblob(20) AS TEXT)"),
    "no encoder": _sql("DELETE FROM meta"),
    "marks of noise": _sql("INSERT INTO marks VALUES (CAST(randomblob(9) AS TEXT), CAST(randomblob(9) AS TEXT))"),
    "a fetch at no time": _sql("UPDATE fetches SET at = 'yesterday'"),
    "a fetch of noise": _sql("UPDATE fetches SET detail = CAST(x'ff' AS TEXT), newest = 'x', new = 'many'"),
    "shown on no day": _sql("UPDATE shown SET day = '2026-99-99'"),
    "shown of noise": _sql("INSERT INTO shown VALUES (CAST(x'ff' AS TEXT), CAST(x'fe' AS TEXT), 'v', x'00')"),
    "states of noise": _sql("UPDATE engine_states SET state = randomblob(50)"),
    "a state of later": _sql("UPDATE engine_states SET sequence = sequence + 500"),
    "rows given twice": _sql("UPDATE sqlite_sequence SET seq = 3"),
}


def _head(data: bytearray, random: np.random.Generator) -> None:
    for at in random.integers(0, 100, 2).tolist():
        data[at] ^= 1 << int(random.integers(8))


def _first(data: bytearray, random: np.random.Generator) -> None:
    page = int(random.integers(1, 12))
    data[page * _PAGE : (page + 1) * _PAGE] = random.bytes(_PAGE)


def run(times: int, seed: int) -> Counts:
    """Damage so many databases, each kind in turn."""
    counts, random = Counts(), np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        home.mkdir()
        make(home)
        for number in range(times):
            kind = list(_DAMAGES)[number % len(_DAMAGES)]
            _case(counts, f"{kind}, {number}", copy(home, Path(name) / "case"), kind, random)
    return counts


def _case(counts: Counts, case: str, folder: Path, kind: str, random: np.random.Generator) -> None:
    counts.cases += 1
    apart(lambda: _DAMAGES[kind](folder / "index" / "papers.db", random))
    random.integers(1 << 30)  # the child's draws were its own
    lines = [{"id": paper(n).id, "title": paper(n).title, "abstract": paper(n).abstract} for n in range(0, 3100, 7)]
    (folder / "some.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for arguments in (
        ("search", "quantum graph survey 17"),
        ("search", "galaxy image", "--category", "cs.CV", "--since", "2020-01-01"),
        ("similar", paper(5).id),
        ("info",),
        ("digest",),
        ("check",),
        ("import", "some.jsonl"),
    ):
        recommend(counts, case, folder, *arguments)
    rebuilt = recommend(counts, case, folder, "index", "--rebuild")
    if rebuilt.code:
        hopeless = any(said in rebuilt.output for said in ("nothing in it can be read", "another program", "newer rec"))
        counts.add("beyond repair" if hopeless else "rebuilds that failed", f"{case}: {rebuilt.output.strip()}")
        return
    recommend(counts, case, folder, "check", codes=(0,))
    recommend(counts, case, folder, "search", "quantum graph survey 17", codes=(0,))
    lost = apart(lambda: _lost(folder))
    if missing := int(lost.output.strip() or "-1"):
        aside = sum(len(path.read_text().splitlines()) for path in (folder / "index").glob("set-aside-*.jsonl"))
        counts.add("papers lost", f"{case}: {missing}, {aside} records set aside", missing)


def _lost(folder: Path) -> None:
    with suppress(StoreError), Store.open(folder / "index") as store:
        print(COUNT - len(store.papers.get(paper(number).id for number in range(COUNT))))
