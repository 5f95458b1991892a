"""arXiv: ids such as `2407.16658` and `quant-ph/0201082`, in every shape that people paste, and their addresses.

A text is an id where nothing but furniture stands around it: an address of arXiv or of a site that shows its papers, a
DOI, brackets, arXiv's own "Cite as" line with categories and a date. Each word is looked at once and no text longer
than an address can be is looked at at all, so reading takes time linear in the text, whatever it holds.
"""

import re
import unicodedata
from datetime import date, timedelta
from urllib.parse import unquote

from recommender.archives.arxiv_categories import ARCHIVES, is_like_category
from recommender.archives.base import Form
from recommender.paper import MAX_VERSION, Paper, PaperId

_LONGEST_TEXT = 2_000
"Characters; the longest address that browsers and servers agree on."
_LONGEST_ID = 40
"Characters; `cond-mat.mes-hall/9901001v12` has 28."
_NEW_STYLE = re.compile(r"(\d{4})\.(\d{4,5})", re.ASCII)
_OLD_STYLE = re.compile(r"([a-z]+(?:-[a-z]+)?)(?:\.[a-z]+(?:-[a-z]+)?)?/(\d{4})(\d{3})", re.ASCII)
_VERSION = re.compile(r"v([1-9]\d{0,2})\Z", re.ASCII)
_BIBCODE = re.compile(r"\d{4}arxiv(\d{4})\.?(\d{4,5})[a-z]?", re.ASCII)
_DBLP = re.compile(r"abs-(\d{4})-(\d{4,5})", re.ASCII)
_FURNITURE = re.compile(
    r"cite|as|or|for|this|version|of|on|at|in|see|via|from|the|and|doi|urn|url|href|info|link|abs|abstract|pdf|html|id|eprint|e-?prints?"
    r"|preprints?|papers?|corr|arxiv(?:\.org)?|oai|submitted|revised|last|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|\d{1,2}|(?:19|20)\d\d(?:-\d\d-\d\d)?|focus|to|learn|more",
    re.ASCII,
)
_HOSTS = (
    *("arxiv.org", "xxx.lanl.gov", "alphaxiv.org", "ar5iv.org", "arxiv-vanity.com", "arxiv-sanity-lite.com"),
    *("huggingface.co", "hf.co", "semanticscholar.org", "doi.org", "papers.cool", "scirate.com", "paperswithcode.com"),
    *("emergentmind.com", "inspirehep.net", "adsabs.harvard.edu", "dblp.org", "dblp.uni-trier.de", "web.archive.org"),
    *("scholar.archive.org", "xxx.itp.ac.cn", "front.math.ucdavis.edu", "eprintweb.org", "connectedpapers.com"),
)
"Sites that name arXiv's papers by their ids; arXiv's mirrors and export lie beneath its own name."
_BLANKED = str.maketrans(
    dict.fromkeys('<>()[]{}"|\\`*\u201c\u201d\u00ab\u00bb', " ") | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
)
_MARKS = ".,;:!?'\u2018\u2019_#&/=-\u3001\u3002"
_SHAPE = re.compile(r"(?:\d{4}\.\d{4,6}|[a-z]+(?:-[a-z]+)?(?:\.[a-z]+(?:-[a-z]+)?)?/\d{7})(?:v\d*)?", re.ASCII)
"What looks like an id, be there such a month, archive and number of digits or not."
_PREFIXES = (
    *("info:", "urn:", "doi:", "oai:", "arxiv.org:", "arxiv:", "arxiv.", "arxiv/", "10.48550/", "eprint:", "eprint="),
    *("abs/", "pdf/", "html/", "papers/"),
)
_FIRST_YEAR = 91
_LAST_OLD = 703
_LAST_SHORT = 1412
"The last month of numbers of four digits; later ones have five."
_DAY = timedelta(days=1)
"Somewhere it is tomorrow already."
_RELEASED = date(2026, 11, 1)
"A machine whose clock is behind this is wrong about today."


class Arxiv:
    """The archive whose ids stand without a prefix."""

    name = "arXiv"
    prefix = ""
    category_scheme = "http://arxiv.org/schemas/atom"

    def parse(self, text: str, today: date | None = None) -> PaperId | None:
        """Read an id, an `arXiv:` or `oai:` identifier, a DOI, arXiv's citation line or an address that has an id."""
        if len(text) > _LONGEST_TEXT:
            return None
        paper_id = self.read(text)
        return (
            paper_id if paper_id and self.month(paper_id.id) <= max(today or date.today(), _RELEASED) + _DAY else None
        )

    def shaped(self, text: str) -> bool:
        """Whether a text looks like one of its ids or addresses, though there may be no such paper."""
        return len(text) <= _LONGEST_TEXT and _Shape().read(text) is not None

    def url(self, paper: Paper, form: Form) -> str:
        """Give the address of exactly this version, or of the newest where the version is unknown."""
        return f"https://arxiv.org/{form}/{PaperId(paper.id, paper.version)}"

    def month(self, paper_id: str) -> date:
        """Give the first day of the month in which an id was given out."""
        _, old, digits = paper_id.rpartition("/")
        year = int(digits[:2])
        return date(year + (1900 if old and year >= _FIRST_YEAR else 2000), int(digits[2:4]), 1)

    def read(self, text: str) -> PaperId | None:
        """Read an id of whatever day."""
        if direct := self._bare(text.strip()):
            return direct
        plain = unicodedata.normalize("NFKC", "".join(char for char in text if unicodedata.category(char) != "Cf"))
        plain = plain.strip()
        found: list[PaperId] = []
        for word in (word.strip(_MARKS) for word in plain.translate(_BLANKED).lower().split()):
            if not word or _FURNITURE.fullmatch(word) or is_like_category(word):
                continue
            if found and (version := _VERSION.fullmatch(word)):
                found.append(PaperId(found[0].id, int(version[1])))
            elif one := self._word(word):
                found.append(one)
            else:
                return self._titled(plain)
        if len({one.id for one in found}) != 1:
            return None
        return next((one for one in found if one.version is not None), found[0])

    def _titled(self, plain: str) -> PaperId | None:
        """What arXiv's pages are called in a browser: `[2407.16658] A title`."""
        bracketed, bracket, title = plain[1:].partition("] ")
        return self._bare(bracketed) if plain.startswith("[") and bracket and title else None

    def _word(self, word: str) -> PaperId | None:
        """An id or an address, in lower case, without blanks."""
        _, scheme, address = word.partition("://")
        place, *asked = re.split(r"[?#]", address or word)
        host, _, path = place.partition("/")
        host = host.rpartition("@")[2].partition(":")[0] if scheme else host
        if not any(host == known or host.endswith(f".{known}") for known in _HOSTS):
            return None if scheme else self._bare(unquote(re.split(r"[?#]", word, maxsplit=1)[0]))
        parts = [part.strip(_MARKS) for part in unquote(path).split("/")]
        if host.endswith("doi.org") and parts[:1] != ["10.48550"]:
            return None
        pairs = zip(parts, [*parts[1:], ""], strict=True)
        names = [name for part, after in pairs for name in (part, f"{part}/{after}")]
        names += [unquote(value).strip(_MARKS + '"') for part in asked for value in re.split("[&=+]", part)]
        return next(filter(None, map(self._bare, names)), None)

    def _bare(self, text: str) -> PaperId | None:
        """An id with or without version, prefix and ending."""
        if len(text) > _LONGEST_ID:
            return None
        text = text.lower()
        while text.startswith(_PREFIXES):
            text = text.removeprefix(next(filter(text.startswith, _PREFIXES))).lstrip()
        text = text.removesuffix("/").removesuffix(".pdf").removesuffix(".html")
        named = _VERSION.search(text)
        version = int(named[1]) if named else None
        paper_id = self._paper_id(text[: named.start()] if named else text)
        return PaperId(paper_id, version) if paper_id and (version or 1) <= MAX_VERSION else None

    def _paper_id(self, stem: str) -> str:
        """The id as arXiv writes it; empty where arXiv can have given out none such."""
        if old := _OLD_STYLE.fullmatch(stem):
            possible = int(old[2][:2]) >= _FIRST_YEAR or int(old[2]) <= _LAST_OLD
            return f"{old[1]}/{old[2]}{old[3]}" if possible and old[1] in ARCHIVES and _is_month(old[2]) else ""
        new = _NEW_STYLE.fullmatch(stem) or _BIBCODE.fullmatch(stem) or _DBLP.fullmatch(stem)
        if not new or not _is_month(new[1]) or int(new[1]) <= _LAST_OLD:
            return ""
        return f"{new[1]}.{new[2]}" if len(new[2]) == (4 if int(new[1]) <= _LAST_SHORT else 5) else ""


class _Shape(Arxiv):
    """Reads what looks like an id as one."""

    def _paper_id(self, stem: str) -> str:
        return stem if _SHAPE.fullmatch(stem) else ""


def _is_month(digits: str) -> bool:
    return 1 <= int(digits[2:]) <= 12
