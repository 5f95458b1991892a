"""Ids, dates, versions and withdrawals: what a paper is."""

import time
from dataclasses import replace
from datetime import date

import pytest

from recommender import archives
from recommender.archives import day_of, shown_day, url_of
from recommender.errors import InputError
from recommender.paper import Paper, PaperId, clean, merge


@pytest.mark.parametrize(
    ("text", "paper_id", "version"),
    [
        ("2407.16658", "2407.16658", None),
        ("2407.16658v12", "2407.16658", 12),
        ("0704.0001", "0704.0001", None),
        ("quant-ph/0201082v1", "quant-ph/0201082", 1),
        ("math.GT/0309136", "math/0309136", None),
        ("cond-mat.mtrl-sci/9901001", "cond-mat/9901001", None),
        (" arXiv:2407.16658v1 ", "2407.16658", 1),
        ("https://arxiv.org/abs/2407.16658v1", "2407.16658", 1),
        ("http://www.arxiv.org/pdf/quant-ph/0201082v1.pdf", "quant-ph/0201082", 1),
        ("https://export.arxiv.org/abs/2407.16658?context=cs", "2407.16658", None),
        ("arxiv.org/html/2407.16658v2#S1", "2407.16658", 2),
        ("https://doi.org/10.48550/arXiv.2407.16658", "2407.16658", None),
        ("oai:arXiv.org:math/0306266", "math/0306266", None),
        ("arXiv:2407.16658v2 [cs.CV] 24 Jul 2024", "2407.16658", 2),
        ("Cite as:\tarXiv:2407.16658 [cs.CV]\n(or arXiv:2407.16658v3 [cs.CV] for this version)", "2407.16658", 3),
        ("https://doi.org/10.48550/arXiv.2407.16658 Focus to learn more", "2407.16658", None),
        ("arXiv preprint arXiv:hep-th/9711200, 1997.", "hep-th/9711200", None),
        ("CoRR abs/2407.16658 (2024)", "2407.16658", None),
        ("doi:10.48550/ARXIV.2407.16658", "2407.16658", None),
        ("https://arxiv.org/abs/arXiv:2407.16658", "2407.16658", None),
        ("https://arxiv.org/abs/hep-th%2F9711200", "hep-th/9711200", None),
        ("https://arxiv.org/pdf/2407.16658v2.pdf#page=3", "2407.16658", 2),
        ("http://xxx.lanl.gov/abs/cond-mat/9901001", "cond-mat/9901001", None),
        ("https://www.alphaxiv.org/overview/2407.16658v1", "2407.16658", 1),
        ("https://ar5iv.labs.arxiv.org/html/2407.16658", "2407.16658", None),
        ("huggingface.co/papers/2407.16658#community", "2407.16658", None),
        ("https://api.semanticscholar.org/arXiv:2407.16658", "2407.16658", None),
        ("https://inspirehep.net/arxiv/hep-th/9711200", "hep-th/9711200", None),
        ("https://ui.adsabs.harvard.edu/abs/2024arXiv240716658S/abstract", "2407.16658", None),
        ("<https://arxiv.org/abs/2407.16658>", "2407.16658", None),
        ("**[2407.16658](http://arxiv.org/abs/2407.16658v1)**", "2407.16658", 1),
        ("\\url{https://arxiv.org/abs/2407.16658}", "2407.16658", None),
        ("[2407.16658] What arXiv's page is called in a browser", "2407.16658", None),
        ("\u201c2407.16658\u201d,", "2407.16658", None),
        ("\u200b2407.16658v4\ufeff", "2407.16658", 4),
        ("quant\u2010ph/0201082", "quant-ph/0201082", None),
        ("1412.1234", "1412.1234", None),
        ("1501.01234", "1501.01234", None),
    ],
)
def test_every_way_to_write_an_id_is_read(text: str, paper_id: str, version: int | None) -> None:
    assert archives.parse(text) == PaperId(paper_id, version)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "2413.00001",
        "2407.123",
        "2407.16658v0",
        "2407.16658x",
        "https://example.org/abs/2407.16658",
        "\uff19901.00001",
        "1501.0001",
        "1412.12345",
        "0703.0001",
        "9912.00001",
        "hep-th/0704001",
        "hep-th/9913001",
        "zoology/9901001",
        "2407.16658v9999",
        "2407.16658, 2411.02571",
        "https://doi.org/10.1103/2407.16658",
        "we study 2407.16658",
    ],
)
def test_what_is_no_id_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match="is not an arXiv id"):
        archives.parse(text)


@pytest.mark.parametrize(
    "text",
    ["a" * 80_000, "2407." * 20_000, "https://arxiv.org/abs/" + "a/" * 900, "a-" * 900, "(" * 80_000, "arxiv:" * 330],
)
def test_what_is_no_id_is_refused_at_once_however_long_it_is(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(InputError, match="is not an arXiv id"):
        archives.parse(text)
    assert time.perf_counter() - begun < 0.5


def test_an_id_of_a_month_to_come_is_none() -> None:
    assert archives.parse("2703.00001", date(2027, 3, 30)) == PaperId("2703.00001")
    with pytest.raises(InputError):
        archives.parse("2704.00001", date(2027, 3, 30))
    assert archives.parse("2407.16658", date(1970, 1, 1)), "a clock that stands still costs no paper"


def test_an_id_is_written_as_arxiv_writes_it() -> None:
    assert str(PaperId("quant-ph/0201082", 3)) == "quant-ph/0201082v3"
    assert url_of(Paper("2407.16658", "T", "A", version=2)) == "https://arxiv.org/abs/2407.16658v2"


def test_a_paper_without_dates_is_placed_in_the_month_of_its_id() -> None:
    assert day_of(Paper("2407.16658", "T", "A")) == date(2024, 7, 1)
    assert shown_day(Paper("2407.16658", "T", "A")) == "2024-07"
    assert day_of(Paper("math/9201001", "T", "A")) == date(1992, 1, 1)
    assert shown_day(Paper("2407.16658", "T", "A", published=date(2024, 7, 23))) == "2024-07-23"


@pytest.mark.parametrize(
    ("comment", "abstract", "withdrawn"),
    [
        ("This paper has been withdrawn by the author due to an error in Lemma 2", "We show", True),
        ("Withdrawn", "We show", True),
        ("", "This submission has been withdrawn by arXiv administrators", True),
        ("", "The article is being withdrawn because of a mistake", True),
        ("12 pages", "We study how retracted and withdrawn papers are cited", False),
        ("", "Funds withdrawn from the account of a bank", False),
        ("12 pages, 3 figures", "We show", False),
        ("Paper withdrawn because of an error in Section 2", "We show", True),
        ("12 pages, withdrawn", "We show", True),
        ("We are withdrawing this manuscript until the data are verified", "We show", True),
        ("The authors have withdrawn this preprint", "We show", True),
        ("I have decided to temporarily withdraw the draft", "We show", True),
        ("We request the withdrawal of this work", "We show", True),
        ("arXiv admin note: This paper has been withdrawn by arXiv due to disputed authorship", "We show", True),
        ("This paper has been retracted", "We show", True),
        ("The methods are flawed, so the paper needs to be retracted", "We show", True),
        ("", "We withdraw this paper, for Lemma 2 is wrong", True),
        ("This paper was withdrawn from a workshop but its results stand", "We show", False),
        ("Accepted at a workshop (withdrawn before presentation)", "We show", False),
        ("includes the results of the withdrawn posting arXiv:1209.3454", "We show", False),
        ("Theorem 2 and Lemma 1 withdrawn", "We show", False),
        ("This paper was not withdrawn", "We show", False),
        ("v2: published version. See https://example.org/retractor", "We show", False),
        ("", "The drug was withdrawn from the market. We ask why", False),
        ("", "In 1999 the note was withdrawn", False),
        ("", "The claim was not withdrawn", False),
        ("", "The sphere is retracted onto a point", False),
    ],
)
def test_a_withdrawn_paper_is_one_that_says_so_of_itself(comment: str, abstract: str, withdrawn: bool) -> None:
    assert Paper("2407.16658", "T", abstract, comment=comment).withdrawn is withdrawn


V1 = Paper("2407.16658", "Old", "A", published=date(2024, 7, 23), updated=date(2024, 7, 23), version=1, comment="ECCV")
V2 = Paper("2407.16658", "New", "B", updated=date(2024, 9, 1), version=2)


def test_the_later_version_wins_whichever_was_met_first() -> None:
    for merged in (merge(V1, V2), merge(V2, V1)):
        assert (merged.title, merged.version, merged.updated) == ("New", 2, date(2024, 9, 1))
        assert merged.published == date(2024, 7, 23)
        assert merged.comment == "ECCV"
        assert merged.revised


def test_a_record_without_version_or_dates_only_fills_gaps() -> None:
    bare = Paper("2407.16658", "From a list", "A", authors=("Ada",), categories=("cs.CV",))
    merged = merge(V1, bare)
    assert merged.title == "Old"
    assert (merged.authors, merged.categories, merged.version) == (("Ada",), ("cs.CV",), 1)


def test_a_later_record_of_unknown_version_does_not_inherit_the_old_number() -> None:
    later = Paper("2407.16658", "Newer", "C", updated=date(2025, 1, 1))
    assert merge(V1, later).version is None
    assert merge(V1, later).revised


def test_of_two_texts_of_one_version_the_stored_one_stays_unless_more_is_known_with_the_other() -> None:
    full = Paper("2407.16658", "Good", "A", ("Ada",), ("cs.CV",), date(2024, 7, 23), date(2024, 7, 23), 1, "ECCV")
    assert merge(full, replace(full, title="Overwritten", abstract="x")) == full
    copied = Paper("2407.16658", "G&amp;ood", "A", updated=date(2024, 7, 23), version=1)
    assert merge(full, copied) == full
    assert merge(copied, full) == full
    assert merge(full, replace(full, comment="ECCV 2024, oral")).comment == "ECCV 2024, oral"


def test_text_is_one_line_without_what_no_file_can_hold() -> None:
    assert clean(" a\n\tb\x00\x07c \ud800d ") == "a bc d"
    assert clean("naïve 机器学习 $\\alpha$") == "naïve 机器学习 $\\alpha$"


STORED = Paper("2401.00001", "R&D of $k$-SAT: a_b and *c*", "See https://example.org/a_b & the note #1.", version=1)


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("R&amp;D of $`k`$-SAT: a\\_b and \\*c\\*", "See https&#58;//example.org/a\\_b &amp; the note \\#&#8203;1."),
        (STORED.title, "See https://example.org/a_b & …"),
        (STORED.title, ""),
    ],
)
def test_at_a_tie_text_that_is_torn_or_marked_up_does_not_replace_good_text(title: str, abstract: str) -> None:
    assert merge(STORED, replace(STORED, title=title, abstract=abstract)) == STORED


def test_a_later_version_without_an_abstract_keeps_the_earlier_ones() -> None:
    assert merge(STORED, replace(STORED, abstract="", version=2)).abstract == STORED.abstract
