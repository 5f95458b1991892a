"""The digest in Markdown: what a reader sees, and the budget of bytes that it keeps."""

import posixpath
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from recommender.digest import markdown
from recommender.digest.model import Column, Digest, Mark, Provenance, Row, Section, compose
from recommender.paper import Paper, Scored
from tests.helpers.digests import DATA, GOOD, TODAY, many, seed_digest
from tests.helpers.github import github


def size(text: str) -> int:
    return len(text.encode())


def test_the_seeds_three_sections_are_rendered_as_in_the_golden_file() -> None:
    rendering = markdown.render(seed_digest())
    assert rendering.text == (DATA / "digest.md").read_bytes().decode()
    assert rendering.files == {}


@pytest.mark.parametrize(
    ("sections", "rows", "max_bytes"),
    [(3, 100, 500_000), (8, 100, 500_000), (40, 100, 500_000), (400, 20, 500_000), (40, 100, 20_000), (400, 5, 10_000)],
)
def test_the_budget_holds_for_the_digest_and_each_file(sections: int, rows: int, max_bytes: int) -> None:
    rendering = markdown.render(many(sections, rows), max_bytes=max_bytes)
    assert size(rendering.text) <= max_bytes
    assert all(size(text) <= max_bytes for text in rendering.files.values())


def section(title: str, *rows: Row, provenance: Provenance = GOOD, first: bool = False) -> Section:
    return Section(title, title, rows, provenance, first)


def row(number: int, mark: Mark = "", **fields: object) -> Row:
    known: dict[str, Any] = {"title": f"Paper {number}", "abstract": "About it.", "updated": TODAY, "version": 1}
    return Row(Scored(Paper(f"2511.{number:05}", **known | fields), 0.5, 87.4), mark, rank=number)


def status(provenance: Provenance, *rows: Row, first: bool = False) -> str:
    """The line under a section's heading."""
    text = markdown.render(Digest(TODAY, (section("S", *rows, provenance=provenance, first=first),))).text
    return text.partition("## S\n\n")[2].splitlines()[0]


def test_a_row_holds_what_a_reader_wants_in_the_columns_asked_for() -> None:
    one = row(1, authors=("A", "B", "C", "D"), categories=("cs.CV", "cs.IR"), comment="9 pages")
    columns: tuple[Column, ...] = ("relevance", "title", "authors", "date", "categories", "comment", "abstract")
    lines = markdown.render(Digest(TODAY, (section("S", one),)), columns=columns, link="pdf").text.splitlines()
    assert lines[-3] == (
        "| 87% | **[Paper 1](https://arxiv.org/pdf/2511.00001v1)** | A, B, C et al. | 2025-11-14 | cs.CV, cs.IR "
        "| 9 pages | <details><summary>Show</summary><p>About it.</p></details> |"
    )


def test_a_section_may_have_columns_of_its_own() -> None:
    own = replace(section("Own", row(1)), columns=("title", "relevance"))
    lines = markdown.render(Digest(TODAY, (own, section("Other", row(2))))).text.splitlines()
    assert "| Title | Relevance |" in lines
    assert "| **[Paper 1](https://arxiv.org/abs/2511.00001v1)** | 87% |" in lines


def test_a_revision_says_its_version_and_when_it_was_first_submitted() -> None:
    text = markdown.render(
        Digest(TODAY, (section("S", row(1, "revised", version=3, published=date(2024, 7, 24)), row(2, "new")),))
    ).text
    assert "| 🔁 **[Paper 1](https://arxiv.org/abs/2511.00001v3)** | 2025-11-14<br>(v3, first 2024-07-24) |" in text
    assert "| 🆕 **[Paper 2]" in text
    assert "🆕 new, 🔁 new version" in text.splitlines()[3]


def test_without_marks_there_is_no_legend() -> None:
    assert "🆕" not in markdown.render(Digest(TODAY, (section("S", row(1)),))).text


def test_a_pointer_leads_to_the_section_that_shows_the_paper() -> None:
    digest = compose(TODAY, [section("First one", row(1), row(2)), section("Second", row(2))])
    text = markdown.render(digest).text
    assert text.count("About it.") == 2
    pointer = "| **[Paper 2](https://arxiv.org/abs/2511.00002v1)** → [First one](#first-one) | 2025-11-14 | 87% |  |  |"
    assert pointer in text
    assert '<a id="first-one"></a>' in text


def test_the_contents_count_what_each_section_holds() -> None:
    stale = replace(GOOD, stale_since=TODAY)
    digest = Digest(
        TODAY, (section("A", row(1, "new"), row(2, "revised"), row(3)), section("B", row(4), provenance=stale))
    )
    assert "**Contents:** [A](#a) 3 (1 new, 1 revised) · ⚠️ [B](#b) 1" in markdown.render(digest).text.splitlines()


def test_nothing_new_and_a_broken_fetch_read_differently() -> None:
    broken = replace(GOOD, fetched=date(2025, 11, 9), stale_since=date(2025, 11, 10), stale_reason="429, three times")
    assert status(GOOD, row(1)) == (
        "Fetched 2025-11-14 from arXiv's query API · newest paper of 2025-11-13 · 1 shown of 5,231 · nothing new today"
    )
    assert status(GOOD, row(1, "new")).endswith(" · 1 new")
    assert status(GOOD, row(1), first=True).endswith(" · 1 shown of 5,231")
    assert status(replace(GOOD, fetched=date(2025, 11, 9)), row(1)).endswith(" · 1 shown of 5,231")
    assert status(broken, row(1)) == (
        "⚠️ **Out of date since 2025-11-10:** arXiv could not be read (429, three times); these are the papers of "
        "2025-11-09 · newest paper of 2025-11-13 · 1 shown of 5,231"
    )


def test_an_index_that_never_reached_arxiv_says_how_old_it_is() -> None:
    offline = Provenance("starter papers", None, 5000, date(2025, 10, 1), TODAY, "no route to host")
    assert status(offline, row(1)) == (
        "⚠️ **arXiv could not be reached** (no route to host); these are starter papers · "
        "newest paper of 2025-10-01 · 1 shown of 5,000"
    )
    untried = replace(offline, stale_since=None, stale_reason="")
    assert status(untried, row(1)).startswith("Not fetched from arXiv yet; these are starter papers · newest paper of")


def test_an_empty_section_says_so() -> None:
    text = markdown.render(Digest(TODAY, (Section("S", "S", (), GOOD),))).text
    assert "No paper is near enough to this section's query." in text


@pytest.mark.parametrize(
    ("provenance", "sentence"),
    [
        (Provenance(), "No paper is stored yet."),
        (Provenance(stale_since=TODAY), "No paper is stored yet, and arXiv could not be read."),
        (Provenance(stored=10, filter='categories = ["cs"]'), 'the filter `categories = ["cs"]` admits none of the 10'),
        (Provenance(stored=10, filter="max_age_days = 3", candidates=1), "No paper is near enough"),
    ],
)
def test_why_a_section_is_empty_is_told_apart(provenance: Provenance, sentence: str) -> None:
    assert sentence in markdown.render(Digest(TODAY, (Section("S", "S", (), provenance),))).text


def test_a_filter_that_admits_nothing_is_named_above_the_table() -> None:
    barred = Provenance("arXiv's query API", TODAY, stored=10, filter='categories = ["cs"]')
    assert 'the filter `categories = ["cs"]` admits none of the 10 stored papers · 0 shown of 0' in status(barred)


def test_abstracts_at_the_ends_of_sections_go_first() -> None:
    text = markdown.render(many(4, 100), max_bytes=400_000).text
    kept = int(re.findall(r"abstracts are shown for the first (\d+) papers of each section only", text)[0])
    assert text.count("<summary>Show") == 4 * kept
    assert size(markdown.render(many(4, 100), max_bytes=400_000 + 4 * 1400).text) > 400_000
    for part in text.split("\n## ")[1:]:
        shown = ["<details>" in line for line in part.splitlines() if line.startswith("| **[")]
        assert shown == [True] * kept + [False] * (100 - kept)


def test_then_the_column_goes_then_sections_move_to_files_with_every_abstract() -> None:
    without = size(markdown.render(many(4, 100), columns=("title", "date", "relevance", "comment")).text)
    bare = markdown.render(many(4, 100), max_bytes=without + 500)
    assert "abstracts are left out" in bare.text
    assert "Abstract |" not in bare.text
    assert bare.files == {}
    moved = markdown.render(many(4, 100), max_bytes=20_000)
    kept = int(re.findall(r"only the first (\d+) papers of each section are shown here", moved.text)[0])
    assert moved.text.count("| **[Paper") == 4 * kept
    assert "[All 100 papers, with abstracts](papers/section-0.md)" in moved.text
    own = [text for path, text in moved.files.items() if path.startswith("papers/section-0.")]
    assert sum(text.count("<summary>Show") for text in own) == 100


def test_then_the_list_alone_stays_then_one_line() -> None:
    listed = markdown.render(many(100, 2), max_bytes=10_000)
    assert "each section has a file of its own" in listed.text
    assert "[Section 7](papers/section-7.md) 2" in listed.text
    line = markdown.render(many(400, 2), max_bytes=10_000)
    assert "[All sections](papers/README.md)" in line.text
    assert "[Section 399](section-399.md) 2" in "".join(line.files.values())


def test_every_link_into_a_file_leads_somewhere() -> None:
    for rendering in (
        markdown.render(many(40, 100), max_bytes=20_000),
        markdown.render(many(400, 2), max_bytes=10_000),
    ):
        pages = {"README.md": rendering.text} | rendering.files
        for path, text in pages.items():
            for target in re.findall(r"\]\(([^)]+)\)", text):
                if not target.startswith(("https:", "#")):
                    assert posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) in pages
        reached = re.findall(r"\]\(([^)/]+\.md)\)", "".join(rendering.files.values()) + rendering.text)
        assert {f"papers/{name}" for name in reached} | {"README.md"} >= {
            path for path in rendering.files if re.search(r"\.\d+\.md", path)
        }


@pytest.mark.parametrize("max_bytes", [10_000, 100_000])
def test_no_paper_is_too_large_for_a_page(max_bytes: int) -> None:
    huge = "$|<" * 10_000
    giant = row(1, "new", title=huge, abstract=huge, comment=huge, authors=(huge,) * 9, categories=(huge,))
    columns: tuple[Column, ...] = ("title", "authors", "categories", "date", "relevance", "abstract", "comment")
    digest = Digest(TODAY, (section("S", giant, row(2)), section("T", *(replace(giant, rank=n) for n in range(9)))))
    rendering = markdown.render(digest, columns=columns, max_bytes=max_bytes)
    assert size(rendering.text) <= max_bytes
    assert all(size(text) <= max_bytes for text in rendering.files.values())


def test_a_marker_in_a_title_cannot_end_the_digest() -> None:
    digest = Digest(TODAY, (section("S", row(1, title=f"x\n{markdown.END}\n", abstract=f"{markdown.BEGIN}\n")),))
    text = markdown.splice("# Mine\n", markdown.render(digest).text)
    assert markdown.splice(text, "BLOCK") == "# Mine\n\nBLOCK\n"


def test_a_carriage_return_at_each_line_counts() -> None:
    whole = markdown.render(many(3, 10)).text
    most = size(whole) + whole.count("\n")
    assert markdown.render(many(3, 10), max_bytes=most, crlf=True).text == whole
    assert markdown.render(many(3, 10), max_bytes=most - 1, crlf=True).text != whole


def test_the_same_digest_gives_the_same_bytes() -> None:
    assert markdown.render(many(40, 10)) == markdown.render(many(40, 10))


def test_the_page_parses_as_one_table_for_each_section_with_a_link_for_each_paper() -> None:
    page = github(markdown.render(seed_digest()).text)
    assert page.tags.count("table") == 3
    assert page.tags.count("tr") == 239 + 3
    assert page.tags.count("th") == page.tags.count("td") / 239 * 3
    pointers = sum(bool(row.elsewhere) for part in seed_digest().sections for row in part.rows)
    assert page.tags.count("a") == 239 + pointers + 3 + 3  # and the contents, and the places to jump to
