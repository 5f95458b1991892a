"""arXiv: ids such as `2407.16658` and `quant-ph/0201082`, in every shape that people paste, and their addresses."""

import re
from datetime import date

from recommender.archives.base import Form
from recommender.paper import Paper, PaperId

_NEW_STYLE = re.compile(r"(\d{2})(0[1-9]|1[0-2])\.\d{4,5}", re.ASCII)
_OLD_STYLE = re.compile(r"([a-z]+(?:-[a-z]+)?)(?:\.[A-Za-z]+(?:-[A-Za-z]+)?)?/(\d{2}(?:0[1-9]|1[0-2])\d{3})", re.ASCII)
_PREFIX = re.compile(
    r"\s*(?:(?:https?://)?(?:[\w-]+\.)*arxiv\.org/(?:abs|pdf|html|format|ps|src|e-print)/"
    r"|(?:https?://)?(?:dx\.)?doi\.org/10\.48550/arxiv\."
    r"|10\.48550/arxiv\.|oai:arxiv\.org:|arxiv:)\s*",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"(?:\.pdf)?/?(?:[?#].*)?\s*\Z", re.IGNORECASE)
_VERSION = re.compile(r"v([1-9]\d{0,3})\Z")
_FIRST_YEAR = 91


class Arxiv:
    """The archive whose ids stand without a prefix."""

    name = "arXiv"
    prefix = ""
    category_scheme = "http://arxiv.org/schemas/atom"

    def parse(self, text: str) -> PaperId | None:
        """Read an id, an `arXiv:` or `oai:` identifier, a DOI or an arxiv.org address."""
        bare = _SUFFIX.sub("", _PREFIX.sub("", text, count=1)).strip()
        found = _VERSION.search(bare)
        stem = bare[: found.start()] if found else bare
        old = _OLD_STYLE.fullmatch(stem)
        if old:
            stem = f"{old[1]}/{old[2]}"
        elif not _NEW_STYLE.fullmatch(stem):
            return None
        return PaperId(stem, int(found[1]) if found else None)

    def url(self, paper: Paper, form: Form) -> str:
        """Give the address of exactly this version, or of the newest where the version is unknown."""
        return f"https://arxiv.org/{form}/{PaperId(paper.id, paper.version)}"

    def month(self, paper_id: str) -> date:
        """Give the first day of the month in which an id was given out."""
        digits = paper_id.rpartition("/")[2]
        year = int(digits[:2])
        return date(year + (1900 if year >= _FIRST_YEAR else 2000), int(digits[2:4]), 1)
