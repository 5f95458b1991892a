"""What an archive is: it reads its own ids, and knows a paper's address and the month of an id."""

from datetime import date
from typing import Literal, Protocol

from recommender.paper import Paper, PaperId

Form = Literal["abs", "pdf"]
"The abstract page, or the PDF."


class Archive(Protocol):
    """A place that gives out papers under ids of its own."""

    name: str
    "for a reader, e.g. `arXiv`"
    prefix: str
    "what stands before the colon of its ids; empty for arXiv, whose ids stand alone"

    category_scheme: str
    "what Atom feeds name as the scheme of its categories"

    def parse(self, text: str, today: date | None = None) -> PaperId | None:
        """Read an id or an address of this archive; None where the text is neither, or the id is of a day to come."""
        ...

    def shaped(self, text: str) -> bool:
        """Whether a text looks like one of its ids or addresses, though there may be no such paper."""
        ...

    def url(self, paper: Paper, form: Form) -> str:
        """Give the address of exactly this version, or of the newest where the version is unknown."""
        ...

    def month(self, paper_id: str) -> date:
        """Give the first day of the month in which an id was given out."""
        ...
