"""DailyArXiv's READMEs: read with every field, written back to the byte."""

import time
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


GOOD = ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract="a", comment="")


def digest(readme: source.DailyReadme) -> Digest:
    assert readme.updated
    sections = (
        Section(part.title, part.title, tuple(Row(Scored(paper, 0.0, 0.0)) for paper in part.papers))
        for part in readme.sections
    )
    return Digest(readme.updated, tuple(sections))


def one(row: str, columns: str = COLUMNS) -> Paper:
    readme = source.parse(HEAD + columns + row)
    assert readme.skipped == ()
    return readme.sections[0].papers[0]


def test_the_seed_is_written_back_to_the_byte() -> None:
    assert target.render(digest(source.parse(SEED)), link="https://arxiv.org/pdf/") == SEED


def test_every_field_of_the_seed_is_read() -> None:
    readme = source.parse(SEED)
    assert (readme.updated, readme.skipped, len(readme.papers)) == (date(2025, 11, 14), (), 231)
    assert {part.title: len(part.papers) for part in readme.sections} == {
        "Composed Video Retrieval": 39,
        "Composed Image Retrieval": 100,
        "Multimodal Retrieval": 100,
    }
    assert all(paper.title and paper.abstract and paper.updated and paper.version for paper in readme.papers)
    first = readme.sections[0].papers[0]
    assert first.id == "2407.16658"
    assert first.title == "EgoCVR: An Egocentric Benchmark for Fine-Grained Composed Video Retrieval"
    assert first.abstract.startswith("In Composed Video Retrieval, a video and a textual description")
    assert first.abstract.endswith("freely available at https://github.com/ExplainableML/EgoCVR.")
    assert (first.version, first.published, first.updated) == (1, date(2024, 7, 24), date(2024, 7, 24))
    assert (first.comment, readme.sections[0].papers[2].comment) == ("ECCV 2024", "Accepted to ICCV-2025")


def test_of_a_revision_the_first_day_is_not_known() -> None:
    paper = one(ROW.format(url="https://arxiv.org/abs/2407.16658v3", abstract="a", comment=""))
    assert (paper.version, paper.published, paper.updated) == (3, None, date(2025, 11, 13))


@pytest.mark.parametrize("link", ["http://arxiv.org/abs/", "https://arxiv.org/abs/", "https://arxiv.org/pdf/"])
@pytest.mark.parametrize("arxiv_id", ["2407.16658", "quant-ph/0201082"])
def test_each_spelling_of_the_link_is_read_and_written(link: target.Link, arxiv_id: str) -> None:
    row = ROW.format(url=f"{link}{arxiv_id}v2", abstract="x < y", comment="").replace("A | B", "A")
    found = one(row)
    assert (found.id, found.version) == (arxiv_id, 2)
    section = Section("Graphs", "Graphs", (Row(Scored(found, 0.0, 0.0)),))
    assert target.table(section, section.rows, columns=target.README_COLUMNS, link=link).endswith(row + "\n")


def test_a_pipe_in_any_text_splits_no_cell() -> None:
    paper = one(ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract="p(x|y) | z", comment="9 pages | LNCS"))
    assert (paper.title, paper.abstract, paper.comment) == ("A | B", "p(x|y) | z", "9 pages | LNCS")


@pytest.mark.parametrize("comment", ["", "exactly twenty chars", "twenty-one characters"])
def test_comments_fold_above_twenty_characters(comment: str) -> None:
    section = Section("Graphs", "Graphs", (Row(Scored(Paper("2407.16658", "T", "A", comment=comment), 0.0, 0.0)),))
    written = target.table(section, section.rows, columns=target.README_COLUMNS, link="https://arxiv.org/abs/")
    folded = f"<details><summary>twent...</summary><p>{comment}</p></details>"
    assert written.splitlines()[3].endswith(f" | {folded if len(comment) > 20 else comment} |")
    assert one(written.splitlines()[3] + "\n").comment == comment


def test_columns_are_read_in_any_order_and_authors_and_tags_too() -> None:
    columns = "| **Date** | **Title** | **Authors** | **Tags** |\n| --- | --- | --- | --- |\n"
    tags = "<details><summary>cs.CV...</summary><p>cs.CV, cs.IR</p></details>"
    row = f"| 2025-11-13 | **[T](https://arxiv.org/abs/2407.16658v1)** | Ada Lovelace et al. | {tags} |\n"
    found = one(row, columns)
    assert (found.authors, found.categories) == (("Ada Lovelace",), ("cs.CV", "cs.IR"))
    section = Section("Graphs", "Graphs", (Row(Scored(found, 0.0, 0.0)),))
    order: tuple[target.Column, ...] = ("date", "title", "authors", "tags")
    written = target.table(section, section.rows, columns=order, link="https://arxiv.org/abs/")
    assert written == f"## Graphs\n{columns}{row}\n"


def test_a_column_that_a_fork_has_added_is_passed_over() -> None:
    columns = "| **Title** | **Date** | **Kimi** | **Abstract** | **Comment** |\n| --- | --- | --- | --- | --- |\n"
    row = ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract="a", comment="c")
    found = one(row.replace("| 2025-11-13 |", "| 2025-11-13 | [x](https://papers.cool/arxiv/2407.16658v1) |"), columns)
    assert (found.abstract, found.comment) == ("a", "c")


@pytest.mark.parametrize(
    ("heading", "title", "note"),
    [("## Graphs - 100 in Total", "Graphs", "100 in Total"), ("## A - B - No Paper Found", "A - B", "No Paper Found")],
)
def test_headings_of_forks_keep_their_note_apart(heading: str, title: str, note: str) -> None:
    table = "" if "No Paper" in note else COLUMNS
    section = source.parse(f"{heading}\n{table}").sections[0]
    assert (section.title, section.note, section.papers) == (title, note, ())


def test_a_row_that_cannot_be_read_is_named_with_its_line_and_the_others_stay() -> None:
    good = ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract="a", comment="")
    bad_id = good.replace("2407.16658v1", "9999.1")
    bad_day = good.replace("2025-11-13", "2025-02-30")
    readme = source.parse(HEAD + COLUMNS + good + bad_id + bad_day + "| torn\n" + good)
    assert len(readme.sections[0].papers) == 2
    assert [reason.split(":")[0] for reason in readme.skipped] == ["line 9", "line 10", "line 11"]


def test_a_row_that_lacks_its_last_cells_is_read() -> None:
    row = ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract="a", comment="").removesuffix("|  |\n") + "|\n"
    assert one(row).abstract == "a"


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
    assert one(written.splitlines()[3] + "\n") == hostile


@pytest.mark.parametrize(
    "cell",
    [
        "<details><summary>EN</summary><p>a | b</p></details><details><summary>ZH</summary><p>c</p></details>",
        "<details><summary>EN</summary><p>a | b</p></details> <details><summary>ZH</summary>c</details>",
        "<details><summary>EN</summary>a | b</details>",
    ],
)
def test_the_first_fold_is_the_abstract(cell: str) -> None:
    row = f"| **[T](https://arxiv.org/abs/2407.16658v1)** | 2025-11-13 | {cell} | c |\n"
    assert (one(row).abstract, one(row).comment) == ("a | b", "c")


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ("| 标题 | 日期 | 作者 | 摘要 |", "| [T]({abs}) | 2025-11-13 | Ada | a |"),
        ("|Publish Date|Title|Authors|PDF|Code|", "|**2025-11-13**|**T**|Ada et.al.|[x]({abs})|null|"),
        ("| # | Title | Abstract | Date |", "| 1 | [T]({abs}) | a | 2025-11-13 |"),
        ("| Date | AI Summary |", "| 2025-11-13 | **[T]({abs})**<br>said so |"),
        ("| Date | Link | Title |", "| 2025.11.13 | [PDF]({abs}) | T |"),
    ],
)
def test_columns_of_other_names_and_in_other_places_are_read(columns: str, row: str) -> None:
    row = row.format(abs="https://arxiv.org/abs/2407.16658v1")
    paper = one(f"{row}\n", f"{columns}\n|{'---|' * (columns.count('|') - 1)}\n")
    assert (paper.id, paper.title, paper.version, paper.updated) == ("2407.16658", "T", 1, date(2025, 11, 13))


def test_what_stands_between_the_markers_of_our_own_digest_is_passed_over() -> None:
    own = f"<!-- recommender:begin -->\n## Graphs\n{COLUMNS}{GOOD}<!-- recommender:end -->\n"
    with pytest.raises(InputError, match="a digest that `recommend` wrote itself"):
        source.parse(own)
    assert [part.title for part in source.parse(f"{own}\n## Theirs\n{COLUMNS}{GOOD}").sections] == ["Theirs"]
    with pytest.raises(InputError, match="a digest that `recommend` wrote itself"):
        source.parse(f"<!-- recommender:file -->\n# Graphs\n{COLUMNS}{GOOD}")


def test_a_table_in_a_block_of_code_is_an_example() -> None:
    with pytest.raises(InputError, match="no table"):
        source.parse(f"## Graphs\n```\n{COLUMNS}{GOOD}```\n")


def test_a_day_to_come_is_not_believed() -> None:
    row = GOOD.replace("2025", "2099")
    assert one(row).updated == date(2099, 11, 13)
    readme = source.parse(HEAD.replace("2025", "2099") + COLUMNS + row, today=date(2025, 11, 14))
    assert (readme.updated, readme.papers[0].updated) == (None, None)


@pytest.mark.parametrize(
    "part", ["](http://arxiv.org/abs/2501.00001v1)** | ", "[", "| ", "<details>", "</details> | ", "**[x", "http://a."]
)
def test_a_long_hostile_row_takes_no_time(part: str) -> None:
    row = ROW.format(url="https://arxiv.org/abs/2407.16658v1", abstract=part * 20_000, comment=part * 20_000)
    started = time.process_time()
    source.parse(HEAD + COLUMNS + row)
    assert time.process_time() - started < 2


# -- tables taken out -----------------------------------------------------------------------------------------------

MINE = "# Mine\n\n| Key | Meaning |\n| --- | --- |\n| a | b |\n\nLast update: 2025-01-31\n\n"
BETWEEN = "\nBetween two tables.\n\n"
AFTER = "\n## Roles\n\n| Name | Role |\n| --- | --- |\n| Ann | author |\n\nThe end."


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("before", [MINE, ""])
def test_only_the_tables_that_were_read_go_and_all_else_stays_to_the_byte(bom: str, newline: str, before: str) -> None:
    graphs, trees = f"## Graphs\n{COLUMNS}{GOOD}{GOOD}", f"## Trees - 1 in Total\n\n{COLUMNS}{GOOD}"
    text = (bom + before + graphs + BETWEEN + trees + AFTER).replace("\n", newline)
    left = source.without(text, source.parse(text).tables, "HERE\n")
    assert left == (bom + before + "HERE\n" + BETWEEN + AFTER).replace("\n", newline)


def test_text_under_a_heading_keeps_its_heading() -> None:
    text = f"## Graphs\n\nI like these:\n\n{COLUMNS}{GOOD}"
    assert source.without(text, source.parse(text).tables, "HERE\n") == "## Graphs\n\nI like these:\n\nHERE\n"


def test_a_table_ends_a_file_that_has_no_last_line_feed() -> None:
    text = f"Mine\n## Graphs\n{COLUMNS}{GOOD}".removesuffix("\n")
    assert source.without(text, source.parse(text).tables, "HERE\n") == "Mine\nHERE"


def test_a_row_that_could_not_be_read_stays_under_the_head_of_its_table() -> None:
    text = f"## Graphs\n{COLUMNS}{GOOD}| mine | 2025-11-13 | a | c |\n{GOOD}"
    left = source.without(text, source.parse(text).tables, "HERE\n")
    assert left == f"HERE\n## Graphs\n{COLUMNS}| mine | 2025-11-13 | a | c |\n"


@pytest.mark.parametrize("column", ["Abstract", "My thoughts", "Code"])
def test_a_table_that_says_more_than_is_kept_of_a_paper_is_told(column: str) -> None:
    cell = {
        "Abstract": "<details><summary>EN</summary><p>a</p></details><details><summary>ZH</summary><p>c</p></details>",
        "My thoughts": "I have long thought about this one, and would not lose it.",
        "Code": "[code](https://example.org)",
    }[column]
    columns = f"| **Title** | **Date** | **{column}** |\n| --- | --- | --- |\n"
    row = f"| **[T](https://arxiv.org/abs/2407.16658v1)** | 2025-11-13 | {cell} |\n"
    assert [table.whole for table in source.parse(HEAD + columns + row).tables] == [False]
    assert [table.whole for table in source.parse(HEAD + COLUMNS + GOOD).tables] == [True]
