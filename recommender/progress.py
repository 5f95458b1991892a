"""How long work tells what it does: one way for every stage, which the fronts turn into bars or lines."""

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Hears how far a stage of some work has come."""

    def __call__(self, stage: str, done: int, of: int, *, unit: str = "papers", note: str = "") -> None:
        """Take note that `done` of `of` units of a stage, such as `embedding`, are done; `note` says how it goes."""
        ...


Say = Callable[[str], None]
"Hears a sentence for the user, such as why a fetch waits."


def silent(stage: str, done: int, of: int, *, unit: str = "papers", note: str = "") -> None:
    """Show nothing: the `Progress` of whoever does not look."""


def mute(sentence: str) -> None:
    """Drop a sentence: the `Say` of whoever does not listen."""
