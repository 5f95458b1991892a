"""What `recommend info` tells: what is stored, which model and index serve it, how fetching has gone."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from recommender.index import IndexStatus
from recommender.library import Recommender
from recommender.sources.base import SERVICES
from recommender.store import Fetch, Store
from recommender.store.outbox import Sending, days_done


@dataclass(frozen=True, slots=True)
class Info:
    """Facts about a library."""

    folder: Path
    papers: int
    newest: date | None
    encoder: str
    index: IndexStatus
    fetches: "tuple[Health, ...]"
    "last good and last failed fetch of every target, as a whole and by source"
    messages: "tuple[Told, ...]" = ()
    "how sending has gone to everybody who was to be told what is new"

    def record(self) -> dict[str, Any]:
        """The facts as plain values, for JSON."""
        return json.loads(json.dumps(asdict(self), default=str))  # type: ignore[no-any-return]

    def lines(self) -> Iterator[tuple[str, str]]:
        """The facts as a name and a value each, for reading."""
        index = self.index
        yield "folder", str(self.folder)
        yield "papers", f"{self.papers:,}; newest of {self.newest}" if self.papers else "none"
        yield "encoder", self.encoder
        yield "index", f"{index.kind}, {index.detail}; {index.bytes / 1e6:,.1f} MB; {index.pending:,} papers beside it"
        for fetch in self.fetches:
            yield ("" if fetch.source else "fetched"), fetch.line
        for message in self.messages:
            yield "told", message.line


def info(library: Recommender) -> Info:
    """Facts about a library."""
    store = library.store
    return Info(
        folder=store.folder,
        papers=len(store),
        newest=store.papers.newest(),
        encoder=store.vectors.encoder or "none yet",
        index=library.index.status(),
        fetches=tuple(health(store)),
        messages=tuple(_told(store, target) for target in store.outbox.targets()),
    )


@dataclass(frozen=True, slots=True)
class Told:
    """How sending has gone to one target."""

    target: str
    sent: Sending | None
    "the last message that was sent"
    failed: Sending | None
    "the last attempt since, which was not, or of which that is not known"
    given_up: bool = False
    "whether that attempt was the second of which it is not known"

    @property
    def line(self) -> str:
        """For `recommend info`: when it last worked, and when and why it last did not."""
        sent, failed = self.sent, self.failed
        good = f"last sent {sent.at:%Y-%m-%d %H:%M} UTC" if sent else "never sent"
        said = f", but {sent.detail}" if sent and sent.detail else ""
        if failed and failed.state == "sending":
            why = failed.detail or "interrupted"
            left = "not sent again" if self.given_up else "sent once more by the next run"
            return f"{self.target}: {good}{said}; {failed.at:%Y-%m-%d %H:%M} UTC perhaps sent: {why}; {left}"
        bad = f"; NOT SENT {failed.at:%Y-%m-%d %H:%M} UTC: {failed.detail}" if failed else ""
        return f"{self.target}: {good}{said}{bad}"


def _told(store: Store, target: str) -> Told:
    messages = sorted(store.outbox.of(target), key=lambda each: each.at)
    sent = next((each for each in reversed(messages) if each.state == "sent"), None)
    later = [each for each in messages if each.state != "sent" and (sent is None or each.at > sent.at)]
    failed = later[-1] if later else None
    return Told(target, sent, failed, given_up=failed is not None and failed.day in days_done(messages))


@dataclass(frozen=True, slots=True)
class Health:
    """How fetching has gone for one target through one source, or through all (`source` empty)."""

    target: str
    source: str
    good: Fetch | None
    bad: Fetch | None

    @property
    def line(self) -> str:
        """For `recommend info`: when it last worked, and when and why it last did not."""
        good, bad = self.good, self.bad
        worked = f"last good {good.at:%Y-%m-%d %H:%M} UTC" if good else "never fetched"
        through = f" from {good.source}, {good.new} new, {good.revised} revised" if good and not self.source else ""
        failed = f"; last failure {bad.at:%Y-%m-%d %H:%M} UTC: {bad.detail}" if bad else ""
        return f"{f'  {self.source}' if self.source else self.target}: {worked}{through}{failed}"


def health(store: Store) -> Iterator[Health]:
    """Last good and last failed fetch of everything that was ever fetched, as a whole and by source."""
    for target in store.ledger.targets():
        good = store.ledger.last(target, ok=True)
        bad = store.ledger.last(target, ok=False, source="")
        yield Health(target, "", good, bad)
        for source in SERVICES:
            good = store.ledger.last(target, ok=True, source=source)
            bad = store.ledger.last(target, ok=False, source=source)
            if good or bad:
                yield Health(target, source, good, bad)
