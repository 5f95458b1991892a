"""The architecture, asserted: who may import whom, and what a query must never load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "recommender"

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "paper": {"errors"},
    "config": {"errors", "paper"},
    "files": {"errors"},
    "sources": {"errors", "paper"},
    "store": {"errors", "paper"},
    "words": set(),
    "embed": {"errors", "paper", "words", "transformer"},
    "transformer": {"errors", "paper", "embed"},
    "rerank": {"errors", "paper", "rank"},
    "rank": {"errors", "paper"},
    "digest": {"errors", "paper"},
    "index": {"errors", "paper", "store"},
    "site": {"errors", "paper", "words", "digest"},
    "init": {"errors", "config"},
    "literals": set(),
    "migrate": {"errors", "paper", "files", "digest", "sources", "init", "literals"},
    "show": {"errors", "paper", "pipeline"},
}
"Below the pipeline: what each module or package may import of the project, itself aside. The rest is above it."


def imported(file: Path) -> set[str]:
    """First parts, below `recommender`, of what a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if node.module == "recommender"
                else {node.module}
            )
    return {name.split(".")[1] for name in names if name.startswith("recommender.")}


@pytest.mark.parametrize("module", sorted(MAY_IMPORT))
def test_imports_go_one_way(module: str) -> None:
    folder, file = PACKAGE / module, PACKAGE / f"{module}.py"
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [file]
    assert files
    for path in files:
        assert imported(path) - {module} <= MAY_IMPORT[module], path


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
        "import sys\nfrom recommender.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=home, capture_output=True, text=True, check=True)
    assert unwanted & set(run.stderr.split()) == set()
