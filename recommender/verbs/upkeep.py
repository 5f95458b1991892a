"""Looking after the store and the index: what is wrong with them, and making right what can be made right."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from recommender.embed import Encoder
from recommender.index import Index
from recommender.progress import Progress, silent
from recommender.store import Store, mend, reembed, rescue
from recommender.store.faults import DamagedError

_SAMPLE = 200
"papers whose text is embedded again to see whether their vector is of it"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str


def check(folder: Path, encoder: Encoder) -> Iterator[Finding]:
    """Look at everything: the database's structure, every record and vector, counts, the index file's checksums."""
    try:
        store = Store.open(folder)
    except DamagedError as error:
        yield Finding("database", False, str(error))
        return
    with closing(store):
        try:
            yield from _database(store)
            yield _vectors(store, encoder)
        except DamagedError as error:
            yield Finding("database", False, str(error))
            return
        yield _index(folder, store)


def _database(store: Store) -> Iterator[Finding]:
    database = store.database
    faults = [str(line) for (line,) in database.query("PRAGMA integrity_check(5)") if line != "ok"]
    yield Finding("database", not faults, "; ".join(faults) or "SQLite finds no fault")
    papers = len(store)
    yield _texts(store, papers)
    small = {table: len(mend.unreadable(database, table)) for table in mend.TABLES}
    bad = ", ".join(f"{count:,} of {table}" for table, count in small.items() if count)
    yield Finding("records", not bad, f"{bad or 'all'} can{'not' if bad else ''} be read")
    vectors = "SELECT count(*) FROM papers JOIN vectors USING (row) WHERE vector IS NOT NULL"
    with_vectors = database.query(vectors)[0][0]
    yield Finding("counts", with_vectors == papers, f"{with_vectors:,} of {papers:,} papers have a vector")
    filed = not mend.misfiled(database)
    said = "every paper is" if filed else "some papers are not"
    yield Finding("filters", filed, f"{said} filed under its categories and day")
    titled = not mend.mistitled(database)
    said = "every paper is" if titled else "some papers are not"
    yield Finding("titles", titled, f"{said} found by the words of its title and authors")


def _texts(store: Store, papers: int) -> Finding:
    unreadable, changed = 0, 0
    for fault in mend.papers(store.database):
        unreadable += bool(fault.reason)
        changed += not (fault.reason or fault.unsealed)
    said = f"{papers:,} papers, {unreadable:,} that cannot be read as they are, {changed:,} not as they were written"
    return Finding("texts", not unreadable and not changed, said)


def _vectors(store: Store, encoder: Encoder) -> Finding:
    if faulty := len(store.vectors.faulty()):
        return Finding("vectors", False, f"{faulty:,} are not as they were written")
    if _of_another_encoder(store, encoder):
        return Finding("vectors", False, f"are of {store.vectors.encoder}, config.toml names {encoder.identity}")
    every = np.concatenate([np.empty(0, np.int64), *(rows for rows, _, _ in store.vectors.changes())])
    papers = store.papers.readable(np.random.default_rng(0).permutation(every)[:_SAMPLE])
    if not papers:
        return Finding("vectors", True, "there are none")
    again = encoder.encode_documents(list(papers.values()))
    cosines = (store.vectors.at(list(papers)) * again).sum(axis=1)
    wrong = int(((cosines < 0.999) & again.any(axis=1)).sum())
    return Finding("vectors", not wrong, f"{len(papers)} texts embedded again, {wrong} of them far from their vector")


def _of_another_encoder(store: Store, encoder: Encoder) -> bool:
    """Whether the vectors are another encoder's, or nobody knows whose."""
    return store.vectors.encoder != encoder.identity and store.vectors.sequence > 0


def _index(folder: Path, store: Store) -> Finding:
    sound, detail = Index.closed(folder, store).verify()
    return Finding("index", sound, detail)


def catch_up(folder: Path, encoder: Encoder) -> list[str]:
    """Make a damaged index file anew, fold in what waits beside a sound one if that is due; what there is then."""
    with Store.open(folder, write=True) as store:
        store.vectors.require(encoder.identity)
        index = Index.closed(folder, store, encoder.encode_queries)
        sound, _ = index.verify()
        if sound:
            index.refresh()
        else:
            index.rebuild()
        status = index.status()
    made = [] if sound else ["vectors.faiss was damaged and is made anew"]
    return [*made, f"index of {status.vectors:,} papers: {status.kind}, {status.pending:,} beside it"]


def rebuild(folder: Path, encoder: Encoder, progress: Progress = silent) -> list[str]:
    """Repair what is damaged, embed what is missing or another encoder's, and make the index anew; what was done."""
    done, today = [], date.today()
    if rescue.is_damaged(folder):
        saved, kept = rescue.rescue(folder, today)
        done.append(f"papers.db was damaged: {saved:,} papers saved, the old file is {kept.name}")
    with Store.open(folder, write=True) as store:
        done += mend.mend(store.database, today)
        if _of_another_encoder(store, encoder):
            count = reembed.reembed(
                store.database, encoder.encode_documents, encoder=encoder.identity, progress=progress
            )
            done.append(f"{count:,} papers embedded anew")
        elif count := reembed.embed_missing(
            store.database, encoder.encode_documents, encoder=encoder.identity, progress=progress
        ):
            done.append(f"{count:,} papers embedded whose vector was missing, damaged or of another text")
        index = Index.closed(folder, store, encoder.encode_queries)
        index.rebuild()
        status = index.status()
        done.append(f"index of {status.vectors:,} papers made: {status.kind}")
    return done
