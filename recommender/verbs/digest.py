"""From config.toml's sections to the digest: each ranked, cut off, marked, with its provenance; then written."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from recommender import rank
from recommender.config import SectionConfig, writing
from recommender.digest.model import Digest, Provenance, Section, arrange, compose, is_first, remember
from recommender.errors import InputError
from recommender.finding import by_words
from recommender.library import Recommender
from recommender.paper import Scored
from recommender.progress import Say
from recommender.rank import Question, topics
from recommender.sources.base import SERVICES
from recommender.store import Filter, Store
from recommender.verbs import profile, publish, watch
from recommender.verbs.imports import unfetched

_CANDIDATES = 2000
"Papers that age and diversity may reorder; by similarity alone no more than `top` are looked at."
_SPARE = 50
"Withdrawn papers per section that are left out without shortening it."


def make(library: Recommender) -> Digest:
    """Every section, as of the day of the last attempt to fetch or else of the newest paper: never simply today."""
    library.store.vectors.require(library.encoder.identity)
    day = day_of(library)
    wanted = library.config.sections
    kept = watch.in_digest(library.store, [library.config.profile.title, *(section.title for section in wanted)])
    ranked = [ranked_section(library, section, day) for section in (*wanted, *kept)]
    return compose(day, [*profile.section(library, day), *ranked], duplicates=library.config.digest.duplicates)


def day_of(library: Recommender) -> date:
    """The day of a digest that is made now: of the last attempt to fetch, or else of the newest paper."""
    ledger = library.store.ledger
    days = [attempt.at.date() for target in ledger.targets() if (attempt := ledger.last(target))]
    return max(days, default=library.store.papers.newest() or library.today)


def write(library: Recommender, digest: Digest) -> list[Path]:
    """Put the digest where config.toml wants it, and remember what it showed; the files that changed."""
    changed = publish.write(digest, library.config)
    memory = library.store.memory
    for section in digest.sections:
        papers = [row.paper for row in section.rows]
        memory.set_shown(section.title, remember(memory.shown(section.title), papers, digest.day))
    return changed


def renew(library: Recommender, out: Say) -> None:
    """Rank, write, and tell what came of it."""
    made = make(library)
    changed = write(library, made)
    out(f"{library.config.digest.path}: {made.counted}; {'written' if changed else 'nothing changed'}")


def ranked_section(library: Recommender, section: SectionConfig, day: date) -> Section:
    """One section as of a day, whether config.toml has it or not."""
    store, settings = library.store, library.config.digest
    only = filter_of(section, day)
    memory = store.memory.shown(section.title)
    problems = _missing(library, section)
    try:
        ranked = _ranked(library, section, only, day)
    except InputError as error:  # the model knows no word of it: that is no other section's loss
        ranked, problems = [], [str(error), *problems]
    shown = arrange(
        ranked,
        shown=memory,
        day=day,
        top=section.top or settings.top,
        sort=section.sort or settings.sort,
    )
    rows = store.papers.select(only)
    candidates = len(store) if rows is None else len(rows)
    origin = replace(
        provenance(store, section.title, candidates, store.papers.newest(only)),
        stored=len(store),
        filter=_filter_in_words(section),
    )
    first = is_first(memory, day)
    return Section(
        section.title,
        section.text,
        shown,
        origin,
        first=first,
        columns=section.columns,
        problems=tuple(problems),
    )


def _missing(library: Recommender, section: SectionConfig) -> list[str]:
    """What is to be said of examples that are not stored: the section is ranked without them."""
    missing = library.missing([*section.like, *section.unlike])
    return (
        [f"ranked without {', '.join(missing)}, which config.toml names and no fetch has brought yet"]
        if missing
        else []
    )


def filter_of(section: SectionConfig, day: date) -> Filter:
    """Which stored papers a section looks at on a day."""
    since = day - timedelta(days=section.max_age_days) if section.max_age_days else None
    return Filter(categories=section.categories, since=since)


def question_of(library: Recommender, section: SectionConfig) -> Question:
    """What a section asks for; examples that are not stored are left out."""
    asked = topics(section.title) if not section.query else (section.query,)
    return Question(asked, like=library.stored(section.like), unlike=library.stored(section.unlike))


def least_of(library: Recommender, section: SectionConfig) -> float:
    """A section's cut: per cent."""
    return library.config.ranking.min_relevance if section.min_relevance is None else section.min_relevance


def _filter_in_words(section: SectionConfig) -> str:
    """The section's filter as config.toml has it."""
    keys: dict[str, Any] = {"categories": list(section.categories), "max_age_days": section.max_age_days}
    return ", ".join(f"{key} = {writing.value(given)}" for key, given in keys.items() if given)


def _ranked(library: Recommender, section: SectionConfig, only: Filter, day: date) -> list[Scored]:
    """The section's papers above its cut-off, best first; by date as many as it shows, and some more."""
    ranking, settings = library.config.ranking, library.config.digest
    question, least = question_of(library, section), least_of(library, section)
    newest = (section.sort or settings.sort) == "date"
    top = section.top or settings.top
    most = top + _SPARE
    reorders = ranking.half_life_days > 0 or ranking.diversity > 0
    number = _CANDIDATES if reorders and not newest else most
    found = library.answer(question, number, only, least=least, newest=newest)
    if ranking.words_in_sections and not newest:
        found = by_words(library, section.text, found)
    candidates = [scored for scored in found if settings.withdrawn or not scored.paper.withdrawn]
    ranked = rank.order(
        candidates,
        library.papers([scored.paper for scored in candidates]),
        today=day,
        half_life_days=ranking.half_life_days,
        diversity=ranking.diversity,
        top=most,
    )
    return ranked if newest else rank.share(ranked, top)


def provenance(store: Store, target: str, candidates: int, newest: date | None) -> Provenance:
    """Where the papers of a section come from, and since when they could not be fetched."""
    ledger = store.ledger
    last, good, failing = ledger.last(target), ledger.last(target, ok=True), ledger.failing_since(target)
    return Provenance(
        source=SERVICES.get(good.source, good.source) if good else unfetched(ledger),
        fetched=good.at.date() if good else None,
        candidates=candidates,
        newest=newest,
        stale_since=failing.at.date() if failing else None,
        stale_reason=last.detail if last and failing else "",
    )
