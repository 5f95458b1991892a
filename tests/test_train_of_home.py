"""`recommend train` before it trains: whose papers it learns from, and which teacher it asks."""

from pathlib import Path

import pytest

from recommender.config import Config
from recommender.errors import InputError
from recommender.sources.files import line_of
from recommender.train import Settings
from recommender.verbs.imports import STARTER
from recommender.verbs.train import train
from tests.helpers.small_home import CODES, NUMBER, fill, paper, papers

SETTINGS = Settings(start="teacher", dimensions=300, steps=1)


def test_without_files_it_learns_from_the_papers_of_the_index(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"^{NUMBER} papers are too few to learn from"):
        train(Config(fill(tmp_path, papers())), tmp_path / "out", SETTINGS, files=(), teacher="", bad=[])


def test_with_files_it_learns_from_them_and_opens_no_index(tmp_path: Path) -> None:
    file, bad = tmp_path / "papers.jsonl", list[str]()
    file.write_text(f"{line_of(paper(CODES, 0))}\n{{\n{line_of(paper(CODES, 1))}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"^4 papers are too few to learn from"):
        train(Config(tmp_path), tmp_path / "out", SETTINGS, files=(file, file), teacher="", bad=bad)
    assert [line.split(" is ")[0] for line in bad] == [f"{file}: line 2"] * 2
    assert not (tmp_path / "index").exists()


def test_the_teacher_is_the_model_that_is_named(tmp_path: Path) -> None:
    def ask(teacher: str) -> None:
        train(Config(tmp_path), tmp_path / "out", SETTINGS, files=(STARTER,), teacher=teacher, bad=[])

    with pytest.raises(InputError, match=r"at least 300 dimensions; static-[0-9a-f]+ has 256"):
        ask("default")
    with pytest.raises(InputError, match="at least 300 dimensions; none is named"):
        ask("")
