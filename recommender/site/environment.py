"""The templates of the pages, and the words and addresses that they are given."""

import re
from typing import Any

import jinja2
from markupsafe import Markup

from recommender.archives import shown_day, url_of
from recommender.digest.model import Provenance
from recommender.site import front, latex

_FORBIDDEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
"What neither XML nor HTML may hold, but for the last two characters of the higher planes, which harm nobody."


def environment() -> jinja2.Environment:
    """The templates, escaping by default and failing on a name they do not know."""
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("recommender.site"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters["paper_page"] = paper_page
    env.filters["number"] = lambda n: f"{n:,}"
    env.filters["source"] = source
    env.filters["url"] = url_of
    env.filters["shown_day"] = shown_day
    env.filters["readable"] = latex.readable
    env.filters["code"] = front.code_of
    return env


def paper_page(arxiv_id: str) -> str:
    """Where a paper's page lies; old-style ids hold a slash."""
    return f"papers/{arxiv_id.replace('/', '-')}.html"


def source(provenance: Provenance) -> str:
    """Where a section's papers come from, as a sentence."""
    found = f"{provenance.candidates:,} candidates" if provenance.candidates else "No candidates"
    newest = f", the newest of {provenance.newest}" if provenance.newest else ""
    fetched = f" Fetched {provenance.fetched} from {provenance.source}." if provenance.fetched else ""
    return f"{found}{newest}.{fetched}"


def printable(value: Any) -> Any:
    """Drop from text that is about to be written the characters that no document may hold."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _FORBIDDEN.sub("", value)
