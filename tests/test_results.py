"""What the fronts print of a result: every fact of the paper, its place, and the example that decided."""

import json
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from recommender.fronts import records
from recommender.fronts.cli import main
from recommender.paper import Paper, Scored
from recommender.verbs.digest import make
from recommender.verbs.publish import write
from tests.helpers.small_home import CODES, GALAXIES, fill, open_home, paper, papers

FULL = Paper(
    "2407.16658",
    "A title",
    "An abstract.",
    authors=("Ada Byron", "Emmy Noether"),
    categories=("cs.CV", "cs.IR"),
    published=date(2024, 7, 23),
    updated=date(2025, 1, 2),
    version=3,
    comment="12 pages",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = fill(tmp_path_factory.mktemp("home"), papers())
    (folder / "config.toml").write_text('[[sections]]\ntitle = "Galaxies"\n', "utf-8")
    return folder


def recommend(home: Path, *arguments: str) -> str:
    run = CliRunner().invoke(main, [*arguments, "--config", str(home / "config.toml")], catch_exceptions=False)
    assert run.exit_code == 0
    return run.stdout


def found(home: Path, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in recommend(home, *arguments, "--json").splitlines()]


def test_a_record_holds_every_fact_of_a_paper_and_of_its_score() -> None:
    record = records.of(Scored(FULL, 0.61803, 97.449, like="2407.00001"), 4)
    assert json.loads(json.dumps(record)) == {
        "rank": 4,
        "relevance": 97.4,
        "similarity": 0.618,
        "like": "2407.00001",
        "because": None,
        "id": "2407.16658",
        "version": 3,
        "url": "https://arxiv.org/abs/2407.16658v3",
        "title": "A title",
        "authors": ["Ada Byron", "Emmy Noether"],
        "categories": ["cs.CV", "cs.IR"],
        "published": "2024-07-23",
        "updated": "2025-01-02",
        "comment": "12 pages",
        "abstract": "An abstract.",
    }
    facts = {fact.name for kind in (Paper, Scored) for fact in fields(kind)} - {"paper", "interest"}
    assert facts <= set(record), "a new fact of a paper belongs into its record"


def test_what_is_not_known_is_null_or_empty() -> None:
    record = records.of(Scored(Paper("2407.16658", "T", "A"), 0.5, 50.0), 1)
    assert (record["published"], record["updated"], record["version"]) == (None, None, None)
    assert (record["like"], record["comment"], list(record["authors"])) == ("", "", [])


def test_results_are_counted_from_one_and_as_many_as_asked_for(home: Path) -> None:
    results = found(home, "search", "galaxies", "-n", "3")
    assert [result["rank"] for result in results] == [1, 2, 3]
    assert {result["categories"][0] for result in results} == {GALAXIES}
    assert not any(result["like"] for result in results)


def test_a_similar_paper_names_the_one_that_it_is_like(home: Path) -> None:
    codes, galaxies = paper(CODES, 0).id, paper(GALAXIES, 3).id
    results = found(home, "similar", codes, galaxies, "-n", "6")
    assert {codes, galaxies} & {result["id"] for result in results} == set(), "not the papers themselves"
    assert len(results) == 6
    of_topic = {CODES: codes, GALAXIES: galaxies}
    assert all(result["like"] == of_topic[result["categories"][0]] for result in results)
    text = recommend(home, "similar", codes, "-n", "1")
    assert text.splitlines()[1].strip().endswith(f"{CODES}  like {codes}")


def test_a_digest_names_the_example_that_decided(home: Path) -> None:
    example = paper(CODES, 3)
    wanted = {"title": "Galaxies", "like": [example.id], "min_relevance": 0.0}
    with open_home(home, {"sections": [wanted], "digest": {"path": "like.md"}}) as library:
        write(make(library), library.config)
    rows = (home / "like.md").read_text("utf-8").splitlines()
    (row,) = (line for line in rows if "Low-density parity-check codes" in line)
    assert f"<br>like {example.id} |" in row
    (other,) = (line for line in rows if "Mergers of massive galaxies" in line)
    assert "like" not in other
