"""`recommend init`: the file it writes is a valid config.toml that says what was answered and documents the rest."""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.config import Config, SectionConfig, load, parse, writing
from recommender.errors import ConfigError, InputError

SECTIONS: list[dict[str, Any]] = [
    {"title": "Composed Video Retrieval"},
    {"title": "Tsunamis", "categories": ["physics.geo-ph"]},
]


def tables() -> list[type]:
    named = [f.type for f in dataclasses.fields(Config) if f.name not in ("folder", "sections")]
    return [SectionConfig, *(cls for cls in named if isinstance(cls, type))]


def test_the_written_file_loads_and_says_what_was_answered(tmp_path: Path) -> None:
    writing.write(tmp_path / "config.toml", writing.render(SECTIONS, {"digest": {"path": "DIGEST.md"}}))
    config = load(tmp_path / "config.toml")
    assert config == parse({"sections": SECTIONS, "digest": {"path": "DIGEST.md"}}, folder=tmp_path)


def test_the_commented_defaults_are_the_real_ones() -> None:
    text = writing.render([{"title": "Tsunamis"}], {})
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
