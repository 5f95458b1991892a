"""No acknowledged paper is ever lost, by SIGKILL, full disk or read-only folder; a dead writer's lock is free."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from recommender import upkeep
from recommender.errors import StoreError
from recommender.index import Index
from recommender.store import Store
from tests.bag_of_words import IDENTITY, encode
from tests.killed_writer import TASKS, Words, paper

ROOT = Path(__file__).parent.parent
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits and users")


def killed_after(folder: Path, first: int, task: str, delay: float) -> int:
    """Run the writer, kill it `delay` seconds after its first batch; the number that it acknowledged last."""
    command = [sys.executable, "-m", "tests.killed_writer", str(folder), str(first), task]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        lines = [writer.stdout.readline()]
        try:
            writer.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            writer.kill()
        lines += writer.stdout.read().splitlines()
    return max(int(line) for line in lines if line.strip())


def holds_all(folder: Path, last: int) -> None:
    """Assert that every acknowledged paper is stored, has its vector, and is found by it; rebuilds if need be."""
    Store.open(folder, write=True, wait=5).close()  # the lock died with its holder
    with Store.open(folder) as store:
        numbers = range(last)
        assert set(store.get(paper(number).id for number in numbers)) == {paper(number).id for number in numbers}
        half_way = store.encoder != IDENTITY
    if half_way:
        upkeep.rebuild(folder, Words())
    with Store.open(folder) as store:
        index = Index.open(folder, store)
        assert index.status().vectors == len(store)
        for number in np.random.default_rng(last).integers(0, last, 5).tolist():
            stored = store.get([paper(number).id])[paper(number).id]
            assert stored in store.papers(index.search(encode([stored])[0], 3)[0])


def test_thirty_kills_lose_nothing_and_every_next_run_goes_on(tmp_path: Path) -> None:
    random, last = np.random.default_rng(0), 0
    for time in range(30):
        last = killed_after(tmp_path, last, TASKS[time % 3], delay=float(random.uniform(0, 0.1)))
        holds_all(tmp_path, last)


@posix
def test_a_full_disk_ends_in_one_line_and_keeps_what_was_stored(tmp_path: Path) -> None:
    script = f"""
import resource
from datetime import date
from pathlib import Path
from recommender.errors import StoreError
from recommender.index import Index
from recommender.store import Store
from tests.bag_of_words import encode, IDENTITY
from tests.killed_writer import paper
folder = Path({str(tmp_path)!r})
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
    assert last >= 100
    holds_all(tmp_path, last)


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
    holds_all(tmp_path, 3000)
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


def _today() -> date:
    return date(2026, 3, 1)
