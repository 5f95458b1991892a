"""A config.toml that somebody wrote is changed section by section, and all else in it stays to the byte."""

from pathlib import Path
from typing import Any

import pytest

from recommender import config
from recommender.config import editing
from recommender.errors import ConfigError, InputError

WRITTEN = """# What I read.

[[sections]]            # every day
title = "Tsunamis"      # the waves
# columns are mine
columns = ["title", "date"]
categories = [
    "physics.ao-ph",    # oceans
    "physics.geo-ph",
]

[digest]
top = 7 # few

[[sections]]
title = 'Sign "problem"'
query = '''lattice
QCD'''
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_bytes(WRITTEN.encode())
    return path


def test_only_what_is_another_value_is_written(file: Path) -> None:
    same: dict[str, Any] = {
        "title": "Tsunamis",
        "query": "",
        "categories": ["physics.ao-ph", "physics.geo-ph"],
        "top": 0,
    }
    editing.change_section(file, "Tsunamis", same | {"min_relevance": None, "keywords": None})
    assert file.read_text("utf-8") == WRITTEN
    editing.change_section(file, "Tsunamis", same | {"top": 5, "min_relevance": 62.5})
    assert file.read_text("utf-8") == WRITTEN.replace('geo-ph",\n]\n', 'geo-ph",\n]\ntop = 5\nmin_relevance = 62.5\n')
    assert config.load(file).sections[0].columns == ("title", "date")


def test_a_key_is_taken_out_by_none_and_set_to_its_default_where_it_was_another(file: Path) -> None:
    editing.change_section(file, 'Sign "problem"', {"title": 'Sign "problem"', "query": "", "min_relevance": 40.0})
    editing.change_section(file, 'Sign "problem"', {"title": "Signs", "query": "x", "min_relevance": None})
    section = config.load(file).sections[1]
    assert (section.title, section.query, section.min_relevance) == ("Signs", "x", None)
    assert file.read_text("utf-8").startswith(WRITTEN[: WRITTEN.index("title = 'Sign")])


def test_sections_are_added_at_the_end_and_removed_by_title(file: Path) -> None:
    loaded = editing.add_section(file, {"title": 'A "quoted" \\ title\u2028', "like": ["2407.16658"]})
    assert [s.title for s in loaded.sections][2] == 'A "quoted" \\ title\u2028'
    assert config.load(file) == loaded
    loaded = editing.remove_section(file, "Tsunamis")
    assert [s.title for s in loaded.sections] == ['Sign "problem"', 'A "quoted" \\ title\u2028']
    assert "# What I read." in file.read_text("utf-8")
    assert "top = 7 # few" in file.read_text("utf-8")


def test_what_looks_like_a_header_inside_a_text_is_none(file: Path) -> None:
    inside = "query = '''\n[[sections]]\ntitle = \"no\"\n# [digest]\n'''\n"
    file.write_text(
        f'[[sections]]\ntitle = "Stars"\n{inside}\n[[ sections ]] # last\ntitle = "Suns"\n', encoding="utf-8"
    )
    editing.change_section(file, "Stars", {"top": 3})
    editing.remove_section(file, "Suns")
    assert file.read_text("utf-8") == f'[[sections]]\ntitle = "Stars"\n{inside}top = 3\n\n'


def test_the_last_section_goes_and_another_comes(file: Path) -> None:
    for title in ("Tsunamis", 'Sign "problem"'):
        editing.remove_section(file, title)
    assert config.load(file).sections == ()
    assert editing.add_section(file, {"title": "Stars"}).sections[0].title == "Stars"
    assert config.load(file).digest.top == 7


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"title": 'Sign "problem"'}, "titles must differ"),
        ({"title": "Tsunamis", "categories": ["cs.XX"]}, "not a category"),
        ({"title": "Tsunamis", "like": ["nothing"]}, "arXiv ids"),
        ({"title": " "}, "not empty"),
        ({"title": "Tsunamis", "top": -1}, "expected 0 to"),
    ],
)
def test_what_would_be_no_config_toml_is_refused_and_nothing_is_written(
    file: Path, section: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        editing.change_section(file, "Tsunamis", section)
    assert file.read_bytes() == WRITTEN.encode()


def test_a_file_with_a_fault_is_left_to_its_owner(file: Path) -> None:
    file.write_text(f"{WRITTEN}\nunknown = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown"):
        editing.add_section(file, {"title": "Stars"})


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_line_ends_stay_what_they_were(file: Path, line_end: str) -> None:
    file.write_bytes(WRITTEN.replace("\n", line_end).encode())
    editing.change_section(file, "Tsunamis", {"title": "Waves"})
    assert file.read_bytes().decode() == WRITTEN.replace('"Tsunamis"', '"Waves"').replace("\n", line_end)


def test_a_config_toml_that_is_not_there_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    editing.add_section(path, {"title": "Stars"})
    assert [s.title for s in config.load(path).sections] == ["Stars"]
    assert path.read_text("utf-8").startswith("# What `recommend` fetches")


def test_sections_written_as_one_list_are_not_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('sections = [{title = "Stars"}]\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"\[\[sections\]\]"):
        editing.change_section(path, "Stars", {"title": "Suns"})
