"""XML from the network: parsed strictly, and never with a document type.

Entity bombs and external entities both need a document type declaration. No reply of arXiv has one, so a reply that
has is refused before any parser sees it; decoding as UTF-8 first, whatever the reply declares, leaves no encoding to
hide one in. That makes the standard library's expat enough: defusedxml would forbid the same declaration at the cost
of a dependency, and lxml's `recover=True`, which OAI client libraries use, takes a truncated page for a short one.
"""

import re
from xml.etree import ElementTree

from recommender.sources.base import AnswerError

_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.I
)


_DEEPEST = 50
_MOST_ELEMENTS = 1_000_000
"A page of 2,000 rows has about 60,000 elements, nested four deep."


class _Bounded(ElementTree.TreeBuilder):
    """Builds trees that later steps can walk: no deeper and no larger than an archive's answer can be."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._left = _MOST_ELEMENTS

    def start(self, tag: str, attrs: dict[str, str], /) -> ElementTree.Element:
        self._depth += 1
        self._left -= 1
        if self._depth > _DEEPEST or self._left < 0:
            raise AnswerError("the answer has more elements, or deeper ones, than an archive's answer can have")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ElementTree.Element:
        self._depth -= 1
        return super().end(tag)


def document(body: bytes) -> bytes:
    """The reply as safe UTF-8, characters that XML forbids made blanks; raises `AnswerError`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnswerError(f"the answer is not valid UTF-8 (byte {error.start})") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise AnswerError("the answer declares a document type, which arXiv's answers never do")
    return _ILLEGAL.sub(" ", text).encode()


def parse(body: bytes) -> ElementTree.Element:
    """The root of a reply that is complete, well-formed XML; raises `AnswerError`."""
    try:
        return ElementTree.fromstring(document(body), ElementTree.XMLParser(target=_Bounded(), encoding="utf-8"))
    except ElementTree.ParseError as error:
        start = " ".join(body[:60].decode("utf-8", "replace").split())
        raise AnswerError(f"the answer is not well-formed XML ({error}; it begins {start!r})") from None
