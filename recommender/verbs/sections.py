"""Sections one by one, whether config.toml has them or is about to: for fronts in which they are edited."""

from dataclasses import dataclass

from recommender.config import SectionConfig
from recommender.errors import InputError
from recommender.library import Recommender
from recommender.paper import Scored
from recommender.verbs import digest

_BELOW = 8
"Papers below the cut that a preview shows."
_LOOKED_AT = 200
"Papers beyond those shown that are looked through for them."


@dataclass(frozen=True, slots=True)
class Preview:
    """What a section would show, and what stands just below."""

    cut: float
    "per cent below which a paper is left out"
    candidates: int
    "stored papers that pass its filter"
    count: int
    "papers that it would show"
    shown: tuple[Scored, ...]
    below: tuple[Scored, ...]
    "the next best, by relevance"
    full: bool
    "whether `top` ends the section, and not its cut"
    problems: tuple[str, ...]


def preview(library: Recommender, section: SectionConfig, number: int) -> Preview:
    """The first `number` papers that a section would show, and the first that it would not."""
    day = digest.day_of(library)
    made = digest.ranked_section(library, section, day)
    shown = tuple(row.scored for row in made.rows)
    only, cut = digest.filter_of(section, day), digest.least_of(library, section)
    try:
        near = library.answer(digest.question_of(library, section), len(shown) + _LOOKED_AT, only)
    except InputError:  # told in the section's problems
        near = []
    inside = {scored.paper.id for scored in shown}
    rest = sorted(
        (scored for scored in near if scored.paper.id not in inside and not scored.paper.withdrawn),
        key=lambda scored: -scored.relevance,
    )
    full = bool(rest) and rest[0].relevance >= cut
    candidates = made.provenance.candidates
    return Preview(cut, candidates, len(shown), shown[:number], tuple(rest[:_BELOW]), full, made.problems)
