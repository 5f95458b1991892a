"""The site's map: groups named by their own words, names that hide nothing and are not cut off, marks apart."""

import numpy as np
import pytest

from recommender.site import plots
from recommender.site.themes import Theme, themes

TITLES = {
    (0.1, 0.1): ["Surface code decoders for memories", "Fast surface code decoders", "Trained Surface Code Decoders"],
    (0.9, 0.1): ["The Milky Way's halo", "Stars of the Milky Way", "A disc like the Milky Way: simulations"],
    (0.1, 0.9): ["Zero-shot image retrieval", "Zero-Shot Image Retrieval with CLIP", "On zero-shot image retrieval"],
}


def named(*headings: str) -> dict[str, tuple[float, float]]:
    """Names of the groups of `TITLES`, and where they lie."""
    titles = [title for some in TITLES.values() for title in some]
    random = np.random.default_rng(0)
    places = np.array([place for place, some in TITLES.items() for _ in some]) + random.normal(
        0, 0.01, (len(titles), 2)
    )
    return {theme.name: (round(theme.x, 1), round(theme.y, 1)) for theme in themes(titles, places, headings)}


def test_a_group_is_named_by_the_words_that_its_titles_share_and_others_have_not() -> None:
    assert named() == {
        "surface code decoders": (0.1, 0.1),
        "Milky Way": (0.9, 0.1),
        "zero-shot image retrieval": (0.1, 0.9),
    }


def test_words_of_a_heading_alone_name_no_group_under_it() -> None:
    assert "zero-shot image retrieval" in named("Image retrieval")
    assert "zero-shot image retrieval" not in named("Zero-shot image retrieval")


def test_a_group_whose_titles_share_nothing_has_no_name() -> None:
    random = np.random.default_rng(0)
    titles = [f"{one}ish {two}ing" for one, two in zip("abcdefghijkl", "mnopqrstuvwx", strict=True)]
    assert themes(titles, random.random((12, 2)), []) == ()


def test_the_same_papers_get_the_same_names() -> None:
    assert named("Codes") == named("Codes")


@pytest.mark.parametrize("longest", [8, 36])
def test_names_stand_apart_and_whole_on_a_phone_and_on_a_desk(longest: int) -> None:
    random = np.random.default_rng(longest)
    places = random.random((24, 2)).tolist()
    some = [Theme("n" * int(random.integers(4, longest)), x, y, papers=9) for x, y in places]
    labels = plots.labels(some, [])
    assert len(labels) > 5
    for size, those in ((13, labels), (26, [label for label in labels if not label.small])):
        half = [len(label.name) * size * 0.31 for label in those]
        for i, label in enumerate(those):
            assert half[i] <= label.x <= 640 - half[i]
            assert size / 2 <= label.y <= 560 - size / 2
            for j in range(i):
                aside = abs(label.x - those[j].x) >= half[i] + half[j]
                assert aside or abs(label.y - those[j].y) >= size, (label, those[j])


def test_marks_that_lead_to_papers_lie_apart_and_the_best_are_among_them() -> None:
    random = np.random.default_rng(1)
    points = [plots.Point(x, y, n % 3, f"{n}") for n, (x, y) in enumerate(random.random((300, 2)).tolist())]
    marks, dots = plots._marks(points)
    assert len(marks) + len(dots) == 300
    assert marks[0].point is points[0]
    places = np.array([(mark.x, mark.y) for mark in marks])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 999 * np.eye(len(marks))
    assert apart.min() >= 24 * 640 / 318, "24 pixels where the map is 318 wide, on a phone of 360"
