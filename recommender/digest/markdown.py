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
from recommender.digest.escape import address
from recommender.digest.markers import BEGIN, END, bytes_outside, splice
from recommender.digest.model import Column, Digest, slugs
from recommender.digest.table import POINT, STOP, Table, addressed

__all__ = ["BEGIN", "COLUMNS", "END", "GENERATED", "Rendering", "bytes_outside", "render", "splice"]

COLUMNS: tuple[Column, ...] = ("title", "date", "relevance", "abstract", "comment")
GENERATED = "<!-- recommender:file -->"
"First line of every file that moved out: what bears it, the next run may replace or delete."
_LEAST_BYTES = 10_000
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
    outside: int = 0,
    crlf: bool = False,
    folder: str = "papers",
    home: str = "README.md",
) -> Rendering:
    """Render the block for the file `home`, and the files for `folder` beside it.

    `outside` is the number of bytes in `home` outside the block. Block and `outside` together, and every file, keep to
    `max_bytes` of UTF-8, unless `outside` leaves no room even for step 5 of the module's rule; with `crlf` an end of a
    line counts two bytes. Same arguments, same bytes.
    """
    names = slugs([section.title for section in digest.sections])
    budget = max(max_bytes, _LEAST_BYTES)
    tables = [
        Table.of(section, tuple(columns), day=digest.day, link=link, slugs=names, most_abstract=budget // 4)
        for section in digest.sections
    ]
    page = _Page(digest, tables, budget, folder, home)

    def fits(text: str) -> bool:
        return size(text) + (text.count("\n") if crlf else 0) + outside <= max_bytes

    longest = max((len(section.rows) for section in digest.sections), default=0)
    whole = page.block(longest)
    if fits(whole):
        return Rendering(whole)
    if text := largest(longest - 1, fits, page.block):
        return Rendering(text)
    if text := largest(longest - 1, fits, page.excerpts) or largest(0, fits, lambda _: page.list_only()):
        return Rendering(text, page.section_files())
    return Rendering(page.one_line(), page.section_files() | page.list_files())


class _Page:
    """The pages that a digest can be made into, one for each step of the rule."""

    def __init__(self, digest: Digest, tables: Sequence[Table], max_bytes: int, folder: str, home: str) -> None:
        self.digest, self.tables, self.max_bytes = digest, tables, max_bytes
        self.folder = address(folder.strip("/"))
        self.back = f"[Back to all sections]({'../' * (self.folder.count('/') + 1)}{address(home)})"

    def block(self, abstracts: int) -> str:
        """Steps 1 and 2: every paper here, the first so many of each section with their abstracts."""
        complete = all(len(table.cells) <= abstracts for table in self.tables)
        what = f"abstracts are shown for the first {abstracts} papers of each section only"
        rule = "" if complete else self._rule(what if abstracts else "abstracts are left out")
        bodies = [f"{table.heading()}{table.text(len(table.cells), abstracts)}\n" for table in self.tables]
        return _wrap(addressed("".join([self._top(here=True), rule, *bodies]), before="#", after=""))

    def excerpts(self, papers: int) -> str:
        """Step 3: the first so many papers of each section, without abstracts."""
        what = f"only the first {papers} papers of each section are" if papers else "no papers are"
        parts = [self._top(here=True), self._rule(f"{what} shown here; each section has a file with all of them")]
        for table in self.tables:
            number = len(table.cells)
            link = f"[All {number:,} papers, with abstracts]({POINT}{table.slug}{STOP})\n\n" if number else ""
            body = f"{table.text(papers, 0)}\n" if papers or not number else ""
            parts.append(f"{table.heading()}{link}{body}")
        return _wrap(self._from_home("".join(parts)))

    def list_only(self) -> str:
        """Step 4: links to the sections' files."""
        return _wrap(self._from_home(self._top(here=False) + self._rule("each section has a file of its own")))

    def one_line(self) -> str:
        """Step 5."""
        link = f"[All sections]({self.folder}/README.md)"
        return _wrap(f"{self._summary()} · {link}\n\n{self._rule('the sections have files of their own')}")

    def section_files(self) -> dict[str, str]:
        """Every section in a file of its own, or in several parts."""
        files: dict[str, str] = {}
        for table in self.tables:
            number = len(table.cells)
            top = f"# {table.title}\n\n{table.status}\n\n{self.back}"
            lines = [addressed(line, before="", after=".md") for line in table.lines(number, number)]
            files |= self._parts(table.slug, top, table.head(number) if lines else "", lines)
        return files

    def list_files(self) -> dict[str, str]:
        """The list of sections in a file of its own."""
        entries = [f"* {addressed(entry, before='', after='.md')}\n" for entry in self._entries(here=False)]
        return self._parts("README", f"# Sections\n\n{self._summary()}\n\n{self.back}", "", entries)

    def _parts(self, name: str, top: str, head: str, lines: list[str]) -> dict[str, str]:
        """Files that hold `lines` in order, as few as the budget allows, each leading to the next."""
        links = f" · part 1,000,000 of 1,000,000 · [next]({name}.1000000.md)"
        room = self.max_bytes - size(f"{GENERATED}\n{top}{links}\n\n{head}")
        parts: list[list[str]] = [[]]
        used = 0
        for line in lines:
            used += size(line)
            if used > room and parts[-1]:
                parts.append([])
                used = size(line)
            parts[-1].append(line)
        paths = [f"{name}.md", *(f"{name}.{number}.md" for number in range(2, len(parts) + 1))]
        files = {}
        for number, part in enumerate(parts, 1):
            place = f" · part {number} of {len(parts)}" if len(parts) > 1 else ""
            onward = f" · [next]({paths[number]})" if number < len(parts) else ""
            files[f"{self.folder}/{paths[number - 1]}"] = f"{GENERATED}\n{top}{place}{onward}\n\n{head}{''.join(part)}"
        return files

    def _from_home(self, text: str) -> str:
        return addressed(text, before=f"{self.folder}/", after=".md")

    def _top(self, *, here: bool) -> str:
        entries = " · ".join(self._entries(here=here))
        return f"{self._summary()}\n\n" + (f"**Contents:** {entries}\n\n" if entries else "")

    def _entries(self, *, here: bool) -> Iterable[str]:
        """A link to each section, here or in its file, with its counts."""
        for table in self.tables:
            target = f"#{table.slug}" if here else f"{POINT}{table.slug}{STOP}"
            news = f" ({text})" if (text := rows.news(table.section)) else ""
            warning = "⚠️ " if table.section.provenance.stale_since else ""
            yield f"{warning}[{table.title}]({target}) {len(table.cells)}{news}"

    def _summary(self) -> str:
        parts = [
            f"**{self.digest.day.isoformat()}**",
            self.digest.counted,
            *([rows.LEGEND] if self.digest.news else []),
        ]
        return " · ".join(parts)

    def _rule(self, consequence: str) -> str:
        return f"> To keep this page to {self.max_bytes:,} bytes, {consequence}.\n\n"


def _wrap(body: str) -> str:
    return f"{BEGIN}\n{_NOTE}\n\n{body.rstrip()}\n\n{END}\n"
