"""The first question to a folder fills it with the starter papers, however many come at once, whatever a kill left."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recommender import config
from recommender.errors import StoreError
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.sources.files import PaperFile
from recommender.store import Store
from recommender.store.lock import WriteLock
from recommender.verbs import imports


@pytest.fixture(autouse=True)
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty papers in place of thousands."""
    lines = [
        {"id": f"2401.{number:05d}", "title": f"Graph {number}", "abstract": "Of graphs."} for number in range(1, 31)
    ]
    path = tmp_path / "starter.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    monkeypatch.setattr(imports, "STARTER", path)


def asked(folder: Path) -> int:
    with imports.open_for_asking(config.Config(folder)) as library:
        assert library.search("graphs", 3)
        return len(library.store)


def test_eight_first_questions_at_once_are_all_answered_from_all_starter_papers(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(asked, [tmp_path] * 8)) == [30] * 8


@pytest.mark.parametrize("left", ["nothing", "an empty file", "tables without papers", "a folder"])
def test_what_a_kill_left_of_an_index_is_no_obstacle(tmp_path: Path, left: str) -> None:
    if left != "nothing":
        (tmp_path / "index").mkdir()
    if left == "an empty file":
        (tmp_path / "index" / "papers.db").touch()
    if left == "tables without papers":
        Store.open(tmp_path / "index", write=True).close()
    assert asked(tmp_path) == 30


def test_a_kill_while_the_library_is_filled_leaves_all_starter_papers_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> Iterator[Paper]:
        yield Paper("2401.00001", "Graph 1", "Of graphs.")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(PaperFile, "papers", killed)
        with pytest.raises(KeyboardInterrupt):
            asked(tmp_path)
    assert asked(tmp_path) == 30


def test_a_folder_that_another_process_never_lets_go_of_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_PATIENCE", 0)
    monkeypatch.setattr(Recommender, "__init__", _impatient)
    (tmp_path / "index").mkdir()
    lock = WriteLock(tmp_path / "index", wait=0)
    try:
        with pytest.raises(StoreError, match="another process is writing"):
            asked(tmp_path)
    finally:
        lock.release()


def _impatient(self: object, settings: config.Config, **_: object) -> None:
    Store.open(settings.resolve(settings.index.path), write=True, wait=0)
