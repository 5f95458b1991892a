"""How the library is, and bringing it up to date."""

from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter

from recommender.fronts.web import answers
from recommender.fronts.web.house import House
from recommender.fronts.web.job import Job
from recommender.fronts.web.refusal import Refusal
from recommender.library import Recommender
from recommender.verbs.status import status as status_of


def router(house: House, job: Job) -> APIRouter:
    """The routes of one library."""
    routes = APIRouter(tags=["status"])

    @routes.get("/status", response_model=answers.Status)
    async def status() -> Any:
        """Tell what is stored, what is stale and why, and how an update goes."""

        def asked(library: Recommender) -> dict[str, Any]:
            found = status_of(library)
            facts = found.info.record()
            return {
                **{key: facts[key] for key in ("papers", "newest", "encoder", "index", "fetches", "folder")},
                "stale": [asdict(each) for each in found.stale],
            }

        told = await house.ask(asked, slow=True)
        return told | {
            "version": _version(),
            "config": str(house.readers.path),
            "problem": house.readers.problem,
            "update": asdict(job.state),
        }

    @routes.get("/update", response_model=answers.Update)
    async def update() -> Any:
        """Tell how the update goes that was started last."""
        return asdict(job.state)

    @routes.post("/update", response_model=answers.Update, status_code=202)
    def start_update() -> Any:
        """Start what `recommend update` does: fetch what is new, rank, write the digest."""
        if not job.start():
            raise Refusal(409, "an update is running already", "GET /api/v1/update tells how it goes")
        return asdict(job.state)

    return routes


def _version() -> str:
    try:
        return version("recommender")
    except PackageNotFoundError:  # run from its folder, not installed
        return ""
