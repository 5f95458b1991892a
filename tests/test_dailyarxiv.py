"""DailyArXiv's READMEs: read with every field, written back to the byte."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from recommender.dailyarxiv import read as source
from recommender.dailyarxiv import write as target
from recommender.digest.model import Digest, Row, Section
from recommender.errors import InputError
from recommender.paper import Paper, Scored

SEED = (Path(__file__).parent / "data" / "daily-papers.md").read_bytes().decode()

HEAD = "# Daily Papers\n\nLast update: 2025-11-14\n\n## Graphs\n"
COLUMNS = "| **Title** | **Date** | **Abstract** | **Comment** |\n| --- | --- | --- | --- |\n"
ROW = "| **[A | B]({url})** | 2025-11-13 | <details><summary>Show</summary><p>{abstract}</p></details> | {comment} |\n"


def digest(readme: source.DailyReadme) -> Digest:
    assert readme.updated
    sections = (
        Section(part.title, part.title, tuple(Row(Scored(row.paper, 0.0, 0.0)) for row in part.rows))
        for part in readme.sections
    )
    return Digest(readme.updated, tuple(sections))


def one(row: str, columns: str = COLUMNS) -> source.DailyRow:
    readme = source.parse(HEAD + columns + row)
    assert readme.skipped == ()
    return readme.sections[0].rows[0]


def test_the_seed_is_written_back_to_the_byte() -> None:
    assert target.render(digest(source.parse(SEED)), link="https://arxiv.org/pdf/") == SEED


def test_every_field_of_the_seed_is_read() -> None:
    readme = source.parse(SEED)
    assert (readme.updated, readme.skipped, len(readme.papers)) == (date(2025, 11, 14), (), 231)
    assert {part.title: len(part.rows) for part in readme.sections} == {
        "Composed Video Retrieval": 39,
        "Composed Image Retrieval": 100,
        "Multimodal Retrieval": 100,
    }
    assert all(paper.title and paper.abstract and paper.updated and paper.version for paper in readme.papers)
    assert {row.link for part in readme.sections for row in part.rows} == {"https://arxiv.org/pdf/"}
    first = readme.sections[0].rows[0].paper
    assert first.id == "2407.16658"
    assert first.title == "EgoCVR: An Egocentric Benchmark for Fine-Grained Composed Video Retrieval"
    assert first.abstract.startswith("In Composed Video Retrieval, a video and a textual description")
    assert first.abstract.endswith("freely available at https://github.com/ExplainableML/EgoCVR.")
    assert (first.version, first.published, first.updated) == (1, date(2024, 7, 24), date(2024, 7, 24))
    assert (first.comment, readme.sections[0].rows[2].paper.comment) == ("ECCV 2024", "Accepted to ICCV-2025")


def test_of_a_revision_the_first_day_is_not_known() -> None:
    paper = one(ROW.format(url="https://arxiv.org/abs/2407.16658v3", abstract="a", comment="")).paper
    assert (paper.version, paper.published, paper.updated) == (3, None, date(2025, 11, 13))


@pytest.mark.parametrize("link", ["http://arxiv.org/abs/", "https://arxiv.org/abs/", "https://arxiv.org/pdf/"])
@pytest.mark.parametrize("arxiv_id", ["2407.16658", "quant-ph/0201082"])
def test_each_spelling_of_the_link_is_read_and_written(link: target.Link, arxiv_id: str) -> None:
    row = ROW.format(url=f"{link}{arxiv_id}v2", abstract="x < y", comment="").replace("A | B", "A")
    found = one(row)
    assert (found.link, found.paper.id, found.paper.version) == (link, arxiv_id, 2)
    section = Section("Graphs", "Graphs", (Row(Scored(found.paper, 0.0, 0.0)),))
    assert target.table(section, section.rows, columns=target.README_COLUMNS, link=link).endswith(row + "\n")


def test_a_pipe_in_any_text_splits_no_cell() -> None:
    paper = one(
        ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract="p(x|y) | z", comment="9 pages | LNCS")
    ).paper
    assert (paper.title, paper.abstract, paper.comment) == ("A | B", "p(x|y) | z", "9 pages | LNCS")


@pytest.mark.parametrize("comment", ["", "exactly twenty chars", "twenty-one characters"])
def test_comments_fold_above_twenty_characters(comment: str) -> None:
    section = Section("Graphs", "Graphs", (Row(Scored(Paper("2407.16658", "T", "A", comment=comment), 0.0, 0.0)),))
    written = target.table(section, section.rows, columns=target.README_COLUMNS, link="https://arxiv.org/abs/")
    folded = f"<details><summary>twent...</summary><p>{comment}</p></details>"
    assert written.splitlines()[3].endswith(f" | {folded if len(comment) > 20 else comment} |")
    assert one(written.splitlines()[3] + "\n").paper.comment == comment


def test_columns_are_read_in_any_order_and_authors_and_tags_too() -> None:
    columns = "| **Date** | **Title** | **Authors** | **Tags** |\n| --- | --- | --- | --- |\n"
    tags = "<details><summary>cs.CV...</summary><p>cs.CV, cs.IR</p></details>"
    row = f"| 2025-11-13 | **[T](https://arxiv.org/abs/2407.16658v1)** | Ada Lovelace et al. | {tags} |\n"
    found = one(row, columns)
    assert (found.paper.authors, found.more_authors) == (("Ada Lovelace",), True)
    assert found.tags == found.paper.categories == ("cs.CV", "cs.IR")
    section = Section("Graphs", "Graphs", (Row(Scored(found.paper, 0.0, 0.0)),))
    order: tuple[target.Column, ...] = ("date", "title", "authors", "tags")
    written = target.table(section, section.rows, columns=order, link="https://arxiv.org/abs/")
    assert written == f"## Graphs\n{columns}{row}\n"


def test_a_column_that_a_fork_has_added_is_passed_over() -> None:
    columns = "| **Title** | **Date** | **Kimi** | **Abstract** | **Comment** |\n| --- | --- | --- | --- | --- |\n"
    row = ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract="a", comment="c")
    found = one(row.replace("| 2025-11-13 |", "| 2025-11-13 | [x](https://papers.cool/arxiv/2407.16658v1) |"), columns)
    assert (found.paper.abstract, found.paper.comment) == ("a", "c")


@pytest.mark.parametrize(
    ("heading", "title", "note"),
    [("## Graphs - 100 in Total", "Graphs", "100 in Total"), ("## A - B - No Paper Found", "A - B", "No Paper Found")],
)
def test_headings_of_forks_keep_their_note_apart(heading: str, title: str, note: str) -> None:
    table = "" if "No Paper" in note else COLUMNS
    section = source.parse(f"{heading}\n{table}").sections[0]
    assert (section.title, section.note, section.rows) == (title, note, ())


def test_a_row_that_cannot_be_read_is_named_with_its_line_and_the_others_stay() -> None:
    good = ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract="a", comment="")
    bad_id = good.replace("2407.16658v1", "9999.1")
    bad_day = good.replace("2025-11-13", "2025-02-30")
    readme = source.parse(HEAD + COLUMNS + good + bad_id + bad_day + "| torn\n" + good)
    assert len(readme.sections[0].rows) == 2
    assert [reason.split(":")[0] for reason in readme.skipped] == ["line 9", "line 10", "line 11"]


def test_a_row_that_lacks_its_last_cells_is_read() -> None:
    row = ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract="a", comment="").removesuffix("|  |\n") + "|\n"
    assert one(row).paper.abstract == "a"


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    assert source.parse("\ufeff## Graphs\n" + COLUMNS).sections[0].title == "Graphs"
    assert source.parse("\ufeff" + SEED.replace("\n", "\r\n")) == source.parse(SEED)


def test_another_markdown_file_is_refused() -> None:
    with pytest.raises(InputError, match="no table with the columns of DailyArXiv"):
        source.parse("# A project\n\n## Usage\n\n| Option | Meaning |\n| --- | --- |\n| a | b |\n")


def test_what_would_break_out_of_a_row_is_escaped_and_read_back() -> None:
    hostile = replace(
        source.parse(SEED).papers[0],
        title="A | B](https://evil.example) [C <b>",
        abstract="<!-- x --> </p></details> | <img src=x> | <https://evil.example> <a b='c'> a<b",
        comment="|" * 21,
    )
    section = Section("S", "S", (Row(Scored(hostile, 0.0, 0.0)),))
    written = target.table(section, section.rows, columns=target.README_COLUMNS, link="https://arxiv.org/abs/")
    assert written.splitlines()[3].count("|") == 5
    assert "](https://evil" not in written
    assert one(written.splitlines()[3] + "\n").paper == hostile
