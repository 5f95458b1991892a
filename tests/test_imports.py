"""Papers from files into the library: what comes in, what is counted, and when the starter papers fill it."""

from dataclasses import replace
from pathlib import Path

import pytest

from recommender.sources.files import line_of
from recommender.verbs import imports
from recommender.verbs.imports import Imported, import_files
from tests.helpers.small_home import CODES, GALAXIES, IMAGES, PROTEINS, fill, open_home, paper, papers

TABLE = """## Codes
| **Title** | **Date** | **Abstract** | **Comment** |
| --- | --- | --- | --- |
| **[Surface codes](https://arxiv.org/abs/2601.07001v1)** | 2026-01-09 | {text} | |
| **[No address](nowhere)** | 2026-01-09 | {text} | |
""".replace("{text}", "<details><summary>Show</summary><p>Text.</p></details>")


def file(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def imported(folder: Path, *paths: Path) -> Imported:
    with open_home(folder, write=True) as library:
        return import_files(library, paths)


def test_the_papers_of_all_files_are_counted_as_new_revised_or_known(tmp_path: Path) -> None:
    fill(tmp_path, [paper(CODES, 0), paper(CODES, 1)])
    one = file(tmp_path, "one.jsonl", line_of(replace(paper(CODES, 0), version=2)), line_of(paper(CODES, 1)), "{")
    two = file(tmp_path, "two.jsonl", line_of(paper(GALAXIES, 0)), line_of(paper(GALAXIES, 1)), "3")
    done = imported(tmp_path, one, two)
    assert (done.new, done.revised, done.unchanged) == (2, 1, 1)
    assert [line.split(" line ")[0] for line in done.bad] == [f"{one}:", f"{two}:"]


def test_imported_papers_are_in_the_index_when_the_import_has_ended(tmp_path: Path) -> None:
    with open_home(fill(tmp_path, papers()), write=True) as library:
        assert library.index.status().pending == 0
        more = [replace(paper(PROTEINS, n % 6), id=f"2602.{n:05}") for n in range(100)]
        import_files(library, [file(tmp_path, "more.jsonl", *map(line_of, more))])
        assert library.search("Protein folding by deep networks")[0].paper.title == paper(PROTEINS, 0).title
        assert {found.paper.id[:4] for found in library.search("protein", 50)} >= {"2602"}


@pytest.mark.parametrize("name", ["README.md", "Papers.MARKDOWN"])
def test_a_readme_is_read_as_a_table_and_its_unreadable_rows_are_named(tmp_path: Path, name: str) -> None:
    done = imported(tmp_path, file(tmp_path, name, TABLE))
    assert done.new == 1
    assert [line.startswith(f"{tmp_path / name}: ") for line in done.bad] == [True]
    with open_home(tmp_path) as library:
        assert library.store.papers.get(["2601.07001"])["2601.07001"].title == "Surface codes"


def test_a_readme_that_is_not_text_is_told_and_brings_nothing(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"\xff\xfe")
    done = imported(tmp_path, tmp_path / "README.md")
    assert (done.new, [line.startswith(f"{tmp_path / 'README.md'}: ") for line in done.failed]) == (0, [True])


def test_a_file_that_is_missing_is_told_and_those_beside_it_are_stored(tmp_path: Path) -> None:
    before, after = (file(tmp_path, f"{n}.jsonl", line_of(paper(IMAGES, n))) for n in (0, 1))
    done = imported(tmp_path, before, tmp_path / "missing.jsonl", after)
    assert done.new == 2
    assert done.failed == [f"{tmp_path / 'missing.jsonl'}: cannot be read (No such file or directory)"]


def test_only_a_home_without_papers_is_filled_with_the_starter_papers(tmp_path: Path) -> None:
    told: list[str] = []
    with open_home(fill(tmp_path, [paper(CODES, 0)]), write=True) as library:
        imports.start(library, told.append)
        assert (len(library.store), told) == (1, [])
        assert library.store.ledger.cursor(imports.STARTED) is None
