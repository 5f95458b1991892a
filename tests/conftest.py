"""What many tests share: an index made once with the real default model from the real starter papers."""

import shutil
from pathlib import Path

import platformdirs
import pytest

from recommender import config
from recommender.verbs.imports import open_for_asking

CONFIG = """
[[sections]]
title = "Composed Image Retrieval"

[[sections]]
title = "Multimodal Retrieval"
categories = ["cs.IR"]

[fetch]
budget_seconds = 1
"""


@pytest.fixture(scope="session")
def starter_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of papers.db and vectors.faiss that nobody writes to: copy it."""
    folder = tmp_path_factory.mktemp("starter")
    with open_for_asking(config.Config(folder)) as library:
        library.refresh()
        return folder / "index"


@pytest.fixture(autouse=True)
def own_library(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own library, which no test shares with whoever runs it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    return Path(platformdirs.user_data_dir("recommender", appauthor=False))


@pytest.fixture
def home(tmp_path: Path, starter_index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder: config.toml, the index of the starter papers, and the current directory."""
    shutil.copytree(starter_index, tmp_path / "index")
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    return tmp_path
