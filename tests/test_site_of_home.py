"""`recommend site` from a home: which papers of the digest and of the archive get pages, and what links to what."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.rank import Question, percent
from recommender.site import Written
from recommender.store import Filter
from recommender.verbs import digest as sections
from recommender.verbs import site
from tests.helpers.site_example import static_model
from tests.helpers.small_home import CODES, DAY, GALAXIES, NUMBER, fill, open_home, paper, papers

CODES_ONLY: dict[str, Any] = {
    "sections": [{"title": "Quantum error correction", "categories": [CODES], "min_relevance": 0.0}],
    "embedding": {"model": "small"},
}
ARCHIVED = [paper(GALAXIES, number).id for number in range(3)]
"Shown by an earlier digest, each a day later than the one before it, and by today's no more."
MEMORY: dict[str, tuple[int | None, date]] = {
    **{paper_id: (1, DAY - timedelta(days=40 - n)) for n, paper_id in enumerate(ARCHIVED)},
    "2501.99999": (1, DAY),  # stored no more
}
TODAY = [paper(CODES, number).id for number in range(7)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose vectors are short: the real one's make a site of seconds."""
    return static_model(tmp_path_factory.mktemp("model") / "small", dimensions=8)


@pytest.fixture
def home(tmp_path: Path, model: Path) -> Path:
    """A home whose digest of today shows all papers on codes, and whose earlier ones showed three galaxies."""
    (tmp_path / "small").symlink_to(model)
    fill(tmp_path, papers(), **CODES_ONLY)
    with open_home(tmp_path, CODES_ONLY, write=True) as library:
        library.store.memory.set_shown("Galaxies", MEMORY)
        library.store.memory.set_shown("Stars", {ARCHIVED[2]: (1, DAY - timedelta(days=90))})  # what counts is the last
    return tmp_path


def written(folder: Path, **keys: Any) -> Written:
    with open_home(folder, CODES_ONLY | keys) as library:
        return site.write(library, sections.make(library))


def pages(folder: Path) -> set[str]:
    """Ids of the papers that have a page."""
    return {path.stem for path in (folder / "papers").glob("*.html")}


def test_papers_of_the_digest_and_of_the_archive_have_pages(home: Path) -> None:
    done = written(home)
    assert pages(home / "site") == {*TODAY, *ARCHIVED}, "one that is not stored any more has none"
    assert done.files == done.changed > 0
    archive = "".join(path.read_text("utf-8") for path in (home / "site" / "archive").glob("2026-*.html"))
    for paper_id in ARCHIVED:
        assert f"papers/{paper_id}.html" in archive
    assert (home / "site" / "archive" / f"{DAY - timedelta(days=40):%Y-%m}.html").exists()


def test_a_second_time_nothing_is_written_and_what_is_gone_is_removed(home: Path) -> None:
    first = written(home)
    again = written(home)
    assert (again.files, again.changed, again.removed) == (first.files, 0, 0)
    with open_home(home, CODES_ONLY, write=True) as library:
        library.store.memory.set_shown("Galaxies", {})
        library.store.memory.set_shown("Stars", {})
    assert written(home).removed >= len(ARCHIVED)
    assert pages(home / "site") == set(TODAY)


@pytest.mark.parametrize(("most", "archived"), [(9, ARCHIVED[1:]), (8, ARCHIVED[2:]), (7, []), (1, [])])
def test_at_most_so_many_papers_have_pages_the_archives_latest_but_all_of_the_digest(
    home: Path, most: int, archived: list[str]
) -> None:
    written(home, site={"papers": most})
    assert pages(home / "site") == {*TODAY, *archived}


def test_a_papers_page_lists_the_most_similar_papers_and_never_itself(home: Path) -> None:
    twin = replace(paper(CODES, 0), id="2601.09999")
    with open_home(home, CODES_ONLY, write=True) as library:
        library.add([twin])
        library.refresh()
    written(home, site={"neighbours": 3})
    page = (home / "site" / "papers" / f"{twin.id}.html").read_text("utf-8")
    similar = list(dict.fromkeys(re.findall(r"2601\.\d{5}", page.split("Most similar papers")[1])))
    assert len(similar) == 3
    assert similar[0] == paper(CODES, 0).id
    assert twin.id not in similar
    written(home, site={"neighbours": 0})
    assert "Most similar" not in (home / "site" / "papers" / f"{twin.id}.html").read_text("utf-8")


def test_the_site_has_the_name_folder_and_way_home_of_config(home: Path) -> None:
    written(home, site={"title": "Codes daily", "path": "docs/pages", "home": "https://example.org/repository"})
    index = (home / "docs" / "pages" / "index.html").read_text("utf-8")
    assert "Codes daily" in index
    assert 'href="https://example.org/repository"' in index
    assert not (home / "site").exists()


def test_feeds_are_linked_where_they_lie_inside_the_sites_folder(home: Path) -> None:
    written(home, feeds={"path": "site/feeds"})
    index = (home / "site" / "index.html").read_text("utf-8")
    assert "feeds/all.atom" in index
    assert "feeds/quantum-error-correction.json" in index
    written(home, feeds={"path": "feeds"})
    assert ".atom" not in (home / "site" / "index.html").read_text("utf-8")


def test_the_search_page_has_the_configured_model_if_a_page_can_run_it_or_else_the_default(home: Path) -> None:
    written(home)
    data = "".join(path.read_text("utf-8") for path in (home / "site").rglob("*.js"))
    assert '"dimensions":8,' in data


def found_by_the_search(folder: Path) -> list[str]:
    """Ids of the papers that the search page finds, in order."""
    scripts = sorted((folder / "assets").glob("papers-*.js"))
    return [
        each for script in scripts for each in json.loads(script.read_text("utf-8").partition('"] = ')[2][:-2])["ids"]
    ]


def test_the_search_finds_papers_without_pages_too_and_says_how_many(home: Path) -> None:
    written(home, site={"papers": 7, "covers": 20})
    ids = found_by_the_search(home / "site")
    assert set(ids[:7]) == set(TODAY)
    assert len(set(ids)) == len(ids) == 20
    assert f"Covers 20 of the library's {NUMBER} papers" in (home / "site" / "search.html").read_text("utf-8")
    written(home)
    assert len(found_by_the_search(home / "site")) == NUMBER
    assert f"Covers {NUMBER} papers, all that the library holds" in (home / "site" / "search.html").read_text("utf-8")


def test_the_search_leaves_withdrawn_papers_out(home: Path) -> None:
    gone = replace(paper(GALAXIES, 4), id="2601.09998", comment="This paper has been withdrawn by the authors")
    with open_home(home, CODES_ONLY, write=True) as library:
        library.add([gone])
        library.refresh()
    written(home)
    assert gone.id not in found_by_the_search(home / "site")
    assert "but for 1 withdrawn" in (home / "site" / "search.html").read_text("utf-8")


def test_all_papers_above_the_cut_are_counted_not_those_shown(home: Path) -> None:
    tables = CODES_ONLY | {"sections": [CODES_ONLY["sections"][0] | {"top": 2}]}
    with open_home(home, tables) as library:
        site.write(library, sections.make(library))
    for page in ("index.html", "sections/quantum-error-correction.html"):
        assert "2 papers of 7 above the cut" in (home / "site" / page).read_text("utf-8")
    assert "7 in two years</span>" in (home / "site" / "index.html").read_text("utf-8")


def test_a_section_that_no_model_can_read_costs_the_pages_nothing_else(home: Path) -> None:
    tables = CODES_ONLY | {"sections": [*CODES_ONLY["sections"], {"title": "\u6df1\u5ea6"}]}
    with open_home(home, tables) as library:
        site.write(library, sections.make(library))
    assert pages(home / "site") == {*TODAY, *ARCHIVED}


def test_a_page_that_did_not_change_keeps_its_time(home: Path) -> None:
    written(home, site={"neighbours": 2})
    before = {path: path.stat().st_mtime_ns for path in (home / "site").rglob("*.html")}
    with open_home(home, CODES_ONLY, write=True) as library:
        library.store.memory.set_shown("Galaxies", {})
    written(home, site={"neighbours": 2})
    after = {path: path.stat().st_mtime_ns for path in (home / "site").rglob("*.html")}
    same = {path.name for path in after if after[path] == before.get(path)}
    assert {f"{paper_id}.html" for paper_id in TODAY} <= same


def test_papers_above_a_cut_are_those_that_an_answer_of_any_length_would_name(home: Path) -> None:
    question = Question(("quantum error correction",))
    with open_home(home, CODES_ONLY) as library:
        for only in (Filter(), Filter(categories=(GALAXIES,))):
            for least in (0.0, 1.0, 20.0, 90.0):
                rows, odds = library.above(question, only, least)
                named = library.answer(question, 100, only, least=least)
                assert {each.id for each in library.store.papers.at(rows)} == {scored.paper.id for scored in named}
                assert np.allclose(sorted(map(percent, odds.tolist())), sorted(scored.relevance for scored in named))
