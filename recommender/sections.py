"""From config.toml's sections to the digest: each ranked, cut off, marked, with its provenance.

Below `pipeline`, which lends its open store, index and encoder; above `rank` and `digest`.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from recommender import embed, fetching, rank
from recommender.config import SectionConfig
from recommender.digest.model import Digest, Provenance, Section, arrange, compose, is_first
from recommender.paper import ArxivId, Scored
from recommender.pipeline import STARTED
from recommender.rerank import Reranker
from recommender.store import Filter, IntArray, Store

if TYPE_CHECKING:
    from recommender.pipeline import Recommender

_CANDIDATES = 2000
"Papers that age and diversity may reorder; by similarity alone no more than `top` are looked at."
_SPARE = 50
"Withdrawn papers per section that are left out without shortening it."


def digest(library: "Recommender") -> Digest:
    """Every section, as of the day of the last attempt to fetch or else of the newest paper: never simply today."""
    store = library.store
    attempts = [store.last_fetch(target) for target in store.targets()]
    days = [attempt.at.date() for attempt in attempts if attempt]
    day = max(days, default=store.newest() or library.today)
    made = [_section(library, section, day) for section in library.config.sections]
    return compose(day, made, duplicates=library.config.digest.duplicates)


def _section(library: "Recommender", section: SectionConfig, day: date) -> Section:
    store, settings = library.store, library.config.digest
    since = day - timedelta(days=section.max_age_days) if section.max_age_days else None
    only = Filter(categories=section.categories, since=since)
    rows = store.select(only)
    memory = store.shown(section.title)
    shown = arrange(
        _ranked(library, section, rows, day),
        shown=memory,
        day=day,
        top=section.top or settings.top,
        sort=section.sort or settings.sort,
        withdrawn=settings.withdrawn,
    )
    candidates = len(store) if rows is None else len(rows)
    provenance = _provenance(store, section.title, candidates, store.newest(only))
    first = is_first(memory, day)
    return Section(section.title, section.text, shown, provenance, first=first, columns=section.columns)


def _ranked(library: "Recommender", section: SectionConfig, rows: IntArray | None, day: date) -> list[Scored]:
    """The section's papers above its cut-off, best first; some more than it shows, since withdrawn ones go."""
    store, ranking = library.store, library.config.ranking
    query = library.encoder.encode_queries([section.text])[0]
    like, like_ids = _examples(store, section.like)
    unlike, unlike_ids = _examples(store, section.unlike)
    vector = rank.query_vector(query, like, unlike)

    def again(second: Reranker) -> embed.FloatArray:
        liked, unliked = (second.vectors(list(store.get(ids).values())) for ids in (like_ids, unlike_ids))
        return rank.query_vector(second.encoder.encode_queries([section.text])[0], liked, unliked)

    most = (section.top or library.config.digest.top) + _SPARE
    reorders = ranking.half_life_days > 0 or ranking.diversity > 0
    found, cosines = library.look(vector, _CANDIDATES if reorders else most, rows, again)
    calibration = library.calibration(vector)
    least = ranking.min_relevance if section.min_relevance is None else section.min_relevance
    found = found[cosines >= calibration.similarity(least)]
    vectors = store.vectors(found)
    candidates = [
        Scored(paper, float(cosine), calibration.relevance(float(cosine)), example)
        for paper, cosine, example in zip(
            store.papers(found), cosines, rank.closest(vectors, like, like_ids), strict=False
        )
    ]
    return rank.order(
        candidates,
        vectors,
        today=day,
        half_life_days=ranking.half_life_days,
        diversity=ranking.diversity,
        top=most,
    )


def _examples(store: Store, texts: tuple[str, ...]) -> tuple[embed.FloatArray, list[str]]:
    """Vectors and ids of those example papers that are stored."""
    rows = store.rows([ArxivId.parse(text).id for text in texts])
    return store.vectors(list(rows.values())), list(rows)


def _unfetched(store: Store) -> str:
    """What papers are that no fetch brought."""
    return "starter papers" if store.mark(STARTED) else "papers imported from files"


def _provenance(store: Store, target: str, candidates: int, newest: date | None) -> Provenance:
    last, good = store.last_fetch(target), store.last_fetch(target, ok=True)
    failing = store.failing_since(target)
    return Provenance(
        source=fetching.NAMES.get(good.source, good.source) if good else _unfetched(store),
        fetched=good.at.date() if good else None,
        candidates=candidates,
        newest=newest,
        stale_since=failing.at.date() if failing else None,
        stale_reason=last.detail if last and failing else "",
    )
