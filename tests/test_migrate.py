"""`recommend migrate`: a fork of DailyArXiv, as people have made them, becomes a configuration, papers and a memory."""

import os
import re
import subprocess
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from recommender import config
from recommender.dailyarxiv import literals, migrate
from recommender.dailyarxiv import write as daily
from recommender.digest import markdown
from recommender.digest.model import Digest, Row, Section
from recommender.errors import InputError
from recommender.library import Recommender
from recommender.paper import Paper, Scored
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
        {"title": "Vision", "keywords": ["image captioning", "VQA"], "top": 7},
        {"title": "Waves", "keywords": ["tsunami"]},
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
    assert migrate.make_room(folder, tmp_path)
    text = (folder / "README.md").read_text("utf-8")
    assert text.startswith("# Daily Papers\nThe project automatically fetches")
    assert text.endswith("\n## Thanks\n\nTo arXiv.\n")
    assert "|" not in text
    assert "Last update" not in text
    spliced = markdown.splice(text, "<!-- recommender:begin -->\nnew\n<!-- recommender:end -->\n")
    assert spliced.index("notifications.") < spliced.index("new") < spliced.index("## Thanks")
    assert not migrate.make_room(folder, tmp_path), "a second time there is nothing to do"


def test_the_readme_of_a_fork_that_lives_elsewhere_is_not_touched(tmp_path: Path) -> None:
    folder = fork(tmp_path / "fork")
    assert not migrate.make_room(folder, tmp_path)
    assert (folder / "README.md").read_text("utf-8") == README


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
