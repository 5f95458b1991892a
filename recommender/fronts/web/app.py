"""The server put together: routes of the API, feeds and pages, behind the guard."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Scope

from recommender.errors import RecommenderError
from recommender.fronts.web import pages, refusal
from recommender.fronts.web.access import Access
from recommender.fronts.web.answers import Problem
from recommender.fronts.web.guard import Guard
from recommender.fronts.web.house import House
from recommender.fronts.web.job import Job
from recommender.fronts.web.refusal import Refusal
from recommender.fronts.web.routes import ask, feeds, profile, searches, sections, status
from recommender.verbs.readers import Readers

API = "/api/v1"
_DESCRIPTION = (
    "Papers by meaning, from the library on this machine. Text of papers (title, abstract, authors, comment) is their "
    "authors' and is only ever text. A failure answers `error`, what is wrong, and `remedy`, what to do. What changes "
    "anything is PUT, DELETE or POST with `Content-Type: application/json`."
)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in (
        (400, "What was asked cannot be answered."),
        (401, "The token is missing or another."),
        (403, "Another site's page asks."),
        (404, "There is no such thing."),
        (405, "The address does not take this method."),
        (409, "It is being done already."),
        (411, "The body has no known length."),
        (413, "The body is too long."),
        (415, "The body is not JSON."),
        (422, "A parameter has a value that it cannot have."),
        (500, "The library cannot answer."),
        (502, "arXiv cannot answer."),
        (503, "The library cannot be read, or another process writes."),
    )
}


class Mountable(Protocol):
    """Another application that is served beside the API, such as MCP under /mcp."""

    @property
    def path(self) -> str:
        """The one address at which it is asked, by POST."""
        ...

    @property
    def app(self) -> ASGIApp:
        """What answers there."""
        ...

    def running(self) -> Any:
        """An asynchronous context in which it works."""
        ...


Mounted = Callable[[House], Mountable]
"Makes another application for the library that is served."


def create(
    readers: Readers,
    *,
    now: Callable[[], datetime],
    hosts: frozenset[str],
    access: Access | None = None,
    mounts: tuple[Mounted, ...] = (),
) -> ASGIApp:
    """The application that serves one library to requests that name one of `hosts`, each a name with its port.

    `mounts` make what else it serves.
    """
    access = access or Access()
    house, job = House(readers, now), Job(readers.path, now)
    beside = [make(house) for make in mounts]

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for mount in beside:
                await stack.enter_async_context(mount.running())
            yield
        job.stop()

    app = FastAPI(
        title="recommender",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=life,
        responses=_PROBLEMS,
        redirect_slashes=False,
    )
    api = APIRouter(prefix=API)
    for router in (
        *(ask.router(house), sections.router(house), profile.router(house), searches.router(house)),
        status.router(house, job),
    ):
        api.include_router(router)
    app.include_router(api)
    app.include_router(feeds.router(house))
    app.include_router(pages.router(house, access, app.openapi))
    for mount in beside:
        app.router.routes.append(Route(mount.path, mount.app, methods=["POST"]))
    pages.mount_assets(app)
    _failures(app)
    return Guard(app, routes=lambda: app.router.routes, hosts=hosts, access=access)


def _failures(app: FastAPI) -> None:
    """Answer every failure in one shape."""

    @app.exception_handler(Refusal)
    async def refused(_: Request, error: Refusal) -> JSONResponse:
        headers = {name.decode(): value.decode() for name, value in error.headers}
        return JSONResponse(error.record, error.status, headers)

    @app.exception_handler(RecommenderError)
    async def failed(request: Request, error: RecommenderError) -> JSONResponse:
        return await refused(request, refusal.of(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        record = {"error": f"{place}: {first['msg']}", "remedy": "see /api for what it takes"}
        return JSONResponse(record, 422)

    @app.exception_handler(Exception)
    async def broken(_: Request, error: Exception) -> JSONResponse:  # a fault of ours, which the server's log shows
        return JSONResponse({"error": f"this cannot be answered ({type(error).__name__})", "remedy": "report it"}, 500)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        record = {"error": str(error.detail), "remedy": "see /api for what there is"}
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_methods(app, request.scope))
        return JSONResponse(record, error.status_code, headers)


def _methods(app: FastAPI, scope: Scope) -> list[str]:
    """Every method that an address takes, whichever of its routes does."""
    here = [route for route in app.routes if route.matches(scope)[0] is not Match.NONE]
    return sorted({method for route in here for method in getattr(route, "methods", None) or ()})


def hosts_of(host: str, port: int) -> frozenset[str]:
    """The names by which a server on loopback may be asked."""
    names = {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host}
    return frozenset(f"{name}:{port}" for name in names) | (frozenset(names) if port == 80 else frozenset())
