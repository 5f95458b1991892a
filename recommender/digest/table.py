"""A section as a Markdown table: its cells rendered once, its lines put together as often as a size is tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from recommender.digest import rows
from recommender.digest.escape import inline
from recommender.digest.model import Column, Section

POINT, STOP = "\x02", "\x03"
"""What stands around a slug in the address of a pointer, until `addressed` knows from where it leads.

Escaped text is free of control characters, so that these two cannot occur in it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A section, ready to be put on a page."""

    section: Section
    slug: str
    title: str
    "as Markdown"
    status: str
    "the line under the heading"
    columns: tuple[Column, ...]
    cells: Sequence[Sequence[str]]

    @classmethod
    def of(
        cls,
        section: Section,
        columns: tuple[Column, ...],
        *,
        day: date,
        link: Literal["abs", "pdf"],
        slugs: Mapping[str, str],
        most_abstract: int,
    ) -> "Table":
        """Render a section, with its own columns where it has any."""
        columns = section.columns or columns

        def pointer(title: str) -> str:
            return f"{POINT}{slugs[title]}{STOP}"

        return cls(
            section,
            slugs[section.title],
            inline(section.title, most=600),
            rows.provenance(section, day),
            columns,
            [rows.cells(row, columns, link=link, pointer=pointer, most_abstract=most_abstract) for row in section.rows],
        )

    def heading(self) -> str:
        """What stands above the table, with a place to jump to."""
        return f'<a id="{self.slug}"></a>\n\n## {self.title}\n\n{self.status}\n\n'

    def text(self, papers: int, abstracts: int) -> str:
        """The table of the first `papers`, the first `abstracts` of them with theirs; 0 drops the column."""
        lines = self.lines(papers, abstracts)
        return self.head(abstracts) + "".join(lines) if lines else f"{rows.empty(self.section)}\n"

    def head(self, abstracts: int) -> str:
        """The two lines that open the table."""
        return rows.head([name for name in self.columns if abstracts or name != "abstract"])

    def lines(self, papers: int, abstracts: int) -> list[str]:
        """The rows alone."""
        if "abstract" not in self.columns:
            return [rows.line(cells) for cells in self.cells[:papers]]
        at = self.columns.index("abstract")
        gap = [""] if abstracts else []
        return [
            rows.line(cells if number < abstracts else [*cells[:at], *gap, *cells[at + 1 :]])
            for number, cells in enumerate(self.cells[:papers])
        ]


def addressed(text: str, *, before: str, after: str) -> str:
    """`text` with the address of each pointer made of `before`, the slug and `after`."""
    return text.replace(POINT, before).replace(STOP, after)
