"""Sections: read as the digest would show them, tried before they are saved, written into config.toml."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi import Path as InPath

from recommender.config import Config, SectionConfig, editing, reading
from recommender.digest.model import Digest, Provenance, Row, Section, slugs
from recommender.fronts import records
from recommender.fronts.web import answers, bodies
from recommender.fronts.web.house import House, legible, opinions, results
from recommender.fronts.web.refusal import Refusal
from recommender.fronts.web.routes.ask import Number, Plain
from recommender.library import Recommender
from recommender.verbs import sections

Slug = Annotated[str, InPath(max_length=100, description="A section's name in addresses, as the list has it.")]
_KEYS = tuple(answers.Settings.model_fields)


def router(house: House) -> APIRouter:
    """The routes of one library."""
    routes = APIRouter(tags=["sections"])

    @routes.get("/sections", response_model=answers.Sections)
    async def every_section() -> Any:
        """List the sections with what is new in each, and whether it is up to date."""
        made = await house.digest()
        names = slugs([section.title for section in made.sections])
        config = house.readers.config
        return {"day": made.day, "sections": [head(section, names, config) for section in made.sections]}

    @routes.post("/sections", response_model=answers.Settings, status_code=201)
    def add_section(wanted: bodies.WantedSection) -> Any:
        """Add a section at the end of config.toml."""
        with house.editing:
            editing.add_section(house.readers.path, given(wanted))
        return wanted.model_dump()

    @routes.post("/sections/preview", response_model=answers.Preview)
    async def preview_section(wanted: bodies.WantedSection, number: Number = 20, plain: Plain = False) -> Any:
        """Show what a section would show, without saving it."""
        section = checked(wanted, house.readers.config)

        def asked(library: Recommender) -> dict[str, Any]:
            found = sections.preview(library, section, number)
            record = {key: getattr(found, key) for key in ("cut", "candidates", "count", "full", "problems")}
            shown = results(library, list(found.shown), plain=plain)
            return record | {"shown": shown, "below": results(library, list(found.below), plain=plain)}

        return await house.ask(asked, slow=True)

    @routes.get("/sections/{slug}", response_model=answers.Section)
    async def section(
        slug: Slug,
        number: Annotated[
            int | None, Query(ge=1, le=100_000, description="How many, at most; all if not given.")
        ] = None,
        new_first: Annotated[bool, Query(description="What is new or revised before the others.")] = False,
        plain: Plain = False,
    ) -> Any:
        """Show a section's papers as the digest would, in its order."""

        def asked(library: Recommender) -> dict[str, Any]:
            made = house.digest_of(library)
            found, names = _found(made, slug)
            chosen = sorted(found.rows, key=lambda row: not row.mark) if new_first else found.rows
            return head(found, names, library.config) | {"papers": rows(library, chosen[:number], plain=plain)}

        return await house.ask(asked, slow=True)

    @routes.put("/sections/{slug}", response_model=answers.Settings)
    def change_section(slug: Slug, wanted: bodies.WantedSection) -> Any:
        """Change a section in config.toml, whose comments and other tables stay as they are."""
        with house.editing:
            title = _title(house.readers.config, slug)
            editing.change_section(house.readers.path, title, wanted.model_dump(mode="json"))
        return wanted.model_dump()

    @routes.delete("/sections/{slug}", status_code=204)
    def remove_section(slug: Slug) -> None:
        """Take a section out of config.toml; its papers stay stored."""
        with house.editing:
            editing.remove_section(house.readers.path, _title(house.readers.config, slug))

    return routes


def checked(wanted: bodies.WantedSection, config: Config) -> SectionConfig:
    """A section as config.toml would take it; raises `ConfigError`."""
    return reading.parse({"sections": [given(wanted)]}, folder=config.folder).sections[0]


def given(wanted: bodies.WantedSection) -> dict[str, Any]:
    """The keys that say something else than their default."""
    told = wanted.model_dump(mode="json")
    defaults = {field.name: field.default for field in fields(SectionConfig)}
    same = {key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()}
    return {key: value for key, value in told.items() if key == "title" or value != same[key]}


def head(section: Section, names: dict[str, str], config: Config) -> dict[str, Any]:
    """A section's record without its papers."""
    wanted = next((each for each in config.sections if each.title == section.title), None)
    return {
        "slug": names[section.title],
        "title": section.title,
        "query": section.query,
        "shown": len(section.rows),
        "new": section.marked("new"),
        "revised": section.marked("revised"),
        "first": section.first,
        "provenance": _provenance(section.provenance),
        "problems": section.problems,
        "settings": {key: value for key, value in asdict(wanted).items() if key in _KEYS} if wanted else None,
    }


def rows(library: Recommender, shown: Sequence[Row], *, plain: bool) -> list[dict[str, Any]]:
    """Papers of a section, each with its mark."""
    said = opinions(library, [row.paper for row in shown])
    found = []
    for place, row in enumerate(shown, 1):
        record = records.of(row.scored, row.rank or place) | said[row.paper.id]
        record |= {"mark": row.mark, "since": row.since, "elsewhere": row.elsewhere}
        found.append(legible(record, plain=plain))
    return found


def _provenance(provenance: Provenance) -> dict[str, Any]:
    return {key: value for key, value in asdict(provenance).items() if key in answers.Provenance.model_fields}


def _found(made: Digest, slug: str) -> tuple[Section, dict[str, str]]:
    names = slugs([section.title for section in made.sections])
    for section in made.sections:
        if names[section.title] == slug:
            return section, names
    raise Refusal(404, f"{slug[:80]!r} is no section", "GET /api/v1/sections lists them")


def _title(config: Config, slug: str) -> str:
    """The title of the section of config.toml that has this name."""
    profile = [config.profile.title] if config.profile.title else []
    for title, name in slugs([*profile, *(section.title for section in config.sections)]).items():
        if name == slug and title not in profile:
            return title
    raise Refusal(404, f"{slug[:80]!r} is no section of config.toml", "GET /api/v1/sections lists them")
