"""For one reader: what is new and like their likes, as an answer, as a section of the digest, and in a search."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from recommender.archives import day_of, url_of
from recommender.digest.model import Provenance, Section, arrange, is_first
from recommender.errors import InputError, StoreError
from recommender.library import Recommender
from recommender.paper import Paper, Reason, Scored
from recommender.profile.interests import Interests, Judged, first_page
from recommender.sources.base import SERVICES
from recommender.store import Filter, Store
from recommender.store.ratings import TEXT, Rated
from recommender.vectors import BoolArray, DoubleArray, FloatArray, IntArray
from recommender.verbs.imports import unfetched
from recommender.verbs.ratings import as_papers, said_list

_EXACT = 10_000
"Papers that are all scored; of more, only those that the index finds near the likes."
_NEAR = 500
"Papers that the index names for each of at most 17 directions."
_PAGE = 20
"Papers among which no interest may be missing."
_SPARE = 50
"Papers beyond those shown that are looked at in case that some are withdrawn or too old."
_SPREAD = 2
"Pool of a search for a reader, in multiples of what is shown."
_SHARE = 0.5
"How much the profile's log odds count beside the search's."


@dataclass(frozen=True, slots=True)
class Profile:
    """One list of ratings, ready to score papers with."""

    name: str
    likes: tuple[Paper, ...]
    "in the order of the interests' likes"
    interests: Interests
    rated: frozenset[str]
    "papers that need not be recommended: rated already, in whatever way"


def profile_of(library: Recommender, name: str) -> Profile | None:
    """The profile of a list; None where nothing that it likes is stored or has an abstract."""
    store = library.store
    rated = store.ratings.given(name)
    likes, liked = _vectors(library, [each for each in rated if each.rating == "like"])
    if not likes:
        return None
    _, disliked = _vectors(library, [each for each in rated if each.rating == "dislike"])
    interests = Interests(liked, disliked, library.background)
    return Profile(name, tuple(likes), interests, frozenset(each.id for each in rated))


def today(
    library: Recommender, name: str, number: int, since: date | timedelta | None = None, *, again: bool = False
) -> list[Scored]:
    """The new papers that the reader of a list will want, best first.

    `since` is a day, or a time before the newest stored paper's day; by default what config.toml says. Papers that
    were rated, or recommended on an earlier day, are left out, the latter not with `again`. Raises `InputError` where
    nothing is liked.
    """
    profile = profile_of(library, name)
    if profile is None:
        raise InputError(_nothing_liked(library.store, name))
    settings, first = library.config.profile, first_day(library, since)
    before = {} if again else library.store.ratings.recommended(name)
    past = [paper_id for paper_id, shown in before.items() if shown < library.today]
    return recommend(library, profile, Filter(since=first), number, settings.min_relevance, past)


def first_day(library: Recommender, since: date | timedelta | None) -> date | None:
    """The day that `today` looks at papers from; None: papers of any age."""
    settings, day = library.config.profile, min(library.store.papers.newest() or library.today, library.today)
    if since is None and settings.max_age_days:
        since = timedelta(days=settings.max_age_days)
    return day - since if isinstance(since, timedelta) else since


def remember(library: Recommender, name: str, found: Sequence[Scored]) -> None:
    """Keep in mind what was recommended today; forgone while another process writes or where nothing can be."""
    if not found:
        return
    with suppress(StoreError), Store.open(library.store.folder, write=True, wait=0) as store:
        store.ratings.set_recommended(name, [scored.paper.id for scored in found], library.today)


def recommend(
    library: Recommender, profile: Profile, only: Filter, number: int, least: float, without: Iterable[str] = ()
) -> list[Scored]:
    """The `number` stored papers that pass and are most relevant to a profile, of at least `least` per cent.

    Best first, but no interest that has papers there is missing from the first twenty. A paper's relevance does not
    depend on the others.
    """
    with library.store.snapshot():
        return _recommend(library, profile, only, number, least, without)


def _recommend(
    library: Recommender, profile: Profile, only: Filter, number: int, least: float, without: Iterable[str]
) -> list[Scored]:
    store = library.store
    store.vectors.require(library.encoder.identity)
    rows = _candidates(library, profile.interests, only)
    rated = store.papers.rows({*profile.rated, *without})
    rows, vectors = store.vectors.sound(np.setdiff1d(rows, np.fromiter(rated.values(), np.int64)))
    if not len(rows):
        return []
    judged = profile.interests.judge(vectors)
    interest = profile.interests.interests[judged.nearest]
    open_: BoolArray = judged.relevances >= least
    while True:
        most = np.where(open_, judged.relevances, -1)
        places = first_page(most, interest, least=max(least, 0), size=min(_PAGE, number))[: 2 * number + _SPARE]
        papers = store.papers.readable(rows[places])
        unfit = [place for place in places.tolist() if not _fits(papers.get(int(rows[place])), only, library)]
        if not set(unfit) & set(places[:number].tolist()):
            break
        open_[unfit] = False
    places = places[:number]
    shown = [papers[row] for row in rows[places].tolist()]
    return _scored(profile, shown, places, vectors, judged, explain=library.config.profile.explain)


def _fits(paper: Paper | None, only: Filter, library: Recommender) -> bool:
    """Whether a paper that the index named can be read, passes, and is not withdrawn."""
    if paper is None:
        return False
    if paper.withdrawn and not library.config.digest.withdrawn:
        return False
    return only.since is None or day_of(paper) >= only.since


def _scored(
    profile: Profile, papers: Sequence[Paper], places: IntArray, vectors: FloatArray, judged: Judged, *, explain: bool
) -> list[Scored]:
    mine = judged.at(places)
    reasons = profile.interests.reasons(vectors[places], mine) if explain else [None] * len(papers)
    return [
        Scored(
            paper,
            float(np.clip(mine.similarities[number], -1, 1)),
            float(mine.relevances[number]),
            because=None if reason is None else _reason(profile.likes[reason]),
        )
        for number, (paper, reason) in enumerate(zip(papers, reasons, strict=True))
    ]


def _reason(like: Paper) -> Reason:
    return Reason(like.id, like.title, "" if like.id.startswith(TEXT) else url_of(like))


def section(library: Recommender, day: date, title: str = "") -> tuple[Section, ...]:
    """The reader's section of the digest of a day; none where config.toml names none, or nothing is liked.

    With a `title` there is one whatever config.toml says, for those who read it alone.
    """
    settings, store = library.config.profile, library.store
    title = title or settings.title
    profile = profile_of(library, settings.list) if title else None
    if profile is None:
        return ()
    only = Filter(since=day - timedelta(days=settings.max_age_days) if settings.max_age_days else None)
    memory = store.memory.shown(title)
    rows = arrange(
        recommend(library, profile, only, settings.top, settings.min_relevance),
        shown=memory,
        day=day,
        top=settings.top,
    )
    where = replace(
        _provenance(store, store.papers.count(only), store.papers.newest(only)),
        stored=len(store),
        filter=f"max_age_days = {settings.max_age_days}" if settings.max_age_days else "",
    )
    return (Section(title, "", rows, where, first=is_first(memory, day)),)


def for_reader(library: Recommender, found: Sequence[Scored], name: str, number: int) -> list[Scored]:
    """The `number` best of the papers found for a question, as the question and a list's profile see them together.

    The log odds of the two relevances are added, the profile's with half the weight. Raises `InputError` where nothing
    is liked.
    """
    profile = profile_of(library, name)
    if profile is None:
        raise InputError(_nothing_liked(library.store, name))
    if not found:
        return []
    judged = profile.interests.judge(library.papers([scored.paper for scored in found]))
    odds = _odds(np.array([scored.relevance for scored in found])) + _SHARE * _odds(
        judged.relevances.astype(np.float64)
    )
    percent = 100 / (1 + np.exp(-odds))
    best = np.argsort(-odds, kind="stable")[:number]
    return [replace(found[int(i)], relevance=float(percent[i])) for i in best]


def pool_for_reader(number: int) -> int:
    """How many papers to find for a question of which `number` are to be shown to a reader."""
    return number * _SPREAD + 50


def _odds(percent: DoubleArray) -> DoubleArray:
    share = np.clip(percent / 100, 1e-6, 1 - 1e-6)
    odds: DoubleArray = np.log(share / (1 - share))
    return odds


def _vectors(library: Recommender, rated: Sequence[Rated]) -> tuple[list[Paper], FloatArray]:
    """Rated papers and their vectors: stored ones, then those that only their title and abstract are known of."""
    store = library.store
    papers = as_papers(store, rated)
    rows = store.papers.rows(paper.id for paper in papers)
    stored = [paper for paper in papers if paper.id in rows]
    texts = [paper for paper in papers if paper.id not in rows and paper.abstract]
    parts = [library.papers(stored)] if stored else []
    parts += [library.encoder.encode_documents(texts)] if texts else []
    return [*stored, *texts], np.concatenate(parts) if parts else np.empty((0, 0), np.float32)


def _candidates(library: Recommender, interests: Interests, only: Filter) -> IntArray:
    """Rows to be scored, ascending: all that pass where they are few, else those that the index finds near.

    Where most papers pass, some of the latter do not: to name all that do would take longer than to look at the found.
    """
    store = library.store
    passing = store.papers.count(only)
    if passing <= _EXACT:
        return store.papers.every_row(only)
    among = store.papers.select(only) if passing < len(store) / 4 else None
    return library.index.nominate(interests.queries(), _NEAR, rows=among)


def _nothing_liked(store: Store, name: str) -> str:
    given = store.ratings.given(name, "like")
    option = f" --list {name!r}" if name else ""
    if given:
        return (
            f"none of the {len(given)} likes in {said_list(name)} is stored yet; `recommend fetch` asks arXiv for them"
        )
    others = [other for other in store.ratings.lists() if other != name]
    there = f"; there are likes in {', '.join(said_list(other) for other in others)}" if others else ""
    return f"nothing is liked in {said_list(name)} yet{there}; `recommend like ID{option}`, or `profile import FILE`"


def _provenance(store: Store, candidates: int, newest: date | None) -> Provenance:
    """As fresh as the last good fetch of anything; out of date where every last attempt failed."""
    ledger = store.ledger
    targets = ledger.targets()
    good = [fetch for target in targets if (fetch := ledger.last(target, ok=True))]
    failing = [fetch for target in targets if (fetch := ledger.failing_since(target))]
    latest = max(good, key=lambda fetch: fetch.at, default=None)
    stale = min(failing, key=lambda fetch: fetch.at) if failing and len(failing) == len(targets) else None
    return Provenance(
        source=SERVICES.get(latest.source, latest.source) if latest else unfetched(ledger),
        fetched=latest.at.date() if latest else None,
        candidates=candidates,
        newest=newest,
        stale_since=stale.at.date() if stale else None,
        stale_reason=stale.detail if stale else "",
    )
