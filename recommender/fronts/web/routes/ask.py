"""Questions: search, a paper, what is like it, what is new for one reader."""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi import Path as InPath

from recommender import archives
from recommender.archives import shown_day, url_of
from recommender.errors import InputError
from recommender.fronts import records
from recommender.fronts.web import answers, bodies
from recommender.fronts.web.house import House, legible, opinions, results
from recommender.fronts.web.refusal import Refusal
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.profile.export import bibtex
from recommender.verbs import profile
from recommender.verbs.ratings import list_name
from recommender.verbs.search import Search, filter_of, search
from recommender.verbs.why import shared

Number = Annotated[int, Query(ge=1, le=1000, description="How many, at most.")]
Categories = Annotated[
    list[bodies.Category],
    Query(description="Only of these, e.g. cs.CV, or math for all of it; may be given again.", max_length=100),
]
Since = Annotated[date | None, Query(description="Only of this day or later.")]
Until = Annotated[date | None, Query(description="Only of this day or earlier.")]
Plain = Annotated[bool, Query(description="LaTeX as plain text, as the pages show it.")]
ListName = Annotated[
    str,
    Query(alias="list", max_length=60, pattern=bodies.LIST_NAME, description="A list of its own; empty: your list."),
]
PaperId = Annotated[str, InPath(description="An arXiv id such as 2407.16658 or quant-ph/0201082.", max_length=200)]
_CODE = re.compile(r"https?://[^\s<>\"'(){}\\]+")
_PLACES = ("github.com", "gitlab.", "bitbucket.org", "huggingface.co", "github.io", "zenodo.org", "codeberg.org")


def router(house: House) -> APIRouter:
    """The routes of one library."""
    routes = APIRouter(tags=["papers"])

    @routes.get("/search", response_model=answers.Results)
    async def search_papers(
        q: Annotated[str, Query(max_length=10_000, description="What is looked for, in your own words.")],
        number: Number = 10,
        category: Categories = [],  # noqa: B006 - FastAPI copies it
        since: Since = None,
        until: Until = None,
        author: Annotated[str, Query(max_length=200, description="Only by an author of this name.")] = "",
        meaning: Annotated[bool, Query(description="By meaning alone: nothing is read into the text.")] = False,
        exact: Annotated[bool, Query(description="No word is taken for a slip.")] = False,
        newest: Annotated[bool, Query(description="The latest of all that are relevant enough, first.")] = False,
        for_me: Annotated[bool, Query(description="Let what you like count too.")] = False,
        least: Annotated[float, Query(ge=0, le=100, description="Per cent of relevance, at least.")] = 0,
        plain: Plain = False,
    ) -> Any:
        """Find the stored papers that answer a question best, by meaning; ids, titles and authors are known too."""
        only = filter_of(map(str, category), since, until, author)
        wanted = Search(q, only, newest, "" if for_me else None, meaning, exact)

        def asked(library: Recommender) -> dict[str, Any]:
            found = search(library, wanted, number, least=least)
            reading = [{"kind": each.kind, "said": each.said, "undo": each.undo} for each in found.reading]
            return {"query": q, "reading": reading, "papers": results(library, found.papers, plain=plain)}

        return await house.ask(asked)

    @routes.get("/papers/{id:path}/similar", response_model=answers.Similar)
    async def similar_papers(
        id: PaperId,  # noqa: A002 - its name in the address
        number: Number = 10,
        category: Categories = [],  # noqa: B006
        since: Since = None,
        until: Until = None,
        plain: Plain = False,
    ) -> Any:
        """Find the stored papers that are most like a stored one."""
        only = filter_of(map(str, category), since, until)

        def asked(library: Recommender) -> dict[str, Any]:
            paper = stored(library, id)
            found = library.similar([paper.id], number, only)
            why = shared(paper, [scored.paper for scored in found])
            near = results(library, found, plain=plain)
            return {"id": paper.id, "papers": [each | {"shared": words} for each, words in zip(near, why, strict=True)]}

        return await house.ask(asked)

    @routes.get("/papers/{id:path}", response_model=answers.WholePaper)
    async def paper(id: PaperId, plain: Plain = False) -> Any:  # noqa: A002
        """Show all that is known of a stored paper."""

        def asked(library: Recommender) -> dict[str, Any]:
            found = stored(library, id)
            return legible(whole(found) | opinions(library, [found])[found.id], plain=plain)

        return await house.ask(asked)

    @routes.get("/recommendations", response_model=answers.Recommendations)
    async def recommendations(
        since: Since = None,
        days: Annotated[int | None, Query(ge=1, le=100_000, description="Days before the newest paper.")] = None,
        number: Number = 20,
        name: ListName = "",
        again: Annotated[bool, Query(description="Also what `recommend today` has shown on an earlier day.")] = True,
        plain: Plain = False,
    ) -> Any:
        """Recommend the new papers that are like what you like, with the like that each resembles."""
        list_ = list_name(name) if name else ""

        def asked(library: Recommender) -> dict[str, Any]:
            back = since or (timedelta(days=days) if days else None)
            found = profile.today(library, list_, number, back, again=again)
            first = profile.first_day(library, back)
            return {"list": list_, "since": first, "papers": results(library, found, plain=plain)}

        return await house.ask(asked, slow=True)

    return routes


def stored(library: Recommender, text: str) -> Paper:
    """The stored paper of an id; raises `Refusal` 404 where it is not stored, and for what is no id."""
    paper_id = id_of(text)
    found = library.store.papers.get([paper_id]).get(paper_id)
    if found is None:
        raise Refusal(404, f"{paper_id}: is not stored", f"`recommend fetch --id {paper_id}` asks arXiv for it")
    return found


def id_of(text: str) -> str:
    """The id in an address; raises `Refusal` 404 for what is none."""
    try:
        return archives.parse(text).id
    except InputError as error:
        what, _, remedy = str(error).partition("; ")
        raise Refusal(404, what, remedy) from error


def whole(paper: Paper) -> dict[str, Any]:
    """A paper's record with what its page shows beside it."""
    return records.of_paper(paper) | {
        "pdf": url_of(paper, "pdf"),
        "day": shown_day(paper),
        "withdrawn": paper.withdrawn,
        "revised": paper.revised,
        "code": code(f"{paper.comment} {paper.abstract}"),
        "versions": versions(paper),
        "bibtex": bibtex([paper]),
    }


def code(text: str) -> list[dict[str, str]]:
    """The addresses in a text at which code and data are kept."""
    found = dict.fromkeys(address.rstrip(".,;:!?]*~$") for address in _CODE.findall(text))
    kept = [address for address in found if any(place in address.split("/")[2] for place in _PLACES)]
    return [{"name": address.split("://")[1].removeprefix("www.").rstrip("/"), "url": address} for address in kept]


def versions(paper: Paper) -> list[dict[str, str]]:
    """The addresses of all versions of a paper, the first one first."""
    every = [replace(paper, version=number) for number in range(1, (paper.version or 0) + 1)]
    return [{"name": f"v{each.version}", "url": url_of(each)} for each in every]
