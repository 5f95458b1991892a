"""The architecture, asserted: who may import whom, and what a query must never load."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "recommender"

LAYERS: tuple[set[str], ...] = (
    {"errors", "vectors", "progress", "terms", "withdrawal"},
    {"paper"},
    {"archives", "text_files"},
    {"config"},
    {"sources", "store", "embed", "digest"},
    {"index", "rank", "profile"},
    {"site", "train", "dailyarxiv", "finding", "notify"},
    {"library"},
    {"verbs"},
    {"fronts"},
    {"__init__", "__main__"},
)
"From the ground up. A room may import what lies in lower layers; those of one layer are strangers to each other."
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
KEPT_IN: dict[str, tuple[str, ...]] = {
    "faiss": ("index/faiss/",),
    "sqlite3": ("store/", "profile/zotero.py"),
    "torch": ("train/", "embed/transformer.py"),
    "sentence_transformers": ("embed/transformer.py",),
    "jinja2": ("site/",),
    "click": ("fronts/",),
    "rich": ("fronts/",),
    "fastapi": ("fronts/web/",),
    "starlette": ("fronts/web/", "fronts/mcp/server.py"),
    "uvicorn": ("fronts/web/server.py",),
    "tomlkit": ("config/editing.py", "fronts/mcp/install.py"),
    "arxiv": ("sources/arxiv/",),
    "rapidfuzz": ("rank/spelling.py", "finding/"),
    "pybtex": ("profile/bibtex.py",),
    "rispy": ("profile/formats.py",),
    "pyzotero": ("profile/zotero.py",),
    "mcp": ("fronts/mcp/",),
    "mcp_types": ("fronts/mcp/",),
    "smtplib": ("notify/mail.py",),
    "apprise": ("notify/chat.py",),
}
"Libraries, and the only places that know them."
MODULES = {
    ".".join(("recommender", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imported(file: Path) -> set[str]:
    """What a file imports, by full name, submodules told from what else a module holds."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in MODULES else node.module for name in whole}
    return names


def room(module: str) -> str:
    """The file or folder of the package that a module lies in."""
    return module.split(".")[1] if "." in module else "__init__"


def test_every_room_is_known() -> None:
    there = {path.stem if path.suffix else path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert there - {"starter", "py"} == set(LEVEL)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_down_only(module: str) -> None:
    here = room(module)
    for name in imported(MODULES[module]):
        if name.split(".")[0] == "recommender" and room(name) != here:
            assert LEVEL[room(name)] < LEVEL[here], f"{module} imports {name}"


def test_no_module_imports_itself_through_others() -> None:
    graph = {name: {other for other in imported(path) if other in MODULES} for name, path in MODULES.items()}
    graph = {
        name: others - {parent for parent in others if name.startswith(f"{parent}.")} for name, others in graph.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("library", sorted(KEPT_IN))
def test_a_library_is_known_in_one_place_only(library: str) -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES.values()
        if any(name.split(".")[0] == library for name in imported(path))
    }
    assert users
    assert {user for user in users if not user.startswith(KEPT_IN[library])} == set()


def test_arxivs_addresses_are_known_to_its_own_rooms_only() -> None:
    knowing = ("archives/", "sources/arxiv/", "sources/web/", "dailyarxiv/", "config/", "fronts/cli/")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES.values()
        if re.search(r"arxiv\.org|archives\.arxiv\b", path.read_text(encoding="utf-8"))
    }
    assert {place for place in found if not place.startswith(knowing)} == set()


def test_modules_stay_short() -> None:
    assert {name for name, path in MODULES.items() if len(path.read_text(encoding="utf-8").splitlines()) > 350} == set()


def test_what_the_package_exports_is_there_and_nothing_else_is() -> None:
    import recommender

    for name in recommender.__all__:
        assert getattr(recommender, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = recommender.nothing


@pytest.mark.parametrize("folder", ["tests", "bench"])
def test_test_modules_are_nobodys_library(folder: str) -> None:
    for path in (PACKAGE.parent / folder).rglob("*.py"):
        names = {name for name in imported(path) if name.startswith("tests")}
        assert {name for name in names if folder == "bench" or not name.startswith("tests.helpers")} == set(), path


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"numpy", "faiss", "torch", "arxiv", "rich"}),
        (
            ["search", "composed image retrieval"],
            {"torch", "transformers", "sentence_transformers", "arxiv", "rich", "jinja2"},
        ),
        (["similar", "2407.16658"], {"torch", "transformers", "sentence_transformers", "arxiv", "rich", "jinja2"}),
        (["digest"], {"torch", "transformers", "sentence_transformers"}),
        (["info"], {"torch", "transformers", "sentence_transformers", "arxiv"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_command_loads_no_more_than_it_needs(home: Path, arguments: list[str], unwanted: set[str]) -> None:
    program = (
        "import sys\nfrom recommender.fronts.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=home, capture_output=True, text=True, check=True)
    assert unwanted & set(run.stderr.split()) == set()
