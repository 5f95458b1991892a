"""An index file that rots, with its size and time as they were, is met before it answers wrongly."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bench.loopback.bag_of_words import IDENTITY, BagOfWords, encode, encode_texts
from recommender.errors import ModelError, StoreError
from recommender.index import Index
from recommender.index.faiss import FaissIndex, policy
from recommender.index.faiss.blocks import BLOCK, sums
from recommender.paper import Paper
from recommender.store import Store
from recommender.vectors import FloatArray, IntArray
from recommender.verbs import upkeep

WORDS = [f"word{number}" for number in range(300)]
TODAY = date(2026, 3, 1)


def paper(number: int) -> Paper:
    words = np.random.default_rng(number).choice(WORDS, 34)
    return Paper(f"2401.{number:05d}", " ".join(words[:4]), " ".join(words[4:]), categories=("cs.CV",))


QUERIES = encode([paper(90_000 + number) for number in range(6)])


@pytest.fixture(params=[False, True], ids=["flat", "lists"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with 3,000 papers and their index."""
    if request.param:
        monkeypatch.setattr(policy, "FLAT_LIMIT", 1000)
    with Store.open(tmp_path, write=True) as store:
        store.add([paper(number) for number in range(3000)], encode, encoder=IDENTITY, today=TODAY)
        Index.open(tmp_path, store, encode_texts)
    return tmp_path


def rot(folder: Path, change: Callable[[bytearray], object]) -> bytes:
    """Change bytes of the index file behind the back of its size and time; the bytes as they were."""
    path = folder / "vectors.faiss"
    times, good = path.stat(), path.read_bytes()
    data = bytearray(good)
    change(data)
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return good


def answers(folder: Path) -> list[IntArray]:
    with Store.open(folder) as store:
        index = Index.open(folder, store)
        return [index.search(query, 20)[0] for query in QUERIES]


def recall(found: list[IntArray], wanted: list[IntArray]) -> float:
    return float(np.mean([np.isin(one, other).mean() for one, other in zip(wanted, found, strict=True)]))


def zero(start: float, size: int) -> Callable[[bytearray], object]:
    def change(data: bytearray) -> None:
        at = int(start * len(data))
        data[at : at + size] = bytes(len(data[at : at + size]))

    return change


def flip(at: float) -> Callable[[bytearray], object]:
    def change(data: bytearray) -> None:
        data[int(at * len(data))] ^= 64

    return change


def exchange(data: bytearray) -> None:
    half = len(data) // 2
    data[half : half + 4096], data[half + 4096 : half + 8192] = (
        data[half + 4096 : half + 8192],
        data[half : half + 4096],
    )


ROT = {
    "first byte": lambda data: data.__setitem__(0, data[0] ^ 1),
    "width": lambda data: data.__setitem__(4, data[4] ^ 2),
    "count": lambda data: data.__setitem__(9, data[9] ^ 255),
    "head": flip(0.001),
    "quarter": flip(0.25),
    "last byte": flip(0.9999999),
    "zeros": zero(0.4, 4096),
    "all zeros": zero(0, 10**9),
    "second half of zeros": zero(0.5, 10**9),
    "pages exchanged": exchange,
}


@pytest.mark.parametrize("change", ROT.values(), ids=ROT)
def test_a_rotten_file_answers_no_question_and_the_index_verb_makes_it_anew(
    folder: Path, change: Callable[[bytearray], object]
) -> None:
    before = answers(folder)
    good = rot(folder, change)
    assert recall(answers(folder), before) >= 0.97
    (folder / "vectors.faiss").write_bytes(good)
    rot(folder, change)
    finding = list(upkeep.check(folder, BagOfWords()))[-1]
    assert (finding.ok, finding.detail) == (
        False,
        "vectors.faiss is not the file that was written; `recommend index` makes it anew",
    )
    assert upkeep.catch_up(folder, BagOfWords())[0] == "vectors.faiss was damaged and is made anew"
    assert list(upkeep.check(folder, BagOfWords()))[-1].ok
    np.testing.assert_array_equal(answers(folder), before)


def test_a_question_reads_the_lists_that_it_visits_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "FLAT_LIMIT", 1000)
    monkeypatch.setattr("recommender.index.faiss.engine.BLOCK", BLOCK)
    with Store.open(tmp_path, write=True) as store:
        store.add([paper(number) for number in range(6000)], encode, encoder=IDENTITY, today=TODAY)
        Index.open(tmp_path, store)
        states = list(store.engine_states.every("faiss"))
    engine = FaissIndex(tmp_path)
    assert engine.open(states)
    assert engine._mapped is not None
    engine._index.nprobe = 1
    engine.search(QUERIES[0], 3, among=None, void=np.empty(0, np.int64))
    assert not engine._mapped.checked
    engine.search(QUERIES[0], 3, among=np.arange(1, 50), void=np.empty(0, np.int64))
    assert engine._mapped.checked


def test_every_flipped_bit_and_every_exchange_of_words_shows_in_a_blocks_checksum() -> None:
    random = np.random.default_rng(0)
    data = np.frombuffer(random.bytes(BLOCK + 1000), np.uint8).copy()
    good = sums(data, 0, 2)
    for at in [*range(1000), *range(BLOCK - 100, BLOCK + 1000)]:
        for bit in range(8):
            data[at] ^= 1 << bit
            assert not np.array_equal(sums(data, at // BLOCK, at // BLOCK + 1), good[at // BLOCK : at // BLOCK + 1])
            data[at] ^= 1 << bit
    words = data[:BLOCK].view(np.uint64)
    words[[3, 700]] = words[[700, 3]]
    assert not np.array_equal(sums(data, 0, 1), good[:1])


def test_a_file_that_rots_under_an_open_index_is_built_anew_in_its_place(folder: Path) -> None:
    wanted = answers(folder)
    with Store.open(folder) as store:
        index = Index.open(folder, store)

        class Rotten:
            def __getattr__(self, name: str) -> object:
                raise RuntimeError(f"Error in faiss: {name}")

            nlist = 0

            def __len__(self) -> int:
                return 3000

            ntotal = 3000

        index._engine._index = Rotten()  # type: ignore[attr-defined]
        assert recall([index.search(query, 20)[0] for query in QUERIES], wanted) >= 0.97


def test_a_fold_into_a_rotten_file_is_a_build(folder: Path) -> None:
    rot(folder, flip(0.9))
    with Store.open(folder, write=True) as store:
        store.add([paper(number) for number in range(3000, 3200)], encode, encoder=IDENTITY, today=TODAY)
        assert Index.open(folder, store).status().pending == 0
    assert list(upkeep.check(folder, BagOfWords()))[-1].ok


# -- surroundings ----------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / os.fsdecode(b"caf\xe9" if sys.platform != "darwin" else b"cafe")
    with Store.open(folder, write=True) as store:
        store.add([paper(number) for number in range(50)], encode, encoder=IDENTITY, today=TODAY)
    return folder


def test_an_index_lies_in_a_folder_whose_name_is_not_utf8(small: Path) -> None:
    before = answers(small)
    written = (small / "vectors.faiss").stat()
    np.testing.assert_array_equal(answers(small), before)
    assert (small / "vectors.faiss").stat() == written


@pytest.mark.parametrize("name", ["vectors.faiss.new", "vectors.faiss"])
def test_a_folder_in_the_place_of_the_file_is_said_by_rebuild_and_costs_a_search_nothing(
    small: Path, name: str
) -> None:
    (small / name).mkdir()
    assert len(answers(small)[0]) == 20
    with pytest.raises(StoreError, match=r"vectors\.faiss: cannot be written \(Is a directory\)"):
        upkeep.rebuild(small, BagOfWords())


def test_too_little_memory_is_said_in_one_line(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def search(*_: object, **__: object) -> IntArray:
        raise MemoryError("std::bad_alloc")

    monkeypatch.setattr(FaissIndex, "search", search)
    with pytest.raises(StoreError, match="the index does not fit into memory"):
        answers(small)


class Wide(BagOfWords):
    """Another encoder, of another width."""

    identity = "wide"

    def __init__(self) -> None:
        super().__init__()
        self.identity = "wide"

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        return np.tile(encode_texts(texts), 2)


def test_catching_up_with_another_model_is_refused_before_anything_is_measured_with_it(folder: Path) -> None:
    (folder / "vectors.faiss").unlink()
    with pytest.raises(ModelError, match=r"embedded with 'bag of words', not with 'wide'.*--rebuild"):
        upkeep.catch_up(folder, Wide())
