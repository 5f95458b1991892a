"""What reaches the terminal, whatever the terminal is: text that cannot steer it, in signs that it has, or one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recommender.fronts import printing
from recommender.fronts.cli import main
from recommender.paper import Paper
from recommender.sources.files import line_of

HOSTILE = "caf\u00e9 \u202egpj.exe\u2066 \x1b[31mred\x1b[0m \x9b2J \u0661 \U0001f600 \u4e2d\u6587 a\u200cb"


def recommend(*arguments: str, **keys: str) -> Result:
    return CliRunner(env=keys).invoke(main, list(arguments), catch_exceptions=False)


def run(home: Path, command: str, **variables: str) -> "subprocess.CompletedProcess[bytes]":
    """A command line in a real shell, where `recommend` is this one."""
    line = f'recommend() {{ "{sys.executable}" -m recommender "$@"; }}; {command}'
    return subprocess.run(["bash", "-c", line], cwd=home, capture_output=True, env=os.environ | variables)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One paper whose title and abstract hold everything that a terminal can trip over."""
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    (tmp_path / "papers.jsonl").write_text(line_of(Paper("2407.16658", HOSTILE, f"Graphs. {HOSTILE}")) + "\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert recommend("import", "papers.jsonl").exit_code == 0
    return tmp_path


def test_text_is_one_line_without_anything_that_steers_a_terminal() -> None:
    assert printing.plain(HOSTILE) == "caf\u00e9 gpj.exe [31mred[0m 2J \u0661 \U0001f600 \u4e2d\u6587 a\u200cb"
    assert printing.plain("two\nlines\tand\u3000blanks\r") == "two lines and blanks "
    assert printing.plain("half a character: \udce9") == "half a character: \ufffd"


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "latin-1", "ascii", "utf-8", "cp437", "utf-16"])
def test_a_terminal_that_lacks_a_sign_gets_a_replacement(library: Path, encoding: str) -> None:
    found = run(library, "recommend search graphs --abstract", PYTHONIOENCODING=encoding)
    assert (found.returncode, found.stderr) == (0, b"")
    text = found.stdout.decode(encoding)
    assert "2407.16658" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_json_loses_nothing_on_any_terminal(library: Path, encoding: str) -> None:
    found = run(library, "recommend search graphs --json", PYTHONIOENCODING=encoding)
    assert (found.returncode, found.stderr) == (0, b"")
    line = found.stdout.decode(encoding)
    assert printing.plain(line.strip()) == line.strip()
    assert "\u202egpj.exe" in json.loads(line)["title"]


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("recommend search graphs > /dev/full", 1, "recommend: standard output cannot be written"),
        ("recommend search graphs --json > /dev/full", 1, "recommend: standard output cannot be written"),
        ("recommend info >&-", 1, "recommend: standard output is closed"),
        ("recommend --help > /dev/full", 1, "recommend: No space left on device"),
        ("recommend similar - <&-", 1, "recommend: the text is empty"),
        ("recommend search graphs 2>&-", 0, ""),
        ("recommend search graphs 2> /dev/full", 0, ""),
        ("recommend search graphs --abstract | true", 0, ""),
        (r"recommend search $'x \xff'", 1, r"recommend: 'x \udcff' holds bytes that are not UTF-8"),
        (
            r"recommend init --config c.toml --section $'caf\xe9'; c=$?; ls c.toml 2> /dev/null; (exit $c)",
            1,
            "not UTF-8",
        ),
        (r"recommend init --config c.toml --section x --digest $'caf\xe9'", 1, "not UTF-8"),
        (r"printf 'caf\xe9\n' | recommend init --config c.toml", 1, "not UTF-8"),
        (r"recommend similar $'caf\xe9'", 1, r"'caf\udce9' is neither an arXiv id nor a file"),
        (r"recommend info --config $'caf\xe9.toml'", 1, "no such file"),
        ("recommend info --config /dev/full", 1, "/dev/full: is not an ordinary file"),
        ("mkdir gone; cd gone; rmdir ../gone; recommend info", 1, "the current folder cannot be found"),
        (r"recommend search x --nonsense=$'\e[31m'", 2, "No such option"),
        (r"recommend $'\e[31m'", 2, "No such command"),
    ],
)
def test_whatever_a_command_is_started_with_it_ends_in_one_line(
    library: Path, command: str, code: int, message: str
) -> None:
    done = run(library, command, PYTHONUTF8="1")
    said = done.stderr.decode().replace("Enter", "").rpartition("]: ")[2].splitlines()
    assert done.returncode == code
    assert message in (said[-1] if said else "")
    assert len(said) <= (1 if code < 2 else 4)
    assert b"\x1b" not in done.stderr
    assert not (library / "c.toml").exists()


def test_what_surroundings_refuse_is_one_line_each(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from recommender.library import Recommender

    faults: list[tuple[BaseException, int, str]] = [
        (KeyboardInterrupt(), 130, "recommend: interrupted; what was stored stays\n"),
        (RecursionError(), 1, "recommend: what was given nests too deeply to be read\n"),
        (MemoryError(), 1, "recommend: there is not enough memory for this"),
        (PermissionError(13, "Permission denied", "/x"), 1, "recommend: /x: Permission denied\n"),
    ]
    for fault, code, message in faults:

        def fail(*_: object, error: BaseException = fault, **__: object) -> None:
            raise error

        monkeypatch.setattr(Recommender, "find", fail)
        done = recommend("search", "graphs")
        assert done.exit_code == code
        assert done.stderr.startswith(message)
        assert done.stderr.count("\n") == 1


def test_an_unknown_key_cannot_steer_the_terminal(library: Path) -> None:
    (library / "config.toml").write_text('"\\u001b[31mred\\u202e\\n" = 1', encoding="utf-8")
    done = recommend("info")
    assert done.exit_code == 1
    assert "unknown key `[31mred `" in done.stderr


def test_bold_is_for_terminals_that_want_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for name, value, bold in (("NO_COLOR", "1", False), ("TERM", "dumb", False), ("TERM", "xterm", True)):
        with monkeypatch.context() as variables:
            variables.delenv("NO_COLOR", raising=False)
            variables.setenv(name, value)
            printing.out(printing.Styled("title\x1b", "bold"))
        assert capsys.readouterr().out == ("\x1b[1mtitle\x1b[0m\n" if bold else "title\n")


@pytest.mark.parametrize("columns", ["20", "30", "39", "40", "72", "200"])
def test_results_keep_to_the_width_of_the_terminal(home: Path, columns: str) -> None:
    found = recommend("search", "composed image retrieval", "--abstract", COLUMNS=columns).stdout
    wide = [line for line in found.splitlines() if len(line) > int(columns) and "https://" not in line]
    assert wide == []
    assert max(map(len, found.splitlines())) > int(columns) * 0.8


def test_characters_of_two_columns_are_counted_as_two() -> None:
    assert printing.wrapped("\u4e2d\u6587" * 5 + " ab", 8) == [
        "\u4e2d\u6587\u4e2d\u6587",
        "\u4e2d\u6587\u4e2d\u6587",
        "\u4e2d\u6587 ab",
    ]


def test_help_tells_the_whole_first_sentence_of_every_verb() -> None:
    shown = " ".join(recommend("--help", COLUMNS="80").stdout.split())
    for name, verb in main.commands.items():
        assert f"{name} {verb.get_short_help_str(1000)}" in shown
    assert "..." not in shown.partition("Commands:")[2]


def test_long_work_away_from_a_terminal_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from recommender.fronts import show

    now = [0.0]
    monkeypatch.setattr("recommender.fronts.show.time.monotonic", lambda: now[0])
    with show.progress() as progress:
        for second in range(25):
            now[0] = float(second)
            progress("embedding\x1b[31m", second, 25)
    assert capsys.readouterr().err == "embedding[31m: 10 of 25 papers\nembedding[31m: 20 of 25 papers\n"
