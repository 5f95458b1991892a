"""What the shell does with results: other formats, one paper whole, opened in the browser, on a real terminal."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest
import rispy
from click.testing import CliRunner, Result
from pybtex.database import parse_string

from recommender.fronts import last
from recommender.fronts.cli import main
from recommender.paper import Paper
from recommender.sources.files import line_of

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")

FOUND = ("search", "composed image retrieval", "-n", "3")


def recommend(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def found_ids() -> list[str]:
    return [json.loads(line)["id"] for line in recommend(*FOUND, "--json").stdout.splitlines()]


# -- formats ---------------------------------------------------------------------------------------------------


def test_every_format_holds_the_same_papers(home: Path) -> None:
    ids = found_ids()
    assert [json.loads(line)["id"] for line in recommend(*FOUND, "--format", "json").stdout.splitlines()] == ids
    assert [line.split()[0] for line in recommend(*FOUND, "--format", "ids").stdout.splitlines()] == ids
    entries = parse_string(recommend(*FOUND, "--format", "bibtex").stdout, "bibtex").entries
    assert [entry.fields["eprint"] for entry in entries.values()] == ids
    assert not any("abstract" in entry.fields for entry in entries.values())
    records = rispy.loads(recommend(*FOUND, "--format", "ris").stdout)
    assert [re.sub(r"^arXiv:|v\d+$", "", record["accession_number"]) for record in records] == ids
    rows = list(csv.DictReader(io.StringIO(recommend(*FOUND, "--format", "csv", "--abstract").stdout)))
    assert [row["id"] for row in rows] == ids
    assert all(row["abstract"] for row in rows)


@pytest.mark.parametrize("verb", [("similar", "2407.16658"), ("today", "--since", "10y")], ids=lambda verb: verb[0])
def test_whatever_shows_papers_knows_the_formats(home: Path, verb: tuple[str, ...]) -> None:
    recommend("like", "2407.16658")
    assert recommend(*verb, "-n", "2", "--format", "csv").stdout.startswith("rank,relevance,id,url,title")


def test_two_formats_at_once_are_a_mistake(home: Path) -> None:
    refused = recommend(*FOUND, "--json", "--format", "csv")
    assert (refused.exit_code, "give one" in refused.stderr) == (2, True)


def test_no_cell_is_a_formula_to_a_spreadsheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    hostile = Paper("2407.16658", "=cmd|' /C calc'!A0 graphs", "About graphs.", authors=("@SUM(1)", "-1"))
    (tmp_path / "papers.jsonl").write_text(line_of(hostile) + "\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    recommend("import", "papers.jsonl")
    row = next(csv.DictReader(io.StringIO(recommend("search", "graphs", "--format", "csv").stdout)))
    assert (row["title"], row["authors"]) == ("'=cmd|' /C calc'!A0 graphs", "'@SUM(1); -1")


# -- one paper -------------------------------------------------------------------------------------------------


def test_a_paper_is_shown_whole_by_id_address_or_its_number_in_the_last_table(home: Path) -> None:
    recommend(*FOUND)
    second = found_ids()[1]
    by_number = recommend("show", "2").stdout
    assert by_number == recommend("show", second).stdout == recommend("show", f"https://arxiv.org/abs/{second}").stdout
    record = json.loads(recommend("show", "2", "--json").stdout)
    assert record["id"] == second
    assert " ".join(by_number.split()).endswith(" ".join(record["abstract"].split()))
    assert f"eprint = {{{second}}}" in recommend("show", "2", "--bibtex").stdout
    assert f"AN  - arXiv:{second}" in recommend("show", "2", "--ris").stdout


@pytest.mark.parametrize(
    ("before", "asked", "message"),
    [
        ((), "1", "no search has been made yet; give an arXiv id"),
        (FOUND, "4", "the last search showed 3 papers; give a number from 1"),
        (FOUND, "0", "the last search showed 3 papers"),
        (FOUND, "nonsense", "not an arXiv id"),
    ],
)
def test_a_number_or_id_that_names_nothing_is_one_line(
    home: Path, before: tuple[str, ...], asked: str, message: str
) -> None:
    if before:
        recommend(*before)
    for verb in ("show", "open"):
        refused = recommend(verb, asked)
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
        assert message in refused.stderr


def test_a_paper_is_opened_at_arxiv_without_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(opened.append(url)) or True)  # type: ignore[func-returns-value]
    monkeypatch.chdir(tmp_path)
    last.remember(["2407.16658", "hep-th/9901001"])
    assert recommend("open", "2").exit_code == 0
    assert recommend("open", "arXiv:2407.16658v2", "--pdf").exit_code == 0
    assert opened == ["https://arxiv.org/abs/hep-th/9901001", "https://arxiv.org/pdf/2407.16658"]
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert "no browser could be opened" in recommend("open", "1").stderr


def test_a_search_answers_where_no_number_can_be_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "file"))
    assert recommend(*FOUND).exit_code == 0


# -- verbs -----------------------------------------------------------------------------------------------------


def test_the_beginning_of_a_verb_is_enough_where_no_other_begins_so(home: Path) -> None:
    assert recommend("sea", "composed image retrieval", "-n", "3").stdout == recommend(*FOUND).stdout
    several = recommend("s", "x")
    assert (several.exit_code, "'s' may be save, saved" in several.stderr) == (2, True)
    assert "No such command 'x'" in recommend("x").stderr


@pytest.mark.parametrize(("shell", "part"), [("bash", "complete "), ("zsh", "compdef"), ("fish", "complete ")])
def test_each_shell_is_taught_to_complete(shell: str, part: str) -> None:
    taught = recommend("completion", shell)
    assert (taught.exit_code, part in taught.stdout, "_RECOMMEND_COMPLETE" in taught.stdout) == (0, True, True)


# -- on a terminal ---------------------------------------------------------------------------------------------


def on_terminal(home: Path, *arguments: str, **variables: str) -> str:
    """What a command writes on a pseudo-terminal of 80 columns and 24 lines."""
    leader, follower = pty.openpty()
    os.set_blocking(leader, True)
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24", **variables}
    command = [sys.executable, "-m", "recommender", *arguments]
    with subprocess.Popen(command, cwd=home, stdin=follower, stdout=follower, stderr=follower, env=environ) as child:
        os.close(follower)
        seen = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # Linux's way to say that nobody writes any more
                break
            if not part:
                break
            seen += part
        child.wait()
    os.close(leader)
    return seen.decode()


def test_titles_and_addresses_are_links_where_the_terminal_follows_them(home: Path) -> None:
    link = f"\x1b]8;;https://arxiv.org/abs/{found_ids()[0]}"
    assert link in on_terminal(home, *FOUND, FORCE_HYPERLINK="1")
    assert link in on_terminal(home, *FOUND, TERM_PROGRAM="WezTerm")
    assert "\x1b]8" not in on_terminal(home, *FOUND)
    assert "\x1b" not in on_terminal(home, *FOUND, TERM="dumb", FORCE_HYPERLINK="1")


def test_what_does_not_fit_the_terminal_goes_through_the_pager(home: Path) -> None:
    pager = home / "pager"
    pager.write_text("#!/bin/sh\necho PAGED; cat\n", encoding="utf-8")
    pager.chmod(0o755)
    assert "PAGED" in on_terminal(home, "search", "image retrieval", "-n", "20", PAGER=str(pager))
    assert "PAGED" not in on_terminal(home, *FOUND, PAGER=str(pager))
