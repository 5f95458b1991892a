"""Completion: what `recommend completion` prints is taken by the shell, and completes verbs and options."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def recommend(*arguments: str, **variables: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    program = "from recommender.fronts.cli import main; main(prog_name='recommend')"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_takes_the_script_and_knows_whom_to_ask() -> None:
    script = recommend("completion", "bash")
    run = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\ncomplete -p recommend"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.strip().endswith("recommend")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_scripts_ask_in_the_same_way(shell: str) -> None:
    script = recommend("completion", shell)
    assert f"_RECOMMEND_COMPLETE={shell}_complete" in script
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize(
    ("words", "number", "offered"),
    [
        ("recommend not", 1, {"notify"}),
        ("recommend notify --d", 2, {"--dry-run"}),
        ("recommend completion ", 2, {"bash", "zsh", "fish"}),
    ],
)
def test_what_is_begun_is_completed(words: str, number: int, offered: set[str]) -> None:
    told = recommend(_RECOMMEND_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(number))
    assert {line.partition(",")[2] for line in told.splitlines()} == offered
