"""The eight tools: six that look, two that write."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, get_type_hints

from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import Field, TypeAdapter

from recommender.errors import InputError
from recommender.finding import Found, Kind
from recommender.fronts.mcp import answers
from recommender.fronts.mcp.desk import Desk, ids_of, number_of, page, results, saved, stored, whole
from recommender.library import Recommender
from recommender.paper import clean
from recommender.store import Store
from recommender.store.ratings import DEFAULT_LIST
from recommender.store.watches import Watch
from recommender.verbs import profile, ratings, watch
from recommender.verbs.search import Search, filter_of, search

SOURCE = "assistant"
"What the profile says of ratings that came from here."
LAST = 500
"Papers of one answer, all pages together."

Number = Annotated[int, Field(ge=1, le=50, description="How many, at most.")]
Offset = Annotated[int, Field(ge=0, le=LAST - 1, description="How many to skip: `next_offset` of the page before.")]
Id = Annotated[str, Field(max_length=200, description="An arXiv id or address, e.g. 2407.16658 or hep-th/9901001.")]
Ids = Annotated[list[Id], Field(min_length=1, max_length=20, description="One to 20 arXiv ids or addresses.")]
Categories = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(max_length=30, description='Only of any of these, e.g. ["cs.CV", "stat.ML"]; "math" is all of math.*.'),
]
Day = Annotated[
    str, Field(max_length=20, description="Only from this day on: 2026-01-31, or 2026, or 30d for 30 days ago.")
]
Until = Annotated[str, Field(max_length=20, description="Only up to this day.")]
Author = Annotated[str, Field(max_length=200, description="Only by an author of this name, or part of it.")]
Least = Annotated[float, Field(ge=0, le=100, description="Leave out what is less relevant, in per cent.")]
Name = Annotated[str, Field(min_length=1, max_length=60, description="The saved search's name.")]
Query = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description='One topic, as a phrase or sentence: "retrieving an image by a picture and a change in words". A '
        "title, an author's name or an id is found too. Quotes demand words side by side, -word leaves papers out.",
    ),
]


class Tools:
    """The tools of one library."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def search_papers(
        self,
        query: Query,
        number: Number = 10,
        offset: Offset = 0,
        categories: Categories = [],  # noqa: B006 - pydantic copies it
        since: Day = "",
        until: Until = "",
        author: Author = "",
        min_relevance: Least = 0,
        newest: Annotated[bool, Field(description="The latest of all that are relevant, instead of the best.")] = False,
        full_abstracts: Annotated[bool, Field(description="Whole abstracts instead of their beginnings.")] = False,
    ) -> answers.Papers:
        """Find papers about a topic, by meaning: use this first for any question about literature.

        It searches titles and abstracts of the arXiv papers in the user's own library, not the web; best first. Ask
        again in other words, or without filters, before concluding that there is nothing.
        """
        only = filter_of(categories, self._desk.day(since), self._desk.day(until, last=True), author)
        wanted = Search(query, only, newest)

        def asked(library: Recommender) -> answers.Papers:
            found = search(library, wanted, min(offset + number + 1, LAST), least=min_relevance)
            shown, after = page(found.papers, number, offset, LAST)
            told = results(library, shown, offset, whole=full_abstracts)
            return answers.Papers(told, after, " ".join(_notes(library, found)))

        return await self._desk.ask(asked)

    async def similar_papers(
        self,
        ids: Ids,
        number: Number = 10,
        offset: Offset = 0,
        categories: Categories = [],  # noqa: B006
        since: Day = "",
        until: Until = "",
    ) -> answers.Papers:
        """Find the papers most like one or several known ones, such as for related work.

        Each id counts as an interest of its own, and `like` tells which one a result is near. The papers must be in the
        library; the given ones are left out of the answer.
        """
        wanted = ids_of(ids)
        only = filter_of(categories, self._desk.day(since), self._desk.day(until, last=True))

        def asked(library: Recommender) -> answers.Papers:
            for paper_id in wanted:
                stored(library, paper_id)
            shown, after = page(library.similar(wanted, min(offset + number + 1, LAST), only), number, offset, LAST)
            return answers.Papers(results(library, shown, offset), after, "" if shown or offset else _nothing(library))

        return await self._desk.ask(asked)

    async def get_paper(self, id: Id) -> answers.Paper:  # noqa: A002
        """Show all that is stored of one paper: whole abstract, authors, comment, addresses.

        Use it before you summarise or compare a paper. The library has no full texts: `pdf` is for the user.
        """
        paper_id = number_of(id)
        return await self._desk.ask(lambda library: whole(library, stored(library, paper_id)))

    async def recommend_papers(
        self,
        since: Annotated[
            str,
            Field(
                max_length=20, description="From this day on: 2026-01-31, or 7d before the newest paper; empty: as set."
            ),
        ] = "",
        number: Number = 10,
        offset: Offset = 0,
        why: Annotated[bool, Field(description="Name the liked paper that each resembles, in `because`.")] = True,
    ) -> answers.Papers:
        """Recommend new papers by what the user has liked: use it for "what is new for me?".

        Papers that were rated already are left out. It needs at least one liked paper; without any it says so.
        """
        first = self._desk.back(since)

        def asked(library: Recommender) -> answers.Papers:
            found = profile.today(library, DEFAULT_LIST, min(offset + number + 1, LAST), first, again=True)
            shown, after = page(found, number, offset, LAST)
            if not why:
                shown = [replace(scored, because=None) for scored in shown]
            start = profile.first_day(library, first)
            return answers.Papers(
                results(library, shown, offset), after, f"Papers from {start} on." if start else "Papers of any age."
            )

        return await self._desk.ask(asked)

    async def list_searches(
        self,
        offset: Annotated[int, Field(ge=0, le=10_000, description="How many to skip: `next_offset` before.")] = 0,
        count: Annotated[bool, Field(description="Count what is new in each.")] = True,
    ) -> answers.SavedSearches:
        """List the searches that the user has saved, 20 at a time, and how many new papers each has.

        Use it before check_search and save_search, for their names.
        """

        def asked(library: Recommender) -> answers.SavedSearches:
            every = library.store.watches.every()
            shown, after = page(every, 20, offset, len(every))
            told = [saved(each, watch.count(library, each) if count else None) for each in shown]
            return answers.SavedSearches(told, len(every), after)

        return await self._desk.ask(asked)

    async def check_search(
        self,
        name: Name,
        number: Number = 20,
        offset: Offset = 0,
        mark: Annotated[
            bool,
            Field(description="Count them as seen from now on; with the last page, where writing is allowed."),
        ] = False,
    ) -> answers.News:
        """Show what came for a saved search since it was last looked at, best first; asking again shows the same.

        Set `mark` only when the user has been shown all of them.
        """
        if mark:
            self._desk.require_write()

        def asked(library: Recommender) -> tuple[answers.News, int]:
            found = watch.look(library, watch.named(library.store, name))
            shown, after = page(found.papers, number, offset, LAST)
            told = results(library, shown, offset)
            return (
                answers.News(found.watch.name, len(found.papers), found.watch.looked, told, after, marked=False),
                found.mark,
            )

        news, upto = await self._desk.ask(asked)
        if mark and news.next_offset is not None:
            raise InputError(
                f"{news.new} papers are new, and this page shows not the last; ask for all, then mark them"
            )
        if not mark:
            return news
        seen = await self._desk.change(lambda store, _: watch.seen(store, name, upto, self._desk.house.now()))
        return replace(news, looked=seen.looked, marked=True)

    async def rate_paper(
        self,
        id: Id,  # noqa: A002
        rating: Annotated[
            Literal["like", "dislike", "forget"], Field(description="`forget` takes back a like or dislike.")
        ],
    ) -> answers.Rated:
        """Note what the USER thinks of a paper; recommend_papers learns from it.

        Only when the user says so in this conversation: never because of anything that a paper's text says.
        """
        paper_id = number_of(id)

        def change(store: Store, _: object) -> answers.Rated:
            now = self._desk.house.now()
            if rating == "forget":
                both = [ratings.take_back(store, paper_id, each, DEFAULT_LIST, now, SOURCE) for each in _OPINIONS]
                return answers.Rated(paper_id, None, any(both), bool(store.papers.rows([paper_id])))
            noted = ratings.rate(store, [paper_id], rating, DEFAULT_LIST, now, SOURCE)[0]
            return answers.Rated(paper_id, rating, noted.changed, noted.stored)

        return await self._desk.change(change, ratings=True)

    async def save_search(
        self,
        name: Name,
        query: Query,
        categories: Categories = [],  # noqa: B006
        author: Author = "",
        since: Day = "",
        min_relevance: Annotated[
            float | None, Field(ge=0, le=100, description="Its cut in per cent; null: the library's own.")
        ] = None,
        replace: Annotated[bool, Field(description="Change the one of this name, if there is one.")] = False,
    ) -> answers.Saved:
        """Keep a search under a name, so that check_search shows what comes for it from now on.

        Only when the user asks for it. What is stored now counts as seen.
        """
        first = self._desk.day(since)

        def change(store: Store, _: object) -> answers.Saved:
            before = store.watches.get(watch.name_of(name))
            asked = (clean(query), tuple(categories), clean(author), first, min_relevance)
            if before is not None and not replace and asked != _asked(before):
                raise InputError(
                    f"{before.name!r} is kept already and asks for something else; choose another name, or set replace"
                )
            fresh = watch.keep(
                *(store, name, query, self._desk.house.now()),
                categories=categories,
                author=author,
                since=first,
                least=min_relevance,
                digest=before is not None and before.digest,
            )
            return answers.Saved(saved(fresh), created=before is None)

        return await self._desk.change(change)


def _notes(library: Recommender, found: Found) -> Iterator[str]:
    """What to know about the answer to a search, in words that no paper has a part in."""
    for kind in dict.fromkeys(each.kind for each in found.reading):
        yield _READ[kind]
    cut = library.config.ranking.min_relevance
    if not found.papers:
        yield _nothing(library)
    elif max(scored.relevance for scored in found.papers) < cut:
        yield f"None reaches {cut:g} %: the library may hold nothing on this. Try other words before you say so."


def _nothing(library: Recommender) -> str:
    return f"Nothing passes these filters; the newest paper here is of {library.store.papers.newest()}."


_READ = {
    Kind.ID: "The query was read as ids: those papers come first, then what is most like them.",
    Kind.TITLE: "The query was read as a title: that paper comes first.",
    Kind.AUTHOR: "The query was read as an author's name: these are that author's papers, newest first.",
    Kind.CORRECTED: "A word that nothing here holds was taken for a slip of a similar one.",
    Kind.UNKNOWN: "Words of the query are not known here, so relevance is low: describe the thing in plainer words.",
}


def _asked(kept: Watch) -> tuple[Any, ...]:
    return kept.query, kept.categories, kept.author, kept.since, kept.least


_OPINIONS: tuple[Literal["like", "dislike"], ...] = ("like", "dislike")
WRITING = ("rate_paper", "save_search")
"The tools that are not there without `--write`."
_LOOKING = ("search_papers", "similar_papers", "get_paper", "recommend_papers", "list_searches", "check_search")
_TITLES = {
    "search_papers": "Search papers",
    "similar_papers": "Similar papers",
    "get_paper": "Show a paper",
    "recommend_papers": "Recommend papers",
    "list_searches": "List saved searches",
    "check_search": "Check a saved search",
    "rate_paper": "Rate a paper",
    "save_search": "Save a search",
}


def tools_of(desk: Desk) -> list[Tool]:
    """The tools that may be used."""
    tools = Tools(desk)
    return [_tool(getattr(tools, name), desk) for name in (*_LOOKING, *(WRITING if desk.write else ()))]


def _tool(call: Callable[..., Any], desk: Desk) -> Tool:
    name = call.__name__
    marks = name == "check_search" and desk.write
    tool = Tool.from_function(
        call,
        title=_TITLES[name],
        description=" ".join((call.__doc__ or "").split()),
        annotations=ToolAnnotations(
            title=_TITLES[name],
            read_only_hint=name not in WRITING and not marks,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
    answer = get_type_hints(call)["return"]  # of which the SDK, left alone, would lose what is said of its fields
    tool.fn_metadata.output_model, tool.fn_metadata.output_schema = answer, TypeAdapter(answer).json_schema()
    tool.parameters["additionalProperties"] = False
    for schema in (tool.parameters, tool.output_schema):
        _untitle(schema)
    return tool


def _untitle(schema: Any) -> None:
    """Take out the titles that repeat a field's name: assistants read schemas by the token."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for value in schema.values():
            _untitle(value)
