"""What a search is asked, and what it answers: papers, and how the query was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from recommender.config import Config
from recommender.embed import Encoder
from recommender.errors import InputError
from recommender.paper import Paper, Scored
from recommender.rank import Question
from recommender.store import Filter, Store
from recommender.vectors import IntArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """One search."""

    text: str
    number: int
    "papers, at most"
    only: Filter = Filter()
    least: float = 0.0
    "percent of relevance that a paper must have"
    newest: bool = False
    "the latest of all that are relevant enough instead of the best"
    meaning: bool = False
    "the text as it stands, by meaning alone"
    exact: bool = False
    "no word is taken for a slip"


class Kind(StrEnum):
    """What was recognised in a query."""

    ID = "id"
    TITLE = "title"
    AUTHOR = "author"
    CORRECTED = "corrected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing about a query that is not simply its meaning."""

    kind: Kind
    said: str
    "for the reader, in one line"
    undo: Literal["", "meaning", "exact"] = ""
    "what of `Wanted` turns it off; empty where nothing does"


@dataclass(frozen=True, slots=True)
class Found:
    """Papers, and how the query was read."""

    papers: tuple[Scored, ...]
    "best first, or latest first"
    reading: tuple[Reading, ...] = ()


class NotStoredError(InputError):
    """A query asks for papers by ids that are not stored."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(f"{', '.join(ids)}: not stored; `recommend fetch --id {ids[0]}` asks arXiv for it")
        self.ids = tuple(ids)


class House(Protocol):
    """The open library, as far as a search needs it."""

    config: Config
    store: Store

    @property
    def encoder(self) -> Encoder:
        """The model of the index."""
        ...

    def answer(
        self,
        question: Question,
        number: int,
        only: Filter = ...,
        *,
        least: float = ...,
        newest: bool = ...,
        among: IntArray | None = ...,
        read: bool = ...,
    ) -> list[Scored]:
        """Rank papers by meaning."""
        ...


def certain(paper: Paper) -> Scored:
    """A paper that was asked for by name."""
    return Scored(paper, 1.0, 100.0)
