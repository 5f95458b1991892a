"""Ratings given, taken back, listed and kept as text: the library's memory of what its readers think."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from recommender import archives
from recommender.config import Config
from recommender.errors import InputError
from recommender.paper import Paper, clean
from recommender.profile import mirror
from recommender.progress import Say
from recommender.store import Store
from recommender.store.ratings import DEFAULT_LIST, KINDS, TEXT, Rated, Rating
from recommender.text_files import read_text, write_text

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of one rating."""

    rated: Rated
    changed: bool
    "False: the list said so already"
    stored: bool
    "whether the paper is here; otherwise the next fetch asks for it"
    empty: bool = False
    "whether no paper is here: the first search fills a library with the starter papers"


def list_name(text: str) -> str:
    """A list's name as it is kept; raises `InputError` for one that a text file could not hold."""
    name = clean(text)
    if len(name) > _LONGEST_NAME or set(name) & set("[]#") or (text and not name):
        raise InputError(
            f"{text[:80]!r} cannot name a list; choose at most {_LONGEST_NAME} characters without [, ] and #"
        )
    return name


def said_list(name: str) -> str:
    """How a list is named to a reader."""
    return f"the list {name!r}" if name != DEFAULT_LIST else "your list"


def path_of(config: Config) -> Path | None:
    """The text file that mirrors the ratings; None where config.toml wants none."""
    return config.resolve(config.profile.file) if config.profile.file else None


def bring_together(store: Store, config: Config, now: datetime) -> list[str]:
    """Take over what was changed in the text file by hand, and write there what papers.db has; what is to be said.

    Raises `InputError` where the file cannot be read or written: the ratings in papers.db are kept all the same.
    """
    path = path_of(config)
    if path is None:
        return []
    text, merged = _merged(store, path, now)
    store.ratings.enter(merged.to_store)
    _name(store, merged.mirror)
    rendered = merged.mirror.render()
    if rendered != text and (text.strip() or merged.mirror.entries):
        write_text(path, rendered, within=config.bounds(config.profile.file))
    store.ratings.set_mirrored(merged.mirrored.items())
    return [*(f"{path.name}: {fault}" for fault in merged.mirror.faults), *merged.said]


def together(store: Store, config: Config, now: datetime, note: Say) -> None:
    """Bring papers.db and the text file together; a file that cannot be used is told, the ratings stay in papers.db."""
    try:
        for line in bring_together(store, config, now):
            note(line)
    except InputError as error:
        note(f"{error}; the ratings are kept in {store.database.path}")


def _name(store: Store, known: mirror.Mirror) -> None:
    """Write titles behind ids that were rated before their papers were stored."""
    bare = {key: entry for key, entry in known.entries.items() if not entry.title and "#" not in entry.line}
    papers = store.papers.get(paper_id for _, paper_id, _ in bare)
    for key, entry in bare.items():
        if paper := papers.get(key[1]):
            known.entries[key] = replace(entry, line=f"{entry.line}  # {paper.title}", title=paper.title)


def is_together(store: Store, config: Config, now: datetime) -> bool:
    """Whether the text file holds nothing that papers.db does not know, nor the other way round."""
    path = path_of(config)
    if path is None:
        return True
    _, merged = _merged(store, path, now)
    return not merged.to_store and not merged.mirrored


def _merged(store: Store, path: Path, now: datetime) -> tuple[str, mirror.Merged]:
    text = read_text(path)
    known = mirror.read(text) if text.strip() else None
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC) if known else now
    return text, mirror.merge(store.ratings.every(), known, changed, path.name)


def rate(
    store: Store, texts: Sequence[str], rating: Rating | Literal[""], name: str, now: datetime, source: str = "shell"
) -> list[Noted]:
    """Rate papers in a list, by id or address, or with "" take back all that it says of them.

    All or none: raises `InputError` for a text that is no id, before anything is rated.
    """
    ids = list(dict.fromkeys(_id(text) for text in texts))
    known, papers, empty = store.ratings.about(name, ids), store.papers.get(ids), not len(store)
    noted: list[Noted] = []
    for paper_id in ids:
        paper = papers.get(paper_id)
        title = paper.title if paper else ""
        kinds = [kind for (about, kind), old in known.items() if about == paper_id and old.rating]
        for kind in [KINDS[rating]] if rating else kinds or [KINDS["like"]]:
            old = known.get((paper_id, kind))
            fresh = Rated(name, paper_id, kind, rating, now, source, title or (old.title if old else ""))
            changed = (old.rating if old else "") != rating
            noted.append(Noted(fresh, changed, paper is not None or paper_id.startswith(TEXT), empty))
    store.ratings.enter(each.rated for each in noted if each.changed)
    if not rating and not any(each.changed for each in noted):
        raise InputError(f"{', '.join(ids)}: not rated in {said_list(name)}; nothing to forget")
    return noted


def take_back(store: Store, paper_id: str, rating: Rating, name: str, now: datetime, source: str = "shell") -> bool:
    """Take back one rating of a paper and leave what else was said of it; whether the list said so."""
    old = store.ratings.about(name, [paper_id]).get((paper_id, KINDS[rating]))
    if old is None or old.rating != rating:
        return False
    store.ratings.enter([replace(old, rating="", at=now, source=source)])
    return True


def clear(store: Store, name: str, now: datetime) -> int:
    """Take back all ratings of a list; returns how many."""
    standing = store.ratings.given(name)
    store.ratings.enter(replace(rated, rating="", at=now, source="shell") for rated in standing)
    return len(standing)


def as_papers(store: Store, rated: Sequence[Rated]) -> list[Paper]:
    """Rated papers with all that is known of them: as stored, or the title and abstract that came with the rating."""
    stored = store.papers.get(each.id for each in rated)
    return [stored.get(each.id) or Paper(each.id, each.title, each.abstract) for each in rated]


def _id(text: str) -> str:
    if text.startswith(TEXT):
        return text
    return archives.parse(text).id
