"""`recommend init`: the file it writes is a valid config.toml that says what was answered and documents the rest."""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from recommender.config import Config, SectionConfig, load, parse, writing
from recommender.config.delivery import NotifyConfig
from recommender.errors import ConfigError, InputError
from recommender.fronts.cli import main

SECTIONS: list[dict[str, Any]] = [
    {"title": "Composed Video Retrieval"},
    {"title": "Tsunamis", "categories": ["physics.geo-ph"]},
]


def tables() -> list[type]:
    named = [f.type for f in dataclasses.fields(Config) if f.name != "folder"]
    return [SectionConfig, NotifyConfig, *(cls for cls in named if isinstance(cls, type))]


def test_the_written_file_loads_and_says_what_was_answered(tmp_path: Path) -> None:
    writing.write(tmp_path / "config.toml", writing.render(SECTIONS, {"digest": {"path": "DIGEST.md"}}))
    config = load(tmp_path / "config.toml")
    assert config == parse({"sections": SECTIONS, "digest": {"path": "DIGEST.md"}}, folder=tmp_path)


def test_the_commented_defaults_are_the_real_ones() -> None:
    text = writing.render([{"title": "Tsunamis"}], {}).partition("#[[notify]]")[0]  # a target needs more than defaults
    in_force = tomllib.loads(re.sub(r"^#(\w+ = .+)$", r"\1", text, flags=re.MULTILINE))
    assert parse(in_force, folder=Path()) == parse({"sections": [{"title": "Tsunamis"}]}, folder=Path())
    assert len(in_force["digest"]) > 5


def test_every_key_is_in_the_file_and_in_the_reference_with_its_documentation() -> None:
    text = " ".join(writing.render([{"title": "Tsunamis"}], {}).replace("\n#  ", "").split())
    reference = writing.reference()
    for cls in tables():
        for key in dataclasses.fields(cls):
            assert key.metadata["doc"] in text
            assert f"| `{key.name}` |" in reference


def test_only_the_first_section_carries_the_comments() -> None:
    first, second = writing.render(SECTIONS, {}).split("[[sections]]")[1:]
    assert first.count("#") > 5
    assert second.split("\n\n")[0] == '\ntitle = "Tsunamis"\ncategories = ["physics.geo-ph"]'


def test_an_existing_file_is_not_overwritten_unless_told_so(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")
    with pytest.raises(InputError, match=r"exists already; .*--force"):
        writing.write(path, "theirs")
    assert path.read_text() == "mine"
    writing.write(path, "theirs", force=True)
    assert path.read_text() == "theirs"


def test_a_value_that_config_refuses_is_refused_before_anything_is_written() -> None:
    with pytest.raises(ConfigError, match="titles must differ"):
        writing.render([{"title": "A"}, {"title": "A"}], {})


@given(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_any_text_survives_the_way_through_toml(text: str, texts: list[str]) -> None:
    assert tomllib.loads(f"x = {writing.value(text)}\ny = {writing.value(texts)}") == {"x": text, "y": texts}


def test_the_reference_in_the_docs_is_the_generated_one() -> None:
    """Written anew by: python -c "from recommender import init; print(writing.reference_page(), end='')"."""
    assert (Path(__file__).parents[1] / "docs" / "configuration.md").read_text("utf-8") == writing.reference_page()


def test_a_configuration_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(InputError, match="cannot be written"):
        writing.write(path, "title = '\udce9'")
    assert list(tmp_path.iterdir()) == []
    path.symlink_to("/dev/null")
    with pytest.raises(InputError, match="is not an ordinary file"):
        writing.write(path, "x = 1", force=True)


def test_init_takes_categories_with_commas_and_only_those_that_arxiv_has(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    options = ["init", "--section", "A", "--config", str(path)]
    bad = CliRunner().invoke(main, [*options, "--category", "cs.CB"])
    assert (bad.exit_code, bad.stdout) == (1, "")
    assert "'cs.CB' is not a category of arXiv; did you mean" in bad.stderr
    assert not path.exists()
    assert CliRunner().invoke(main, [*options, "--category", "cs.CV, math", "--category", "math"]).exit_code == 0
    assert load(path).sections[0].categories == ("cs.CV", "math")


def test_questions_that_end_early_are_one_line(tmp_path: Path) -> None:
    ended = CliRunner().invoke(main, ["init", "--config", str(tmp_path / "config.toml")], input="Tsunamis\n")
    assert ended.exit_code == 1
    assert ended.stderr.endswith("give the answers as options\n")
    assert not (tmp_path / "config.toml").exists()
