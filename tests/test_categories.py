"""arXiv's categories: which there are, and what is said of one that there is not."""

import pytest

from recommender import archives
from recommender.errors import InputError


@pytest.mark.parametrize(
    "name", ["cs.CV", "cs", "hep-th", "physics.optics", "cond-mat.mtrl-sci", "q-alg", "cmp-lg", "math-ph", "astro-ph"]
)
def test_categories_and_archives_of_today_and_of_the_nineties_are_known(name: str) -> None:
    assert archives.check_category(name) == name
    assert name in archives.categories()


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("cs.lg", "cs.LG"),
        ("CS.RO", "cs.RO"),
        ("HEP-PH", "hep-ph"),
        ("math.*", "math"),
        (" stat.ML", "stat.ML"),
        ("cs:cs:SE", "cs.SE"),
        ("physics.hep-lat", "hep-lat"),
        ("ML", "stat.ML"),
        ("stats.ML", "stat.ML"),
        ("cond-mat.supercon", "cond-mat.supr-con"),
        ("quantph", "quant-ph"),
        ("cs.XYZ", "cs"),
    ],
)
def test_an_unknown_category_is_refused_and_the_near_ones_are_named(text: str, near: str) -> None:
    with pytest.raises(InputError, match=r"is not a category of arXiv; did you mean ") as caught:
        archives.check_category(text)
    assert near in str(caught.value).rpartition("did you mean ")[2].rstrip("?").split(" or ")


@pytest.mark.parametrize("text", ["", " ", "\0", "zoology", "x" * 1_000_000])
def test_what_is_like_no_category_is_refused_with_the_way_to_the_list(text: str) -> None:
    with pytest.raises(InputError, match=r"see https://arxiv\.org/category_taxonomy") as caught:
        archives.check_category(text)
    assert len(str(caught.value)) < 300
