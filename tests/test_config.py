"""config.toml: what is accepted, and what a mistake is answered with."""

import os
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[sections]]\ntitle = "a"\nmax_age_days = 1000000', "max_age_days = 1000000: expected 0 to 100000"),
        (f"[digest]\ntop = {'9' * 400}", r"top = 9{80}…: expected a number above 0"),
        (f"[digest]\ntop = {'9' * 5000}", "is not valid TOML"),
        (f"[digest]\ntop = 0x{'f' * 5000}", "top = a int too large to show: expected a number above 0"),
        (f"[ranking]\nhalf_life_days = {'9' * 400}", "expected a number that is not as large"),
        ("[ranking]\nhalf_life_days = nan", "half_life_days = nan: expected 0 to"),
        ("[fetch]\nbudget_seconds = inf", "budget_seconds = inf: expected a number above 0"),
        (f"x = {'[' * 3000}", r"is not valid TOML"),
        (f"{'a.' * 50_000}a = 1", "a key of more than a hundred parts"),
        ('[fetch]\napi_url = "https://[::1"', "expected an https:// address"),
        ('[fetch]\napi_url = "https://example.org/{x}"', "expected an https:// address"),
        ('[fetch]\napi_url = "https://example.org"', "with a path such as /api"),
        ('[fetch]\napi_url = "https://example.org:99999/api"', "expected an https:// address"),
        ('[fetch]\noai_url = "https://example.org/a b"', "expected an https:// address"),
        ('[site]\nhome = "javascript:alert(1)"', "expected empty, or an https:// or http:// address"),
        ('[index]\npath = "~nosuchuser/index"', "expected a folder"),
        ('[index]\npath = "a\\u0000b"', "expected a folder"),
        (f'[site]\npath = "{"a" * 300}"', "path = 'a{79}…: expected a folder"),
        ('[site]\npath = "/"', "path = '/': expected a folder, other than /"),
        ('[site]\npath = "/tmp/.."', "expected a folder, other than /"),
        ('[digest]\npath = ""', "path = '': expected a file"),
        ('[digest]\npath = "docs/"', "expected a file"),
        ('[embedding]\nmodel = ""', "model = '': expected `default`, or the name"),
        ('[embedding]\ndevice = "cuda; rm"', "expected auto, cpu"),
        (f'[[sections]]\ntitle = "{"a" * 20_000}"', "expected at most 10,000 characters"),
        (f"[fetch]\ncategories = [{'1,' * 20_000}]", "expected a list of at most 10,000"),
        ("[[sections]]\n" * 1001, "sections: 1,001 of them; at most 1,000 are allowed"),
        (
            '[fetch]\ncategories = ["cs.CB"]',
            r"categories = \['cs.CB'\]: 'cs.CB' is not a category of arXiv; did you mean",
        ),
        ('[[sections]]\ntitle = "a"\ncategories = ["CS"]', "is not a category of arXiv"),
        (f"{'k' * 5000} = 1", "unknown key `k{80}…`; known"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_every_key_is_bounded_and_what_an_error_shows_is_short(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        read(tmp_path, text)
    assert len(str(caught.value)) < 700
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_no_mistake_and_utf16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf[digest]\ntop = 7\n")
    assert config.load(path).digest.top == 7
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        path.write_bytes("[digest]\ntop = 7\n".encode(encoding))
        with pytest.raises(ConfigError, match="is UTF-16 text"):
            config.load(path)


def test_only_an_ordinary_file_of_a_sensible_size_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "long").write_bytes(b"#" * 1_000_001)
    for path, message in (
        (tmp_path / "pipe", "is not an ordinary file"),
        (Path("/dev/zero"), "is not an ordinary file"),
        (tmp_path, "is a folder"),
        (tmp_path / "long", "is longer than 1,000,000 bytes"),
        (tmp_path / ("a" * 300), "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=message):
            config.load(path)


def test_what_is_written_stays_in_the_folder_of_the_file_or_in_the_one_it_names(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert settings.bounds("docs/README.md") == tmp_path
    assert settings.bounds("docs/../../x/README.md") == tmp_path.parent / "x"
    assert settings.bounds("/srv/site", folder=True) == Path("/srv/site")
