"""What the reader has said of papers: shown, said, taken back, imported."""

import os
import tempfile
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import APIRouter

from recommender.archives import url_of
from recommender.config import Config
from recommender.errors import InputError
from recommender.fronts.web import answers, bodies
from recommender.fronts.web.house import House
from recommender.fronts.web.routes.ask import ListName, PaperId, id_of
from recommender.library import Recommender
from recommender.store import Store
from recommender.store.ratings import KINDS, TEXT, Rating
from recommender.verbs import ratings, references

SOURCE = "app"


def router(house: House) -> APIRouter:
    """The routes of one library."""
    routes = APIRouter(tags=["profile"])

    @routes.get("/profile", response_model=answers.Profile)
    async def profile(
        name: ListName = "",
        rating: Annotated[Literal["like", "dislike", "saved", "done"] | None, "of this kind alone"] = None,
    ) -> Any:
        """List what you said of papers, the newest first."""
        list_ = _list(name)

        def asked(library: Recommender) -> dict[str, Any]:
            store = library.store
            given = store.ratings.given(list_, *([rating] if rating else []))
            stored = store.papers.rows(each.id for each in given)
            papers = ratings.as_papers(store, given)
            return {
                "list": list_,
                "lists": store.ratings.lists(),
                "ratings": [
                    {
                        "list": each.list_name,
                        "id": each.id,
                        "rating": each.rating,
                        "at": each.at,
                        "source": each.source,
                        "title": paper.title,
                        "stored": each.id in stored,
                        "url": "" if each.id.startswith(TEXT) else url_of(paper),
                    }
                    for each, paper in zip(given, papers, strict=True)
                ],
            }

        return await house.ask(asked)

    @routes.put("/profile/papers/{id:path}", response_model=answers.Noted)
    def rate(id: PaperId, said: bodies.Rating, name: ListName = "") -> Any:  # noqa: A002
        """Like a paper, dislike it, keep it to be read, or note that it was read; it need not be stored yet."""
        paper_id = _id(id)
        noted = house.rated(
            lambda store, _: ratings.rate(store, [paper_id], said.rating, _list(name), house.now(), SOURCE)
        )[0]
        return {"id": noted.rated.id, "rating": said.rating, "changed": noted.changed, "stored": noted.stored}

    @routes.delete("/profile/papers/{id:path}", status_code=204)
    def forget(id: PaperId, name: ListName = "", rating: Rating | None = None) -> None:  # noqa: A002
        """Take back what was said of a paper: all of it, or one rating alone. Nothing said is nothing to take back."""
        paper_id = _id(id)
        list_ = _list(name)

        def change(store: Store, _: Config) -> None:
            for each in [rating] if rating else KINDS:
                ratings.take_back(store, paper_id, each, list_, house.now(), SOURCE)

        house.rated(change)

    @routes.post("/profile/import", response_model=answers.Imported)
    def import_references(file: bodies.Import) -> Any:
        """Rate all papers that a file of references names; what was said of a paper already is never changed."""
        list_ = _list(file.list)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / _safe(file.name)
            path.write_text(file.text, encoding="utf-8", errors="replace")

            def change(store: Store, config: Config) -> references.Report:
                return references.take(
                    *(store, str(path), file.rating, list_, house.now()),
                    exclude=config.profile.exclude,
                    dry_run=file.dry_run,
                )

            try:
                report = house.rated(change)
            except InputError as error:  # that names the file by where it lay for a moment
                raise InputError(str(error).replace(f"{folder}{os.sep}", "")) from error
        return {
            "entries": report.entries,
            "new": report.new,
            "known": report.known,
            "queued": report.queued,
            "faults": report.faults[:100],
            "lines": list(report.lines(dry_run=file.dry_run)),
        }

    return routes


def _id(text: str) -> str:
    return text if text.startswith(TEXT) else id_of(text)


def _list(name: str) -> str:
    return ratings.list_name(name) if name else ""


def _safe(name: str) -> str:
    """A file's name that is one, whatever was sent; its ending is kept."""
    plain = "".join(char if char.isalnum() or char in "._- " else "_" for char in PurePosixPath(name).name)
    return plain.lstrip(".") or "references"
