"""What a digest shows of ranked papers: which, in which order, marked how, and where in full."""

from datetime import date, timedelta

from recommender.digest.model import Digest, Row, Section, Shown, arrange, compose, is_first, remember, slugs
from recommender.paper import Paper, Scored

TODAY = date(2025, 11, 14)
YESTERDAY = TODAY - timedelta(days=1)


def paper(number: int, *, version: int = 1, comment: str = "", day: date = TODAY) -> Paper:
    return Paper(f"2511.{number:05}", f"Paper {number}", "About it.", version=version, comment=comment, updated=day)


def scored(*papers: Paper) -> list[Scored]:
    return [Scored(one, 0.9 - n / 100, 99.0 - n) for n, one in enumerate(papers)]


def rows(*papers: Paper, shown: Shown, day: date = TODAY, top: int = 100) -> tuple[Row, ...]:
    return arrange(scored(*papers), shown=shown, day=day, top=top)


def marks(digest: Digest) -> list[list[str]]:
    return [[row.mark for row in section.rows] for section in digest.sections]


def test_a_first_digest_marks_nothing() -> None:
    assert is_first({}, TODAY)
    assert [row.mark for row in rows(paper(1), paper(2), shown={})] == ["", ""]


def test_papers_and_versions_not_shown_before_are_marked() -> None:
    shown = {paper(1).id: (1, YESTERDAY), paper(2).id: (1, YESTERDAY)}
    assert [row.mark for row in rows(paper(1), paper(2, version=2), paper(3), shown=shown)] == ["", "revised", "new"]


def test_marks_stay_for_the_day_and_go_the_next() -> None:
    papers = [paper(1), paper(2, version=2), paper(3)]
    shown = remember({paper(1).id: (1, YESTERDAY), paper(2).id: (1, YESTERDAY)}, papers, TODAY)
    assert remember(shown, papers, TODAY) == shown
    assert [row.mark for row in rows(*papers, shown=shown)] == ["", "revised", "new"]
    assert [row.mark for row in rows(*papers, shown=shown, day=TODAY + timedelta(days=1))] == ["", "", ""]


def test_a_first_digest_made_twice_on_its_day_still_marks_nothing() -> None:
    shown = remember({}, [paper(1)], TODAY)
    assert [row.mark for row in rows(paper(1), shown=shown)] == [""]


def test_a_paper_that_was_gone_for_a_while_is_not_new_again() -> None:
    shown = remember(remember({}, [paper(1)], YESTERDAY), [paper(2)], YESTERDAY)
    assert [row.mark for row in rows(paper(1), shown=shown)] == [""]


def test_learning_the_version_of_a_shown_paper_is_no_revision() -> None:
    shown: Shown = {paper(1).id: (None, YESTERDAY)}
    assert remember(shown, [paper(1, version=3)], TODAY) == {paper(1).id: (3, YESTERDAY)}


def test_sorting_by_date_takes_the_newest_and_keeps_the_rank() -> None:
    papers = [paper(1, day=YESTERDAY), paper(2), paper(3, day=TODAY + timedelta(days=1))]
    by_date = arrange(scored(*papers), shown={}, day=TODAY, top=2, sort="date")
    assert [(row.paper.id, row.rank) for row in by_date] == [(paper(3).id, 3), (paper(2).id, 2)]


def test_a_paper_is_in_full_where_it_ranks_best_and_others_point_there() -> None:
    a = Section("A", "a", rows(paper(1), paper(2), shown={}))
    b = Section("B", "b", rows(paper(2), paper(3), paper(1), shown={}))
    digest = compose(TODAY, [a, b])
    assert [[row.elsewhere for row in section.rows] for section in digest.sections] == [["", "B"], ["", "", "A"]]
    repeated = compose(TODAY, [a, b], duplicates="repeat")
    assert not any(row.elsewhere for section in repeated.sections for row in section.rows)


def test_of_equal_ranks_the_more_relevant_one_wins_then_the_earlier_section() -> None:
    low = Section("Low", "", (Row(Scored(paper(1), 0.1, 60.0), rank=1),))
    high = Section("High", "", (Row(Scored(paper(1), 0.1, 80.0), rank=1),))
    assert [s.rows[0].elsewhere for s in compose(TODAY, [low, high]).sections] == ["High", ""]
    assert [s.rows[0].elsewhere for s in compose(TODAY, [low, low.__class__("Twin", "", low.rows)]).sections] == [
        "",
        "Low",
    ]


def test_a_paper_that_another_section_has_shown_is_not_new() -> None:
    known = Section("A", "", rows(paper(1), shown={paper(1).id: (1, YESTERDAY)}))
    met = Section("B", "", rows(paper(1), paper(2), shown={paper(9).id: (1, YESTERDAY)}))
    assert marks(compose(TODAY, [known, met])) == [[""], ["", "new"]]


def test_a_new_paper_is_marked_also_in_a_section_that_is_new_itself() -> None:
    old = Section("A", "", rows(paper(2), paper(1), shown={paper(9).id: (1, YESTERDAY)}))
    young = Section("B", "", rows(paper(1), shown={}), first=True)
    digest = compose(TODAY, [old, young])
    assert marks(digest) == [["new", "new"], ["new"]]
    assert digest.news == 2


def test_names_are_safe_distinct_and_do_not_depend_on_the_order() -> None:
    titles = ["Composed Video Retrieval", "Café & Bar!", "日本語", "中文", "a/b", "A b", "Readme", "all", "../../etc"]
    names = slugs(titles)
    assert names["Composed Video Retrieval"] == "composed-video-retrieval"
    assert names["Café & Bar!"] == "cafe-bar"
    assert len(set(names.values())) == len(titles)
    assert all(name.replace("-", "").isalnum() and name.isascii() for name in names.values())
    assert not {"readme", "all", "index"} & set(names.values())
    assert slugs(titles[::-1]) == names
