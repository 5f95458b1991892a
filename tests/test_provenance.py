"""What a section says of itself: fetched when, from where; out of date since when, and why; never fetched; new papers.

Through the digest of a real home, whose ledger holds what the fetches left there.
"""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from recommender.digest import rows
from recommender.digest.model import Digest
from recommender.sources.files import line_of
from recommender.verbs import digest as sections
from recommender.verbs.imports import STARTED, import_files
from tests.helpers.small_home import (
    CODES,
    DAY,
    GALAXIES,
    NUMBER,
    enter,
    fill,
    made,
    open_home,
    paper,
    papers,
    section,
)

QUERY = "Quantum error correction"
SECTIONS: list[dict[str, Any]] = [{"title": QUERY}, {"title": "Galaxies", "categories": ["astro-ph"]}]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return fill(tmp_path, papers())


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def said(folder: Path, *wanted: dict[str, Any]) -> list[str]:
    """The line under the heading of each section."""
    digest = made(folder, *(wanted or SECTIONS))
    return [rows.provenance(part, digest.day) for part in digest.sections]


def test_a_section_never_fetched_says_so_and_what_is_shown_instead(home: Path) -> None:
    codes, galaxies = said(home)
    assert codes == (
        f"Not fetched from arXiv yet; these are papers imported from files · newest paper of {DAY} "
        f"· 7 shown of {NUMBER}"
    )
    assert galaxies.endswith(f"newest paper of {DAY} · {len(section(home, 'Galaxies').rows)} shown of 6")


def test_the_starter_papers_are_called_by_their_name(home: Path) -> None:
    with open_home(home, write=True) as library:
        library.store.ledger.set_cursor(STARTED, DAY.isoformat())
    assert said(home)[0].startswith("Not fetched from arXiv yet; these are starter papers")


def test_starter_papers_and_those_imported_since_are_both_named(home: Path) -> None:
    file = home / "more.jsonl"
    file.write_text(line_of(replace(paper(CODES, 0), id="2601.09999")) + "\n", encoding="utf-8")
    with open_home(home, write=True) as library:
        library.store.ledger.set_cursor(STARTED, DAY.isoformat())
        import_files(library, [file])
    assert "; these are starter papers and papers imported from files ·" in said(home)[0]


def test_a_fetched_section_names_the_day_and_the_service(home: Path) -> None:
    enter(home, QUERY, (ago(1), True, ""))
    codes, galaxies = said(home)
    assert codes.startswith(f"Fetched {ago(1)} from arXiv's query API · newest paper of {DAY}")
    assert galaxies.startswith("Not fetched from arXiv yet"), "that was another section"


def test_a_section_is_out_of_date_since_the_first_failure_after_the_last_good_fetch(home: Path) -> None:
    fetches = [(ago(6), False, "an older story"), (ago(5), True, ""), (ago(3), False, "a 503"), (ago(2), False, "hung")]
    enter(home, QUERY, *fetches)
    enter(home, "Galaxies", (ago(2), True, ""))
    codes, galaxies = said(home)
    assert codes.startswith(
        f"⚠️ **Out of date since {ago(3)}:** arXiv could not be read (hung); these are the papers of {ago(5)} ·"
    )
    assert galaxies.startswith(f"Fetched {ago(2)} from arXiv's query API · "), "a failure stays with its section"


def test_a_good_fetch_ends_it(home: Path) -> None:
    enter(home, QUERY, (ago(3), False, "a 503"), (ago(1), True, ""))
    assert said(home)[0].startswith(f"Fetched {ago(1)} from")


def test_a_section_that_was_never_reached_gives_the_reason_and_what_is_shown_instead(home: Path) -> None:
    enter(home, QUERY, (ago(3), False, "a 503"), (ago(2), False, "hung"))
    assert said(home)[0].startswith(
        "⚠️ **arXiv could not be reached** (hung); these are papers imported from files · newest paper"
    )


def test_the_newest_paper_is_that_of_the_sections_filters(home: Path) -> None:
    newest = said(home, {"title": QUERY, "categories": ["hep-th"]}, {"title": "Galaxies", "max_age_days": 1})
    assert "admits none of the 25 stored papers · 0 shown of 0" in newest[0]
    with open_home(home, write=True) as library:
        library.add([replace(paper(CODES, 0), id="2601.09999", updated=DAY + timedelta(days=1))])
    codes, galaxies = said(home)
    assert f"newest paper of {DAY + timedelta(days=1)}" in codes
    assert f"newest paper of {DAY} " in galaxies


def test_a_digest_is_of_the_day_of_the_last_attempt_or_else_of_the_newest_paper(home: Path, tmp_path: Path) -> None:
    assert made(home, *SECTIONS).day == DAY
    enter(home, QUERY, (ago(3), True, ""))
    assert made(home, *SECTIONS).day == ago(3)
    enter(home, "Galaxies", (ago(2), False, "hung"))
    assert made(home, *SECTIONS).day == ago(2)
    assert made(fill(tmp_path / "empty", []), *SECTIONS).day == DAY + timedelta(days=1), "nothing stored: today"


def written(folder: Path) -> Digest:
    """Make a digest and write it; what was written."""
    with open_home(folder, {"sections": SECTIONS}, write=True) as library:
        digest = sections.make(library)
        sections.write(library, digest)
        return digest


def test_a_paper_is_new_on_the_first_day_that_shows_it_and_counted_under_the_heading(home: Path) -> None:
    enter(home, QUERY, (DAY, True, ""))
    written(home)
    codes, _ = said(home)
    assert "new" not in codes.split("·")[-1], "in a first digest all is new, and nothing is marked"
    enter(home, QUERY, (DAY + timedelta(days=1), True, ""))
    assert said(home)[0].endswith(f"7 shown of {NUMBER} · nothing new today")
    with open_home(home, write=True) as library:
        library.add([replace(paper(CODES, 0), id="2601.09999"), replace(paper(CODES, 1), version=2)])
        library.refresh()
    assert said(home)[0].endswith(f"8 shown of {NUMBER + 1} · 1 new, 1 revised")
    marks = {row.paper.id: row.mark for row in written(home).sections[0].rows if row.mark}
    assert marks == {"2601.09999": "new", paper(CODES, 1).id: "revised"}
    assert "🆕 **[Quantum error correction" in (home / "README.md").read_text("utf-8")
    enter(home, QUERY, (DAY + timedelta(days=2), True, ""))
    assert said(home)[0].endswith("nothing new today")


def test_what_one_section_has_shown_is_remembered_for_it_alone(home: Path) -> None:
    written(home)
    with open_home(home) as library:
        memory = library.store.memory
        assert set(memory.shown(QUERY)) == {paper(CODES, number).id for number in range(7)}
        assert {paper_id[:7] for paper_id in memory.shown("Galaxies")} == {paper(GALAXIES, 0).id[:7]}
        assert set(memory.shown(QUERY).values()) == {(1, DAY)}
