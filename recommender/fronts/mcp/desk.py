"""What tools, resources and prompts share: questions that end in time, changes that may be made, papers as answers."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import TypeVar

from recommender import archives
from recommender.archives import url_of
from recommender.config import Config
from recommender.digest.model import Digest
from recommender.errors import InputError, LockedError, RecommenderError
from recommender.fronts.mcp import answers
from recommender.fronts.mcp.untrusted import shown
from recommender.fronts.web.house import House, opinions
from recommender.library import Recommender
from recommender.paper import Paper, Scored
from recommender.site.latex import readable
from recommender.store import Store
from recommender.store.watches import Watch
from recommender.verbs.search import day

T = TypeVar("T")
_PATIENCE = 20.0
"Seconds after which a question is given up: on a machine that is not overloaded none takes one."
_PATIENCE_RANKING = 0.8
"Seconds that a reader of the digest waits for it; ranking goes on after them."
_PATIENCE_WRITING = 0.5
"Seconds that a change waits for another process that writes."
_LONGEST_LINE = 500
_AGO = re.compile(r"([0-9]{1,5})[dD]")


class Desk:
    """One library as assistants see it; they may change ratings and saved searches only with `write`."""

    def __init__(self, house: House, *, write: bool) -> None:
        self.write = write
        self.house = House(house.readers, house.now)
        "one of its own, for its digest is ranked without the model that takes a second look"
        self._ranking: asyncio.Task[Digest] | None = None

    async def ask(self, question: Callable[[Recommender], T]) -> T:
        """The answer of a reader, with no model that would have to be loaded; raises `RecommenderError`."""
        answer = self.house.ask(lambda library: _at_once(library, question))
        try:
            return await asyncio.wait_for(answer, _PATIENCE)
        except TimeoutError:
            raise RecommenderError(
                f"no answer within {_PATIENCE:.0f} s; ask for fewer papers, or again later"
            ) from None

    async def digest(self) -> Digest:
        """Every section as it would be written now; raises `InputError` while it is still being ranked."""
        if self._ranking is None or self._ranking.done():
            ranked = self.house.ask(lambda library: _at_once(library, self.house.digest_of), slow=True)
            self._ranking = asyncio.ensure_future(ranked)
        done, _ = await asyncio.wait({self._ranking}, timeout=_PATIENCE_RANKING)
        if not done:
            raise InputError("the digest is still being ranked; read it again in some seconds")
        return self._ranking.result()

    async def change(self, change: Callable[[Store, Config], T], *, ratings: bool = False) -> T:
        """Make a change, to `ratings` together with likes.txt; raises `RecommenderError`."""
        self.require_write()
        make = self.house.rated if ratings else self.house.readers.change
        try:
            return await asyncio.to_thread(make, change, wait=_PATIENCE_WRITING)
        except LockedError as error:
            raise LockedError("another process writes to the library; try again when it has ended") from error

    def require_write(self) -> None:
        """Raise `InputError` where nothing may be changed."""
        if not self.write:
            raise InputError(REFUSAL)

    def day(self, text: str, *, last: bool = False) -> date | None:
        """A day as an assistant writes it; None for an empty one. Raises `InputError`."""
        return day(text.strip(), self.house.now().date(), last=last) if text.strip() else None

    def back(self, text: str) -> date | timedelta | None:
        """As `day`, but `7d` is so long before the newest paper, whenever that came."""
        ago = _AGO.fullmatch(text.strip())
        return timedelta(days=int(ago[1])) if ago else self.day(text)


REFUSAL = "this server may change nothing; its user allows it with `recommend mcp --write`"


def _at_once(library: Recommender, question: Callable[[Recommender], T]) -> T:
    with library.at_once():
        return question(library)


def line_of(error: Exception) -> str:
    """A failure as one line that hides nothing and ends."""
    return shown(str(error), _LONGEST_LINE)


def number_of(text: str) -> str:
    """The id that a text names; raises `InputError`."""
    return archives.parse(text).id


def page(found: Sequence[T], number: int, offset: int, last: int) -> tuple[list[T], int | None]:
    """One page of what was found, and where the next begins; None where nothing follows, or `last` is reached."""
    end = offset + number
    return list(found[offset:end]), end if len(found) > end and end < last else None


def results(library: Recommender, found: Sequence[Scored], offset: int, *, whole: bool = False) -> list[answers.Result]:
    """Papers of an answer, the first of them at rank `offset` + 1; with `whole` abstracts."""
    said = opinions(library, [scored.paper for scored in found])
    return [
        _result(scored, rank, said[scored.paper.id]["rating"], answers.ABSTRACT if whole else answers.SNIPPET)
        for rank, scored in enumerate(found, offset + 1)
    ]


def _result(scored: Scored, rank: int, rating: str | None, most: int) -> answers.Result:
    paper, because = scored.paper, scored.because
    return answers.Result(
        rank=rank,
        id=paper.id,
        url=url_of(paper),
        title=title(paper),
        authors=authors(paper),
        authors_total=len(paper.authors),
        published=paper.published,
        updated=paper.updated,
        categories=categories(paper),
        relevance=round(scored.relevance, 1),
        abstract=text(paper.abstract, most),
        rating=rating,  # type: ignore[arg-type]
        like=scored.like,
        because=answers.Because(because.id, text(because.title, answers.TITLE)) if because else None,
    )


def whole(library: Recommender, paper: Paper) -> answers.Paper:
    """All that is stored of a paper."""
    said = opinions(library, [paper])[paper.id]
    return answers.Paper(
        id=paper.id,
        version=paper.version,
        url=url_of(paper),
        pdf=url_of(paper, "pdf"),
        title=title(paper),
        authors=authors(paper),
        authors_total=len(paper.authors),
        published=paper.published,
        updated=paper.updated,
        categories=categories(paper),
        comment=text(paper.comment, answers.COMMENT),
        abstract=text(paper.abstract, answers.ABSTRACT),
        withdrawn=paper.withdrawn,
        rating=said["rating"],  # type: ignore[arg-type]
        reading=said["reading"],  # type: ignore[arg-type]
    )


def stored(library: Recommender, paper_id: str) -> Paper:
    """The stored paper of an id; raises `InputError`."""
    found = library.store.papers.get([paper_id]).get(paper_id)
    if found is None:
        raise InputError(
            f"{paper_id}: is not in this library; its user can add it with `recommend fetch --id {paper_id}`"
        )
    return found


def saved(watch: Watch, new: int | None = None) -> answers.SavedSearch:
    """A saved search as it is answered."""
    return answers.SavedSearch(
        name=watch.name,
        query=shown(watch.query, answers.ABSTRACT),
        categories=list(watch.categories),
        author=shown(watch.author, answers.AUTHOR),
        since=watch.since,
        min_relevance=watch.least,
        looked=watch.looked,
        new=new,
    )


def text(source: str, most: int) -> str:
    """Text of a paper: its LaTeX as plain text, nothing hidden in it, at most so long."""
    return shown(readable(source[: 4 * most]), most)


def title(paper: Paper) -> str:
    """A paper's title."""
    return text(paper.title, answers.TITLE)


def authors(paper: Paper) -> list[str]:
    """A paper's first authors."""
    return [text(name, answers.AUTHOR) for name in paper.authors[: answers.AUTHORS]]


def categories(paper: Paper) -> list[str]:
    """Those of a paper's categories that arXiv has: what else a source names is its own text."""
    return [name for name in paper.categories if name in _known()]


@cache
def _known() -> frozenset[str]:
    return frozenset(archives.categories())


def ids_of(texts: Iterable[str]) -> list[str]:
    """Ids as they are kept, each once; raises `InputError`."""
    return list(dict.fromkeys(map(number_of, texts)))
