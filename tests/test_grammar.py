"""What people type by habit, taken apart: the grammar of queries, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.rank.grammar import Query, parse
from recommender.terms import terms


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("kagome magnets", Query("kagome magnets")),
        ("ti:surface au:Gidney decoders", Query("decoders", titles=("surface",), authors=("Gidney",))),
        ('au:"Sergey Levine" robots', Query("robots", authors=("Sergey Levine",))),
        ("au:del_maestro AND ti:checkerboard", Query(authors=("del maestro",), titles=("checkerboard",))),
        ("au:levine_s", Query(authors=("s levine",))),
        ("cat:cs.CV,cs.LG pose", Query("pose", categories=("cs.CV", "cs.LG"))),
        ('"surface code" decoding', Query("surface code decoding", phrases=("surface code",))),
        ("\u201csurface code\u201d", Query("surface code", phrases=("surface code",))),
        ("lasers -fibre", Query("lasers", without=("fibre",))),
        ('lasers -"fibre optics" NOT diode', Query("lasers", without=("fibre optics", "diode"))),
        (
            "-ti:survey -au:Wang -cat:math x",
            Query("x", without_titles=("survey",), without_authors=("Wang",), without_categories=("math",)),
        ),
        ("id:2407.16658", Query(ids=("2407.16658",))),
        ("id:2407.16658,2411.02571 pose", Query("pose", ids=("2407.16658", "2411.02571"))),
        ("abs:entropy TI:black", Query("entropy", phrases=("entropy",), titles=("black",))),
        ('an open "quote', Query("an open quote")),
        ("spin -1/2 chains - and x-ray", Query("spin -1/2 chains - and x-ray")),
        ("title: a pasted line", Query("title: a pasted line")),
        ("re:zero", Query("re:zero")),
        ('""', Query()),
    ],
)
def test_a_query_is_taken_apart(text: str, query: Query) -> None:
    assert parse(text) == query


@given(st.text())
def test_nothing_that_can_be_typed_is_an_error(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"$\alpha$-RuCl$_3$", "alpha rucl3"),
        ("\u03b1-RuCl\u2083", "alpha rucl3"),
        (r"Erd\H{o}s, G\"odel and M\"{u}ller", "erdos godel and muller"),
        ("ERDŐS Łukasz Ørsted Straße", "erdos lukasz orsted strasse"),
        ("O'Brien\u2019s cat", "obrien cat"),
        (r"{\it Kepler} $\mathcal{N}=4$", "kepler n 4"),
    ],
)
def test_words_are_folded_and_latex_is_read(text: str, words: str) -> None:
    assert " ".join(terms(text)) == words
