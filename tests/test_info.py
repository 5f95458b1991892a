"""What `recommend info` tells of a home: papers, model, index, and how fetching has gone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from recommender.store import Fetch
from recommender.verbs.info import Info, info
from tests.helpers.small_home import DAY, NUMBER, encoder, enter, fill, open_home, papers


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return fill(tmp_path, papers())


def told(folder: Path) -> Info:
    with open_home(folder) as library:
        return info(library)


def lines(folder: Path) -> dict[str, str]:
    """The facts by name; those under another stand under their own first word."""
    return {name or value.split()[0]: value for name, value in told(folder).lines()}


def test_a_home_is_told_by_its_papers_model_and_index(home: Path) -> None:
    facts = told(home)
    assert (facts.papers, facts.newest, facts.fetches) == (NUMBER, DAY, ())
    assert facts.folder == home / "index"
    assert facts.encoder == encoder().identity
    said = lines(home)
    assert said["papers"] == f"{NUMBER}; newest of {DAY}"
    assert said["encoder"] == encoder().identity
    assert "0 papers beside it" in said["index"]


def test_a_home_without_papers_says_none(tmp_path: Path) -> None:
    facts = lines(fill(tmp_path, []))
    assert (facts["papers"], facts["encoder"]) == ("none", "none yet")


def test_every_target_is_told_as_a_whole_and_by_source(home: Path) -> None:
    enter(home, "Galaxies", (DAY - timedelta(days=2), True, ""), (DAY, False, "api: hung"))
    enter(home, "Proteins", (DAY, False, "api: a 503"))
    with open_home(home, write=True) as library:
        at = datetime(2026, 11, 19, 7, 30, tzinfo=UTC)
        library.store.ledger.enter(Fetch("Galaxies", "oai", at, ok=True, new=5, revised=1))
        library.store.ledger.enter(Fetch("Galaxies", "", at, ok=False, detail="oai: no"))
    assert [value for _, value in told(home).lines()][4:] == [
        "Galaxies: last good 2026-11-19 07:30 UTC from oai, 5 new, 1 revised; "
        "last failure 2026-11-19 07:30 UTC: oai: no",
        "  api: last good 2026-11-18 06:00 UTC; last failure 2026-11-20 06:00 UTC: api: hung",
        "  oai: last good 2026-11-19 07:30 UTC",
        "Proteins: never fetched",
        "  api: never fetched; last failure 2026-11-20 06:00 UTC: api: a 503",
    ]


def test_as_a_record_it_is_plain_values(home: Path) -> None:
    enter(home, "Galaxies", (DAY, True, ""))
    record = told(home).record()
    assert record["folder"] == str(home / "index")
    assert (record["papers"], record["newest"]) == (NUMBER, DAY.isoformat())
    assert record["index"]["vectors"] == NUMBER
    (whole, api) = record["fetches"]
    assert (whole["target"], whole["source"], api["source"]) == ("Galaxies", "", "api")
    assert date.fromisoformat(whole["good"]["at"][:10]) == DAY
