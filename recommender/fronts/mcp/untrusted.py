"""Text that strangers wrote, before a language model reads it: nothing in it is hidden from people, and it ends.

What a paper says can be meant for the assistant that reads it. That cannot be told from a text, so it is kept in fields
of its own, which are declared as untrusted; here goes what only a machine would read, such as characters without width.
"""

import unicodedata

_GONE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"Control, format (bidirectional, zero width, tags), private, halves, unassigned."
_BLANK = frozenset({"Zs", "Zl", "Zp"})
_INVISIBLE = (
    *((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF)),
)
"First and last of what no font shows, whatever its category: joiners, fillers, variation selectors."


def shown(text: str, most: int) -> str:
    """Text as one line of at most `most` characters, all of which can be seen; what is cut off ends in an ellipsis."""
    plain = text if text.isascii() and text.isprintable() else "".join(map(_visible, text))
    line = " ".join(plain.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _visible(char: str) -> str:
    if char.isascii():
        return char if char.isprintable() else " " if char.isspace() else ""
    kind = unicodedata.category(char)
    if kind in _GONE or any(first <= ord(char) <= last for first, last in _INVISIBLE):
        return " " if char == "\x85" else ""
    return " " if kind in _BLANK else char
