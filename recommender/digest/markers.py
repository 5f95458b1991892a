"""Where the digest lives inside a file that belongs to somebody else: two marker lines, and nothing outside them."""

import re

from recommender.errors import InputError

BEGIN = "<!-- recommender:begin -->"
END = "<!-- recommender:end -->"

_FENCED = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^ {0,3}(?P=fence)[`~]*[ \t]*\r?$", re.MULTILINE | re.DOTALL
)


def splice(readme: str, block: str) -> str:
    """`readme` with `block` between its markers, or with both at its end where it has none.

    `block` brings the markers along and takes over the file's ends of lines; all else stays as it is, a byte order
    mark included. Markers inside a fenced block of code do not count. Raises `InputError` where the markers do not
    make exactly one pair.
    """
    newline = "\r\n" if "\r\n" in readme else "\n"
    block = block.rstrip("\n").replace("\n", newline)
    begins, ends = _lines(readme, BEGIN), _lines(readme, END)
    if not begins and not ends:
        before = readme if readme.strip("\ufeff \t\r\n") else f"{readme}# Papers{newline}"
        gap = "" if before.endswith(2 * newline) else newline if before.endswith("\n") else 2 * newline
        return f"{before}{gap}{block}{newline}"
    if len(begins) != 1 or len(ends) != 1 or begins[0] > ends[0]:
        raise InputError(
            f"the digest's file holds {len(begins)} lines `{BEGIN}` and {len(ends)} lines `{END}`; "
            "keep one of each, in this order, or remove them all to have the digest written at the end"
        )
    return readme[: begins[0]] + block + readme[ends[0] + len(END) :]


def bytes_outside(readme: str) -> int:
    """Count the bytes of `readme` outside the digest's block: what `markdown.render` has to leave room for.

    A file with CRLF ends of lines costs one byte more for each line of the block, which this does not count.
    """
    return len(splice(readme, "").encode("utf-8", "surrogateescape"))


def _lines(readme: str, marker: str) -> list[int]:
    """Where `marker` stands on a line of its own outside fenced code."""
    code = [found.span() for found in _FENCED.finditer(readme)]
    found = re.finditer(rf"^\ufeff?({re.escape(marker)})[ \t]*\r?$", readme, re.MULTILINE)
    return [match.start(1) for match in found if not any(start <= match.start() < end for start, end in code)]
