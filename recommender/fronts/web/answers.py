"""What the API answers, as types: the reference of the API is made from these and `bodies`."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """An answer: its fields and no others."""

    model_config = ConfigDict(frozen=True)


class Problem(Record):
    """What every failure answers."""

    error: str = Field(description="What is wrong, with which value.")
    remedy: str = Field(description="What to do about it; may be empty.")


class Because(Record):
    """The liked paper that brought a recommendation."""

    id: str
    title: str
    url: str


class Opinion(Record):
    """What the reader has said of a paper."""

    rating: Literal["like", "dislike"] | None = None
    reading: Literal["saved", "done"] | None = Field(None, description="Whether it is on the reading list, or read.")


class Paper(Opinion):
    """A paper as its newest known version describes it; title, abstract, authors, comment are their authors' text."""

    id: str = Field(description="Without version, e.g. 2407.16658 or quant-ph/0201082.")
    version: int | None
    url: str
    title: str = Field(description="LaTeX as the authors wrote it, or with `plain` as plain text.")
    authors: list[str]
    categories: list[str] = Field(description="The primary one first.")
    published: date | None = Field(description="Day of the first version.")
    updated: date | None = Field(description="Day of this version.")
    comment: str
    abstract: str


class Result(Paper):
    """A paper that answers a question."""

    rank: int = Field(description="1 for the best.")
    relevance: float = Field(description="0 to 100 per cent, the same in every library.")
    similarity: float = Field(description="Cosine, comparable within one answer.")
    like: str = Field(description="Id of the example that it is nearer to than to the words; empty: none.")
    because: Because | None


class Row(Result):
    """A paper of a section."""

    mark: Literal["new", "revised", ""] = ""
    since: date | None = Field(None, description="Day on which a digest first showed this version here.")
    elsewhere: str = Field("", description="The section that shows it too and ranks it higher; empty: none.")


class Reading(Record):
    """How a part of a query was read that is not simply its meaning."""

    kind: Literal["id", "title", "author", "corrected", "unknown"]
    said: str
    undo: Literal["", "meaning", "exact"] = Field(description="The parameter that turns it off; empty: none does.")


class Results(Record):
    """The answer to a search."""

    query: str
    reading: list[Reading] = Field([], description="What was read into the query.")
    papers: list[Result]


class Link(Record):
    """Something of a paper that lies elsewhere."""

    name: str
    url: str


class WholePaper(Paper):
    """A paper with all that can be said of it."""

    pdf: str
    day: str = Field(description="Of this version, for a reader; only the month where no more is known.")
    withdrawn: bool
    revised: bool
    code: list[Link] = Field(description="Addresses of code and data that comment and abstract name.")
    versions: list[Link] = Field(description="Every version up to this one; empty where the version is not known.")
    bibtex: str


class Near(Result):
    """A paper that is like another."""

    shared: list[str] = Field(description="Rare words of a title that both papers use.")


class Similar(Record):
    """The papers most like one, that one aside."""

    id: str
    papers: list[Near]


class Provenance(Record):
    """Where a section's papers come from, and whether the last attempt to fetch worked."""

    source: str
    fetched: date | None
    candidates: int = Field(description="Stored papers that pass the section's filter.")
    newest: date | None
    stored: int
    stale_since: date | None
    stale_reason: str


class Settings(Record):
    """A section as config.toml has it; what is empty, 0 or null is as in the file's other tables."""

    title: str
    query: str
    keywords: list[str] | None
    categories: list[str]
    like: list[str]
    unlike: list[str]
    top: int
    sort: str
    max_age_days: int
    min_relevance: float | None


class SectionHead(Record):
    """A section without its papers."""

    slug: str
    title: str
    query: str
    shown: int
    new: int
    revised: int
    first: bool = Field(description="Whether no earlier digest has shown it, so that nothing in it is marked.")
    provenance: Provenance
    problems: list[str]
    settings: Settings | None = Field(description="What config.toml says; null for the one of your profile.")


class Section(SectionHead):
    """A section with its papers."""

    papers: list[Row]


class Sections(Record):
    """All sections as of one day."""

    day: date
    sections: list[SectionHead]


class Preview(Record):
    """What a section would show, best first, and what would follow below its cut."""

    cut: float = Field(description="Per cent below which a paper is left out.")
    candidates: int = Field(description="Stored papers that pass its filter.")
    count: int = Field(description="How many it would show.")
    shown: list[Result]
    below: list[Result]
    full: bool = Field(description="Whether its `top` ends it rather than the cut.")
    problems: list[str]


class Recommendations(Record):
    """New papers that one reader will want, best first."""

    list: str
    since: date | None = Field(description="The first day that was looked at; null: all.")
    papers: tuple[Result, ...]


class Rated(Record):
    """What a list says of one paper."""

    list: str
    id: str
    rating: Literal["like", "dislike", "saved", "done"]
    at: datetime
    source: str = Field(description="Where it came from: `app`, `shell`, or a file's name.")
    title: str
    stored: bool = Field(description="False: the next fetch asks for it.")
    url: str


class Profile(Record):
    """A list of ratings, the newest first."""

    list: str
    lists: tuple[str, ...] = Field(description="All lists in which something is rated; the empty name is your list.")
    ratings: tuple[Rated, ...]


class Noted(Record):
    """What became of a rating."""

    id: str
    rating: Literal["like", "dislike", "saved", "done"]
    changed: bool = Field(description="False: the list said so already.")
    stored: bool = Field(description="False: the next fetch asks for the paper.")


class Imported(Record):
    """What became of the entries of a file."""

    entries: int
    new: int
    known: int
    queued: int = Field(description="Papers among the new that are not stored: the next fetch asks for them.")
    faults: list[str]
    lines: list[str] = Field(description="The whole account, in words.")


class SavedSearch(Record):
    """A search that is kept, and when it was last looked at."""

    name: str
    q: str
    categories: list[str]
    author: str
    since: date | None
    min_relevance: float | None
    digest: bool
    created: datetime
    looked: datetime = Field(description="When what was new was last marked as seen.")
    new: int | None = Field(None, description="Papers above the cut since then, up to a hundred; null: not counted.")


class SavedSearches(Record):
    """All searches that are kept."""

    searches: list[SavedSearch]


class News(Record):
    """What came for a saved search since it was last looked at, best first."""

    name: str
    looked: datetime
    mark: int = Field(description="To be sent back once these were seen.")
    papers: list[Result]


class Status(Record):
    """How the library is."""

    version: str
    folder: str
    config: str
    problem: str = Field(description="Why config.toml as it is now is not in force; empty: it is.")
    papers: int
    newest: date | None
    encoder: str
    index: dict[str, Any]
    stale: list[dict[str, Any]]
    fetches: list[dict[str, Any]]
    update: "Update"


class Update(Record):
    """An update that was started here."""

    state: Literal["none", "running", "done", "failed"]
    started: datetime | None
    ended: datetime | None
    done: int = Field(description="Sections and categories that were asked for so far.")
    of: int
    lines: list[str] = Field(description="What came of each.")
    now: str = Field(description="What is being done.")
    error: str


Status.model_rebuild()
