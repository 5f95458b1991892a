"""What arXiv really sent, as its users recorded it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from recommender.sources.arxiv import api, oai, rss
from recommender.sources.authors import split_authors
from recommender.sources.base import AnswerError

TODAY = date(2026, 4, 12)
DATA = Path(__file__).parent / "data" / "arxiv"


def recorded(name: str) -> bytes:
    return (DATA / f"{name}.xml").read_bytes()


def test_a_page_of_a_query() -> None:
    page, total = api.read_page(recorded("api-query-start10"), 10, 10, TODAY)
    assert (len(page.papers), total, page.skipped) == (10, 214881, ())
    assert all(paper.version and paper.authors and paper.categories for paper in page.papers)


def test_a_page_that_begins_elsewhere_than_asked() -> None:
    with pytest.raises(AnswerError, match="begins at row 10 instead of 0"):
        api.read_page(recorded("api-query-start10"), 0, 10, TODAY)


def test_sorted_by_relevance_is_not_sorted_by_date() -> None:
    page, _ = api.read_page(recorded("api-query-start10"), 10, 10, TODAY)
    with pytest.raises(AnswerError, match=r"not sorted by date \(\d of 10 rows out of order\)"):
        api.check_order(page.papers, None)


def test_a_paper_by_id() -> None:
    (paper,) = api.read_ids(recorded("api-one-id"), ["1707.08567"], TODAY).papers
    assert (paper.id, paper.version, paper.published, paper.updated) == (
        "1707.08567",
        1,
        date(2017, 7, 27),
        date(2017, 7, 27),
    )
    assert paper.title == "Proceedings of Workshop AEW10: Concepts in Information Theory and Communications"
    assert paper.categories[0] == "cs.IT"


def test_an_old_id_keeps_its_slash() -> None:
    (paper,) = api.read_ids(recorded("api-old-id"), ["astro-ph/0601001"], TODAY).papers
    assert paper.id == "astro-ph/0601001"


@pytest.mark.parametrize(
    ("name", "wanted", "unknown"),
    [
        ("api-two-ids-one-unknown", ["0808.0539", "1707.08567"], "0808.0539: arXiv has no such paper"),
        ("api-unknown-id", ["0812.0000"], "0812.0000: arXiv has no such paper"),
    ],
)
def test_an_unknown_id_is_told(name: str, wanted: list[str], unknown: str) -> None:
    assert api.read_ids(recorded(name), wanted, TODAY).skipped == (unknown,)


def test_arxivs_own_error_is_told_in_its_words() -> None:
    with pytest.raises(AnswerError, match="arXiv refuses: incorrect id format for abc") as caught:
        api.read_ids(recorded("api-malformed-id"), ["abc"], TODAY)
    assert caught.value.permanent


def test_records_in_the_format_without_versions() -> None:
    batch = oai.read_page(recorded("oai-arxiv-listrecords"), date(2017, 12, 14), TODAY)
    assert (len(batch.papers), batch.newest, batch.token) == (3, date(2017, 12, 14), "")
    paper = batch.papers[0]
    assert paper.authors == ("Philipp A Hoehn",)
    assert (paper.published, paper.updated, paper.version) == (date(2014, 12, 29), date(2017, 12, 13), None)
    assert paper.revised
    assert paper.title == "Toolbox for reconstructing quantum theory from rules on information acquisition"


def test_a_record_with_its_versions() -> None:
    body = recorded("oai-arxivraw-getrecord").replace(b"GetRecord>", b"ListRecords>")
    (paper,) = oai.read_page(body, date(2013, 1, 1), TODAY).papers
    assert paper.authors == ("Igor A. Zaliznyak", "John M. Tranquada")
    assert (paper.published, paper.version, paper.revised) == (date(2013, 4, 15), 1, False)
    assert paper.comment.endswith("edited by A. Avella and F. Mancini")


def test_the_protocols_errors() -> None:
    with pytest.raises(AnswerError, match="the resumption token has expired"):
        oai.read_page(recorded("oai-badresumptiontoken"), date(2013, 1, 1), TODAY)
    with pytest.raises(AnswerError, match="nothing changed since 2013-01-01, which cannot be"):
        oai.read_page(recorded("oai-norecordsmatch"), date(2013, 1, 1), TODAY)


def test_an_announcement_tells_new_cross_and_replaced() -> None:
    page, day = rss.read_feed(recorded("rss-2026-09-24"), datetime(2026, 9, 24, 12, tzinfo=UTC))
    assert day == date(2026, 9, 24)
    days = {paper.id: paper.updated for paper in page.papers}
    new, submitted = ("2609.26811", "2609.26820", "2009.13987"), date(2026, 9, 22)
    assert days == dict.fromkeys(new, submitted) | {"2205.06398": None}, "a cross-list is no new version"
    assert [paper.version for paper in page.papers] == [1, 1, 2, 3]
    assert page.papers[1].authors == ("Naser Mansour", "Sidahmed Benabderrahmane", "Ameer Rahwan")
    assert page.papers[0].abstract.startswith("Local learning trains each layer")


def test_an_announcement_of_the_day_before_yesterday_is_stale() -> None:
    with pytest.raises(AnswerError, match="a stale feed"):
        rss.read_feed(recorded("rss-2026-09-24"), datetime(2026, 9, 26, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Lovelace, Charles Babbage and Luigi Menabrea", ("Ada Lovelace", "Charles Babbage", "Luigi Menabrea")),
        ("A. One (1,2), B. Two (2) ((1) Here and there, (2) Elsewhere)", ("A. One", "B. Two")),
        ("Sam Smith, Jr., Ann Bee, and Cee Dee", ("Sam Smith Jr.", "Ann Bee", "Cee Dee")),
        ("Ferdinand Andersen", ("Ferdinand Andersen",)),
        ("", ()),
        ("Doe, Jane; de la Roe, Richard", ("Jane Doe", "Richard de la Roe")),
        ("Doe, Jane and Roe, Richard", ("Jane Doe", "Richard Roe")),
        ("A. One (B, C. Two", ("A. One (B", "C. Two")),
    ],
)
def test_one_line_of_authors_is_taken_apart(text: str, names: tuple[str, ...]) -> None:
    assert split_authors(text) == names


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CV", "cs:cs:CV"),
        ("cs", "cs"),
        ("math", "math"),
        ("hep-th", "physics:hep-th"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("physics.optics", "physics:physics:optics"),
        ("physics", "physics:physics"),
        ("stat.ML", "stat:stat:ML"),
        ("q-bio", "q-bio"),
    ],
)
def test_the_set_of_a_category(category: str, name: str) -> None:
    assert oai.set_of(category) == name
