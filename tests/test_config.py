"""config.toml: what is accepted, and what a mistake is answered with."""

from pathlib import Path

import pytest

from recommender import config
from recommender.errors import ConfigError


def read(tmp_path: Path, text: str) -> config.Config:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path)


def test_a_section_is_searched_for_by_its_title_unless_it_says_otherwise(tmp_path: Path) -> None:
    plain, own = read(
        tmp_path, '[[sections]]\ntitle = "A B"\n[[sections]]\ntitle = "C"\nquery = "d"\nkeywords = []'
    ).sections
    assert (plain.text, plain.phrases) == ("A B", ("A B",))
    assert (own.text, own.phrases) == ("d", ())


def test_paths_are_seen_from_the_file_that_names_them(tmp_path: Path) -> None:
    assert read(tmp_path, '[digest]\npath = "docs/README.md"').resolve("docs/README.md") == tmp_path / "docs/README.md"


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    assert read(tmp_path, "").digest.top == 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fetch]\nurl = 1", r"config.toml: \[fetch\] unknown key `url`; known: api_url, oai_url"),
        ("[fech]\n", "unknown key `fech`; known: digest, embedding"),
        ('[[sections]]\ntitel = "x"', r"\[\[sections\]\] 1 unknown key `titel`; known: title, query"),
        ("[[sections]]\n", r"\[\[sections\]\] 1: `title` is missing"),
        ('[[sections]]\ntitle = "a"\n[[sections]]\ntitle = "a"', "a second section is titled 'a'"),
        ("[digest]\ntop = 0", r"\[digest\] top = 0: expected a number above 0"),
        ("[digest]\ntop = true", "top = True: expected a whole number"),
        ('[digest]\ntop = "100"', "top = '100': expected a whole number"),
        ('[digest]\ncolumns = ["date"]', "columns"),
        ('[digest]\ncolumns = ["title", "titel"]', "'titel': expected one of 'title'"),
        ("[digest]\nmax_bytes = 600000", "10000 to 512000"),
        ('[digest]\nsort = "age"', "expected one of 'relevance', 'date'"),
        ('[fetch]\napi_url = "http://export.arxiv.org/api/query"', "an https:// address"),
        ('[fetch]\napi_url = "http://127.0.0.1.example.org/"', "an https:// address"),
        ('[[sections]]\ntitle = "a"\nlike = ["x"]', "a list of arXiv ids"),
        ("sections = 3", r"expected \[\[sections\]\] tables"),
        ("digest = 3", r"\[digest\]: expected a table"),
        ("[digest\n", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_is_allowed(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_a_missing_file_and_one_that_is_not_text_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file; `recommend init` writes one"):
        config.load(tmp_path / "config.toml")
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not valid TOML"):
        config.load(tmp_path / "config.toml")
