"""The papers of the last table that was printed, so that `recommend open 3` knows which is meant."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from recommender.errors import InputError, RecommenderError
from recommender.text_files import read_text, write_text


def remember(ids: Sequence[str]) -> None:
    """Keep the ids in order; forgone where nothing can be written."""
    path = _path()
    with suppress(OSError, RecommenderError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, "".join(f"{paper_id}\n" for paper_id in ids), within=path.parent)


def recall(number: int) -> str:
    """The id of the paper with this number from 1; raises `InputError` where there is none."""
    try:
        ids = read_text(_path()).split()
    except (OSError, RecommenderError):
        ids = []
    if not ids:
        raise InputError(f"{number}: no search has been made yet; give an arXiv id, e.g. 2407.16658")
    if not 1 <= number <= len(ids):
        raise InputError(f"{number}: the last search showed {len(ids):,} papers; give a number from 1, or an arXiv id")
    return ids[number - 1]


def _path() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("recommender") / "last-results.txt"
