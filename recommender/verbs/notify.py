"""Telling readers what is new: the news of each target, composed, noted in the outbox, sent, noted again.

A message is noted before it leaves. A process that dies before it has noted that it left sends it once more on the next
run and then no more: a reader may see one message twice, under one Message-ID, which mail programs show once; the other
order would lose it without a word, and without the limit a server that kills us would be asked for ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from recommender.config import Config, NotifyConfig
from recommender.config.delivery import Content
from recommender.digest import news
from recommender.digest.model import Section, compose
from recommender.digest.news import News
from recommender.errors import DeliveryError, InputError
from recommender.library import Recommender
from recommender.notify.delivery import delivery_of
from recommender.store.outbox import Sending, days_done, told
from recommender.verbs import digest as sections
from recommender.verbs import profile, watch

_WEEK = timedelta(days=7)
_FOR_YOU = "For you"
"Title of the reader's section in a message where the digest, which others read, has none."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target."""

    target: str
    state: Literal["sent", "failed", "unsure", "nothing", "done"]
    detail: str

    @property
    def line(self) -> str:
        """For a reader."""
        return f"{self.target}: {self.detail}"

    @property
    def ok(self) -> bool:
        """Whether nothing is left to be sent, and nobody was left out."""
        return self.state not in ("failed", "unsure")


@dataclass(frozen=True, slots=True)
class _Made:
    """All that a message may hold."""

    day: date
    "of the digest"
    sections: Mapping[Content, Sequence[Section]]
    "the reader's first, then the digest's, then those of saved searches"


def targets(config: Config, names: Sequence[str]) -> tuple[NotifyConfig, ...]:
    """The targets of these names, or all of config.toml; raises `InputError` where there is none."""
    known = {target.name: target for target in config.notify}
    if not known:
        raise InputError("config.toml names nobody to tell; write a [[notify]] table, see docs/notify.md")
    for name in names:
        if name not in known:
            raise InputError(f"{name[:80]!r} is no target under [[notify]]; there are {', '.join(known)}")
    return tuple(known[name] for name in names) if names else config.notify


def send(library: Recommender, names: Sequence[str], now: datetime) -> Iterator[Outcome]:
    """Tell each target what it has not been told, once a day at most; a failure of one is its outcome alone.

    Raises `InputError` for a name that there is not, `StoreError` where the outbox cannot be written.
    """
    wanted = targets(library.config, names)
    made = _made(library)
    for target in wanted:
        before = library.store.outbox.of(target.name)
        yield _send(library, target, made, before, now)


def preview(library: Recommender, names: Sequence[str], now: datetime) -> Iterator[tuple[NotifyConfig, str]]:
    """What each target would be sent, as text; nothing is sent or noted."""
    wanted = targets(library.config, names)
    made = _made(library)
    for target in wanted:
        before = library.store.outbox.of(target.name)
        found = _news(target, made, before, now.date())
        waits = _waits(target, found, before, now.date())
        if waits:
            yield target, f"nothing would be sent: {waits.detail}"
            continue
        try:
            delivery = delivery_of(library.config, target, found, now)
            yield target, delivery.text
        except InputError as error:
            yield target, f"nothing could be sent: {error}"


def _send(library: Recommender, target: NotifyConfig, made: _Made, before: Sequence[Sending], now: datetime) -> Outcome:
    found = _news(target, made, before, now.date())
    if waits := _waits(target, found, before, now.date()):
        return waits
    outbox, day = library.store.outbox, now.date()
    try:
        delivery = delivery_of(library.config, target, found, now)
    except InputError as error:
        outbox.end(target.name, day, "", now, sent=False, detail=str(error), begun=False)
        return Outcome(target.name, "failed", f"nothing sent: {error}")
    outbox.begin(target.name, day, delivery.content, found.untold, now)
    taken: list[str] = []
    said = ""
    try:
        for number, items in enumerate(delivery.parts):
            said = delivery.send(number) or said
            taken += items
    except DeliveryError as error:
        if error.unsure:
            outbox.leave(target.name, day, delivery.content, now, str(error))
            return Outcome(target.name, "unsure", f"it is not known whether it arrived: {error}; it is sent once more")
        outbox.end(target.name, day, delivery.content, now, sent=False, detail=str(error), items=taken)
        return Outcome(target.name, "failed", f"could not be sent: {error}; the next run tries again")
    outbox.end(target.name, day, delivery.content, now, sent=True, detail=said, items=found.untold)
    if said:
        return Outcome(target.name, "failed", f"sent ({found.counted}), but {said}")
    return Outcome(target.name, "sent", f"sent ({found.counted})")


def _waits(target: NotifyConfig, found: News, before: Sequence[Sending], day: date) -> Outcome | None:
    """Why a target is sent nothing now; None where it is."""
    if day in days_done(before):
        lost = not any(each.state == "sent" for each in before if each.day == day)
        how = "twice begun today, and it is not known whether it arrived" if lost else "sent already today"
        left = f"; {len(found.untold)} more tomorrow" if found.untold and not lost else ""
        return Outcome(target.name, "done", f"{how}{left}")
    last = _last(before)
    if target.when == "weekly" and last and day < last + _WEEK:
        return Outcome(target.name, "done", f"sent on {last}; the next is of {last + _WEEK}")
    if target.when == "news" and not found.untold:
        return Outcome(target.name, "nothing", "nothing new, nothing sent")
    return None


def _news(target: NotifyConfig, made: _Made, before: Sequence[Sending], day: date) -> News:
    """What a target has not been told: of the day of the digest, or of all days since its last message."""
    last = _last(before)
    reach = _WEEK if target.when == "weekly" else timedelta(days=1)
    tried = min((each.day for each in before), default=day)  # what a first message could not tell is not lost
    begins = last + timedelta(days=1) if last else min(tried, made.day) - reach + timedelta(days=1)
    wanted = [section for kind, some in made.sections.items() if kind in target.what for section in some]
    whole = compose(made.day, wanted, duplicates="pointer")
    return news.of(whole.sections, day=day, since=last or begins, told=told(before), begins=min(begins, day))


def _last(before: Sequence[Sending]) -> date | None:
    """Day of the last message that counts as sent."""
    return max(days_done(before), default=None)


# -- what there is to tell ---------------------------------------------------------------------------------------


def _made(library: Recommender) -> _Made:
    made, title = sections.make(library), library.config.profile.title
    mine = [section for section in made.sections if title and section.title == title]
    rest = [section for section in made.sections if section not in mine]
    mine = mine or list(profile.section(library, made.day, title=_FOR_YOU))
    return _Made(made.day, {"profile": mine, "sections": rest, "searches": _searches(library)})


def _searches(library: Recommender) -> tuple[Section, ...]:
    """What is new for saved searches, a section each; a row without `since` is new until it has been told."""
    made = []
    for each in library.store.watches.every():
        with suppress(InputError):  # the model knows no word of it
            made.append(watch.section_of(each.name, each.query, watch.look(library, each).papers))
    return tuple(made)
