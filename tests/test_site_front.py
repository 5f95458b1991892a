"""What the site's front page opens with: which papers of a section, in which order, and why each is there."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from recommender.digest.model import Row, Section
from recommender.paper import Paper, Reason, Scored
from recommender.site import front

DAY = date(2026, 8, 19)


def row(number: int, *, age: int, mark: str = "", elsewhere: str = "") -> Row:
    """The `number`-th best paper of a section, so many days old."""
    day = DAY - timedelta(days=age)
    paper = Paper(f"2608.{number:05}", f"Paper {number}", "Text.", published=day, updated=day, version=1)
    return Row(Scored(paper, 0.9, 90.0), mark, elsewhere, rank=number)  # type: ignore[arg-type]


def shown(*rows: Row, number: int = 3) -> list[tuple[int, str]]:
    """Rank and label of what opens the page."""
    return [(pick.row.rank, pick.label) for pick in front.picks(Section("Codes", "codes", rows), number)]


def test_news_come_first_then_the_best_match_then_the_latest() -> None:
    rows = [row(1, age=50), row(2, age=9), row(3, age=30, mark="new"), row(4, age=1), row(5, age=20)]
    assert shown(*rows) == [(3, "new"), (1, "best match"), (4, "newest")]
    assert shown(*rows, number=5) == [(3, "new"), (1, "best match"), (4, "newest"), (2, ""), (5, "")]


def test_a_day_of_many_news_leaves_room_for_the_best_match() -> None:
    rows = [row(1, age=50), *(row(n, age=0, mark="new") for n in range(2, 9))]
    assert shown(*rows) == [(2, "new"), (3, "new"), (1, "best match")]


def test_what_another_section_shows_in_full_gives_way() -> None:
    rows = [row(1, age=0, elsewhere="Galaxies"), row(2, age=5), row(3, age=9)]
    assert shown(*rows, number=2) == [(2, ""), (3, "")]
    assert shown(*rows)[-1] == (1, "best match")


def test_a_section_without_papers_opens_with_none() -> None:
    assert shown() == []


@pytest.mark.parametrize(
    ("query", "title", "abstract", "said"),
    [
        ("quantum error correction", "Quantum Error-Correction codes", "", "in its title: quantum, error, correction"),
        (
            "graph neural networks",
            "A graph network",
            "Neural.",
            "in its title: graph, networks; in its abstract: neural",
        ),
        ("high-temperature superconductivity", "High-temperature superconductivity", "", None),
        ("music", "A song", "Sung.", "near in meaning, in other words"),
        ("the of and", "A song", "Sung.", "near in meaning, in other words"),
    ],
)
def test_the_words_in_common_are_why_a_paper_is_there(query: str, title: str, abstract: str, said: str | None) -> None:
    found = front.words_in_common(query, Paper("2608.00001", title, abstract))
    assert found == (said or f"in its title: {query.replace(' ', ', ')}")


def test_an_example_or_a_like_is_a_better_reason_than_words() -> None:
    one = row(1, age=0)
    liked = replace(one, scored=replace(one.scored, because=Reason("2608.00009", "Liked", "")))
    alike = replace(one, scored=replace(one.scored, like="2608.00009"))
    assert front.why(liked, "paper") == ""
    assert front.why(alike, "paper") == "like 2608.00009"
    assert front.why(alike, "paper", [("2608.00009", "Another")]) == "like Another"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Code: https://github.com/ada/engine.", "https://github.com/ada/engine"),
        ("see (https://gitlab.com/a/b/c), please", "https://gitlab.com/a/b/c"),
        ("https://github.com/ada", ""),
        ("http://github.com.evil.example/a/b and https://example.org/a/b", ""),
    ],
)
def test_the_address_of_code_is_found_in_a_comment(text: str, address: str) -> None:
    assert front.code_of(Paper("2608.00001", "Title", "", comment=text)) == address


@pytest.mark.parametrize(("sections", "papers"), [(1, 10), (3, 5), (12, 3)])
def test_fewer_sections_show_more_papers_each(sections: int, papers: int) -> None:
    assert front.number_of_picks(sections) == papers
