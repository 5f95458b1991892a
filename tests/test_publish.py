"""What a digest leaves on disk: only what changed, and nothing of anybody else's."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from recommender.config import Config, parse
from recommender.dailyarxiv import read as dailyarxiv
from recommender.digest.markdown import GENERATED
from recommender.digest.markers import BEGIN, END
from recommender.digest.model import Digest, Row, compose
from recommender.errors import InputError
from recommender.verbs import publish
from tests.helpers.digests import DATA, SEED, TODAY, many, seed_digest


def settings(folder: Path, **tables: dict[str, object]) -> Config:
    return parse(tables, folder=folder)


def quiet(digest: Digest) -> Digest:
    """The same digest on a day without news."""

    def unmarked(row: Row) -> Row:
        return replace(row, mark="")

    sections = (replace(part, rows=tuple(map(unmarked, part.rows))) for part in digest.sections)
    return Digest(digest.day + timedelta(days=1), tuple(sections))


def test_the_digest_goes_between_its_markers_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    before = f"\ufeff# Mine\n\n{BEGIN}\nold\n{END}\n\nBelow\n".replace("\n", "\r\n").encode()
    readme.write_bytes(before)
    assert publish.write(seed_digest(), settings(tmp_path)) == [readme]
    after = readme.read_bytes()
    assert after.startswith("\ufeff# Mine\r\n\r\n<!-- recommender:begin -->\r\n".encode())
    assert after.endswith(b"<!-- recommender:end -->\r\n\r\nBelow\r\n")
    assert after.count(b"\r\n") == after.count(b"\n") > 250
    assert publish.write(seed_digest(), settings(tmp_path)) == []
    assert readme.read_bytes() == after


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_budget_counts_what_else_is_in_the_file(tmp_path: Path, newline: str) -> None:
    readme = tmp_path / "README.md"
    readme.write_bytes(("Mine" + newline).encode() * 20_000)
    publish.write(many(8, 100), settings(tmp_path, digest={"max_bytes": 300_000}))
    assert 290_000 < len(readme.read_bytes()) <= 300_000


def test_sections_that_outgrow_the_file_move_out_and_come_back(tmp_path: Path) -> None:
    small = settings(tmp_path, digest={"max_bytes": 100_000})
    publish.write(many(40, 50), small)
    moved = sorted(path.name for path in (tmp_path / "papers").glob("*.md"))
    assert len(moved) == 40
    mine = tmp_path / "papers" / "mine.md"
    mine.write_text("Mine\n")
    changed = publish.write(many(2, 5), small)
    assert len(changed) == 41
    assert [path.name for path in (tmp_path / "papers").iterdir()] == ["mine.md"]


def test_a_strangers_file_is_not_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "papers" / "section-7.md"
    mine.parent.mkdir()
    mine.write_text("Mine\n")
    with pytest.raises(InputError, match=r"section-7.md: is not a file of the digest"):
        publish.write(many(40, 50), settings(tmp_path, digest={"max_bytes": 100_000}))
    assert mine.read_text() == "Mine\n"
    assert not (tmp_path / "README.md").exists()


def test_feeds_and_issue_are_written_where_wanted(tmp_path: Path) -> None:
    config = settings(tmp_path, feeds={"path": "out/feeds"}, issue={"path": "issue.md", "labels": ["papers"]})
    publish.write(seed_digest(), config)
    assert len(list((tmp_path / "out" / "feeds").glob("[!.]*"))) == 8
    assert (tmp_path / "issue.md").read_text("utf-8").splitlines()[2] == "labels: papers"
    assert publish.write(seed_digest(), config) == []


def test_on_a_day_without_news_there_is_no_issue_and_the_feeds_stay_as_they_are(tmp_path: Path) -> None:
    config = settings(tmp_path, feeds={"path": "feeds"}, issue={"path": "issue.md"})
    publish.write(seed_digest(), config)
    assert publish.write(quiet(seed_digest()), config) == [tmp_path / "README.md", tmp_path / "issue.md"]
    assert not (tmp_path / "issue.md").exists()


def test_only_an_issue_of_its_own_is_removed(tmp_path: Path) -> None:
    (tmp_path / "issue.md").write_text("Mine\n")
    for digest in (seed_digest(), quiet(seed_digest())):
        with pytest.raises(InputError, match="is not an issue's text of an earlier digest"):
            publish.write(digest, settings(tmp_path, issue={"path": "issue.md"}))
    assert (tmp_path / "issue.md").read_text() == "Mine\n"


def test_dailyarxivs_style_writes_the_seed_back_to_the_byte(tmp_path: Path) -> None:
    config = settings(tmp_path, digest={"style": "dailyarxiv", "link": "pdf"})
    publish.write(seed_digest(), config)
    assert (tmp_path / "README.md").read_bytes() == (DATA / "daily-papers.md").read_bytes()


def test_dailyarxivs_style_keeps_to_the_budget_too(tmp_path: Path) -> None:
    config = settings(tmp_path, digest={"style": "dailyarxiv", "max_bytes": 100_000})
    publish.write(seed_digest(), config)
    text = (tmp_path / "README.md").read_bytes()
    assert 90_000 < len(text) <= 100_000
    assert b"To keep this file to 100,000 bytes, it holds abstracts of the first" in text
    readme = dailyarxiv.parse(text.decode())
    assert {paper.id for paper in readme.papers} == {paper.id for paper in SEED.papers}
    assert readme.skipped == ()
    publish.write(many(400, 5), settings(tmp_path, digest={"style": "dailyarxiv", "max_bytes": 10_000}))
    assert len((tmp_path / "README.md").read_bytes()) <= 10_000


def test_the_day_is_the_digests_and_never_the_clocks(tmp_path: Path) -> None:
    publish.write(seed_digest(), settings(tmp_path, feeds={"path": "feeds"}))
    today = date.today().isoformat()
    assert today != TODAY.isoformat()
    assert all(today not in path.read_text("utf-8") for path in tmp_path.rglob("*.*") if path.is_file())
    assert GENERATED not in (tmp_path / "README.md").read_text("utf-8")


def test_a_readme_of_ones_own_is_not_replaced_by_the_dailyarxiv_format(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# My notes\n", encoding="utf-8")
    with pytest.raises(InputError, match="is not a DailyArXiv README"):
        publish.write(Digest(date(2025, 11, 14)), settings(tmp_path, digest={"style": "dailyarxiv"}))
    assert (tmp_path / "README.md").read_text("utf-8") == "# My notes\n"


def fewer(digest: Digest) -> Digest:
    """The same digest without its last section."""
    return compose(digest.day, digest.sections[:-1])


def test_feeds_of_a_section_that_is_gone_go_too_also_those_of_a_version_that_kept_no_list(tmp_path: Path) -> None:
    config = settings(tmp_path, feeds={"path": "feeds"})
    for listed in (True, False):
        publish.write(seed_digest(), config)
        if not listed:
            (tmp_path / "feeds" / ".recommend-feeds").unlink()
        publish.write(fewer(seed_digest()), config)
        assert sorted(path.name for path in (tmp_path / "feeds").glob("multimodal*")) == []
        assert (tmp_path / "feeds" / "all.json").exists()


@pytest.mark.parametrize("name", ["all.json", "all.atom", "multimodal-retrieval.json"])
def test_a_strangers_feed_is_neither_overwritten_nor_removed(tmp_path: Path, name: str) -> None:
    mine = tmp_path / "feeds" / name
    mine.parent.mkdir()
    mine.write_text('{"version": "https://jsonfeed.org/version/1.1", "title": "Mine"}')
    with pytest.raises(InputError, match="is not a file of the digest"):
        publish.write(seed_digest(), settings(tmp_path, feeds={"path": "feeds"}))
    assert "Mine" in mine.read_text()
    assert not (tmp_path / "README.md").exists()


def test_a_file_that_its_user_changed_since_is_not_removed(tmp_path: Path) -> None:
    config = settings(tmp_path, feeds={"path": "feeds"})
    publish.write(seed_digest(), config)
    mine = tmp_path / "feeds" / "multimodal-retrieval.json"
    mine.write_text("Mine\n")
    (tmp_path / "feeds" / "multimodal-retrieval.atom").write_bytes(
        (tmp_path / "feeds" / "multimodal-retrieval.atom").read_bytes().replace(b"\n", b"\r\n")  # as git may check out
    )
    publish.write(fewer(seed_digest()), config)
    assert [path.name for path in (tmp_path / "feeds").glob("multimodal*")] == [mine.name]


def test_what_lies_in_the_folder_of_moved_sections_is_left_alone_whatever_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "latin.md").write_bytes(b"caf\xe9\n")
    (folder / "empty.md").write_bytes(b"")
    os.mkfifo(folder / "pipe.md")
    publish.write(many(2, 5), settings(tmp_path))
    assert sorted(path.name for path in folder.iterdir()) == ["empty.md", "latin.md", "pipe.md"]


@pytest.mark.parametrize("text", ["", "---\ntitle: My post\nlabels: x\n---\nMine\n", "Mine\n"])
def test_a_file_of_ones_own_is_never_taken_for_the_issue(tmp_path: Path, text: str) -> None:
    (tmp_path / "notes.md").write_text(text)
    for digest in (seed_digest(), quiet(seed_digest())):
        with pytest.raises(InputError, match="is not an issue's text of an earlier digest"):
            publish.write(digest, settings(tmp_path, issue={"path": "notes.md"}))
    assert (tmp_path / "notes.md").read_text() == text


def test_issues_of_both_styles_are_known_again(tmp_path: Path) -> None:
    for style in ("recommender", "dailyarxiv"):
        config = settings(tmp_path, issue={"path": f"{style}.md", "style": style})
        publish.write(seed_digest(), config)
        assert publish.write(seed_digest(), config) == []


@pytest.mark.parametrize("link", ["README.md", "issue.md", "feeds", "feeds/all.json", "papers", "papers/section-7.md"])
def test_nothing_is_written_through_a_link_out_of_the_folder(tmp_path: Path, link: str) -> None:
    outside, home = tmp_path / "outside", tmp_path / "home"
    (home / link).parent.mkdir(parents=True)
    outside.mkdir()
    (home / link).symlink_to(outside / ("" if "." not in link else "precious"))
    config = settings(home, digest={"max_bytes": 100_000}, feeds={"path": "feeds"}, issue={"path": "issue.md"})
    with pytest.raises(InputError, match="is a link out of"):
        publish.write(many(40, 50), config)
    assert list(outside.iterdir()) == []
    assert not (home / "README.md").is_file()


def test_a_link_that_stays_inside_the_folder_and_a_path_named_outright_are_followed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "docs").mkdir(parents=True)
    (home / "README.md").symlink_to("docs/digest.md")
    publish.write(seed_digest(), settings(home))
    assert (home / "README.md").is_symlink()
    assert BEGIN in (home / "docs" / "digest.md").read_text("utf-8")
    publish.write(seed_digest(), settings(home, digest={"path": "../elsewhere/README.md"}))
    assert (tmp_path / "elsewhere" / "README.md").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_a_digest_is_no_pipe_and_no_folder(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "README.md")
    with pytest.raises(InputError, match=r"is not an ordinary file|is a folder"):
        publish.write(seed_digest(), settings(tmp_path))


def test_what_the_digest_holds_is_counted_in_one_place_and_repeats_are_told(tmp_path: Path) -> None:
    digest = seed_digest()
    assert digest.counted == "231 papers in 3 sections (239 places)"
    assert digest.counted in (publish.write(digest, settings(tmp_path))[0]).read_text("utf-8")
    assert fewer(fewer(digest)).counted == "39 papers in 1 section"
