"""What the routes share: the readers, the clock, the digest as it was last ranked."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from recommender.config import Config
from recommender.digest.model import Digest
from recommender.fronts import records
from recommender.library import Recommender
from recommender.paper import Paper, Scored
from recommender.progress import mute
from recommender.site.latex import readable
from recommender.store import Store
from recommender.store.ratings import DEFAULT_LIST, Kind
from recommender.verbs import digest, ratings
from recommender.verbs.readers import PATIENCE, Readers

T = TypeVar("T")


class House:
    """One served library."""

    def __init__(self, readers: Readers, now: Callable[[], datetime]) -> None:
        self.readers, self.now = readers, now
        self.editing = threading.Lock()
        "held while config.toml is changed"
        self._digest: tuple[object, Digest] | None = None

    async def ask(self, question: Callable[[Recommender], T], *, slow: bool = False) -> T:
        """The answer of a reader; `slow` is what ranks whole sections, so that no search waits for it."""
        return await asyncio.wrap_future(self.readers.ask(question, slow=slow))

    def rated(self, change: Callable[[Store, Config], T], *, wait: float = PATIENCE) -> T:
        """Change the ratings between two looks at likes.txt, as the shell does; raises `LockedError`."""

        def together(store: Store, config: Config) -> T:
            ratings.together(store, config, self.now(), mute)  # the shell's next command says what cannot be
            done = change(store, config)
            ratings.together(store, config, self.now(), mute)
            return done

        return self.readers.change(together, wait=wait)

    async def digest(self) -> Digest:
        """Every section as it would be written now; ranked anew only where anything has changed since."""
        return await self.ask(self.digest_of, slow=True)

    def digest_of(self, library: Recommender) -> Digest:
        """The same of a reader, in the thread that answers what is slow."""
        state = (library.store, library.store.database.version, library.config, library.today)
        if self._digest is None or self._digest[0] != state:
            self._digest = state, digest.make(library)
        return self._digest[1]


def results(library: Recommender, found: Sequence[Scored], *, plain: bool) -> list[dict[str, Any]]:
    """Papers best first, each with what the reader has said of it."""
    said = opinions(library, [scored.paper for scored in found])
    return [
        legible(records.of(scored, rank) | said[scored.paper.id], plain=plain) for rank, scored in enumerate(found, 1)
    ]


def opinions(library: Recommender, papers: "list[Paper]") -> dict[str, dict[str, str | None]]:
    """What the reader has said of papers, by id."""
    about = library.store.ratings.about(DEFAULT_LIST, [paper.id for paper in papers])

    def said(paper_id: str, kind: Kind) -> str | None:
        rated = about.get((paper_id, kind))
        return rated.rating or None if rated else None

    return {paper.id: {"rating": said(paper.id, "opinion"), "reading": said(paper.id, "reading")} for paper in papers}


def legible(record: dict[str, Any], *, plain: bool) -> dict[str, Any]:
    """A record, with `plain` its LaTeX as plain text, as the pages show it."""
    if not plain:
        return record
    shown = {key: readable(record[key]) for key in ("title", "abstract", "comment")}
    because = record.get("because")
    if because:
        shown["because"] = because | {"title": readable(because["title"])}
    return record | shown | {"authors": [readable(name) for name in record["authors"]]}
