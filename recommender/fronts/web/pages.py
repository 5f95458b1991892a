"""The pages of the app: one document that its modules fill, their files, the API's reference, the login."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from recommender import archives, site
from recommender.fronts.web import bodies
from recommender.fronts.web.access import COOKIE, Access
from recommender.fronts.web.house import House
from recommender.fronts.web.refusal import Refusal

_STATIC = Path(__file__).parent / "static"
_SITE = Path(site.__file__).parent / "assets"
_PAGES = (
    *("/", "/search", "/saved", "/saved/{name}", "/sections", "/sections/{slug}", "/profile", "/status", "/api"),
    "/papers/{id:path}",
)
"Addresses of the app: the same document, which shows what its address says."


def router(house: House, access: Access, openapi: Callable[[], dict[str, Any]]) -> APIRouter:
    """The pages of one library."""
    routes = APIRouter(include_in_schema=False)

    async def app() -> FileResponse:
        return FileResponse(_STATIC / "index.html", media_type="text/html")

    for page in _PAGES:
        routes.add_api_route(page, app, methods=["GET"])

    @routes.get("/login")
    async def login_page() -> FileResponse:
        return FileResponse(_STATIC / "login.html", media_type="text/html")

    @routes.post("/login")
    async def login(given: bodies.Token) -> Response:
        if not access.needed or not access.accepts(given.token.strip()):
            raise Refusal(401, "this is not the token", "the file that --token-file names holds it")
        answer = Response(status_code=204)
        answer.set_cookie(COOKIE, access.cookie(), httponly=True, samesite="strict", max_age=30 * 86_400)
        return answer

    @routes.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/openapi.json")
    async def schema() -> JSONResponse:
        return JSONResponse(openapi())

    @routes.get("/about.json")
    async def about() -> dict[str, Any]:
        """What the app must know before it shows anything."""
        config = house.readers.config
        return {
            "title": config.site.title,
            "profile": config.profile.title,
            "min_relevance": config.ranking.min_relevance,
            "top": config.digest.top,
            "categories": archives.categories(),
        }

    return routes


def mount_assets(app: FastAPI) -> None:
    """Serve the app's own files, and those that it shares with the static site."""
    app.mount("/assets/site", StaticFiles(directory=_SITE), name="site")
    app.mount("/assets", StaticFiles(directory=_STATIC), name="assets")
