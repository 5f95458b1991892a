"""What a file is, by how it begins: the kinds that papers are read from, and the many that they are not.

The way out that is named for each is one that works: nobody is sent away with "not supported".
"""

import codecs
import re
from itertools import islice
from typing import Literal

from recommender import archives
from recommender.errors import InputError

Kind = Literal["json", "table", "other"]
HEAD = 65_536
"Bytes of a file that are looked at."
EXPECTED = "expected JSON with each paper's `id`, `title` and `abstract`, arXiv's snapshot, or a DailyArXiv README"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_TABLE = re.compile(r"^\|[^\n]*\btitle\b[^\n]*\bdate\b", re.IGNORECASE | re.MULTILINE)
_BIBTEX = re.compile(r"^\s{0,20}@[A-Za-z]{2,30}\s{0,5}[{(]", re.MULTILINE)
_SHOWN = 3


def kind_of(head: bytes) -> tuple[Kind, str]:
    """The kind of a file, and for one that no papers are read from what it seems to be and what to do."""
    if not head.strip():
        return "other", f"is empty; {EXPECTED}"
    if binary := _binary(head):
        return "other", binary
    text = head.decode("utf-8-sig", "replace").lstrip()
    if text.startswith(("{", "[")) and not text.startswith(("[[", "[![")) and not _is_markdown_link(text):
        return "json", ""
    if _TABLE.search(text):
        return "table", ""
    return "other", _text_kind(text)


def ids_of(text: str) -> tuple[str, ...]:
    """The arXiv ids of a plain list, one a line, or of a BibTeX or RIS file, each once; empty for any other text."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "%"))]
    listed = [_id(line) for line in lines]
    if lines and all(listed):
        return tuple(dict.fromkeys(listed))
    if not (_BIBTEX.search(text) or text.lstrip("\ufeff \n\r").startswith("TY  - ")):
        return ()
    words = re.split(r"[\s{}\"=,<>()]+", text)
    return tuple(dict.fromkeys(found for word in words if any(map(str.isdigit, word)) and (found := _id(word))))


def _id(text: str) -> str:
    try:
        return archives.parse(text).id
    except InputError:
        return ""


def _is_markdown_link(text: str) -> bool:
    return re.match(r"\[[^\]\n]{0,300}\]\(", text) is not None


def _binary(head: bytes) -> str:
    if head.startswith(b"%PDF"):
        return (
            "seems to be a PDF, which holds no list of papers; `recommend fetch --id ID` stores the paper, "
            "`pdftotext FILE.pdf - | recommend similar -` finds papers like it"
        )
    if head.startswith(_UTF16) or (len(head) > 20 and any(map(_alternates, (head[:200], head[1:200])))):
        return "is UTF-16 text; save it as UTF-8 (`iconv -f UTF-16 -t UTF-8 FILE > NEW`)"
    if head[257:262] == b"ustar":
        return "seems to be a tar archive; unpack it (`tar -xf FILE`) and import the files in it"
    if head.startswith((b"BZh", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!")):
        return "is compressed in a way that is not read here (.gz, .xz, .bz2, .zip are); decompress it"
    if b"\0" in head:
        return f"is not a text file; {EXPECTED}"
    return ""


def _alternates(data: bytes) -> bool:
    """Whether every second byte is nought, as in UTF-16 of Western text."""
    return all(data[::2]) and not any(data[1::2])


def _text_kind(text: str) -> str:
    start = text[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        return f"seems to be a web page; {EXPECTED}; a page's papers come by `recommend fetch --id ID`"
    if start.startswith("<"):
        return f"seems to be XML; {EXPECTED}; papers come from arXiv's services by `recommend fetch`"
    ids = ids_of(text if len(text) < HEAD else text[: text.rfind("\n")])
    if _BIBTEX.search(text) and start.startswith(("@", "%")):
        return f"seems to be BibTeX, which has no abstracts to rank by; {_asking(ids)}"
    if start.startswith("ty  - "):
        return f"seems to be RIS, a list of references; {_asking(ids)}"
    if ids:
        return f"seems to be a list of arXiv ids; {_asking(ids)}"
    first = text.split("\n", 1)[0].lower()
    if "title" in first and any(mark in first for mark in (",", ";", "\t")):
        return f"seems to be a table (CSV); {EXPECTED}"
    return f"seems to be plain text without papers; {EXPECTED}"


def _asking(ids: tuple[str, ...]) -> str:
    if not ids:
        return "`recommend fetch --id ID` asks arXiv for a paper"
    asked = " ".join(f"--id {paper_id}" for paper_id in islice(ids, _SHOWN))
    return f"`recommend fetch {asked}{' ...' if len(ids) > _SHOWN else ''}` asks arXiv for its papers"
