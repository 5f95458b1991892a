"""Replies damaged at random: each is read as sound papers, or refused; `python -m bench.hostile replies` does more."""

import json
import time
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.loopback.mutations import HOSTILE, TODAY, good_replies, mutated
from recommender import archives
from recommender.errors import FetchError, InputError
from recommender.paper import Paper
from recommender.sources.authors import split_authors
from recommender.sources.base import AnswerError
from recommender.sources.records import paper_of

REPLIES = good_replies()


def papers_in(found: object) -> tuple[Paper, ...]:
    """The papers of whatever a reader gives."""
    while isinstance(found, tuple):
        found = found[0]
    return tuple(getattr(found, "papers"))  # noqa: B009 - a page or a batch


@pytest.mark.parametrize("seed", range(100))
def test_a_damaged_reply_is_sound_papers_or_an_error_in_words(seed: int) -> None:
    random = Random(seed)
    body, read = random.choice(REPLIES)
    begun = time.perf_counter()
    papers: tuple[Paper, ...] = ()
    with suppress(FetchError):
        papers = papers_in(read(mutated(body, random)))
    assert all(archives.flaw(paper, TODAY) == "" and paper.abstract for paper in papers)
    assert all(not set(name) & set(" \n") for paper in papers for name in paper.categories)
    assert time.perf_counter() - begun < 5


@settings(max_examples=50, deadline=None, derandomize=True)
@given(body=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))))
def test_bytes_that_are_no_reply_are_refused(body: bytes) -> None:
    for _, read in REPLIES:
        with pytest.raises(AnswerError):
            read(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("authors", "author", "categories", "tags", "version", "versions", "published", "updated", "comment", "title")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(fields=st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_a_record_of_any_values_is_a_paper_or_an_error_in_words(fields: dict[str, object]) -> None:
    record = {"id": "2407.16658", "title": "T", "abstract": "A"} | fields
    with suppress(InputError):
        assert paper_of(json.dumps(record)).id == "2407.16658"


LINES = [*(text.decode("utf-8", "replace") for text in HOSTILE), "(" * 20_000, "(a)" * 20_000, "a and " * 20_000]


@pytest.mark.parametrize("text", LINES)
def test_names_are_taken_apart_in_time_linear_in_the_line(text: str) -> None:
    begun = time.perf_counter()
    split_authors(text)
    assert time.perf_counter() - begun < 1
