"""The digest as Markdown for GitHub: a block between markers that keeps to a budget of bytes, and what moved out.

A page that would pass its budget gives way in this order, and says so itself:

1. every paper with its abstract;
2. abstracts for the first k papers of each section, with the largest k that fits, down to none;
3. each section whole in a file of its own, and here its first k papers without abstracts, with the largest k that fits;
4. here the list of sections alone;
5. here one line, and the list of sections in a file of its own, too.

Files of their own are cut into numbered parts where one would pass the budget.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from recommender.digest import rows
from recommender.digest.budget import largest, size
from recommender.digest.escape import address, inline
from recommender.digest.markers import BEGIN, END, splice, taken
from recommender.digest.model import Column, Digest, Section, slugs

__all__ = ["BEGIN", "COLUMNS", "END", "GENERATED", "LEAST_BYTES", "Rendering", "render", "splice", "taken"]

COLUMNS: tuple[Column, ...] = ("title", "date", "relevance", "abstract", "comment")
GENERATED = "<!-- recommender:file -->"
"First line of every file that moved out: what bears it, the next run may replace or delete."
LEAST_BYTES = 10_000
"Smallest budget: a heading, its provenance and any one row fit in."

_NOTE = "<!-- Written by `recommend`; what is changed between these two markers is lost with the next run. -->"


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendered digest."""

    text: str
    "the block, from marker to marker, ending with a line feed"
    files: dict[str, str] = field(default_factory=dict)
    "what moved out of it: path, seen from the digest's own folder -> content"


def render(
    digest: Digest,
    *,
    columns: Sequence[Column] = COLUMNS,
    link: Literal["abs", "pdf"] = "abs",
    max_bytes: int = 500_000,
    taken: int = 0,
    crlf: bool = False,
    folder: str = "papers",
    home: str = "README.md",
) -> Rendering:
    """The block for the file `home`, of which `taken` bytes are somebody else's, and files for `folder` beside it.

    With `crlf` the ends of the block's lines count double, as in a file that ends its lines so. Block and `taken`
    together, and every file, keep to `max_bytes` of UTF-8, unless `taken` leaves no room even for step 5 of the
    module's rule. Same arguments, same bytes.
    """
    page = _Page(digest, tuple(columns), link, max(max_bytes, LEAST_BYTES), folder, home)

    def fits(text: str) -> bool:
        return size(text) + (text.count("\n") if crlf else 0) + taken <= max_bytes

    longest = max((len(section.rows) for section in digest.sections), default=0)
    whole = page.block(abstracts=longest)
    if fits(whole):
        return Rendering(whole)
    if text := largest(longest - 1, fits, lambda count: page.block(abstracts=count)):
        return Rendering(text)
    if text := largest(longest - 1, fits, page.excerpts) or largest(0, fits, lambda _: page.list_only()):
        return Rendering(text, page.section_files())
    return Rendering(page.one_line(), page.section_files() | page.list_files())


@dataclass(frozen=True, slots=True)
class _Table:
    """A section with its rows rendered once, for the several attempts at a size that fits."""

    section: Section
    slug: str
    title: str
    "as Markdown"
    status: str
    "the line under the heading"
    full: list[str]
    "rows with abstracts; `_TO` and `_END` stand around the slug in the addresses of pointers"
    blank: list[str]
    "rows with the abstract's cell empty"
    short: list[str]
    "rows without the abstract's column"


_TO, _END = "\x02", "\x03"
"Escaped text is free of control characters, so that these two can be replaced by what an address needs."


class _Page:
    def __init__(
        self,
        digest: Digest,
        columns: tuple[Column, ...],
        link: Literal["abs", "pdf"],
        max_bytes: int,
        folder: str,
        home: str,
    ) -> None:
        self.digest, self.columns, self.max_bytes, self.folder = digest, columns, max_bytes, folder.strip("/")
        self.back = f"[Back to all sections]({'../' * (self.folder.count('/') + 1)}{address(home)})"
        self.short_columns = tuple(name for name in columns if name != "abstract")
        names = slugs([section.title for section in digest.sections])

        def table(section: Section) -> _Table:
            rendered = [
                rows.cells(
                    item,
                    columns,
                    link=link,
                    pointer=lambda title: f"{_TO}{names[title]}{_END}",
                    most_abstract=min(16_000, max_bytes // 4),
                )
                for item in section.rows
            ]
            where = [name == "abstract" for name in columns]
            return _Table(
                section,
                names[section.title],
                inline(section.title, most=600),
                rows.provenance(section, digest.day),
                [rows.line(cells) for cells in rendered],
                [
                    rows.line(["" if dropped else text for text, dropped in zip(cells, where, strict=True)])
                    for cells in rendered
                ],
                [
                    rows.line([text for text, dropped in zip(cells, where, strict=True) if not dropped])
                    for cells in rendered
                ],
            )

        self.tables = [table(section) for section in digest.sections]

    def block(self, *, abstracts: int) -> str:
        """Steps 1 and 2: everything here, abstracts for the first so many papers of each section."""
        complete = all(len(table.full) <= abstracts for table in self.tables)
        rule = (
            ""
            if complete
            else self._rule(
                f"abstracts are shown for the first {abstracts} papers of each section"
                if abstracts
                else "abstracts are left out"
            )
        )
        parts = [self._top(here=True), rule]
        for table in self.tables:
            body = table.full[:abstracts] + table.blank[abstracts:] if abstracts else table.short
            columns = self.columns if abstracts or complete else self.short_columns
            parts.append(f"{_heading(table)}{_rows(columns, body)}\n")
        return _wrap("".join(parts).replace(_TO, "#").replace(_END, ""))

    def excerpts(self, count: int) -> str:
        """Step 3: the first so many papers of each section, without abstracts."""
        what = f"only the first {count} papers of each section are" if count else "no papers are"
        parts = [self._top(here=True), self._rule(f"{what} shown here, and all of them in a file for each section")]
        for table in self.tables:
            whole = f"[All {len(table.full):,} papers, with abstracts]({_TO}{table.slug}{_END})"
            body = _rows(self.short_columns, table.short[:count]) if count else ""
            parts.append(f"{_heading(table)}{whole}\n\n{body}\n")
        return _wrap(self._addressed("".join(parts)))

    def list_only(self) -> str:
        """Step 4: links to the sections' files."""
        return _wrap(self._addressed(self._top(here=False) + self._rule("each section has a file of its own")))

    def one_line(self) -> str:
        """Step 5."""
        where = f"{address(self.folder)}/README.md"
        return _wrap(
            f"{self._summary()} · [All sections]({where})\n\n{self._rule('the sections have files of their own')}"
        )

    def section_files(self) -> dict[str, str]:
        """Every section in a file of its own, or in several parts."""
        files: dict[str, str] = {}
        for table in self.tables:
            top = f"# {table.title}\n\n{table.status}\n\n{self.back}"
            body = [text.replace(_TO, "").replace(_END, ".md") for text in table.full]
            files |= self._parts(table.slug, top, rows.head(self.columns) if body else "", body)
        return files

    def list_files(self) -> dict[str, str]:
        """The list of sections in a file of its own."""
        entries = [f"* {entry.replace(_TO, '').replace(_END, '.md')}\n" for entry in self._entries(here=False)]
        return self._parts("README", f"# Sections\n\n{self._summary()}\n\n{self.back}", "", entries)

    def _parts(self, name: str, top: str, head: str, lines: list[str]) -> dict[str, str]:
        """Files that hold `lines` in order, as few as the budget allows, each leading to the next."""
        links = len(f" · part 1,000,000 · [next]({name}.1000000.md)")
        room = self.max_bytes - size(f"{GENERATED}\n{top}\n\n{head}") - links
        parts: list[list[str]] = [[]]
        used = 0
        for text in lines:
            used += size(text)
            if used > room and parts[-1]:
                parts.append([])
                used = size(text)
            parts[-1].append(text)
        paths = [f"{name}.md", *(f"{name}.{number}.md" for number in range(2, len(parts) + 1))]
        files = {}
        for number, part in enumerate(parts, 1):
            place = f" · part {number} of {len(parts)}" if len(parts) > 1 else ""
            onward = f" · [next]({paths[number]})" if number < len(parts) else ""
            text = f"{GENERATED}\n{top}{place}{onward}\n\n{head}{''.join(part)}"
            files[f"{self.folder}/{paths[number - 1]}"] = text
        return files

    def _addressed(self, text: str) -> str:
        return text.replace(_TO, f"{address(self.folder)}/").replace(_END, ".md")

    def _top(self, *, here: bool) -> str:
        entries = " · ".join(self._entries(here=here))
        return f"{self._summary()}\n\n" + (f"**Contents:** {entries}\n\n" if entries else "")

    def _entries(self, *, here: bool) -> Iterable[str]:
        """A link to each section, here or in its file, with its counts."""
        for table in self.tables:
            section = table.section
            target = f"#{table.slug}" if here else f"{_TO}{table.slug}{_END}"
            news = f" ({text})" if (text := rows.news(section)) else ""
            warning = "⚠️ " if section.provenance.stale_since else ""
            yield f"{warning}[{table.title}]({target}) {len(section.rows)}{news}"

    def _summary(self) -> str:
        ids = {row.paper.id for section in self.digest.sections for row in section.rows}
        parts = [f"**{self.digest.day.isoformat()}**", f"{len(ids):,} papers in {len(self.tables):,} sections"]
        return " · ".join([*parts, rows.LEGEND] if self.digest.news else parts)

    def _rule(self, consequence: str) -> str:
        return f"> To keep this page to {self.max_bytes:,} bytes, {consequence}.\n\n"


def _heading(table: _Table) -> str:
    return f'<a id="{table.slug}"></a>\n\n## {table.title}\n\n{table.status}\n\n'


def _rows(columns: Sequence[Column], lines: list[str]) -> str:
    return rows.head(columns) + "".join(lines) if lines else "No paper is near enough to this section's query.\n"


def _wrap(body: str) -> str:
    return f"{BEGIN}\n{_NOTE}\n\n{body.rstrip()}\n\n{END}\n"
