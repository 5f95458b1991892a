"""Which library a command asks: the one that --config names, the nearest, or the user's own; never one by surprise."""

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recommender.fronts.cli import main
from recommender.paper import Paper
from recommender.sources.files import line_of


def recommend(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.mark.parametrize("verb", ["digest", "update", "site", "fetch"])
def test_without_a_configuration_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    (tmp_path / "README.md").write_text("Mine\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = recommend(verb)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"recommend: no config.toml in {tmp_path}")
    assert "`recommend init`" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "Mine\n"


def test_a_question_in_a_folder_below_is_put_to_the_library_above(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = home / "notes" / "today"
    below.mkdir(parents=True)
    for there in ({"config.toml", "index"}, {"index"}):
        for name in {"config.toml"} - there:
            (home / name).unlink()
        monkeypatch.chdir(below)
        found = recommend("search", "composed image retrieval", "--json")
        assert len(found.stdout.splitlines()) == 10
        assert found.stderr == f"recommend: asking the library in {home}; --config names another\n"
        assert recommend("check").stderr == found.stderr
    assert list(below.iterdir()) == []


def test_a_question_outside_any_library_is_put_to_the_users_own(
    tmp_path: Path, starter_index: Path, own_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = recommend("search", "topological insulators", "--json")
    assert len(first.stdout.splitlines()) == 10
    assert f"asking your own in {own_library}, which begins with the starter papers" in first.stderr
    assert list(tmp_path.iterdir()) == []
    second = recommend("search", "topological insulators", "--json")
    assert second.stdout == first.stdout
    assert second.stderr == f"recommend: no library in this folder or above; asking your own in {own_library}\n"
    (own_library / "config.toml").write_text('[index]\npath = "other"\n', encoding="utf-8")
    shutil.copytree(starter_index, own_library / "other")
    assert json.loads(recommend("info", "--json").stdout)["folder"] == str(own_library / "other")


def test_the_named_configuration_always_wins(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "mine.toml"
    assert recommend("search", "x", "--config", str(other)).exit_code == 1
    assert recommend("digest", "--config", "missing.toml").stderr.startswith("recommend: missing.toml: no such file")
    papers = home / "papers.jsonl"
    papers.write_text(line_of(Paper("2407.16658", "Graphs", "Graphs")) + "\n", "utf-8")
    other.write_text("", encoding="utf-8")
    recommend("import", str(papers), "--config", str(other))
    assert len(recommend("search", "graphs", "--json", "--config", str(other)).stdout.splitlines()) == 1


def test_papers_are_imported_into_the_nearest_library_or_begin_one_here(
    tmp_path: Path, own_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "papers.jsonl").write_text(line_of(Paper("2407.16658", "Graphs", "Graphs")) + "\n", "utf-8")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path)
    assert recommend("import", "papers.jsonl").stdout.startswith("1 new")
    monkeypatch.chdir(tmp_path / "below")
    assert recommend("import", "../papers.jsonl").stdout.startswith("0 new, 0 revised, 1 known")
    assert not own_library.exists()


def test_a_configuration_that_a_stranger_left_above_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('[index]\npath = "/srv/theirs"\n', encoding="utf-8")
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr(Path, "stat", owned_by(54321, Path.stat))
    assert "asking your own" in recommend("info").stderr


def owned_by(user: int, stat: object) -> object:
    def owned(path: Path, **options: bool) -> os.stat_result:
        found = stat(path, **options)  # type: ignore[operator]
        values = list(found)
        values[4] = user
        return os.stat_result(values, {"st_mtime_ns": found.st_mtime_ns})

    return owned


def test_categories_are_checked_repeated_and_separated_by_commas(home: Path) -> None:
    bad = recommend("search", "x", "--category", "cs.CB")
    assert (bad.exit_code, bad.stdout) == (1, "")
    assert "'cs.CB' is not a category of arXiv; did you mean" in bad.stderr
    assert recommend("search", "x", "--category", ",").exit_code == 1
    both = recommend("search", "x", "--json", "--category", "cs.CV,math", "-n", "5")
    assert both.stdout
    assert (
        both.stdout == recommend("search", "x", "--json", "--category", "cs.CV", "--category", "math", "-n", "5").stdout
    )
