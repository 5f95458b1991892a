"""What the API takes, as types: parameters that several routes share, and bodies."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from recommender import archives

Category = StrEnum("Category", {name: name for name in archives.categories()})  # type: ignore[misc]
"A category or archive of arXiv, such as cs.CV, or math for all of it."
Categories = Annotated[list[Category], Field(max_length=100)]
Text = Annotated[str, Field(max_length=10_000)]
LIST_NAME = r"^([^\[\]#\s\x00-\x1f\x7f-\x9f][^\[\]#\x00-\x1f\x7f-\x9f]*)?$"
ListName = Annotated[str, Field(max_length=60, pattern=LIST_NAME)]
Ids = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1000)]
Percent = Annotated[float, Field(ge=0, le=100, strict=True)]
Truth = Annotated[bool, Field(strict=True)]


def _only(*types: type) -> BeforeValidator:
    """Take nothing that pydantic would make a number or a day of: true is not 1, and 0 is no day of 1970."""

    def check(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, types):
            raise ValueError("of another type than is asked for")  # noqa: TRY004 - pydantic tells only these
        return value

    return BeforeValidator(check)


_WHOLE, _DAY = _only(int, float), _only(str)


class Body(BaseModel):
    """What a request brings: an unknown field is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WantedSection(Body):
    """A section as it is to be in config.toml; what is not given is as in the file's other tables."""

    title: Annotated[str, Field(min_length=1, max_length=300)]
    query: Text = Field("", description="What is searched for; empty: the title.")
    keywords: Annotated[list[Text], Field(max_length=1000)] | None = Field(
        None, description="Phrases that arXiv is asked for; null: the title."
    )
    categories: Categories = []
    like: Ids = []
    unlike: Ids = []
    top: Annotated[int, Field(ge=0, le=100_000), _WHOLE] = 0
    sort: Literal["relevance", "date", ""] = ""
    max_age_days: Annotated[int, Field(ge=0, le=100_000), _WHOLE] = 0
    min_relevance: Percent | None = None


class Rating(Body):
    """What is to be said of a paper: one opinion and one place on the reading list at most."""

    rating: Literal["like", "dislike", "saved", "done"]


class Import(Body):
    """A file of references: BibTeX, RIS, CSL-JSON, Zotero RDF, or ids."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="Its name; the ending tells its kind.")]
    text: Annotated[str, Field(max_length=30_000_000)]
    rating: Literal["like", "dislike", "saved", "done"] = "like"
    list: ListName = ""
    dry_run: Truth = Field(False, description="Say what would be rated, and rate nothing.")


class WantedSearch(Body):
    """A search that is kept."""

    q: Annotated[str, Field(min_length=1, max_length=10_000)]
    categories: Categories = []
    author: Annotated[str, Field(max_length=200)] = ""
    since: Annotated[date, _DAY] | None = None
    min_relevance: Percent | None = Field(None, description="Its cut; null: as in [ranking].")
    digest: Truth = Field(False, description="Whether it is a section of the digest too.")


class Seen(Body):
    """What was looked at."""

    mark: Annotated[int, Field(ge=0, le=2**53), _WHOLE] = Field(description="As the news said it.")


class Token(Body):
    """What logs in."""

    token: Annotated[str, Field(max_length=4096)]
