"""The digest's place in a file that belongs to somebody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.digest.markers import BEGIN, END, bytes_outside, splice
from recommender.errors import InputError

BLOCK = f"{BEGIN}\nnew\n{END}\n"
OLD = f"{BEGIN}\nold\n\nolder\n{END}\n"


def test_what_stands_between_the_markers_is_replaced_and_nothing_else() -> None:
    assert splice(f"# Mine\n\n{OLD}\nMore of mine  \n", BLOCK) == f"# Mine\n\n{BLOCK}\nMore of mine  \n"


@pytest.mark.parametrize("readme", ["# Mine", "# Mine\n", "# Mine\n\n", "\ufeff# Mine\n"])
def test_markers_are_added_at_the_end_where_there_are_none(readme: str) -> None:
    assert splice(readme, BLOCK) == readme.rstrip("\n") + f"\n\n{BLOCK}"


def test_an_empty_or_missing_file_gets_a_heading() -> None:
    assert splice("", BLOCK) == f"# Papers\n\n{BLOCK}"


@given(st.text(alphabet="a\n \ufeff`~#é"), st.text(alphabet="a\n é"))
def test_a_second_time_changes_nothing(before: str, after: str) -> None:
    once = splice(before, BLOCK)
    assert splice(once + after, BLOCK) == once + after
    assert once.startswith(before)


def test_carriage_returns_and_a_byte_order_mark_survive() -> None:
    readme = f"\ufeff{OLD}\nMine\n".replace("\n", "\r\n")
    assert splice(readme, BLOCK) == f"\ufeff{BLOCK}\nMine\n".replace("\n", "\r\n")


def test_a_file_that_does_not_end_after_the_markers_keeps_its_end() -> None:
    assert splice(OLD.rstrip("\n"), BLOCK) == BLOCK.rstrip("\n")


def test_markers_shown_as_code_are_not_the_markers() -> None:
    shown = f"Put these two lines anywhere:\n\n```\n{OLD}```\n"
    assert splice(shown, BLOCK) == f"{shown}\n{BLOCK}"
    assert splice(f"{shown}\n{OLD}", BLOCK) == f"{shown}\n{BLOCK}"


def test_a_marker_in_the_middle_of_a_line_is_not_the_marker() -> None:
    readme = f"Look for {BEGIN} and {END}.\n\n{OLD}"
    assert splice(readme, BLOCK) == f"Look for {BEGIN} and {END}.\n\n{BLOCK}"


@pytest.mark.parametrize("readme", [f"{BEGIN}\n", f"{END}\n", f"{END}\n{BEGIN}\n", f"{OLD}{OLD}", f"{BEGIN}\n{OLD}"])
def test_markers_that_make_no_pair_are_refused(readme: str) -> None:
    with pytest.raises(InputError, match="keep one of each"):
        splice(readme, BLOCK)


def test_taken_counts_the_bytes_that_are_not_the_digests() -> None:
    readme = f"# Über\n\n{OLD}\nMehr\n"
    assert bytes_outside(readme) + len(BLOCK.encode()) == len(splice(readme, BLOCK).encode()) + 1
