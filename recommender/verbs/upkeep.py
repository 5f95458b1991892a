"""Looking after the store and the index: what is wrong with them, and making right what can be made right."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.embed import Encoder
from recommender.errors import StoreError
from recommender.index import Index
from recommender.progress import Progress, silent
from recommender.store import Store, reembed, rescue
from recommender.store.encoding import paper_of, text_hash
from recommender.store.schema import DamagedError

_SAMPLE = 200
"papers whose text is embedded again to see whether their vector is of it"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str


def check(folder: Path, encoder: Encoder) -> Iterator[Finding]:
    """Look at everything: the database's structure, text, counts and vectors, and the index file's checksum."""
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
    faults = [line for (line,) in store.database.query("PRAGMA integrity_check(5)") if line != "ok"]
    yield Finding("database", not faults, "; ".join(faults) or "SQLite finds no fault")
    papers = len(store)
    bad = sum(text_hash(paper_of(record[1:])) != record[-1] for record in store.papers.every_record())
    yield Finding("texts", not bad, f"{papers:,} papers, {bad:,} of them not as they were embedded")
    with_vectors = store.database.query(
        "SELECT count(*) FROM papers JOIN vectors USING (row) WHERE vector IS NOT NULL"
    )[0][0]
    yield Finding("counts", with_vectors == papers, f"{with_vectors:,} of {papers:,} papers have a vector")
    filed = len(store.papers.every_row())
    yield Finding("filters", filed == papers, f"{filed:,} of {papers:,} papers can be found by category and date")


def _vectors(store: Store, encoder: Encoder) -> Finding:
    widths = store.database.query("SELECT DISTINCT length(vector) FROM vectors WHERE vector IS NOT NULL")
    if len(widths) > 1:
        return Finding("vectors", False, f"are of {len(widths)} different lengths")
    crooked = sum(int(reembed.not_unit(vectors).sum()) for _, vectors, _ in store.vectors.changes())
    if crooked:
        return Finding("vectors", False, f"{crooked:,} are not of length 1")
    if store.vectors.encoder not in (None, encoder.identity):
        return Finding("vectors", False, f"are of {store.vectors.encoder}, config.toml names {encoder.identity}")
    rows = np.random.default_rng(0).permutation(store.papers.every_row())[:_SAMPLE]
    again = encoder.encode_documents(store.papers.at(rows)) if len(rows) else np.empty((0, 0), np.float32)
    cosines = (store.vectors.at(rows) * again).sum(axis=1)
    wrong = int((cosines < 0.999).sum())
    return Finding("vectors", not wrong, f"{len(rows)} texts embedded again, {wrong} of them far from their vector")


def _index(folder: Path, store: Store) -> Finding:
    sound, detail = Index.closed(folder, store).verify()
    return Finding("index", sound, detail)


def catch_up(folder: Path, encoder: Encoder) -> list[str]:
    """Fold into the index what waits beside it, if that is due; what there is then."""
    with Store.open(folder, write=True) as store:
        status = Index.open(folder, store, encoder.encode_queries).status()
    return [f"index of {status.vectors:,} papers: {status.kind}, {status.pending:,} beside it"]


def rebuild(folder: Path, encoder: Encoder, progress: Progress = silent) -> list[str]:
    """Repair what is damaged, embed what is missing or another encoder's, and make the index anew; what was done."""
    done = []
    if rescue.is_damaged(folder):
        done.append(f"papers.db was damaged: {rescue.rescue(folder):,} papers saved, the old file is papers.db.damaged")
    with Store.open(folder, write=True) as store:
        if store.vectors.encoder not in (None, encoder.identity):
            count = reembed.reembed(
                store.database, encoder.encode_documents, encoder=encoder.identity, progress=progress
            )
            done.append(f"{count:,} papers embedded anew")
        elif count := reembed.embed_missing(
            store.database, encoder.encode_documents, encoder=encoder.identity, progress=progress
        ):
            done.append(f"{count:,} papers embedded whose vector was missing, damaged or of another text")
        store.titles.rebuild()
        index = Index.closed(folder, store, encoder.encode_queries)
        index.rebuild()
        status = index.status()
        if len(store) and not status.bytes:
            raise StoreError(f"{folder}: the index cannot be written; free some space and run again")
        done.append(f"index of {status.vectors:,} papers made: {status.kind}")
    return done
