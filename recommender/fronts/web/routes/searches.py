"""Saved searches: kept, changed, forgotten, and looked at for what is new."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi import Path as InPath

from recommender.errors import InputError
from recommender.fronts.web import answers, bodies
from recommender.fronts.web.house import House, results
from recommender.fronts.web.refusal import Refusal
from recommender.fronts.web.routes.ask import Number, Plain
from recommender.library import Recommender
from recommender.store import Store
from recommender.store.watches import Watch
from recommender.verbs import watch as watching

Name = Annotated[
    str,
    InPath(max_length=60, pattern=watching.NAME.pattern, description="The name that a search is kept under."),
]


def router(house: House) -> APIRouter:
    """The routes of one library."""
    routes = APIRouter(tags=["saved searches"])

    @routes.get("/searches", response_model=answers.SavedSearches)
    async def every_search(
        count: Annotated[bool, Query(description="Count what is new in each.")] = False,
    ) -> Any:
        """List the saved searches."""

        def asked(library: Recommender) -> dict[str, Any]:
            watches = library.store.watches.every()
            counts = [watching.count(library, watch) if count else None for watch in watches]
            return {"searches": [record(watch, new) for watch, new in zip(watches, counts, strict=True)]}

        return await house.ask(asked, slow=count)

    @routes.get("/searches/{name}", response_model=answers.SavedSearch)
    async def saved_search(name: Name) -> Any:
        """Show one saved search."""
        return await house.ask(lambda library: record(named(library.store, name)))

    @routes.put("/searches/{name}", response_model=answers.SavedSearch)
    def save_search(name: Name, wanted: bodies.WantedSearch) -> Any:
        """Save a search, or change the one of this name; what is stored now counts as seen by a new one."""

        def change(store: Store, _: object) -> Watch:
            return watching.keep(
                *(store, name, wanted.q, house.now()),
                categories=map(str, wanted.categories),
                author=wanted.author,
                since=wanted.since,
                least=wanted.min_relevance,
                digest=wanted.digest,
            )

        return record(house.readers.change(change))

    @routes.delete("/searches/{name}", status_code=204)
    def forget_search(name: Name) -> None:
        """Forget a saved search; no paper is touched."""
        house.readers.change(lambda store, _: store.watches.remove(name))

    @routes.get("/searches/{name}/papers", response_model=answers.Results)
    async def papers_of_search(name: Name, number: Number = 50, plain: Plain = False) -> Any:
        """Find what a saved search finds, new or not, above its cut."""

        def asked(library: Recommender) -> dict[str, Any]:
            watch = named(library.store, name)
            return {
                "query": watch.query,
                "papers": results(library, watching.every(library, watch, number), plain=plain),
            }

        return await house.ask(asked)

    @routes.get("/searches/{name}/new", response_model=answers.News)
    async def news(name: Name, number: Number = 100, plain: Plain = False) -> Any:
        """Show what came since a search was last looked at; asking again shows the same."""

        def asked(library: Recommender) -> dict[str, Any]:
            found = watching.look(library, named(library.store, name), number)
            papers = results(library, list(found.papers), plain=plain)
            return {"name": found.watch.name, "looked": found.watch.looked, "mark": found.mark, "papers": papers}

        return await house.ask(asked)

    @routes.post("/searches/{name}/seen", response_model=answers.SavedSearch)
    def mark_seen(name: Name, what: bodies.Seen) -> Any:
        """Note that the news up to a mark were seen."""

        def change(store: Store, _: object) -> Watch:
            return watching.seen(store, named(store, name).name, what.mark, house.now())

        return record(house.readers.change(change))

    return routes


def named(store: Store, name: str) -> Watch:
    """The saved search of a name; raises `Refusal` 404."""
    try:
        return watching.named(store, name)
    except InputError as error:
        what, _, remedy = str(error).partition("; ")
        raise Refusal(404, what, remedy) from error


def record(watch: Watch, new: int | None = None) -> dict[str, Any]:
    """A saved search as the API answers it."""
    return {
        "name": watch.name,
        "q": watch.query,
        "categories": watch.categories,
        "author": watch.author,
        "since": watch.since,
        "min_relevance": watch.least,
        "digest": watch.digest,
        "created": watch.created,
        "looked": watch.looked,
        "new": new,
    }
