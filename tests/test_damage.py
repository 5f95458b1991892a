"""Whatever one record of papers.db holds, it costs itself: questions go on, `check` names it, `rebuild` mends it."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bench.loopback import bag_of_words
from bench.loopback.bag_of_words import IDENTITY, BagOfWords
from recommender import config
from recommender.errors import StoreError
from recommender.index import Index
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.store import DamagedError, Fetch, Filter, Store
from recommender.verbs import upkeep

TODAY = date(2026, 3, 1)
WORDS = [f"word{number}" for number in range(200)]


def paper(number: int) -> Paper:
    words = np.random.default_rng(number).choice(WORDS, 30)
    return Paper(
        f"2401.{number:05d}",
        f"Title {number}",
        " ".join(words),
        ("Ada Lovelace", "Émile Borel"),
        ("cs.CV", "math.AG"),
        date(2024, 1, 2),
        date(2024, 1, 2),
        1,
        "5 pages",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.open(tmp_path, write=True) as store:
        store.add([paper(number) for number in range(1, 61)], bag_of_words.encode, encoder=IDENTITY, today=TODAY)
        store.ledger.enter(Fetch("Video", "api", datetime(2026, 3, 1, tzinfo=UTC), True, new=3))
        store.ledger.enter(Fetch("Video", "api", datetime(2026, 3, 2, tzinfo=UTC), False, "503"))
        store.memory.set_shown("Video", {"2401.00001": (1, TODAY), "2401.00002": (None, TODAY)})
        store.ledger.set_cursor("oai cs", "2026-03-01")
        Index.open(tmp_path, store)
    return tmp_path


def damage(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "papers.db")) as db, db:
        for statement in statements:
            db.execute(statement)


def faults(folder: Path) -> list[str]:
    return [finding.what for finding in upkeep.check(folder, BagOfWords()) if not finding.ok]


def nearest(folder: Path, number: int, k: int = 10) -> list[int]:
    """Rows near a paper, by a reader; each of them holds a paper."""
    with Store.open(folder) as store:
        rows, _ = Index.open(folder, store).search(bag_of_words.encode([paper(number)])[0], k)
        store.papers.at(rows)
        return list(rows.tolist())


RECORDS = {
    "title": "title = CAST(x'fffe41' AS TEXT)",
    "abstract": "abstract = CAST(x'fffe41' AS TEXT)",
    "comment": "comment = CAST(x'ff' AS TEXT)",
    "number for a text": "comment = x'0042'",
    "broken JSON": "authors = '[\"Ada'",
    "JSON of another shape": "authors = '{\"Ada\": 1}'",
    "authors without names": "authors = '[1, 2]'",
    "half a surrogate pair": "authors = '[\"\\ud800\"]'",
    "no day": "published = '2026-02-31'",
    "day of bytes": "updated = x'00'",
    "no version": "version = 'v2'",
    "negative version": "version = -1",
    "categories": "categories = CAST(x'63ff' AS TEXT)",
}


@pytest.mark.parametrize("change", RECORDS.values(), ids=RECORDS)
def test_a_record_that_cannot_be_read_is_left_out_and_counted_then_mended_and_kept_as_it_was(
    folder: Path, change: str
) -> None:
    before = nearest(folder, 7)
    assert before[0] == 7
    damage(folder, f"UPDATE papers SET {change} WHERE row = 7")
    with Store.open(folder) as store:
        assert store.papers.get(["2401.00007", "2401.00008"]) == {"2401.00008": paper(8)}
        assert store.papers.unreadable == {7}
        with pytest.raises(DamagedError, match=r"in row 7; `recommend check` .* `recommend index --rebuild`"):
            store.papers.at([7])
    assert nearest(folder, 7, 9) == before[1:]
    assert "texts" in faults(folder)
    upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []
    with Store.open(folder) as store:
        mended = store.papers.get(["2401.00007"])["2401.00007"]
        assert (mended.id, mended.title or mended.abstract) != ("", "")
        assert len(store) == 60
    (aside,) = (json.loads(line) for line in next(folder.glob("set-aside-*.jsonl")).read_text().splitlines())
    assert (aside["table"], aside["values"]["id"]) == ("papers", "2401.00007")
    assert "is no" in aside["reason"] or "are no" in aside["reason"]


@pytest.mark.parametrize("change", RECORDS.values(), ids=RECORDS)
def test_such_a_paper_is_whole_again_once_it_is_met_again(folder: Path, change: str) -> None:
    damage(folder, f"UPDATE papers SET {change} WHERE row = 7")
    some = [paper(number) for number in range(5, 70)]
    with Store.open(folder, write=True) as store:
        added = store.add(some, bag_of_words.encode, encoder=IDENTITY, today=TODAY)
        assert (len(added.new), added.revised, added.unchanged) == (9, ("2401.00007",), 55)
        assert store.papers.get(["2401.00007"]) == {"2401.00007": paper(7)}
        assert len(store) == 69
    assert "2401.00007" in next(folder.glob("set-aside-*.jsonl")).read_text()


CHANGES = {
    "a category": "categories = 'cs.CW math.AG'",
    "an author": "authors = '[\"Bda Lovelace\"]'",
    "a day": "published = '2023-01-02', updated = '2023-01-02'",
    "a version": "version = 3",
    "a comment": "comment = '6 pages'",
    "an abstract": "abstract = 'other words'",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_field_changed_behind_our_back_is_found_and_breaks_no_import(folder: Path, change: str) -> None:
    damage(folder, f"UPDATE papers SET {change} WHERE row = 7")
    assert "texts" in faults(folder)
    with Store.open(folder, write=True) as store:
        store.add(
            [replace(paper(number), version=4) for number in range(1, 20)],
            bag_of_words.encode,
            encoder=IDENTITY,
            today=TODAY,
        )
        assert store.papers.get(["2401.00007", "2401.00008"]).keys() == {"2401.00007", "2401.00008"}
    upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []
    with Store.open(folder) as store:
        assert len(store) == len(store.papers.every_row(Filter(("cs",)))) == 60


def test_a_record_without_id_or_text_is_set_aside_and_all_others_live(folder: Path) -> None:
    damage(
        folder,
        "UPDATE papers SET id = CAST(x'ff41' AS TEXT) WHERE row = 7",
        "UPDATE papers SET title = '', abstract = x'' WHERE row = 8",
    )
    upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []
    with Store.open(folder) as store:
        assert len(store) == 58
    aside = next(folder.glob("set-aside-*.jsonl")).read_text().splitlines()
    assert [json.loads(line)["values"]["id"] for line in aside] == [{"hex": "ff41"}, "2401.00008"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE vectors SET vector = x'0102' WHERE row = 7",
        "UPDATE vectors SET vector = 'words' WHERE row = 7",
        "UPDATE vectors SET vector = CAST(x'ff' AS TEXT) WHERE row = 7",
        "UPDATE vectors SET vector = CAST(replace(printf('%0128d', 0), '0', char(127)) AS BLOB) WHERE row = 7",
        "UPDATE vectors SET vector = (SELECT vector FROM vectors WHERE row = 9) WHERE row = 7",
        "DELETE FROM vectors WHERE row = 7",
    ],
    ids=["short", "text", "no text", "NaN", "another's", "none"],
)
@pytest.mark.parametrize("file", [True, False], ids=["indexed", "to be indexed"])
def test_a_vector_that_is_none_is_found_and_made_anew(folder: Path, change: str, file: bool) -> None:
    damage(folder, change)
    if not file:
        (folder / "vectors.faiss").unlink()
    assert set(nearest(folder, 8)) <= set(range(1, 61))
    assert set(faults(folder)) & {"vectors", "counts"}
    upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []
    assert nearest(folder, 7)[0] == 7


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE fetches SET at = 'yesterday' WHERE number = 2",
        "UPDATE fetches SET at = '2026-03-02T00:00:00' WHERE number = 2",
        "UPDATE fetches SET newest = '2026-99-99' WHERE number = 2",
        "UPDATE fetches SET detail = CAST(x'ff' AS TEXT) WHERE number = 2",
        "UPDATE fetches SET new = 'many' WHERE number = 2",
        "UPDATE shown SET day = 'x' WHERE id = '2401.00002'",
        "UPDATE shown SET version = 'x' WHERE id = '2401.00002'",
        "INSERT INTO shown VALUES (CAST(x'fe' AS TEXT), CAST(x'ff' AS TEXT), 1, '2026-03-01')",
        "INSERT INTO marks VALUES ('x', CAST(x'ff' AS TEXT))",
    ],
)
def test_what_was_fetched_or_shown_at_no_time_is_passed_over_and_set_aside(folder: Path, change: str) -> None:
    damage(folder, change)
    with Store.open(folder) as store:
        assert store.ledger.last("Video") is not None
        store.ledger.failing_since("Video")
        assert store.memory.shown("Video")["2401.00001"] == (1, TODAY)
        assert store.memory.sections() == ["Video"]
        assert store.ledger.cursor("x") is None
    assert faults(folder) == ["records"]
    upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []
    assert len(next(folder.glob("set-aside-*.jsonl")).read_text().splitlines()) == 1
    with Store.open(folder) as store:
        assert store.ledger.last("Video", ok=True) == Fetch(
            "Video", "api", datetime(2026, 3, 1, tzinfo=UTC), True, new=3
        )
        assert store.ledger.cursor("oai cs") == "2026-03-01"


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO filed SELECT category, 738000, row FROM filed WHERE row = 7",
        "DELETE FROM filed WHERE row = 7",
        "INSERT INTO filed VALUES (1, 'day', 'row')",
        "INSERT INTO filed VALUES (1, 738000, 'row')",
        "INSERT INTO filed VALUES (1, 9999999999, 7)",
        "UPDATE categories SET name = CAST(x'63ff' AS TEXT) WHERE name = 'cs.CV'",
    ],
)
def test_papers_filed_wrongly_are_found_and_filed_anew(folder: Path, change: str) -> None:
    damage(folder, change)
    with Store.open(folder, write=True) as store:
        assert store.papers.newest() == date(2024, 1, 2)
        assert store.papers.select(Filter(("cs.CV",))) is not None
        store.add([paper(7), paper(99)], bag_of_words.encode, encoder=IDENTITY, today=TODAY)
    assert faults(folder) == ["filters"]
    assert "papers filed anew by category and date" in upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []
    with Store.open(folder) as store:
        assert store.papers.select(Filter(("cs.CV",))).tolist() == list(range(1, 62))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("PRAGMA user_version = 0", "no schema 0"),
        ("PRAGMA user_version = -1", "no schema -1"),
        ("PRAGMA user_version = 2", "already exists"),
        ("PRAGMA application_id = 5", "names another program"),
        ("DROP TABLE shown", "table shown is missing"),
        ("DROP TABLE filed", "table filed is missing"),
        ("DROP TABLE categories", "table categories is missing"),
        ("DROP TABLE vectors", "table vectors is missing"),
    ],
)
def test_a_file_whose_form_is_damaged_is_refused_in_one_line_and_saved_whole(
    folder: Path, change: str, said: str
) -> None:
    damage(folder, change)
    for write in (False, True):
        with pytest.raises(DamagedError, match=rf"is damaged \(.*{said}.*`recommend index --rebuild` saves"):
            Store.open(folder, write=write)
    assert faults(folder) == ["database"]
    assert "papers.db was damaged: 60 papers saved" in upkeep.rebuild(folder, BagOfWords())[0]
    assert faults(folder) == []
    with Store.open(folder) as store:
        assert store.papers.get(paper(number).id for number in range(1, 61)).keys() >= {paper(60).id}
        assert store.papers.get(["2401.00007"]) == {"2401.00007": paper(7)}


@pytest.mark.parametrize("place", [3, 16, 17, 18, 20, 21, 28, 30, 44, 47, 55, 59, 71, 80])
def test_a_bit_of_the_files_head_costs_no_paper(folder: Path, place: int) -> None:
    path = folder / "papers.db"
    data = bytearray(path.read_bytes())
    data[place] ^= 64
    path.write_bytes(data)
    upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []
    with Store.open(folder) as store:
        assert len(store) == 60
        assert store.papers.get(["2401.00007"]) == {"2401.00007": paper(7)}


def test_an_earlier_damaged_file_is_never_written_over(folder: Path) -> None:
    for _ in range(2):
        damage(folder, "DROP TABLE shown")
        upkeep.rebuild(folder, BagOfWords())
    assert {path.name for path in folder.glob("papers.db.damaged*")} == {"papers.db.damaged", "papers.db.damaged.2"}


def test_vectors_of_nobody_knows_which_encoder_are_made_anew(folder: Path) -> None:
    damage(folder, "DELETE FROM meta")
    assert faults(folder) == ["vectors"]
    assert "60 papers embedded anew" in upkeep.rebuild(folder, BagOfWords())
    assert faults(folder) == []


def test_an_engines_state_that_changed_is_not_believed(folder: Path) -> None:
    with Store.open(folder, write=True) as store:
        store.add([paper(number) for number in range(61, 64)], bag_of_words.encode, encoder=IDENTITY, today=TODAY)
    damage(folder, "UPDATE engine_states SET sequence = sequence + 3")
    assert nearest(folder, 62)[0] == 62


def test_a_row_is_never_given_twice_even_where_the_count_of_rows_was_damaged(folder: Path) -> None:
    damage(folder, "UPDATE sqlite_sequence SET seq = 3")
    with Store.open(folder, write=True) as store:
        store.add([paper(61)], bag_of_words.encode, encoder=IDENTITY, today=TODAY)
        assert store.papers.rows(["2401.00061"]) == {"2401.00061": 61}


def test_damaged_vectors_of_a_second_model_are_as_good_as_none(folder: Path) -> None:
    papers = [paper(number) for number in range(1, 6)]
    with Store.open(folder, write=True) as store:
        store.cache.write("second", papers, bag_of_words.encode(papers))
        changes = ("x'01'", "x'0102'", "'words'", "CAST(replace(printf('%0128d', 0), '0', char(127)) AS BLOB)")
        for number, change in enumerate(changes, 1):
            key = store.papers.records([paper(number).id])[0][-1]
            with store.database.transaction() as db:
                db.execute(f"UPDATE second_vectors SET vector = {change} WHERE text_hash = ?", (key,))
        assert list(store.cache.read("second", papers)) == [paper(5).id]


def test_a_set_aside_file_that_cannot_be_written_stops_the_repair_before_anything_is_lost(folder: Path) -> None:
    damage(folder, "UPDATE papers SET id = CAST(x'ff41' AS TEXT) WHERE row = 7")
    (folder / f"set-aside-{date.today()}.jsonl").mkdir()
    with pytest.raises(StoreError, match=r"set-aside-.*cannot be written \(Is a directory\); nothing was changed"):
        upkeep.rebuild(folder, BagOfWords())
    with Store.open(folder) as store:
        assert len(store) == 60


def test_a_reader_that_lives_long_finds_what_others_store_meanwhile(folder: Path) -> None:
    with Store.open(folder) as reader:
        index = Index.open(folder, reader)
        with Store.open(folder, write=True) as writer:
            writer.add([paper(61)], bag_of_words.encode, encoder=IDENTITY, today=TODAY)
        assert index.search(bag_of_words.encode([paper(61)])[0], 1)[0].tolist() == [61]


def test_a_paper_that_its_id_no_longer_leads_to_is_still_compared_by_meaning(
    tmp_path: Path, starter_index: Path
) -> None:
    shutil.copytree(starter_index, tmp_path / "index")
    with Recommender(config.Config(tmp_path)) as library:
        one, other = library.store.papers.at(library.store.papers.every_row()[:2])
        wanted = library.papers([one, other])
        lost = replace(other, id="2401.99999")
        np.testing.assert_allclose(library.papers([one, lost]), wanted, atol=1e-3)
        assert library.papers([]).shape[0] == 0
