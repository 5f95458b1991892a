"""The text of the issue: only on days with news, only what is new, and never too long for GitHub."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from recommender.dailyarxiv import write as dailyarxiv
from recommender.digest import issue
from recommender.digest.model import Digest, Mark, Provenance, Row, Section
from recommender.paper import Paper, Scored
from tests.helpers.digests import seed_digest
from tests.helpers.github import HOSTILE, github, readable

TODAY = date(2025, 11, 14)
URL = "https://github.com/ada/papers"


def row(number: int, mark: Mark = "new", abstract: str = "About it.", **fields: str) -> Row:
    paper = Paper(f"2511.{number:05}", fields.get("title", f"Paper {number}"), abstract, updated=TODAY, version=1)
    return Row(Scored(replace(paper, comment=fields.get("comment", "")), 0.5, 90.0), mark)


FRESH = Provenance()


def digest(*sections: tuple[Row, ...], provenance: Provenance = FRESH) -> Digest:
    return Digest(TODAY, tuple(Section(f"S{n}", "", rows, provenance) for n, rows in enumerate(sections)))


def render(style: str, shown: Digest) -> str | None:
    """The text in one of the two formats."""
    if style == "dailyarxiv":
        return dailyarxiv.issue(shown, url=URL, labels=["documentation"], link="abs")
    return issue.render(shown, url=URL)


@pytest.mark.parametrize("style", ["recommender", "dailyarxiv"])
def test_without_news_there_is_no_issue(style: str) -> None:
    assert render(style, digest((row(1, ""),))) is None


def test_what_is_new_is_listed_with_its_abstract_and_nothing_else() -> None:
    elsewhere = replace(row(2), elsewhere="S0")
    text = issue.render(digest((row(1), row(2)), (row(3, ""), elsewhere), (row(4, "revised"),)), url=URL)
    assert text == (
        "---\ntitle: 2 new and 1 revised papers - 2025-11-14\nlabels: documentation\n---\n"
        "[The whole digest](https://github.com/ada/papers).\n\n"
        "## S0\n\n"
        "* 🆕 **[Paper 1](https://arxiv.org/abs/2511.00001v1)** · 2025-11-14 · 90%<br>About it.\n"
        "* 🆕 **[Paper 2](https://arxiv.org/abs/2511.00002v1)** · 2025-11-14 · 90%<br>About it.\n\n"
        "## S2\n\n"
        "* 🔁 **[Paper 4](https://arxiv.org/abs/2511.00004v1)** · 2025-11-14 · 90%<br>About it.\n"
    )


def test_a_section_that_is_out_of_date_is_named() -> None:
    stale = Provenance("arXiv", TODAY - timedelta(days=3), 9, TODAY, TODAY - timedelta(days=1), "429")
    text = issue.render(digest((row(1),), provenance=stale), url=URL)
    assert text is not None
    assert "⚠️" in text.splitlines()[-1]
    assert "(429)" in text.splitlines()[-1]


@pytest.mark.parametrize("style", ["recommender", "dailyarxiv"])
@pytest.mark.parametrize(("sections", "rows"), [(1, 100), (40, 100), (400, 10)])
def test_it_stays_under_githubs_limit(style: str, sections: int, rows: int) -> None:
    one = tuple(row(n, abstract="Größe " * 300, comment="x" * 30) for n in range(rows))
    text = render(style, digest(*[one] * sections))
    assert text is not None
    assert len(text.encode()) <= 65_536
    assert URL in text


def test_abstracts_go_before_papers_and_the_text_says_so() -> None:
    full = digest(tuple(row(n, abstract="word " * 400) for n in range(50)))
    text = issue.render(full, url=URL)
    assert text is not None
    kept = text.count("word</p>") + len(re.findall("<br>word", text))
    assert f"only the first {kept} new papers of each section have their abstracts here" in text
    assert text.count("* 🆕") == 50
    shorter = issue.render(full, url=URL, most_bytes=3000)
    assert shorter is not None
    assert f"only the first {shorter.count('* 🆕')} new papers of each section are here" in shorter
    assert "word" not in shorter


def test_the_format_of_dailyarxiv_lists_the_first_fifteen_of_each_section() -> None:
    text = dailyarxiv.issue(seed_digest(), url=URL, labels=["documentation"], link="pdf")
    assert text is not None
    lines = text.splitlines()
    assert lines[:9] == [
        "---",
        "title: Latest 15 Papers - November 14, 2025",
        "labels: documentation",
        "---",
        f"**Please check the [Github]({URL}) page for a better reading experience and more papers.**",
        "",
        "## Composed Video Retrieval",
        "| **Title** | **Date** | **Comment** |",
        "| --- | --- | --- |",
    ]
    assert lines[9] == (
        "| **[EgoCVR: An Egocentric Benchmark for Fine-Grained Composed Video Retrieval]"
        "(https://arxiv.org/pdf/2407.16658v1)** | 2024-07-24 | ECCV 2024 |"
    )
    assert text.count("| **[") == 45
    assert text.endswith(" |\n\n")


@pytest.mark.parametrize("style", ["recommender", "dailyarxiv"])
def test_nobody_is_notified_by_a_papers_text(style: str) -> None:
    text = render(style, digest((row(1, title="By @ada of #12", comment="ping @grace"),)))
    assert text is not None
    assert not re.search(r"@\w|#\d", github(text).text)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_texts_of_papers_are_texts(hostile: str) -> None:
    text = issue.render(digest((row(1, title=hostile, abstract=hostile, comment=hostile), row(2))), url=URL)
    assert text is not None
    page = github(text.split("---\n", 2)[2])
    assert (page.tags.count("li"), page.tags.count("a")) == (2, 3)
    assert set(page.tags) <= {"p", "a", "h2", "ul", "li", "strong", "br", "span"}
    assert readable(page.text).count("Paper 2") == 1


def test_labels_that_yaml_would_misread_are_quoted() -> None:
    text = issue.render(digest((row(1),)), url=URL, labels=("papers", "a: b"))
    assert text is not None
    assert text.splitlines()[2] == 'labels: ["papers", "a: b"]'
