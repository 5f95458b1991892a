"""`recommend migrate`: a fork of DailyArXiv, as people have made them, becomes a configuration, papers and a memory."""

import os
import re
import subprocess
import time
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recommender import config
from recommender.dailyarxiv import literals, migrate
from recommender.dailyarxiv import write as daily
from recommender.dailyarxiv.keywords import Wanted, understood
from recommender.digest import markdown
from recommender.digest.model import Digest, Row, Section
from recommender.errors import InputError
from recommender.fronts.cli import main as command
from recommender.library import Recommender
from recommender.paper import Paper, Scored
from recommender.sources.arxiv.api import query_of
from recommender.sources.base import Request
from recommender.verbs import digest
from recommender.verbs import site as pages
from recommender.verbs.migrate import keep
from tests.helpers.site_example import SEED, static_model

DATA = Path(__file__).parent / "data"
README = (DATA / "daily-papers.md").read_text("utf-8")
TITLES = ["Composed Video Retrieval", "Composed Image Retrieval", "Multimodal Retrieval"]
MAIN = """\
import sys
from utils import get_daily_papers_by_keyword_with_retries

keywords = ["Composed Video Retrieval", "Composed Image Retrieval", "Multimodal Retrieval"]
max_result = 60
issues_result = 15
column_names = ["Title", "Link", "Authors", "Date", "Comment"]
raise SystemExit("this file must never be run")
"""
UTILS = """\
def filter_tags(papers, target_fileds=["cs", "stat"]):
    return papers
"""


def fork(folder: Path, *, main: str | None = MAIN, readme: str | None = README, utils: str | None = UTILS) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in {"main.py": main, "README.md": readme, "utils.py": utils}.items():
        if text is not None:
            (folder / name).write_text(text, "utf-8")
    return folder


def git(folder: Path, *arguments: str, day: str = "2025-01-01") -> None:
    who = {f"GIT_{role}_{key}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    when = {f"GIT_{role}_DATE": f"{day}T12:00:00Z" for role in ("AUTHOR", "COMMITTER")}
    subprocess.run(
        ["git", "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
        env={**os.environ, **who, **when, "GIT_CONFIG_GLOBAL": os.devnull},
    )


def git_here(folder: Path, *arguments: str) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, env=plain)
    return done.stdout.decode().strip()


def commit(folder: Path, day: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "--message", day, day=day)


def readme(day: date, papers: Sequence[Paper], title: str = "Tsunamis") -> str:
    rows = tuple(Row(Scored(paper, 0.5, 50)) for paper in papers)
    return daily.render(Digest(day, (Section(title, title, rows),)))


def paper(number: int, version: int = 1, title: str = "") -> Paper:
    return Paper(
        f"2501.{number:05}", title or f"Paper {number}", "Abstract.", updated=date(2025, 1, version), version=version
    )


# -- what main.py says ---------------------------------------------------------------------------------------------


def test_sections_limits_columns_and_categories_come_from_the_forks_python_files(tmp_path: Path) -> None:
    found = migrate.read(fork(tmp_path))
    made = config.parse(tomllib.loads(found.config), folder=tmp_path)
    assert [section.title for section in made.sections] == TITLES
    assert made.sections[0].categories == ("cs", "stat")
    assert made.digest.top == 60
    assert made.digest.columns == ("title", "date", "relevance", "authors", "comment")
    assert found.notes == []


@pytest.mark.parametrize(
    ("source", "titles"),
    [
        ('keywords = ["A"]', ["A"]),
        ("keywords = ('A', 'B',)", ["A", "B"]),
        ('keywords: list[str] = ["A", "B"]', ["A", "B"]),
        ('keywords = "A, B".split(", ")', ["A", "B"]),
        ('keywords = """\nA\nB\n""".strip().splitlines()', ["A", "B"]),
        ('base = ["A"]\nkeywords = base + ["B"]', ["A", "B"]),
        ('keywords = []\nkeywords.append("A")\nkeywords.extend(["B", "C"])\nkeywords += ["D"]', ["A", "B", "C", "D"]),
        ('keywords = [*["A"], "B"]', ["A", "B"]),
        ('x = "A"\nkeywords = [f"{x} B", "C " + x]', ["A B", "C A"]),
        ('keywords = [w.title() for w in ["a b", "c"]]', ["A B", "C"]),
        ('if __name__ == "__main__":\n    keywords = ["A"]', ["A"]),
        ('def main():\n    keywords = ["A"]\n    run(keywords)', ["A"]),
        ('KEYWORDS = ["A"]', ["A"]),
        ('keywords = "A"', ["A"]),
        ('keywords = ["时间序列", "Études"]', ["时间序列", "Études"]),
        ('# -*- coding: utf-8 -*-\n# 关键词\nkeywords = ["A"]  # 论文', ["A"]),
        ('keywords = ["old"]\nkeywords = ["A"]', ["A"]),
    ],
)
def test_keywords_are_read_however_they_are_written(tmp_path: Path, source: str, titles: list[str]) -> None:
    found = migrate.read(fork(tmp_path, main=source, readme=None))
    assert [section["title"] for section in found.sections] == titles
    assert found.notes == []


def test_a_mapping_of_keywords_becomes_sections_with_phrases(tmp_path: Path) -> None:
    source = 'keywords = {"Vision": ["image captioning", "VQA"], "Waves": "tsunami"}\nmax_per = {"Vision": 7}'
    found = migrate.read(fork(tmp_path, main=source, readme=None, utils=None))
    assert found.sections == [
        {
            "title": "Vision",
            "query": "Vision: image captioning, VQA",
            "keywords": ["image captioning", "VQA"],
            "top": 7,
        },
        {"title": "Waves", "query": "Waves: tsunami", "keywords": ["tsunami"]},
    ]


@pytest.mark.parametrize(
    ("source", "note"),
    [
        (
            "keywords = load('topics.json')",
            r"no keywords understood \(`keywords` is `load\('topics.json'\)` in line 1\)",
        ),
        ("papers = 1", "no keywords understood .none of keywords, "),
        ("keywords = [", "main.py: cannot be read as Python"),
        ("keywords = " + "(" * 5000, "main.py: cannot be read as Python"),
    ],
)
def test_where_main_py_is_not_understood_the_headings_are_taken_and_it_says_so(
    tmp_path: Path, source: str, note: str
) -> None:
    found = migrate.read(fork(tmp_path, main=source))
    assert [section["title"] for section in found.sections] == TITLES
    assert any(re.search(note, line) for line in found.notes), found.notes


def test_a_single_keyword_that_is_not_understood_is_named(tmp_path: Path) -> None:
    found = migrate.read(fork(tmp_path, main='keywords = ["A", os.environ["TOPIC"], "A", " "]', readme=None))
    assert [section["title"] for section in found.sections] == ["A"]
    assert [line.partition(";")[0] for line in found.notes] == [
        'main.py: the keyword `os.environ["TOPIC"]` in line 1 was not understood',
        "main.py: the keyword 'A' is empty or there twice",
        "main.py: the keyword ' ' is empty or there twice",
    ]


def test_limits_and_categories_that_are_not_understood_are_named(tmp_path: Path) -> None:
    source, utils = 'keywords = ["A"]\nmax_result = int(argv[1])', "def filter_tags(papers, fields=FIELDS): pass"
    notes = migrate.read(fork(tmp_path, main=source, utils=utils, readme=None)).notes
    assert any("the limit `int(argv[1])` in line 2 was not understood" in note for note in notes)
    assert any("the categories `FIELDS` in line 1 were not understood" in note for note in notes)


def test_a_file_cannot_fill_the_memory(tmp_path: Path) -> None:
    source = 'x = "aaaaaaaaaa"\n' + "x = x + x\n" * 200 + "keywords = [x]"
    assert isinstance(literals.assigned(source)["x"], literals.Unknown)


def test_without_main_py_the_headings_are_the_sections(tmp_path: Path) -> None:
    found = migrate.read(fork(tmp_path, main=None, utils=None))
    assert [section["title"] for section in found.sections] == TITLES
    assert found.notes == ["main.py: not there; the sections are the headings of README.md"]


def test_a_readme_alone_will_do(tmp_path: Path) -> None:
    fork(tmp_path, main=None)
    found = migrate.read(tmp_path / "README.md")
    assert len(found.papers) == 231
    assert [section["title"] for section in found.sections] == TITLES


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_what_is_no_fork_is_refused_with_the_remedy(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"give the folder of a DailyArXiv fork|`recommend init` starts without one"):
        migrate.read(tmp_path / name)


# -- what README.md says -------------------------------------------------------------------------------------------


def test_every_paper_of_the_readme_is_read_with_the_day_it_was_shown(tmp_path: Path) -> None:
    found = migrate.read(fork(tmp_path))
    assert found.papers == {paper.id: paper for paper in SEED.papers}
    assert {title: len(memory) for title, memory in found.shown.items()} == dict(
        zip(TITLES, (39, 100, 100), strict=True)
    )
    assert {day for memory in found.shown.values() for _, day in memory.values()} == {date(2025, 11, 14)}


@pytest.mark.parametrize("suffix", [" - 100 in Total", " - No Paper Found"])
def test_headings_of_fork_variants_are_the_same_sections(tmp_path: Path, suffix: str) -> None:
    text = README.replace("## Multimodal Retrieval", f"## Multimodal Retrieval{suffix}")
    found = migrate.read(fork(tmp_path, main=None, readme=text))
    assert [section["title"] for section in found.sections] == TITLES


def test_rows_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    found = migrate.read(fork(tmp_path, readme=README.replace("https://arxiv.org/pdf/2407.16658v1", "nowhere")))
    assert len(found.papers) == 230
    assert [note.partition(":")[0] for note in found.notes] == ["README.md"] * len(found.notes)
    assert found.notes


def test_the_old_tables_make_room_for_the_digest_and_all_else_stays(tmp_path: Path) -> None:
    folder = fork(tmp_path, readme=README + "\n## Thanks\n\nTo arXiv.\n")
    room = migrate.room(migrate.read(folder), tmp_path)
    assert room
    assert room.text.startswith(README[: README.index("## ")])
    assert room.text.endswith("\n## Thanks\n\nTo arXiv.\n")
    assert "|" not in room.text
    spliced = markdown.splice(room.text, "<!-- recommender:begin -->\nnew\n<!-- recommender:end -->\n")
    assert spliced.index("notifications.") < spliced.index("new") < spliced.index("## Thanks")


def test_the_readme_of_a_fork_that_lives_elsewhere_is_not_touched(tmp_path: Path) -> None:
    folder = fork(tmp_path / "fork")
    assert migrate.room(migrate.read(folder), tmp_path) is None


def test_a_table_that_says_more_than_is_kept_stays_and_its_papers_are_read(tmp_path: Path) -> None:
    second = f"## Mine\n| Title | Date | My thoughts |\n|---|---|---|\n| [T]({{}}) | 2025-01-01 | {'thought ' * 9} |\n"
    found = migrate.read(fork(tmp_path, readme=README + second.format("https://arxiv.org/abs/2501.00001v1")))
    room = migrate.room(found, tmp_path)
    assert room
    assert [table.title for table in room.kept] == ["Mine"]
    assert room.text.endswith(second.format("https://arxiv.org/abs/2501.00001v1"))
    assert len(found.papers) == 232


def test_a_readme_that_leads_out_of_the_fork_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(README, "utf-8")
    folder = fork(tmp_path / "fork", readme=None)
    (folder / "README.md").symlink_to(tmp_path / "mine.md")
    found = migrate.read(folder)
    assert (found.page, found.papers) == (None, {})


@pytest.mark.parametrize(
    ("name", "main"),
    [
        ("DailyPapers.md", MAIN + 'f = open("DailyPapers.md", "w")\n'),
        ("docs/papers.md", MAIN + 'with open("docs/papers.md", mode="w") as f:\n    pass\n'),
        ("PAPERS.md", MAIN),
        ("readme.md", MAIN),
    ],
)
def test_the_file_that_holds_the_tables_is_found_and_becomes_the_digests(tmp_path: Path, name: str, main: str) -> None:
    folder = fork(tmp_path, main=main, readme=None if name == "readme.md" else "# My fork\n")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(README, "utf-8")
    found = migrate.read(folder)
    assert (len(found.papers), found.settings["digest"]["path"]) == (231, name)
    room = migrate.room(found, tmp_path)
    assert room
    assert room.path == folder / name


def test_an_issue_template_is_read_where_nothing_else_has_tables(tmp_path: Path) -> None:
    folder = fork(tmp_path, readme="# My fork\n")
    (folder / ".github").mkdir()
    (folder / ".github" / "ISSUE_TEMPLATE.md").write_text(README, "utf-8")
    found = migrate.read(folder)
    assert len(found.papers) == 231
    assert "path" not in found.settings["digest"]


def test_what_a_fork_says_reaches_no_terminal_as_anything_but_text(tmp_path: Path) -> None:
    hostile = "\x1b]0;gotcha\x07\u202e" + "x" * 5000
    source = f"keywords = ['A', open({hostile!r})]\nmax_result = 0x{'f' * 6000}"
    notes = migrate.read(fork(tmp_path, main=source, readme=f"{README}\n## {hostile}\n")).notes
    assert len(notes) >= 2
    assert all(note.isprintable() and len(note) < 400 for note in notes)


# -- what keywords mean --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "keywords"),
    [
        ("LLM AND attack", ["LLM AND attack"]),
        ("A OR B", ["A", "B"]),
        ('LLM AND (attack OR "jail break")', ["LLM AND attack", "LLM AND jail break"]),
        ("ti:tsunami OR abs:tsunami", ["tsunami"]),
        ('all:"deep learning"', ["deep learning"]),
        ('"exact phrase"', ["exact phrase"]),
        ("%22deep learning%22+AND+graphs", ["deep learning AND graphs"]),
        ("AND:autoregressive image", ["autoregressive AND image"]),
        ("((a OR b", ["a", "b"]),
        ("Vision-Language-Action (VLA)", ["Vision-Language-Action (VLA)"]),
        ("command and control", ["command and control"]),
        ("C++", ["C++"]),
    ],
)
def test_a_keyword_in_arxivs_language_is_understood(keyword: str, keywords: list[str]) -> None:
    assert understood(keyword).keywords == keywords
    assert understood(keyword).problems == []


@pytest.mark.parametrize(
    ("keyword", "keywords", "problem"),
    [
        ("graphs ANDNOT survey", ["graphs"], "what must not occur is left out"),
        ("au:Smith AND graphs", ["graphs"], "`au:Smith` cannot be asked for and is left out"),
        (" AND ".join(["(a OR b)"] * 60), ["a", "b"], "1,152,921,504,606,846,976 combinations are too many"),
    ],
)
def test_of_a_keyword_that_cannot_be_asked_for_whole_the_rest_is_named(
    tmp_path: Path, keyword: str, keywords: list[str], problem: str
) -> None:
    found = migrate.read(fork(tmp_path, main=f"keywords = [{keyword!r}]", readme=None, utils=None))
    assert understood(keyword).keywords == keywords
    assert any(problem in note for note in found.notes)


def test_categories_in_a_keyword_become_the_sections() -> None:
    assert understood("cat:cs.CV AND graphs").categories == ("cs.CV",)
    assert understood("cat:cs.CV OR cat:math.*") == Wanted([], ("cs.CV", "math"))


@pytest.mark.parametrize(
    ("source", "headings", "section"),
    [
        (
            'keywords = [["LLM", "attack"]]',
            ["LLM AND attack"],
            {"title": "LLM AND attack", "query": "LLM attack", "keywords": ["LLM AND attack"]},
        ),
        (
            'keywords = [["LLM", "attack"]]\nq = " AND ".join(keywords[0])',
            [],
            {"title": "LLM AND attack", "query": "LLM attack", "keywords": ["LLM AND attack"]},
        ),
        ('keywords = [["LLM", "attack"]]', [], {"title": "LLM / attack", "keywords": ["LLM", "attack"]}),
        ('keywords = [["LLM", "attack"]]', ["LLM, attack"], {"title": "LLM, attack", "keywords": ["LLM", "attack"]}),
        (
            'keywords = [{"must": ["slam"], "any": ["lidar", "radar"]}]',
            ["Must: slam; Any: lidar, radar"],
            {
                "title": "Must: slam; Any: lidar, radar",
                "query": "slam lidar radar",
                "keywords": ["slam AND lidar", "slam AND radar"],
            },
        ),
        (
            'SEARCH_TOPICS = [{"label": "World Model (WM)", "terms": ["World Model", "WM"]}]',
            ["World Model (WM)"],
            {"title": "World Model (WM)", "keywords": ["World Model", "WM"]},
        ),
        ('keywords = ["\\"time series\\""]', ["time series"], {"title": "time series"}),
        ('keywords = ["时间序列"]', ["时间序列"], {"title": "时间序列"}),
        ("x = 1", ["A AND B"], {"title": "A AND B", "query": "A B", "keywords": ["A AND B"]}),
    ],
)
def test_entries_of_every_shape_become_sections_under_the_forks_headings(
    tmp_path: Path, source: str, headings: list[str], section: dict[str, object]
) -> None:
    tables = "".join(readme(date(2025, 1, 1), [paper(1)], title) for title in headings)
    found = migrate.read(fork(tmp_path, main=source, readme=tables or None, utils=None))
    assert found.sections == [section]
    config.parse(tomllib.loads(found.config), folder=tmp_path)


def test_both_phrases_are_asked_of_arxiv() -> None:
    request = Request(keywords=("LLM AND attack", "jail break"))
    assert query_of(request) == (
        '(((ti:"LLM" OR abs:"LLM") AND (ti:"attack" OR abs:"attack")) OR (ti:"jail break" OR abs:"jail break"))'
    )
    assert request.matches(Paper("2501.00001", "LLMs: an LLM attack", ""))
    assert not request.matches(Paper("2501.00001", "An LLM", "Nothing else."))


# -- files that would do harm --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        'x = "aaaaaaaaaa"\n' + 'x = f"{x}{x}"\n' * 300,
        'x = ["a"]\n' + "x.extend(x)\n" * 300,
        'x = ["a"]\n' + "x = [x, x]\n" * 300,
        'x = {"a": 1}\n' + 'x = {"a": x, "b": x}\n' * 300,
        'x = ["a"]\n' + "x = [*x, *x]\n" * 300,
        'x = "aaaaaaaaaa"\n' + "x = x.join([x, x])\n" * 300,
        'x = "aa"\n' + 'x = x.replace("a", x)\n' * 300,
        f"y = [{'0, ' * 500}]\nx = [[[[a for a in y] for b in y] for c in y] for d in y]",
        f"x = 0x{'f' * 50_000}",
    ],
)
def test_no_operation_outgrows_the_allowance(source: str) -> None:
    started = time.process_time()
    made = literals.assigned(source)["x"]
    assert len(str(made)) < 1000
    assert time.process_time() - started < 5


def test_expressions_without_end_are_no_python() -> None:
    for source in ("x = " + "-" * 50_000 + "1", "x = " + " + ".join(["y"] * 5000), f"x = {'9' * 5000}"):
        with pytest.raises((ValueError, SyntaxError)):
            literals.assigned(source)


# -- what its history says -----------------------------------------------------------------------------------------


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Three days on a branch that is not `main`; one paper is revised, one drops out, one day is broken."""
    folder = fork(
        tmp_path / "fork", main='keywords = ["Tsunamis"]', readme=readme(date(2025, 1, 1), [paper(1), paper(2)])
    )
    git(folder, "init", "--quiet", "--initial-branch", "日报")
    commit(folder, "2025-01-01")
    (folder / "README.md").write_text("ArXiv API Limit Exceeded!\n")
    commit(folder, "2025-01-02")
    (folder / "README.md").write_text(readme(date(2025, 1, 3), [paper(2, 2, "Paper 2, revised"), paper(3)]))
    commit(folder, "2025-01-03")
    return folder


def test_history_brings_every_paper_ever_shown_and_the_day(history: Path) -> None:
    found = migrate.read(history, history=True)
    assert found.shown["Tsunamis"] == {
        "2501.00001": (1, date(2025, 1, 1)),
        "2501.00002": (2, date(2025, 1, 3)),
        "2501.00003": (1, date(2025, 1, 3)),
    }
    assert found.papers["2501.00002"].title == "Paper 2, revised"
    assert len(found.notes) == 1
    assert found.notes[0].startswith("README.md of 2025-01-02: no table with the columns of DailyArXiv")


def test_without_history_only_the_present_readme_counts(history: Path) -> None:
    assert list(migrate.read(history).papers) == ["2501.00002", "2501.00003"]


def test_branches_that_are_not_checked_out_are_read_too(history: Path) -> None:
    git(history, "checkout", "--quiet", "-b", "side")
    (history / "README.md").write_text(readme(date(2025, 1, 4), [paper(4)]))
    commit(history, "2025-01-04")
    git(history, "checkout", "--quiet", "日报")
    assert "2501.00004" in migrate.read(history, history=True).papers


def test_a_former_section_keeps_its_papers_and_its_place_in_the_archive(history: Path, tmp_path: Path) -> None:
    (history / "README.md").write_text(readme(date(2025, 1, 5), [paper(5)], title="Floods"))
    (history / "main.py").write_text('keywords = ["Floods"]')
    commit(history, "2025-01-05")
    found = migrate.read(history, history=True)
    assert [section["title"] for section in found.sections] == ["Floods"]
    assert "former sections, kept as papers and in the archive: Tsunamis" in found.notes
    site = site_of(found, tmp_path / "home", date(2025, 1, 5))
    assert "<bdi>Tsunamis</bdi>" in (site / "archive" / "2025-01.html").read_text("utf-8")
    assert not (site / "sections" / "tsunamis.html").exists()


def test_a_shallow_clone_is_read_as_far_as_it_goes_and_named(history: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", history.as_uri(), str(tmp_path / "shallow")], check=True)
    found = migrate.read(tmp_path / "shallow", history=True)
    assert sorted(found.papers) == ["2501.00002", "2501.00003"]
    assert any("--unshallow" in note for note in found.notes)


def test_a_folder_without_git_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"git cannot read its history .*; without --history only README.md is read"):
        migrate.read(fork(tmp_path), history=True)


def test_the_settings_of_a_foreign_repository_start_no_program(history: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path / 'sprung'}\n")
    trap.chmod(0o755)
    for key in ("core.pager", "core.fsmonitor", "gpg.program", "diff.external", "core.sshCommand"):
        git(history, "config", key, str(trap))
    git(history, "config", "log.showSignature", "true")
    migrate.read(history, history=True)
    assert not (tmp_path / "sprung").exists()


def test_the_users_and_the_repositorys_git_settings_change_nothing(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = migrate.read(history, history=True)
    (tmp_path / "gitconfig").write_text("[log]\n\tfollow = true\n\tdate = relative\n\tshowSignature = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    for key, value in (("log.follow", "true"), ("log.diffMerges", "off"), ("diff.noprefix", "true")):
        git_here(history, "config", key, value)
    found = migrate.read(history, history=True)
    assert (found.papers, found.shown) == (whole.papers, whole.shown)


@pytest.mark.parametrize("seconds", ["4102444800", "253402300800", "99999999999999"])
def test_commit_times_that_cannot_be_are_passed_over(history: Path, seconds: str) -> None:
    (history / "README.md").write_text(readme(date(2025, 1, 4), [paper(4)]).replace("Last update: 2025-01-04\n", ""))
    git(history, "add", "-A")
    tree = git_here(history, "write-tree")
    head = git_here(history, "rev-parse", "HEAD")
    who = f"A <a@example.org> {seconds} +0000"
    text = f"tree {tree}\nparent {head}\nauthor {who}\ncommitter {who}\n\nlate\n"
    made = subprocess.run(
        ["git", "-C", str(history), "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        input=text.encode(), capture_output=True, check=True,
    )  # fmt: skip
    git(history, "update-ref", "refs/heads/late", made.stdout.decode().strip())
    found = migrate.read(history, history=True, today=date(2025, 6, 1))
    assert "2501.00004" in found.papers
    assert "2501.00004" not in found.shown["Tsunamis"]


def test_a_day_to_come_in_a_readme_is_not_the_day_it_was_shown(history: Path) -> None:
    (history / "README.md").write_text(readme(date(2099, 1, 1), [paper(4)]))
    commit(history, "2025-01-04")
    found = migrate.read(history, history=True, today=date(2025, 6, 1))
    assert found.shown["Tsunamis"]["2501.00004"] == (1, date(2025, 1, 4))


# -- into the store ------------------------------------------------------------------------------------------------


def site_of(found: migrate.Migration, home: Path, today: date) -> Path:
    """The site that the fork's new home has."""
    static_model(home / "model")
    text = found.config.replace('#model = "default"', 'model = "model"')
    (home / "config.toml").write_text(text, "utf-8")
    with Recommender(config.load(home / "config.toml"), write=True, today=today) as recommender:
        assert len(keep(recommender, found).new) == len(found.papers)
        assert {title: recommender.store.memory.shown(title) for title in found.shown} == found.shown
        assert recommender.search("paper", number=5)
        made = digest.make(recommender)
        digest.write(recommender, made)
        written = pages.write(recommender, made)
        assert written.changed == written.files
        assert pages.write(recommender, made).changed == 0
    return home / "site"


def test_the_fork_lives_on_searchable_with_its_archive_and_feeds(history: Path, tmp_path: Path) -> None:
    site = site_of(migrate.read(history, history=True), tmp_path / "home", date(2025, 1, 4))
    assert (site / "papers" / "2501.00001.html").exists(), "dropped out of the README, but in the archive"
    assert "Paper 1" in (site / "archive" / "2025-01.html").read_text("utf-8")
    assert (site / "feeds" / "tsunamis.atom").exists()
    page = (site / "sections" / "tsunamis.html").read_text("utf-8")
    assert '<a href="../feeds/tsunamis.atom" type="application/atom+xml">Atom feed</a>' in page
    assert 'title="JSON feed: Tsunamis" href="../feeds/tsunamis.json"' in page


# -- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fork that is the current folder."""
    rows = [Paper(f"2501.{n:05}", f"Tsunami waves {n}", "On tsunamis.", updated=date(2025, 1, 1)) for n in (1, 2)]
    folder = fork(tmp_path / "here", main='keywords = ["Tsunamis"]', readme=f"{readme(date(2025, 1, 1), rows)}Mine.\n")
    monkeypatch.chdir(folder)
    return folder


def recommend(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_papers_of_a_migrated_fork_are_shown_although_their_categories_are_not_known(here: Path) -> None:
    assert recommend("migrate", ".").exit_code == 0
    assert 'categories = ["cs", "stat"]' in (here / "config.toml").read_text("utf-8")
    assert recommend("digest").exit_code == 0
    text = (here / "README.md").read_text("utf-8")
    assert "2 shown of 2" in text
    assert text.endswith("<!-- recommender:end -->\n\nMine.\n")


def test_a_dry_run_says_what_would_change_and_writes_nothing(here: Path) -> None:
    before = files(here)
    run = recommend("migrate", ".", "--dry-run")
    assert run.exit_code == 0
    assert "would write config.toml" in run.stdout
    assert "section 'Tsunamis' in cs, stat" in run.stdout
    assert "would store 2 papers" in run.stdout
    assert "README.md: would make room for the digest in the place of 1 table: Tsunamis" in run.stdout
    assert files(here) == before


def test_a_migration_that_fails_leaves_no_configuration_to_stumble_over(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise InputError("README.md: cannot be written (No space left on device)")

    before = (here / "README.md").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("recommender.verbs.migrate.write_text", fail)
        assert recommend("migrate", ".").exit_code == 1
    assert (here / "README.md").read_bytes() == before
    assert recommend("migrate", ".").exit_code == 0


def test_an_index_that_cannot_be_opened_stops_it_before_anything_is_written(here: Path) -> None:
    (here / "index").write_text("in the way")
    before = files(here)
    assert recommend("migrate", ".").exit_code == 1
    assert files(here) == before


def test_a_digest_of_our_own_is_not_imported_and_a_forks_replaces_no_text_of_the_same_version(here: Path) -> None:
    (here / "papers.jsonl").write_text(
        '{"id": "2501.00001", "title": "R&D of $k$-SAT: a_b", "abstract": "See a_b & c.", "version": 1}\n', "utf-8"
    )
    (here / "config.toml").write_text('[[sections]]\ntitle = "SAT"\n[ranking]\nmin_relevance = 0\n', "utf-8")
    (here / "fork.md").write_text(readme(date(2025, 1, 1), [paper(1, title="Torn")]), "utf-8")
    recommend("import", "papers.jsonl")
    (here / "README.md").write_text("# Mine\n", "utf-8")
    recommend("digest")
    refused = recommend("import", "README.md")
    assert (refused.exit_code, "is a digest that `recommend` wrote itself" in refused.output) == (1, True)
    assert "0 revised" in recommend("import", "fork.md").output
    assert "R&D of $k$-SAT: a_b" in recommend("search", "SAT", "--json").output


def test_a_later_version_in_a_forks_readme_is_imported(here: Path) -> None:
    for version, title in ((1, "First"), (2, "Second")):
        (here / "fork.md").write_text(readme(date(2025, 1, 1), [paper(1, version, title)]), "utf-8")
        recommend("import", "fork.md")
    assert '"title": "Second"' in recommend("search", "second", "--json").output


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "README.md")
    with pytest.raises(InputError, match="is not an ordinary file"):
        migrate.read(tmp_path / "README.md")
