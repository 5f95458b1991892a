"""What a reader said of papers is kept in papers.db and in likes.txt; either may be lost, and hands edit the text."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.loopback.bag_of_words import IDENTITY, BagOfWords, encode
from recommender.config import Config, parse
from recommender.errors import ConfigError, InputError
from recommender.fronts.cli import main
from recommender.paper import Paper
from recommender.profile import mirror
from recommender.store import Store, mend, reembed, rescue
from recommender.store.ratings import Rated
from recommender.verbs import ratings

ROOT = Path(__file__).parent.parent
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 12, tzinfo=UTC)
VIDEO = Paper("2401.00001", "Video diffusion", "Moving pictures from noise.", published=date(2024, 1, 2))


def like(store: Store, *ids: str, at: datetime = NOON, name: str = "") -> None:
    ratings.rate(store, ids, "like", name, at)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


def opened(config: Config) -> Store:
    return Store.open(config.resolve("index"), write=True)


def text_of(config: Config) -> str:
    return config.resolve("likes.txt").read_bytes().decode("utf-8")


def edit(config: Config, text: str, at: datetime = LATER) -> None:
    path = config.resolve("likes.txt")
    path.write_bytes(text.encode("utf-8"))
    os.utime(path, (at.timestamp(), at.timestamp()))


def standing(store: Store, name: str = "") -> dict[str, str]:
    return {rated.id: rated.rating for rated in store.ratings.given(name)}


def together(config: Config) -> list[str]:
    with opened(config) as store:
        return ratings.bring_together(store, config, LATER)


def test_a_rating_is_kept_whether_the_paper_is_stored_or_not_and_the_next_fetch_is_to_ask_for_it(
    config: Config,
) -> None:
    with opened(config) as store:
        store.add([VIDEO], encode, encoder=IDENTITY, today=date(2026, 3, 1))
        like(store, "https://arxiv.org/abs/2401.00001v3", "hep-th/9901001")
        assert standing(store) == {"2401.00001": "like", "hep-th/9901001": "like"}
        assert store.ratings.given("")[0].title == "Video diffusion"
        assert store.ratings.waiting(date(2026, 3, 2)) == ["hep-th/9901001"]
        store.ratings.set_asked(["hep-th/9901001"], date(2026, 3, 2))
        assert store.ratings.waiting(date(2026, 3, 3)) == []
        assert store.ratings.waiting(date(2026, 3, 9)) == ["hep-th/9901001"]


def test_a_paper_is_liked_or_disliked_and_beside_that_to_be_read_or_read(config: Config) -> None:
    with opened(config) as store:
        like(store, "2401.00001")
        for rating in ("saved", "dislike", "done"):
            ratings.rate(store, ["2401.00001"], rating, "", NOON)
        assert {rated.rating for rated in store.ratings.given("")} == {"dislike", "done"}
        ratings.rate(store, ["2401.00001"], "", "", LATER)
        assert standing(store) == {}


def test_of_several_papers_all_are_rated_or_none(config: Config) -> None:
    with opened(config) as store:
        with pytest.raises(InputError, match="'nonsense' is not an arXiv id"):
            like(store, "2401.00001", "nonsense")
        assert standing(store) == {}


def test_the_text_is_sorted_and_the_same_for_the_same_ratings(config: Config) -> None:
    with opened(config) as store:
        store.add([VIDEO], encode, encoder=IDENTITY, today=date(2026, 3, 1))
        like(store, "2402.00002", "2401.00001")
        like(store, "2301.00001", name="thesis")
        ratings.rate(store, ["2401.00001"], "saved", "thesis", NOON)
        ratings.bring_together(store, config, NOON)
        first = text_of(config)
        assert first.splitlines()[2:] == [
            "+2401.00001  # Video diffusion",
            "+2402.00002",
            "",
            "[list thesis]",
            "+2301.00001",
            "*2401.00001  # Video diffusion",
        ]
        ratings.bring_together(store, config, NOON)
        assert text_of(config) == first


def test_a_title_is_written_behind_an_id_once_its_paper_is_stored(config: Config) -> None:
    with opened(config) as store:
        like(store, VIDEO.id)
        ratings.bring_together(store, config, NOON)
        assert f"+{VIDEO.id}\n" in text_of(config)
        store.add([VIDEO], encode, encoder=IDENTITY, today=date(2026, 3, 1))
        ratings.bring_together(store, config, NOON)
        assert f"+{VIDEO.id}  # Video diffusion\n" in text_of(config)


def test_either_may_be_lost_and_is_made_from_the_other(config: Config) -> None:
    with opened(config) as store:
        like(store, "2401.00001", "2402.00002")
        like(store, "2301.00001", name="thesis")
        ratings.rate(store, ["2402.00002"], "dislike", "", NOON)
    together(config)
    before = text_of(config)
    config.resolve("likes.txt").unlink()
    together(config)
    assert text_of(config) == before
    edit(config, "")  # as a full disk leaves a file
    together(config)
    assert text_of(config) == before
    for path in config.resolve("index").iterdir():
        path.unlink()
    together(config)
    assert text_of(config) == before
    with opened(config) as store:
        assert standing(store) == {"2401.00001": "like", "2402.00002": "dislike"}
        assert standing(store, "thesis") == {"2301.00001": "like"}


def test_a_row_that_a_damaged_page_took_comes_back_from_the_text(config: Config) -> None:
    with opened(config) as store:
        like(store, "2401.00001", "2402.00002")
        ratings.bring_together(store, config, NOON)
        with store.database.transaction() as db:
            db.execute("DELETE FROM ratings WHERE id = '2401.00001'")
        ratings.bring_together(store, config, NOON)
        assert standing(store) == {"2401.00001": "like", "2402.00002": "like"}


HAND = """\
# my own head

# on video
+2401.00001  # the one with the cats
2405.00005
  - https://arxiv.org/abs/2404.00004 # no more of this
what is this
+2403.00003
# kept for last

[list thesis]   # for chapter two
~hep-th/9901001v2 # read it twice
"""


def test_what_a_hand_wrote_is_taken_over_and_its_comments_stay(config: Config) -> None:
    edit(config, HAND)
    said = together(config)
    assert said == ["likes.txt: line 7: 'what is this' is no rating; expected e.g. +2407.16658"]
    with opened(config) as store:
        assert standing(store) == {
            "2401.00001": "like",
            "2405.00005": "like",
            "2404.00004": "dislike",
            "2403.00003": "like",
        }
        assert standing(store, "thesis") == {"hep-th/9901001": "done"}
        like(store, "2402.00002", at=LATER)
        ratings.rate(store, ["2404.00004"], "like", "", LATER)
        ratings.bring_together(store, config, LATER)
    assert set(HAND.splitlines()) - set(text_of(config).splitlines()) == {
        "  - https://arxiv.org/abs/2404.00004 # no more of this"
    }
    assert "+https://arxiv.org/abs/2404.00004 # no more of this" in text_of(config)
    assert [line for line in text_of(config).splitlines() if line and line[0] in "+2~"] == [
        "+2401.00001  # the one with the cats",
        "+2402.00002",
        "+2403.00003",
        "+https://arxiv.org/abs/2404.00004 # no more of this",
        "2405.00005",
        "~hep-th/9901001v2 # read it twice",
    ]  # sorted by id, the address with them


def test_a_line_deleted_by_hand_takes_the_rating_back(config: Config) -> None:
    with opened(config) as store:
        like(store, "2401.00001", "2402.00002")
        ratings.bring_together(store, config, NOON)
        edit(config, text_of(config).replace("+2401.00001\n", ""))
        ratings.bring_together(store, config, LATER)
        assert standing(store) == {"2402.00002": "like"}


@pytest.mark.parametrize(("edited", "kept"), [(LATER, "dislike"), (datetime(2026, 3, 1, tzinfo=UTC), "done")])
def test_where_both_changed_the_newer_counts_and_it_is_said(config: Config, edited: datetime, kept: str) -> None:
    with opened(config) as store:
        like(store, "2401.00001")
        ratings.bring_together(store, config, NOON)
        edit(config, text_of(config).replace("+", "-"), edited)
        ratings.rate(store, ["2401.00001"], "", "", NOON)
        said = ratings.bring_together(store, config, LATER)
        assert standing(store) == ({"2401.00001": "dislike"} if kept == "dislike" else {})
        newer, older = ("dislike", "no rating") if kept == "dislike" else ("no rating", "dislike")
        assert said == [
            f"2401.00001: {newer} counts, being newer than {older} (likes.txt and papers.db differ)",
        ]
        assert ("2401.00001" in text_of(config)) == (kept == "dislike")


def test_of_two_lines_that_contradict_the_later_counts_and_the_other_stays_as_a_comment(config: Config) -> None:
    edit(config, "+2401.00001 # a\n-2401.00001 # b\n")
    assert "rated otherwise above" in together(config)[0]
    assert text_of(config) == "# +2401.00001 # a\n-2401.00001 # b\n"
    assert together(config) == []


def test_line_ends_of_windows_and_a_byte_order_mark_are_read(config: Config) -> None:
    edit(config, "\ufeff+2401.00001\r\n\r\n[thesis]\r\n-2402.00002\r\n")
    together(config)
    with opened(config) as store:
        assert (standing(store), standing(store, "thesis")) == ({"2401.00001": "like"}, {"2402.00002": "dislike"})
        like(store, "2403.00003", at=LATER)
    together(config)
    assert text_of(config) == "+2401.00001\r\n+2403.00003\r\n\r\n[thesis]\r\n-2402.00002\r\n"


def test_a_text_of_no_archive_keeps_its_abstract_in_both(config: Config) -> None:
    key = mirror.text_key("A Paper of a Journal")
    assert key == mirror.text_key("a paper, of a journal.")
    with opened(config) as store:
        store.ratings.enter([Rated("", key, "opinion", "like", NOON, "x.bib", "A Paper of a Journal", "On video.")])
    together(config)
    for path in config.resolve("index").iterdir():
        path.unlink()
    together(config)
    with opened(config) as store:
        (rated,) = store.ratings.given("")
        assert (rated.id, rated.title, rated.abstract) == (key, "A Paper of a Journal", "On video.")


def test_a_text_file_that_cannot_be_read_stops_no_rating_and_is_left_alone(home: Path) -> None:
    (home / "likes.txt").write_bytes(b"+2401.00001 # caf\xe9\n")
    done = recommend("like", "2407.16658")
    assert done.exit_code == 0
    assert "likes.txt: is not UTF-8 text" in done.stderr
    assert (home / "likes.txt").read_bytes() == b"+2401.00001 # caf\xe9\n"
    assert "+2407.16658" in recommend("profile", "show").stdout


def test_ratings_survive_a_rebuild_and_a_rescue(config: Config) -> None:
    folder = config.resolve("index")
    with opened(config) as store:
        store.add([VIDEO], encode, encoder=IDENTITY, today=date(2026, 3, 1))
        like(store, "2401.00001", "2402.00002")
        store.ratings.set_recommended("", ["2403.00003"], date(2026, 3, 1))
        other = BagOfWords(turned=True)
        reembed.reembed(store.database, other.encode_documents, encoder=other.identity, progress=lambda *_, **__: None)
        store.remove(["2401.00001"])
        assert standing(store) == {"2401.00001": "like", "2402.00002": "like"}
    rescue.rescue(folder, date(2026, 3, 2))
    with opened(config) as store:
        assert standing(store) == {"2401.00001": "like", "2402.00002": "like"}
        assert store.ratings.recommended("") == {"2403.00003": date(2026, 3, 1)}


def test_ratings_are_saved_of_a_damaged_file_without_papers(config: Config) -> None:
    folder = config.resolve("index")
    with opened(config) as store:
        like(store, "2401.00001")
    assert rescue.rescue(folder, date(2026, 3, 2))[0] == 0
    with opened(config) as store:
        assert standing(store) == {"2401.00001": "like"}


def test_a_rating_that_cannot_be_read_is_told_and_set_aside_and_the_others_stay(config: Config) -> None:
    with opened(config) as store:
        like(store, "2401.00001", "2402.00002")
        store.ratings.set_recommended("", ["2403.00003", "2404.00004"], date(2026, 3, 1))
        with store.database.transaction() as db:
            db.execute("UPDATE ratings SET at = '2026-03-0X' WHERE id = '2401.00001'")
            db.execute("UPDATE recommended SET day = 7 WHERE id = '2403.00003'")
        assert standing(store) == {"2402.00002": "like"}
        assert store.ratings.recommended("") == {"2404.00004": date(2026, 3, 1)}
        assert len(mend.unreadable(store.database, "ratings")) == 1
        told = mend.mend(store.database, date(2026, 3, 2))
        assert told[0] == "2 other records could not be read"
        kept = Path(told[1].rpartition(" in ")[2]).read_text(encoding="utf-8")
        assert "2401.00001" in kept
        assert "2403.00003" in kept
        assert mend.unreadable(store.database, "ratings") == mend.unreadable(store.database, "recommended") == []
        assert standing(store) == {"2402.00002": "like"}


def test_likes_are_not_written_through_a_link_out_of_the_folder(config: Config, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}.mine"
    outside.write_text("", encoding="utf-8")
    config.resolve("likes.txt").symlink_to(outside)
    with opened(config) as store:
        like(store, "2401.00001")
        with pytest.raises(InputError, match="is a link out of"):
            ratings.bring_together(store, config, LATER)
        assert standing(store) == {"2401.00001": "like"}
    assert outside.read_text(encoding="utf-8") == ""


def test_kills_while_rating_lose_no_acknowledged_rating_and_leave_the_text_whole(config: Config) -> None:
    program = f"""
import itertools
from datetime import UTC, datetime
from pathlib import Path
from recommender.config import Config
from recommender.store import Store
from recommender.verbs import ratings
config = Config(Path({str(config.folder)!r}))
with Store.open(config.resolve("index"), write=True) as store:
    for number in itertools.count(len(store.ratings.every())):
        ratings.rate(store, [f"2401.{{number:05d}}"], "like", "", datetime.now(UTC))
        print(number, flush=True)
        ratings.bring_together(store, config, datetime.now(UTC))
"""
    last = -1
    for round_ in range(4):
        with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout
            for _ in range(5 + 3 * round_):
                last = int(child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read().split()
        last = max([last, *(int(number) for number in rest)])
        with opened(config) as store:
            kept = set(standing(store))
            assert {f"2401.{number:05d}" for number in range(last + 1)} <= kept
            ratings.bring_together(store, config, datetime.now(UTC))
        assert {line[1:] for line in text_of(config).splitlines() if line[:1] == "+"} == kept


def test_a_file_of_a_schema_without_ratings_gets_them(tmp_path: Path) -> None:
    Store.open(tmp_path, write=True).close()
    with sqlite3.connect(tmp_path / "papers.db") as db:
        assert db.execute("SELECT count(*) FROM ratings").fetchone() == (0,)


def test_a_title_of_the_readers_section_cannot_be_another_sections(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="titles must differ"):
        parse({"sections": [{"title": "For you"}], "profile": {"title": "For you"}}, folder=tmp_path)


# -- from the shell --------------------------------------------------------------------------------------------


def recommend(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin)


def test_a_like_in_an_empty_library_says_what_fills_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text('[[sections]]\ntitle = "Codes"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "not stored yet; a first `recommend search` fills" in recommend("like", "2407.16658").stdout


def test_the_shell_says_what_it_rated(home: Path) -> None:
    assert recommend("like", "2407.16658").stdout.startswith("liked 2407.16658: EgoCVR")
    assert recommend("like", "2407.16658v1").stdout.startswith("liked already 2407.16658")
    assert "not stored yet; the next fetch asks" in recommend("save", "hep-th/9901001", "--list", "thesis").stdout
    assert recommend("saved", "--list", "thesis").stdout == "*hep-th/9901001    (not stored yet)\n"
    assert recommend("done", "hep-th/9901001", "--list", "thesis").exit_code == 0
    assert recommend("saved", "--list", "thesis").stdout == ""
    shown = recommend("profile", "show").stdout
    assert "your list: 1 liked, 0 disliked" in shown
    assert "the list 'thesis': 0 liked, 0 disliked, 0 to be read, 1 read" in shown
    assert recommend("forget", "2407.16658").exit_code == 0
    gone = recommend("forget", "2407.16658")
    assert (gone.exit_code, gone.stderr) == (
        1,
        "recommend: 2407.16658: not rated in your list; nothing to forget\n",
    )


def test_a_list_must_have_a_name_that_the_text_can_hold(home: Path) -> None:
    bad = recommend("like", "2407.16658", "--list", "a]b")
    assert bad.exit_code == 1
    assert "cannot name a list" in bad.stderr


def test_clearing_asks_first_and_leaves_other_lists(home: Path) -> None:
    recommend("like", "2407.16658")
    recommend("like", "2407.16658", "--list", "thesis")
    assert recommend("profile", "clear", stdin="n\n").exit_code == 1
    assert "your list: 1 liked" in recommend("profile", "show").stdout
    assert recommend("profile", "clear", "--yes").stdout == "forgot 1 ratings\n"
    assert recommend("profile", "show").stdout.startswith("the list 'thesis': 1 liked")


def test_liking_from_the_shell_loads_neither_model_nor_index(home: Path) -> None:
    program = (
        "import sys\nfrom recommender.fronts.cli import main\n"
        "try:\n    main(['like', '2407.16658'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=home, capture_output=True, text=True, check=True)
    assert {"faiss", "tokenizers", "torch", "pybtex", "rispy"} & set(run.stderr.split()) == set()
