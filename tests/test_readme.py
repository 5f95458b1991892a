"""README.md cannot rot: its commands exist, and its list of them is what `recommend` itself says.

After a change of the shell, `python -m tests.test_readme` writes the list anew.
"""

import re
from pathlib import Path

import click
import pytest

from recommender.fronts.cli import main

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"(<!-- commands -->\n)(.*?)(\n<!-- /commands -->)", re.DOTALL)


def commands() -> str:
    """Every verb with its first sentence, as a table."""
    rows = [f"| `recommend {name}` | {verb.get_short_help_str(200)} |" for name, verb in sorted(main.commands.items())]
    return "\n".join(["| command | |", "| --- | --- |", *rows])


def test_the_list_of_commands_is_the_shells_own() -> None:
    found = _BLOCK.search(README.read_text(encoding="utf-8"))
    assert found
    assert found[2] == commands(), "run `python -m tests.test_readme`"


def test_every_command_that_the_readme_shows_exists() -> None:
    text = README.read_text(encoding="utf-8").partition("<!-- recommender:begin -->")[0]
    shown = set(re.findall(r"(?:^ {4}|`|&& )recommend ([a-z]+)", text, re.MULTILINE))
    assert {"update", "search", "similar", "import", "info"} <= shown
    assert shown <= set(main.commands)


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_verb_explains_itself_with_an_example_and_takes_a_config(verb: str) -> None:
    command = main.commands[verb]
    assert f"recommend {verb}" in (command.help or "")
    below = command.commands.values() if isinstance(command, click.Group) else [command]
    if verb not in ("init", "migrate", "open", "completion"):  # those make one, or need none
        assert all("config_path" in {option.name for option in each.params} for each in below)


def test_the_files_that_the_readme_points_to_exist() -> None:
    text = README.read_text(encoding="utf-8").partition("<!-- recommender:begin -->")[0]
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / target).exists(), target


if __name__ == "__main__":
    README.write_text(_BLOCK.sub(lambda m: m[1] + commands() + m[3], README.read_text("utf-8")), encoding="utf-8")
    click.echo("README.md: the list of commands is written anew")
