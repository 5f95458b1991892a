"""Saved searches: what is new in each since it was last looked at, in the shell and in the digest."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recommender import config
from recommender.errors import InputError
from recommender.fronts.cli import main
from recommender.store import Store
from recommender.verbs import digest, upkeep, watch
from tests.helpers import small_home

NOW = datetime(2026, 11, 21, tzinfo=UTC)
QUERY = "quantum error correcting codes"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    small_home.fill(tmp_path, small_home.papers())
    (tmp_path / "config.toml").write_text("[ranking]\nmin_relevance = 50\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
    return tmp_path


def recommend(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["watch", *arguments], catch_exceptions=False)


def come(folder: Path, *topics: str, first: int = 0) -> None:
    """New papers, one of each topic."""
    papers = [replace(small_home.paper(topic, 2), id=f"2611.{first + n:05}") for n, topic in enumerate(topics)]
    small_home.fill(folder, papers)


def test_what_comes_is_new_once_and_only_above_the_cut(library: Path) -> None:
    assert recommend("add", QUERY).exit_code == 0
    assert "nothing new" in recommend("new").stdout
    come(library, small_home.CODES, small_home.GALAXIES)
    assert f"{QUERY}: 1 new" in recommend("list").stdout
    kept = recommend("new", "--keep", "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in kept] == ["2611.00000"]
    assert json.loads(kept[0])["search"] == QUERY
    assert "Fault-tolerant logical gates" in recommend("new").stdout
    assert "nothing new" in recommend("new").stdout


def test_a_search_that_shows_less_than_is_new_is_not_yet_seen(library: Path) -> None:
    recommend("add", QUERY, "--name", "codes")
    come(library, small_home.CODES, small_home.CODES)
    for _ in range(2):
        assert "1 new" in recommend("new", "codes", "-n", "1").stdout
    assert "2 new" in recommend("new", "codes", "-n", "3").stdout
    assert "nothing new" in recommend("new", "codes").stdout


def test_filters_narrow_it_and_a_name_is_changed_in_place(library: Path) -> None:
    recommend("add", QUERY, "--name", "codes", "--category", "cs.CV", "--author", "Byron")
    come(library, small_home.CODES)
    assert "codes: 0 new" in recommend("list").stdout
    recommend("add", QUERY, "--name", "codes")
    assert "codes: 0 new" in recommend("list").stdout, "it asks for something else, and begins anew"
    come(library, small_home.CODES, first=5)
    recommend("add", QUERY, "--name", "codes", "--min-relevance", "60")
    assert "codes: 1 new" in recommend("list").stdout, "the same question with another cut goes on"


def test_it_is_forgotten_by_name_and_an_unknown_name_says_which_there_are(library: Path) -> None:
    assert "no search is kept yet" in recommend("list").stderr
    recommend("add", QUERY, "--name", "codes")
    assert recommend("remove", "nothing").stderr.endswith("there are codes\n")
    assert recommend("remove", "codes").exit_code == 0
    assert recommend("new", "codes").exit_code == 1


@pytest.mark.parametrize("name", ["a/b", "..", "", "x" * 61, "<b>", "#1"])
def test_a_name_that_no_address_could_hold_is_refused(library: Path, name: str) -> None:
    ended = recommend("add", QUERY, "--name", name) if name else recommend("add", " ", "--name", "x")
    assert ended.exit_code == 1
    assert ended.stderr.count("\n") == 1


def test_a_rebuilt_index_makes_nothing_new_again(library: Path) -> None:
    recommend("add", QUERY, "--name", "codes")
    come(library, small_home.CODES)
    upkeep.rebuild(library / "index", small_home.encoder())
    assert "codes: 1 new" in recommend("list").stdout


def test_it_is_a_section_of_the_digest_only_when_asked(library: Path) -> None:
    loaded = config.load(library / "config.toml")
    for name, asked in (("kept", False), ("told", True)):
        with Store.open(library / "index", write=True) as store:
            watch.keep(store, name, QUERY, NOW, digest=asked)
    with small_home.open_home(library) as open_:
        open_.config = loaded
        made = digest.make(open_)
    assert [section.title for section in made.sections] == ["told"]
    assert small_home.CODES in {row.paper.categories[0] for row in made.sections[0].rows}


def test_a_mark_of_before_or_of_the_future_takes_nothing_back(library: Path) -> None:
    with Store.open(library / "index", write=True) as store:
        watch.keep(store, "codes", QUERY, NOW)
        later: Callable[[int], datetime] = lambda days: NOW + timedelta(days=days)  # noqa: E731
        assert watch.seen(store, "codes", 3, later(1)).looked == NOW
        assert watch.seen(store, "codes", 10**9, later(2)).seen == small_home.NUMBER
        with pytest.raises(InputError, match="percentage"):
            watch.keep(store, "codes", QUERY, NOW, least=101)


def test_saved_searches_outlive_a_damaged_file(library: Path) -> None:
    recommend("add", QUERY, "--name", "codes", "--category", "quant-ph")
    with Store.open(library / "index", write=True) as store, store.database.transaction() as db:
        db.execute(
            "INSERT INTO watches SELECT 'bad', query, categories, author, since, least, digest, 'x', looked, "
            "created FROM watches"
        )
    with Store.open(library / "index") as store:
        assert [kept.name for kept in store.watches.every()] == ["codes"]
    upkeep.rebuild(library / "index", small_home.encoder())
    with Store.open(library / "index") as store:
        assert [(kept.name, kept.categories) for kept in store.watches.every()] == [("codes", ("quant-ph",))]
