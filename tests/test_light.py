"""An install without torch: its pins, made by `python -m tests.test_light`, and that everything daily runs on them."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.small_home import fill, papers

ROOT = Path(__file__).parent.parent
LIGHT = ROOT / "light.txt"
LEFT_OUT = {"sentence-transformers"}
EXTRAS = ("notify", "zotero")
HEAD = """\
# All that the daily job needs, without torch (0.9 GB): pip install -r light.txt && pip install --no-deps .
# Other embedding models and `recommend train` need sentence-transformers on top. Made by python -m tests.test_light.
"""


def needed_by(lines: Iterable[str], extras: tuple[str, ...] = ()) -> Iterator[Requirement]:
    """Those requirements that hold here, without what is left out."""
    for needed in map(Requirement, lines):
        wanted = needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *extras))
        if wanted and canonicalize_name(needed.name) not in LEFT_OUT:
            yield needed


def closure() -> list[str]:
    """The distributions that the package needs, and those that they need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = [*project["dependencies"], *(line for extra in EXTRAS for line in project["optional-dependencies"][extra])]
    open_, seen = list(needed_by(own)), set[str]()
    while open_:
        needed = open_.pop()
        if (name := canonicalize_name(needed.name)) not in seen:
            seen.add(name)
            open_ += needed_by(metadata.requires(name) or (), tuple(needed.extras))
    return sorted(seen)


def pins() -> str:
    """The text of light.txt, with the versions of constraints.txt."""
    tested = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    lines: dict[str, str] = {canonicalize_name(line.partition("==")[0]): line for line in tested if "==" in line}
    return HEAD + "".join(f"{lines[name]}\n" for name in closure())


def test_the_pins_are_what_the_package_needs_without_torch() -> None:
    assert LIGHT.read_text(encoding="utf-8") == pins(), "run `python -m tests.test_light`"
    assert not re.search(r"^(torch|transformers|scikit-learn|scipy)\b", LIGHT.read_text(encoding="utf-8"), re.MULTILINE)


BARE = """
import importlib.metadata, sys
allowed = set(sys.argv.pop(1).split(","))
owners = importlib.metadata.packages_distributions()

class Absent:
    '''Whatever is not among the pins is not installed.'''
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in owners and not {each.lower().replace("_", "-").replace(".", "-") for each in owners[top]} & allowed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from recommender.fronts.cli import main
main(prog_name="recommend")
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = fill(tmp_path, papers())
    (folder / "config.toml").write_text('[[sections]]\ntitle = "Quantum error correction"\n', encoding="utf-8")
    return folder


def light(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command where only what light.txt pins can be imported."""
    allowed = ",".join(["recommender", *closure()])
    command = [sys.executable, "-c", BARE, allowed, *arguments]
    return subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)


DAILY = [
    ("digest",),
    ("search", "quantum codes"),
    ("similar", "{id}"),
    ("like", "{id}"),
    ("today", "--since", "10y"),
    ("site",),
    ("info",),
    ("check",),
    ("index",),
    ("profile", "export"),
]


def test_everything_daily_runs_without_torch(home: Path) -> None:
    for words in DAILY:
        ran = light(home, *(word.format(id=papers()[0].id) for word in words))
        assert (ran.returncode, ran.stderr if "Traceback" in ran.stderr else "") == (0, ""), (words, ran.stderr)


@pytest.mark.parametrize("words", [("search", "quantum codes"), ("train", "my-model")], ids=lambda words: words[0])
def test_what_needs_torch_says_what_to_install(home: Path, words: tuple[str, ...]) -> None:
    (home / "config.toml").write_text('[embedding]\nmodel = "sentence-transformers/all-MiniLM-L6-v2"\n', "utf-8")
    ran = light(home, *words)
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert "pip install sentence-transformers" in ran.stderr


if __name__ == "__main__":
    LIGHT.write_text(pins(), encoding="utf-8")
