"""The command line as a user meets it: answers, pipes, mistakes."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recommender.archives import day_of
from recommender.fronts.cli import main
from recommender.paper import Paper
from recommender.sources.files import line_of, paper_of

DATA = Path(__file__).parent / "data"


def recommend(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin, catch_exceptions=False)


def titles(result: Result) -> list[str]:
    return [json.loads(line)["title"] for line in result.stdout.splitlines()]


def test_a_search_answers_in_the_users_own_words(home: Path) -> None:
    found = recommend("search", "image search with a reference image and a modification text", "--json")
    assert found.exit_code == 0
    assert sum("Image Retrieval" in title for title in titles(found)) >= 4


def test_results_are_numbered_dated_and_linked(home: Path) -> None:
    found = recommend("search", "composed video retrieval", "-n", "2")
    lines = found.stdout.splitlines()
    assert lines[0].startswith("  1 ")
    assert "Composed Video Retrieval" in lines[0]
    assert any("https://arxiv.org/abs/2403.16997v1" in line for line in lines)


def test_results_pass_every_filter(home: Path) -> None:
    found = recommend("search", "galaxies", "--json", "--category", "astro-ph", "--since", "2024-01-01", "-n", "20")
    records = [json.loads(line) for line in found.stdout.splitlines()]
    assert records
    for record in records:
        assert any(category.startswith("astro-ph") for category in record["categories"])
        assert record["id"] >= "2301"
    assert recommend("search", "galaxies", "--until", "1991-01-01").stdout == ""


def test_relevance_falls_from_result_to_result_and_tells_on_topic_from_off_topic(home: Path) -> None:
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        config.write("[ranking]\nreader = false\n")  # which orders anew, and leaves the per cent
    found = recommend("search", "composed image retrieval", "--json", "--meaning", "-n", "5000")
    relevance = [json.loads(line)["relevance"] for line in found.stdout.splitlines()]
    assert relevance == sorted(relevance, reverse=True)
    assert relevance[0] > 90
    assert relevance[2500] < 5


def test_words_need_no_quotes_and_dates_and_categories_come_as_people_write_them(home: Path) -> None:
    found = recommend(
        "search", "composed", "image", "retrieval", "--json", "--category", "cs.CV,cs.IR", "--since", "2024"
    )
    assert len(titles(found)) == 10
    assert titles(found) == titles(
        recommend("search", "composed image retrieval", "--json", "--category", "cs.CV", "--category", "cs.IR",
                  "--since", "2024-01-01")
    )  # fmt: skip
    march = recommend("search", "images", "--json", "--since", "2024-03", "--until", "2024-03", "--sort", "date")
    days = [day_of(paper_of(line)).isoformat() for line in march.stdout.splitlines()]
    assert days == sorted(days, reverse=True)
    assert {day[:7] for day in days} == {"2024-03"}
    assert recommend("search", "x", "--since", "2024-13").exit_code == 2


def test_how_a_query_was_read_is_told_beside_the_results(home: Path) -> None:
    title = "EgoCVR: An Egocentric Benchmark for Fine-Grained Composed Video Retrieval"
    found = recommend("search", "egocvr an egocentric benchmark for fine-grained", "-n", "1", "--json")
    assert titles(found) == [title]
    assert found.stderr == "title: the beginning of one; --meaning searches by meaning alone\n"
    assert recommend("search", "2407.16658", "-n", "1", "--json").stderr.startswith("id: 2407.16658, then")


def test_similar_papers_are_found_by_id_address_text_and_standard_input(home: Path) -> None:
    paper_id, title = "2407.16658", "EgoCVR: An Egocentric Benchmark for Fine-Grained Composed Video Retrieval"
    by_id = titles(recommend("similar", paper_id, "--json", "-n", "5"))
    assert title not in by_id
    assert any("Video Retrieval" in found for found in by_id)
    assert titles(recommend("similar", f"https://arxiv.org/abs/{paper_id}v1", "--json", "-n", "5")) == by_id
    (home / "text.txt").write_text(title, encoding="utf-8")
    assert titles(recommend("similar", "text.txt", "--json"))[0] == title
    assert titles(recommend("similar", "-", "--json", stdin=title))[0] == title


def test_several_papers_mean_like_each_of_them_and_a_result_says_like_which(home: Path) -> None:
    found = recommend("similar", "2407.16658", "2411.02571", "--json", "-n", "20")
    assert {json.loads(line)["like"] for line in found.stdout.splitlines()} == {"2407.16658", "2411.02571"}
    assert any("Multimodal" in title for title in titles(found))
    assert any("Video" in title for title in titles(found))


@pytest.mark.parametrize(
    "text",
    [
        "2407.16658\n# a comment\n2411.02571\n",
        "@misc{a, eprint={2407.16658}}\n@misc{b, url={https://arxiv.org/abs/2411.02571}}\n",
    ],
    ids=["ids", "BibTeX"],
)
def test_a_file_of_papers_means_those_papers(home: Path, text: str) -> None:
    (home / "list").write_text(text, encoding="utf-8")
    expected = titles(recommend("similar", "2407.16658", "2411.02571", "--json"))
    assert titles(recommend("similar", "list", "--json")) == expected


def test_an_import_counts_what_it_brought_and_names_what_it_could_not_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    papers = tmp_path / "papers.jsonl"
    papers.write_text(line_of(Paper("2407.16658", "T", "A")) + "\n{\n", encoding="utf-8")
    config = ["--config", str(tmp_path / "config.toml")]
    first = recommend("import", str(papers), *config)
    assert first.stdout == "1 new, 0 revised, 0 known already, 1 skipped; 1 papers stored\n"
    assert f"skipped: {papers}: line 2 is not JSON" in first.stderr
    assert recommend("import", str(papers), *config).stdout.startswith("0 new, 0 revised, 1 known already")


def test_the_seed_digest_imports_with_all_its_papers(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    done = recommend("import", str(DATA / "daily-papers.md"), "--config", str(tmp_path / "config.toml"))
    assert done.stdout == "231 new, 0 revised, 0 known already, 0 skipped; 231 papers stored\n"


def test_an_empty_index_starts_from_the_starter_papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(titles(recommend("search", "topological insulators", "--json"))) == 10
    assert "5,000" in recommend("info").stdout


def test_a_digest_is_the_same_to_the_byte_when_made_again(home: Path) -> None:
    assert recommend("digest").exit_code == 0
    first = (home / "README.md").read_bytes()
    assert recommend("digest").stdout.endswith("nothing changed\n")
    assert (home / "README.md").read_bytes() == first
    assert b"## Composed Image Retrieval" in first


def test_a_pipe_may_close_early(home: Path) -> None:
    command = f"{sys.executable} -m recommender search retrieval -n 5000 | head -1"
    run = subprocess.run(command, shell=True, cwd=home, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("  1 ")
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["search", "  "], 1, "recommend: the query is empty"),
        (["search", "\U0001f600"], 1, "holds no word that the model knows"),
        (["search", "x", "--since", "soon"], 2, "is not a day; write 2025-01-31, 2025-01, 2025, or 30d"),
        (["search", "x", "--since", "2025-01-02", "--until", "2025-01-01"], 2, "no paper can match"),
        (["search", "x", "-n", "0"], 2, "0 is not in the range"),
        (["similar", "no-such-thing"], 1, "'no-such-thing' is neither an arXiv id nor a file"),
        (["similar", "-"], 1, "the text is empty"),
        (["import", "missing.jsonl"], 1, "missing.jsonl: cannot be read"),
        (["search", "x", "--config", "missing.toml"], 1, "missing.toml: no such file; `recommend init` writes one"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_a_mistake_is_one_line_with_its_remedy(home: Path, arguments: list[str], code: int, message: str) -> None:
    result = recommend(*arguments, stdin="")
    assert result.exit_code == code
    assert result.stdout == ""
    assert message in result.stderr
    if code == 1:
        assert len(result.stderr.splitlines()) == 1


def test_a_text_that_is_not_utf8_and_one_that_is_endless_are_refused(home: Path) -> None:
    (home / "latin.txt").write_bytes("Größe".encode("latin-1"))
    assert "is not UTF-8 text" in recommend("similar", "latin.txt").stderr
    (home / "paper.pdf").write_bytes(b"%PDF-1.7 plain\n")
    assert "pdftotext file.pdf - | recommend similar -" in recommend("similar", "paper.pdf").stderr
    (home / "long.txt").write_text("word " * 300_000, encoding="utf-8")
    assert "longer than a million bytes" in recommend("similar", "long.txt").stderr


def test_nothing_imported_is_a_failure_that_says_what_the_file_seems_to_be(home: Path) -> None:
    (home / "mine.bib").write_text("@misc{x,\n eprint={2407.16658},\n}\n", encoding="utf-8")
    (home / "good.jsonl").write_text(line_of(Paper("2501.00001", "T", "A")), encoding="utf-8")
    result = recommend("import", "mine.bib", "good.jsonl")
    assert result.exit_code == 1
    assert result.stdout.startswith("1 new,")
    assert "mine.bib: seems to be BibTeX" in result.stderr
    assert recommend("import", "mine.bib").stdout == ""


def test_papers_before_the_damage_of_a_file_are_kept(home: Path) -> None:
    lines = "".join(line_of(Paper(f"2501.{n:05}", f"T {n * 7919 % 1009}", "A" * n)) + "\n" for n in range(1, 999))
    data = gzip.compress(lines.encode())
    (home / "cut.jsonl.gz").write_bytes(data[: len(data) * 9 // 10])
    result = recommend("import", "cut.jsonl.gz")
    assert result.exit_code == 1
    assert "the papers before it are kept" in result.stderr
    assert recommend("similar", "2501.00001", "-n", "1").exit_code == 0


def test_standard_input_is_a_file_of_papers(home: Path) -> None:
    assert recommend("import", "-", stdin=f"[{line_of(Paper('2501.00001', 'T', 'A'))}]").stdout.startswith("1 new,")


def test_a_readme_is_told_by_its_table_whatever_its_name(home: Path) -> None:
    table = "## Graphs\n| **Title** | **Date** | **Abstract** | **Comment** |\n| --- | --- | --- | --- |\n"
    cells = (
        "**[T](http://arxiv.org/abs/2501.00001v1)**",
        "2025-01-30",
        "<details><summary>Show</summary><p>A</p></details>",
        "",
    )
    row = f"| {' | '.join(cells)} |\n"
    (home / "DailyPapers.txt").write_bytes(("\ufeff# Mine\n" + table + row).replace("\n", "\r\n").encode())
    assert recommend("import", "DailyPapers.txt").stdout.startswith("1 new,")


def test_of_many_bad_lines_the_first_are_told_and_all_are_counted(home: Path) -> None:
    (home / "bad.jsonl").write_text("{\n" * 30_000 + line_of(Paper("2501.00001", "T", "A")), encoding="utf-8")
    result = recommend("import", "bad.jsonl")
    assert "30,000 skipped" in result.stdout
    assert len(result.stderr.splitlines()) <= 22
