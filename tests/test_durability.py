"""No acknowledged paper is ever lost, by SIGKILL, full disk or read-only folder; a dead writer's lock is free."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bench import kills
from bench.loopback.bag_of_words import encode
from recommender import embed
from recommender.errors import StoreError
from recommender.index import Index
from recommender.paper import Paper
from recommender.store import Store

ROOT = Path(__file__).parent.parent
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits and users")


def paper(number: int) -> Paper:
    """The paper of a number: always the same words."""
    words = np.random.default_rng(number).integers(0, 300, 30)
    return Paper(f"2401.{number:05d}", f"Title {number}", " ".join(f"word{word}" for word in words))


def finds_all(folder: Path, last: int) -> None:
    """Assert that every paper up to a number is stored, and that some drawn from them are found."""
    with Store.open(folder) as store:
        wanted = {paper(number).id for number in range(last)}
        assert set(store.papers.get(wanted)) == wanted
        index = Index.open(folder, store)
        for number in np.random.default_rng(last).integers(0, last, 5).tolist():
            assert paper(number) in store.papers.at(index.search(encode([paper(number)])[0], 3)[0])


def test_thirty_kills_lose_nothing_and_every_next_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "load", cache(embed.load))  # the check after each kill needs the same model
    assert kills.kill(tmp_path, 30) >= 600


@posix
def test_a_full_disk_ends_in_one_line_and_keeps_what_was_stored(tmp_path: Path) -> None:
    script = f"""
import resource
from datetime import date
from functools import cache
from pathlib import Path
from recommender.errors import StoreError
from recommender.index import Index
from recommender.store import Store
from bench.loopback.bag_of_words import encode, IDENTITY
from recommender.paper import Paper
folder = Path({str(tmp_path)!r})
paper = lambda n: Paper(f"2401.{{n:05d}}", f"Title {{n}}", f"word{{n}} " * 30)
with Store.open(folder, write=True) as store:
    store.add([paper(n) for n in range(100)], encode, encoder=IDENTITY, today=date(2026, 3, 1))
    Index.open(folder, store)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
    try:
        store.add((paper(n) for n in range(100, 5000)), encode, encoder=IDENTITY, today=date(2026, 3, 1), batch=50)
    except StoreError as error:
        print(error)
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "papers.db: the disk" in run.stdout
    assert run.stdout.count("\n") == 1
    with Store.open(tmp_path) as store:
        last = len(store)
        assert store.papers.get([f"2401.{last - 1:05d}"])
        assert Index.open(tmp_path, store).status().vectors == last
    assert last >= 100


@posix
def test_an_index_that_cannot_be_written_is_served_from_memory(tmp_path: Path) -> None:
    with Store.open(tmp_path, write=True) as store:
        store.add([paper(n) for n in range(3000)], encode, encoder="bag of words", today=_today())
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
        try:
            index = Index.open(tmp_path, store)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert index.status().bytes == 0
        assert index.search(encode([paper(5)])[0], 1)[0].tolist() == [6]
    assert not list(tmp_path.glob("vectors.faiss*"))
    finds_all(tmp_path, 3000)
    assert (tmp_path / "vectors.faiss").exists()


@pytest.fixture
def sealed() -> Iterator[Path]:
    """A folder with papers that this test's child process may read and not write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.open(folder, write=True) as store:
            store.add([paper(n) for n in range(200)], encode, encoder="bag of words", today=_today())
            Index.open(folder, store)
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


@posix
def test_a_read_only_folder_is_searched_and_says_so_when_written_to(sealed: Path) -> None:
    read = os.fork()
    if read == 0:  # a child without root's right to write anywhere
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            with Store.open(sealed) as store:
                rows, _ = Index.open(sealed, store).search(encode([paper(5)])[0], 1)
                assert rows.tolist() == [6]
            with pytest.raises(StoreError, match=r"cannot be written \(Permission denied\)"):
                Store.open(sealed, write=True)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(read, 0)[1] == 0


@posix
def test_a_folder_that_may_not_be_looked_into_is_said_in_one_line(sealed: Path) -> None:
    sealed.chmod(0)
    read = os.fork()
    if read == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            for write in (False, True):
                with pytest.raises(StoreError, match=r"Permission denied\)"):
                    Store.open(sealed, write=write)
            os._exit(0)
        finally:
            os._exit(1)
    ended = os.waitpid(read, 0)[1]
    sealed.chmod(0o555)
    assert ended == 0


def _today() -> date:
    return date(2026, 3, 1)
