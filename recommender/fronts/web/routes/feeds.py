"""Feeds of sections, of the profile and of saved searches, as they are now: Atom and JSON Feed."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import Response

from recommender.digest import feeds
from recommender.digest.model import Section
from recommender.fronts.web.house import House
from recommender.fronts.web.refusal import Refusal
from recommender.fronts.web.routes.searches import Name, named
from recommender.library import Recommender
from recommender.verbs import profile
from recommender.verbs import watch as watching

Kind = Literal["atom", "json"]
Slug = Annotated[str, InPath(max_length=100, description="A section's name in addresses; `all`: every section.")]
_MEDIA = {"atom": "application/atom+xml", "json": "application/feed+json"}
_FEED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            _MEDIA["atom"]: {"schema": {"type": "string"}},
            _MEDIA["json"]: {"schema": {"type": "object"}},
        }
    }
}


def router(house: House) -> APIRouter:
    """The routes of one library."""
    routes = APIRouter(prefix="/feeds", tags=["feeds"])

    @routes.get("/sections/{slug}.{kind}", response_class=Response, responses=_FEED)
    async def section_feed(slug: Slug, kind: Kind, request: Request) -> Response:
        """Follow one section, or all."""
        made, settings = await house.digest(), house.readers.config.feeds
        files = feeds.render(made, title=settings.title, url=f"{_base(request)}/sections", most=settings.most)
        if f"{slug}.{kind}" not in files:
            raise Refusal(404, f"{slug[:80]!r} is no section", "GET /api/v1/sections lists them")
        return Response(files[f"{slug}.{kind}"], media_type=_MEDIA[kind])

    @routes.get("/profile.{kind}", response_class=Response, responses=_FEED)
    async def profile_feed(kind: Kind, request: Request) -> Response:
        """Follow what is recommended to you."""

        def asked(library: Recommender) -> Section:
            found = profile.today(library, "", library.config.feeds.most, again=True)
            return watching.section_of(library.config.profile.title or "For you", "", found)

        section = await house.ask(asked, slow=True)
        return answer(section, "profile", kind, _base(request))

    @routes.get("/searches/{name}.{kind}", response_class=Response, responses=_FEED)
    async def search_feed(name: Name, kind: Kind, request: Request) -> Response:
        """Follow a saved search."""

        def asked(library: Recommender) -> Section:
            most = library.config.feeds.most
            watch = named(library.store, name)
            return watching.section_of(watch.name, watch.query, watching.every(library, watch, most))

        section = await house.ask(asked, slow=True)
        return answer(section, quote(name), kind, f"{_base(request)}/searches")

    def answer(section: Section, name: str, kind: Kind, base: str) -> Response:
        files = feeds.of_section(section, name, title=house.readers.config.feeds.title, url=base)
        return Response(files[kind], media_type=_MEDIA[kind])

    return routes


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/feeds"
