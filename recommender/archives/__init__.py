"""Archives: which one an id belongs to, where a paper can be read, and of which day it is.

An id without a prefix is arXiv's; another archive's would stand behind its name and a colon, as in `biorxiv:...`.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from recommender.archives import arxiv_categories
from recommender.archives.arxiv import Arxiv
from recommender.archives.base import Archive, Form
from recommender.errors import InputError
from recommender.paper import MAX_VERSION, Paper, PaperId

__all__ = [
    "Archive",
    "Form",
    "categories",
    "category_scheme",
    "check_category",
    "day_of",
    "flaw",
    "identifier",
    "ids_and_texts",
    "parse",
    "shaped",
    "shown_day",
    "url_of",
]

_LONGEST_TITLE = 5_000
_LONGEST_FIELD = 100_000
"Characters; arXiv itself stops at a tenth of these."
_ARXIV = Arxiv()
_ARCHIVES: tuple[Archive, ...] = (_ARXIV,)


def parse(text: str, today: date | None = None) -> PaperId:
    """Read an id or address of any archive; raises `InputError`, also for an id of a month after `today`."""
    for archive in _ARCHIVES:
        if found := archive.parse(text, today):
            return found
    raise InputError(f"{text[:80]!r} is not an arXiv id; expected e.g. 2407.16658 or quant-ph/0201082")


def shaped(text: str) -> bool:
    """Whether a text looks like an id or address of an archive, be there such a paper or not."""
    return any(archive.shaped(text) for archive in _ARCHIVES)


def flaw(paper: Paper, today: date) -> str:
    """Say why a paper cannot be what its source tells; empty where nothing speaks against it.

    Every paper passes here between its source, be it a service or a file, and the store.
    """
    days = [day for day in (paper.published, paper.updated) if day is not None]
    if days and max(days) > today + timedelta(days=1):
        return f"is of {max(days)}, a day to come"
    if paper.version is not None and not 1 <= paper.version <= MAX_VERSION:
        return f"has a version beyond 1 to {MAX_VERSION}"
    if not paper.title or len(paper.title) > _LONGEST_TITLE:
        return f"has a title of {len(paper.title):,} characters"
    longest = max(len(paper.abstract), len(paper.comment), *map(len, paper.authors), 0)
    return f"holds a text of {longest:,} characters" if longest > _LONGEST_FIELD else ""


def url_of(paper: Paper, form: Form = "abs") -> str:
    """The address of exactly this version of a paper, or of its newest where the version is unknown."""
    return _archive_of(paper.id).url(paper, form)


def identifier(paper: Paper) -> str:
    """A paper's id and version with the archive's name before it, e.g. `arXiv:2407.16658v2`."""
    return f"{_archive_of(paper.id).name}:{PaperId(paper.id.partition(':')[2] or paper.id, paper.version)}"


def category_scheme(paper: Paper) -> str:
    """What Atom feeds name as the scheme of the paper's categories."""
    return _archive_of(paper.id).category_scheme


def categories() -> tuple[str, ...]:
    """Every category and archive that papers can be filtered by, sorted by name."""
    return arxiv_categories.CATEGORIES


def check_category(text: str) -> str:
    """Give the category's or archive's name; raises `InputError` that names near ones where there is none such."""
    if arxiv_categories.is_category(text):
        return text
    near = arxiv_categories.near(text)
    hint = f"did you mean {' or '.join(near)}?" if near else "see https://arxiv.org/category_taxonomy"
    raise InputError(f"{text[:80]!r} is not a category of arXiv; {hint}")


def day_of(paper: Paper) -> date:
    """The day of the version held here: what digests sort by and date filters look at.

    Where the source gives no day it is the first of the month in which the id was given out.
    """
    return paper.updated or paper.published or _archive_of(paper.id).month(paper.id)


def shown_day(paper: Paper) -> str:
    """`day_of` for a reader: `2024-07-24`, or `2024-07` where only the id tells the time."""
    day = day_of(paper).isoformat()
    return day if paper.updated or paper.published else day[:7]


def _archive_of(paper_id: str) -> Archive:
    prefix = paper_id.partition(":")[0] if ":" in paper_id else ""
    return next((archive for archive in _ARCHIVES if archive.prefix == prefix), _ARXIV)


def ids_and_texts(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part ids, each once, from any other text; raises `InputError` for an empty one."""
    ids: list[str] = []
    free: list[str] = []
    for text in texts:
        try:
            ids.append(parse(text).id)
        except InputError:
            if not text.strip():
                raise InputError("the text is empty; give an arXiv id, or some text to compare with") from None
            free.append(text)
    return list(dict.fromkeys(ids)), free
