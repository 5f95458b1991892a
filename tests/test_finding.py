"""What is named is found: titles, authors, ids, slips, asked of a real store as a user asks."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from bench.loopback.bag_of_words import IDENTITY, encode
from recommender.archives import day_of
from recommender.config import Config
from recommender.config.tables import RankingConfig
from recommender.errors import InputError
from recommender.finding import Kind, NotStoredError, Reading
from recommender.library import Recommender
from recommender.paper import Paper, Scored
from recommender.rank.spelling import correctable, corrections
from recommender.rank.words import evidence, stem
from recommender.store import Filter, Store, mend
from recommender.store.names import Likeness, likeness, name_of

TODAY = date(2026, 3, 3)
LEVINE = "Sergey Levine"
NAMED = (
    Paper("2401.00001", "Attention heads in deep transformers: a survey", "We survey.", ("Ada Lovelace", LEVINE)),
    Paper("2402.00002", "Learning to walk with reinforcement", "Robots walk.", (LEVINE, "Jan van den Berg")),
    Paper("2403.00003", "Learning to walk with springs and gears", "Machines walk.", ("Erdős Pál", "S. Levine")),
    Paper("2404.00004", r"Spin liquid in $\alpha$-RuCl$_3$", "A Kitaev magnet in a field.", ("Wei-Chen Wang",)),
    Paper("2405.00005", r"Thermal Hall effect of $\alpha$-RuCl$_3$", "A Kitaev magnet again.", ("Wei Wang",)),
    Paper("2407.00007", "Walking robots retrieved", "Images of robots.", ("Nikos Efthymiadis",)),
    Paper("2406.00006", "Monte Carlo methods for Ising models", "Sampling spins.", ("Carlo Monte", "Xu Ising")),
)
TOPICS = tuple(
    Paper(
        f"2301.1{number:04}",
        f"Quantum error correction with surface codes, part {number}",
        "Syndromes.",
        ("Q. E. Coder",),
    )
    for number in range(24)
) + tuple(
    Paper(f"2302.1{number:04}", f"Monte Carlo study {number} of the Ising model", "Spins.", ("Ann Other",))
    for number in range(8)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("named")
    with Recommender(Config(folder), write=True, today=TODAY) as writer:
        writer.add([*TOPICS, *NAMED])
        writer.refresh()
    return folder


@pytest.fixture
def library(folder: Path) -> Iterator[Recommender]:
    with Recommender(Config(folder), today=TODAY) as library:
        yield library


def ids(found: Sequence[Scored]) -> list[str]:
    return [scored.paper.id for scored in found]


@pytest.mark.parametrize(
    ("wanted", "stored", "kind"),
    [
        ("Levine", "Sergey Levine", Likeness.SAME),
        ("S. Levine", "Sergey Levine", Likeness.SAME),
        ("Levine, Sergey", "Sergey Levine", Likeness.SAME),
        ("Geoffrey Hinton", "Geoffrey E. Hinton", Likeness.SAME),
        ("van den Berg", "Jan van den Berg", Likeness.SAME),
        ("Berg", "Jan van den Berg", Likeness.SAME),
        ("Paul Erdos", "Paul Erdős", Likeness.SAME),
        ("O\u2019Brien", "Ann O'Brien", Likeness.SAME),
        ("John Smith", "John Smith Jr.", Likeness.SAME),
        ("Maria Garcia", "Maria Jose Garcia", Likeness.SHORTER),
        ("Wei Wang", "Wei-Chen Wang", Likeness.SHORTER),
        ("Sergey Levine", "S. Levine", Likeness.INITIALS),
        ("Lei", "Lei Wang", Likeness.NONE),
        ("Sergey Levine", "Steve Levine", Likeness.NONE),
        ("T. Levine", "Sergey Levine", Likeness.NONE),
    ],
)
def test_names_are_compared_as_people_write_them(wanted: str, stored: str, kind: Likeness) -> None:
    assert likeness(name_of(wanted), name_of(stored)) is kind


@pytest.mark.parametrize("text", ["sergey levine", "Levine, Sergey", "papers by Sergey Levine", "Levine Sergey"])
def test_an_authors_name_lists_their_papers_newest_first(library: Recommender, text: str) -> None:
    found = library.find(text)
    assert ids(found.papers) == ["2402.00002", "2401.00001"]
    assert found.reading == (Reading(Kind.AUTHOR, "author: Sergey Levine, 2 papers", "meaning"),)


def test_the_nearest_name_there_is_decides_whose_papers_are_listed(library: Recommender) -> None:
    assert ids(library.search("Wei Wang")) == ["2405.00005"]
    assert set(ids(library.search("S. Levine"))) == {"2401.00001", "2402.00002", "2403.00003"}


@pytest.mark.parametrize("text", ["Monte Carlo", "Ising", "carlo monte study", "surface codes", "Graph Neural"])
def test_a_topic_is_no_author_though_somebody_is_called_so(library: Recommender, text: str) -> None:
    assert Kind.AUTHOR not in [reading.kind for reading in library.find(text).reading]


@pytest.mark.parametrize(
    "text",
    [
        "Learning to walk with reinforcement",
        "learning to walk with REINFORCEMENT.",
        "learning to walk with reinforcment",
        "learning to walk by Levine",
        "Learning to walk by Sergey Levine and Jan van den Berg",
        "learning walk reinforcement levine",
    ],
)
def test_a_title_whole_nearly_or_by_its_author_comes_first(library: Recommender, text: str) -> None:
    assert ids(library.search(text))[0] == "2402.00002"


@pytest.mark.parametrize(
    "text",
    [
        "2404.00004",
        "arXiv:2404.00004v1",
        "https://arxiv.org/abs/2404.00004",
        "id:2404.00004",
        "(2404.00004)\u2026",
        "\uff12\uff14\uff10\uff14.\uff10\uff10\uff10\uff10\uff14",
        "https://www.semanticscholar.org/search?q=arXiv%3A2404.00004&sort=relevance",
        "https://pages.example.org/papers/2404.00004",
    ],
)
def test_an_id_brings_its_paper_and_then_its_neighbours(library: Recommender, text: str) -> None:
    found = library.find(text, 2)
    assert ids(found.papers) == ["2404.00004", "2405.00005"]
    assert found.reading == (Reading(Kind.ID, "id: 2404.00004, then the papers most like it"),)


@pytest.mark.parametrize(
    "text",
    [
        "2404.00004, 2402.00002",
        "arXiv:2404.00004v1 [cs.RO] and arXiv:2402.00002 [cs.RO]",
        "2404.00004\nhttps://arxiv.org/abs/2402.00002",
        "id:2404.00004,2402.00002",
    ],
)
def test_several_ids_bring_all_their_papers(library: Recommender, text: str) -> None:
    assert ids(library.search(text))[:2] == ["2404.00004", "2402.00002"]


@pytest.mark.parametrize(
    "text",
    [
        "quantum error like 2404.00004",
        "id:2404.00004 quantum error",
        "see https://arxiv.org/abs/2404.00004 on quantum error",
        "[quantum error](https://arxiv.org/abs/2404.00004)",
    ],
)
def test_an_id_among_words_brings_its_paper_and_then_what_the_words_mean(library: Recommender, text: str) -> None:
    found = library.find(text, 30)
    assert ids(found.papers)[0] == "2404.00004"
    assert "Quantum error" in found.papers[2].paper.title
    assert found.reading[0].kind is Kind.ID
    assert "quantum error" in found.reading[0].said
    without = library.find(f"{text} -kitaev", 30)
    assert ids(without.papers)[0] == "2404.00004"
    assert "2405.00005" not in ids(without.papers)


def test_a_number_among_words_that_no_paper_bears_is_a_number(library: Recommender) -> None:
    assert Kind.ID not in [reading.kind for reading in library.find("quantum error at 1412.1234 megahertz").reading]


def test_the_address_of_a_page_about_a_paper_has_its_title(library: Recommender) -> None:
    page = (
        "https://www.semanticscholar.org/paper/Learning-to-walk-with-springs-and-gears-Levine/204e3073870fae3d05bcbc2f"
    )
    assert ids(library.search(page))[0] == "2403.00003"


@pytest.mark.parametrize(
    "text",
    [
        "1501.0001",
        "1412.12345",
        "arXiv:1501.0001 [cs.CV]",
        "https://arxiv.org/abs/1412.12345",
        "hep-th/9913001",
        "zoology/9901001",
        "2404.000041",
        "2404.00004, 1501.0001",
        "id:1501.0001",
        "https://github.com/who/what",
    ],
)
def test_what_looks_like_an_id_and_cannot_be_one_is_refused(library: Recommender, text: str) -> None:
    with pytest.raises(InputError, match=r"is not an arXiv id|names no paper of arXiv"):
        library.search(text)


def test_an_id_that_is_not_stored_is_told(library: Recommender) -> None:
    with pytest.raises(NotStoredError, match=r"2409.99999: not stored") as error:
        library.search("2409.99999")
    assert error.value.ids == ("2409.99999",)
    with pytest.raises(InputError):
        library.search("2413.12345")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("au:Levine walk", {"2402.00002", "2403.00003", "2401.00001"}),
        ("au:Levine -springs walk", {"2402.00002", "2401.00001"}),
        ('au:levine "learning to walk"', {"2402.00002", "2403.00003"}),
        ("ti:springs", {"2403.00003"}),
        ("ti:walk -au:Berg", {"2403.00003"}),
        ('"kitaev magnet" -ti:hall', {"2404.00004"}),
        ("au:lovelace au:levine", {"2401.00001"}),
        ("au:nobody walk", set()),
    ],
)
def test_fields_phrases_and_words_left_out_choose_the_papers(
    library: Recommender, text: str, expected: set[str]
) -> None:
    assert set(ids(library.search(text))) == expected


def test_a_filter_by_author_holds_for_every_name_given(library: Recommender) -> None:
    assert set(ids(library.search("walk", only=Filter(authors=("Levine, S.",))))) == {
        "2401.00001",
        "2402.00002",
        "2403.00003",
    }
    assert ids(library.search("walk", only=Filter(authors=("Levine", "Berg")))) == ["2402.00002"]


def test_slips_are_put_right_and_told(library: Recommender) -> None:
    found = library.find("quantam eror corection surfase codes")
    assert "Quantum error correction" in found.papers[0].paper.title
    assert found.reading[0].said.startswith("read as: quantum error correction surface codes (quantam -> quantum, ")
    exact = library.find("quantam eror corection surfase codes", exact=True)
    assert Kind.CORRECTED not in [reading.kind for reading in exact.reading]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("lerning to walk with springs by Levine", "2403.00003"),
        ("lerning to walk with springs", "2403.00003"),
        ("wuantum error", "2301.1"),
        ("zuantum error", "2301.1"),
    ],
)
def test_what_is_named_is_found_in_spite_of_slips(library: Recommender, typed: str, first: str) -> None:
    assert ids(library.search(typed))[0].startswith(first)


@pytest.mark.parametrize("text", ["Sergey Levine heads survey", "deep heads survey Sergey Levine"])
def test_an_author_among_other_words_keeps_to_their_papers_on_them(library: Recommender, text: str) -> None:
    found = library.find(text)
    assert ids(found.papers) == ["2401.00001", "2402.00002"]
    assert found.reading[0].said.startswith("author: Sergey Levine; on: ")


def test_an_author_who_wrote_nothing_on_the_other_words_keeps_nothing_out(library: Recommender) -> None:
    found = library.find("quantum error Sergey Levine")
    assert "Quantum error" in found.papers[0].paper.title
    assert not [reading for reading in found.reading if "; on: " in reading.said]


def test_a_name_that_has_nothing_to_do_with_the_other_words_is_left_out(library: Recommender) -> None:
    found = library.find("quantum error efthymiadis")
    assert [reading.said for reading in found.reading] == ["unknown here: efthymiadis; left out"]
    assert "Quantum error" in found.papers[0].paper.title


def test_words_that_are_nothing_but_a_name_keep_to_its_bearer(library: Recommender) -> None:
    found = library.find("efthymiadis walk")
    assert ids(found.papers) == ["2407.00007"]
    assert found.reading == (Reading(Kind.AUTHOR, "author: efthymiadis", "meaning"),)
    assert ids(library.search("Efthymiadis")) == ["2407.00007"]


def test_a_word_that_only_the_papers_know_is_explained_by_them(library: Recommender) -> None:
    found = library.find("alpha-RuCl3", 2)
    assert set(ids(found.papers)) == {"2404.00004", "2405.00005"}
    assert found.reading == ()
    assert {scored.like for scored in found.papers} == {""}


def test_a_query_of_unknown_words_says_so_and_shows_low_relevance(library: Recommender) -> None:
    found = library.find("Oberflächencodes asdfghj")
    assert "unknown here: oberflachencodes, asdfghj" in found.reading[0].said
    assert max(scored.relevance for scored in found.papers) <= 20


def test_words_that_no_near_paper_unites_show_low_relevance(tmp_path: Path) -> None:
    nouns = [f"{first}{second}" for first in ("lemon", "violin", "carpet", "volcano") for second in ("", "s")]
    papers = [Paper(f"2403.1{n:04}", f"On the {nouns[n % 8]}, note {n}", "Text.") for n in range(240)]
    with Recommender(Config(tmp_path), write=True, today=TODAY) as library:
        library.add(papers)
        library.refresh()
        scattered = library.find("lemon violin carpet")
        assert [reading.kind for reading in scattered.reading] == [Kind.UNKNOWN]
        assert max(scored.relevance for scored in scattered.papers) <= 20
        assert library.find("lemon note text").reading == ()


@pytest.mark.parametrize(
    "text",
    ["zxcvb qwrtp surface", "wie hxkz und gfrk mit codes", "Oberflächencodes mit Fehlerkorrektur", "plmk kodez"],
)
def test_of_a_query_that_is_mostly_unknown_little_is_shown_and_the_less_is_known_the_lower(
    library: Recommender, text: str
) -> None:
    found = library.find(text, meaning=False)
    assert 1 <= len(found.papers) <= 3
    assert max(scored.relevance for scored in found.papers) <= 20


@pytest.mark.parametrize(
    "text",
    [
        "Learning to walk with reinforcement",
        "learning to walk with reinforcment",
        "learning to walk by Levine",
        "attention heads in deep transformers",
    ],
)
def test_a_title_that_was_asked_for_is_certain_and_told(library: Recommender, text: str) -> None:
    found = library.find(text)
    assert found.papers[0].relevance == 100
    assert Kind.TITLE in [reading.kind for reading in found.reading]


def test_a_title_that_no_paper_by_its_author_has_is_told_to_be_missing(library: Recommender) -> None:
    found = library.find("quantum error correction with surface codes by Sergey Levine")
    assert "none of the stored papers by Sergey Levine" in found.reading[0].said
    assert "Quantum error correction" in found.papers[0].paper.title


def test_what_an_author_wrote_about_something_is_looked_for_among_their_papers(library: Recommender) -> None:
    found = library.find("robots walking and reinforcement of gears by Sergey Levine")
    assert set(ids(found.papers)) == {"2401.00001", "2402.00002"}


def test_by_date_the_latest_of_all_that_are_relevant_enough_come_first(library: Recommender) -> None:
    found = library.find("quantum error correction with surface codes", 3, newest=True).papers
    days = [day_of(scored.paper) for scored in found]
    assert days == sorted(days, reverse=True)
    assert min(scored.relevance for scored in found) >= library.config.ranking.min_relevance
    assert ids(library.find("walk au:Levine", newest=True).papers)[0] == "2403.00003"


def test_what_is_not_relevant_enough_is_left_out(library: Recommender) -> None:
    found = library.find("surface codes", 50, least=50).papers
    assert found
    assert min(scored.relevance for scored in found) >= 50


def test_by_meaning_alone_nothing_is_recognised(library: Recommender) -> None:
    found = library.find("sergey levine", 50, meaning=True)
    assert len(found.papers) == len(TOPICS) + len(NAMED)
    assert found.reading == ()


def test_words_reorder_what_meaning_nominates(folder: Path) -> None:
    query = "springs and gears"
    with Recommender(Config(folder), today=TODAY) as worded:
        assert ids(worded.search(query))[0] == "2403.00003"
    with Recommender(Config(folder, ranking=RankingConfig(words_weight=0.0)), today=TODAY) as plain:
        assert ids(plain.search(query)) == ids(list(plain.find(query, meaning=True).papers))


def test_evidence_grows_with_words_pairs_and_places_in_the_title() -> None:
    texts = {
        "Codes": "nothing",
        "Nothing": "surface code",
        "Nothing else": "a code of the surface",
        "Surface codes": "",
        "x": "y",
    }
    papers = [Paper("1", title, text) for title, text in texts.items()]
    one, both, apart, titled, none = evidence("surface codes", {"surface": 2.0, "code": 2.0}, papers).tolist()
    assert titled > both > apart > one > none == 0


@pytest.mark.parametrize(
    ("word", "stemmed"), [("codes", "code"), ("theories", "theory"), ("mass", "mass"), ("bus", "bus")]
)
def test_plurals_are_one_word(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


def test_a_slip_is_believed_by_distance_and_frequency_only() -> None:
    known = {"quantum": 900, "quanta": 40, "error": 70, "terror": 2, "transformer": 80}
    assert list(corrections("quantam", 0, known)) == ["quantum", "quanta"]
    assert corrections("eror", 0, known) == {"error": 70}
    assert corrections("tarnsfomer", 0, known) == {"transformer": 80}
    assert corrections("quantam", 4, known) == {}
    assert corrections("qubit", 0, known) == {}
    assert [correctable(word) for word in ("quantam", "RuCl3", "CoCoOp", "abc", "Tranformer")] == [
        True,
        False,
        False,
        False,
        True,
    ]


def test_the_words_of_a_paper_change_and_go_with_it(tmp_path: Path) -> None:
    first = Paper("2401.00001", "Old title", "Text.", ("Ada Lovelace",), version=1)
    second = Paper("2401.00001", "Newer name", "Text.", ("Ada Lovelace", "Grace Hopper"), version=2)
    with Store.open(tmp_path, write=True) as store:
        store.add([first], encode, encoder=IDENTITY, today=TODAY)
        assert store.titles.phrase(["old", "title"]).tolist() == [1]
        store.add([second], encode, encoder=IDENTITY, today=TODAY)
        assert store.titles.phrase(["old"]).tolist() == []
        assert store.titles.by_author("Hopper").tolist() == [1]
        assert not mend.mistitled(store.database)
        assert store.titles.frequencies(["newer", "old"]) == {"newer": 1, "old": 0}
        with store.database.transaction() as db:
            db.execute("INSERT INTO titles (rowid, title, authors) VALUES (7, 'stray', '')")
        assert mend.mistitled(store.database)
        assert mend.mend(store.database, TODAY) == ["index of titles and authors made anew"]
        assert not mend.mistitled(store.database)
        store.remove(["2401.00001"])
        assert store.titles.phrase(["newer"]).tolist() == []
        assert store.titles.vocabulary() == {}
