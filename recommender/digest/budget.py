"""The largest text that fits: what keeps digests and issues under the sizes at which GitHub cuts or refuses them."""

from collections.abc import Callable


def size(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text.encode("utf-8"))


def largest(most: int, fits: Callable[[str], bool], build: Callable[[int], str]) -> str:
    """Find by bisection the longest text that fits among `build(0)` to `build(most)`; empty where `build(0)` does not.

    `build` must give longer texts for larger numbers.
    """
    best, low, high = "", 0, most
    while low <= high:
        middle = (low + high) // 2
        text = build(middle)
        if fits(text):
            best, low = text, middle + 1
        else:
            high = middle - 1
    return best
