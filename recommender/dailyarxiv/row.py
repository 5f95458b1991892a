"""One row of a DailyArXiv table: its cells told apart, and what they say of a paper.

Upstream never escapes a `|`, so that titles, abstracts and comments may hold some. A row is split at all of them; a
cell that begins like a title, a fold or a date then reaches to where such a cell ends. Time is linear in the row.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Literal

from recommender import archives
from recommender.errors import InputError
from recommender.paper import Paper, clean

Column = Literal["title", "date", "abstract", "comment", "authors", "tags", "link", "other"]

_NAMES: dict[str, Column] = {
    **dict.fromkeys(("title", "paper", "paper title", "标题", "题目", "论文", "论文标题", "论文题目"), "title"),
    **dict.fromkeys(("date", "publish date", "published", "publication date", "update date", "updated"), "date"),
    **dict.fromkeys(("日期", "时间", "发布日期", "发布时间", "更新日期", "更新时间", "提交日期"), "date"),
    **dict.fromkeys(("abstract", "summary", "摘要", "论文摘要"), "abstract"),
    **dict.fromkeys(("comment", "comments", "评论", "备注", "注释", "说明"), "comment"),
    **dict.fromkeys(("author", "authors", "作者"), "authors"),
    **dict.fromkeys(("tag", "tags", "category", "categories", "标签", "分类", "类别"), "tags"),
    **dict.fromkeys(("link", "pdf", "url", "arxiv", "链接", "论文链接"), "link"),
}
_ADDRESS = r"https?://(?:[\w-]+\.)*arxiv\.org/(?:abs|pdf)/[^\s()|]{1,200}"
_LINKED = re.compile(rf"\]\(({_ADDRESS})\)")
_BARE = re.compile(_ADDRESS)
_TITLE_ENDS = re.compile(rf"\]\({_ADDRESS}\)\**\s*\Z")
_DATE = re.compile(r"\**(\d{4})[-./](\d\d)[-./](\d\d)\**")
_MONTH = re.compile(r"\**\d{4}[-./]\d\d\**")
_FOLD = "<details>"
_FOLD_ENDS = "</details>"
_OPENS = re.compile(r"<details>\s*<summary>[^<]*</summary>\s*(?:<p>)?|<details>")
_ET_AL = re.compile(r",?\s+et\.?\s*al\.?\Z")
_CATEGORY = re.compile(r"[a-z]+(-[a-z]+)*(\.[A-Za-z-]+)?")
_ESCAPED = {"&#124;": "|", "&#60;": "<", "&#93;": "]"}
_SHORT = 40
"Longest cell of a column of the fork's own, in characters, that counts as nothing to keep."


def columns(line: str) -> tuple[Column, ...]:
    """The columns that a table's head names; empty where the line is no such head.

    A head has a date and a title, or a date and a column that may hold titles.
    """
    if not (line.startswith("|") and line.rstrip().endswith("|")) or len(line) > 2000:
        return ()
    cells = [" ".join(cell.replace("\u00a0", " ").strip().strip("*").lower().split()) for cell in _split(line)]
    found: list[Column] = []
    for cell in cells:
        name = _NAMES.get(cell, "other")
        found.append("other" if name in found else name)
    if "date" not in found or not {"title", "other"} & set(found):
        return ()
    return tuple(found)


def has_address(line: str) -> bool:
    """Whether a line leads to a paper."""
    return _BARE.search(line) is not None


@lru_cache(maxsize=8192)  # versions of a file share most of their rows: 8,000 are about 25 MB
def read(names: tuple[Column, ...], line: str, latest: date | None = None) -> tuple[Paper, bool]:
    """The paper of a row, and whether it holds all that the row says; raises `InputError`."""
    cells = _cells(names, line)
    if "title" not in names:
        cells = _with_title(names, cells)
    url, title, whole = _title(cells)
    arxiv_id = archives.parse(url)
    abstract, all_of_it = _unfold(cells.get("abstract", ""))
    comment, all_of_the_comment = _unfold(cells.get("comment", ""))
    tags = (tag.strip() for tag in _unfold(cells.get("tags", ""))[0].split(","))
    when = day(cells.get("date", ""), latest)
    first_author = _ET_AL.sub("", _unfold(cells.get("authors", ""))[0])
    paper = Paper(
        id=arxiv_id.id,
        title=title,
        abstract=abstract,
        authors=tuple(name.strip() for name in first_author.split(", ") if name.strip()),
        categories=tuple(dict.fromkeys(tag for tag in tags if _CATEGORY.fullmatch(tag))),
        published=when if arxiv_id.version == 1 else None,
        updated=when,
        version=arxiv_id.version,
        comment=comment,
    )
    others = all(_derived(cells[name], arxiv_id.id) for name in cells if name.startswith("other"))
    return paper, whole and all_of_it and all_of_the_comment and others


def day(cell: str, latest: date | None = None) -> date | None:
    """The day of a cell, None where it is empty, names a month, or lies after `latest`; raises `InputError`."""
    cell = cell.strip()
    if not cell or _MONTH.fullmatch(cell):
        return None
    found = _DATE.match(cell)
    try:
        when = date(*map(int, found.groups())) if found else None
    except ValueError:
        when = None
    if when is None:
        raise InputError(f"{cell[:40]!r} is no date")
    return None if latest and when > latest else when


def _split(line: str) -> list[str]:
    line = line.strip()
    return line[1 : -1 if line.endswith("|") else None].split("|")


def _cells(names: tuple[Column, ...], line: str) -> dict[str, str]:
    """The cells by column, those of other columns as `other 0`, `other 1`, ...; those missing at the end left out."""
    parts = _split(line)
    spare, at = len(parts) - len(names), 0
    cells: dict[str, str] = {}
    for number, name in enumerate(names):
        if at >= len(parts):
            break
        last = number == len(names) - 1
        end = len(parts) if last else _end(name, names[number + 1], parts, at, spare)
        spare -= end - at - 1
        cells[f"other {number}" if name == "other" else name] = "|".join(parts[at:end]).strip()
        at = end
    return cells


def _end(name: Column, following: Column, parts: list[str], at: int, spare: int) -> int:
    """Behind which part a cell ends that begins with part `at`; one without an end of its own takes what is spare."""
    start = parts[at].lstrip()
    if start.startswith(_FOLD):
        ends = (end for end in range(at + 1, len(parts) + 1) if parts[end - 1].rstrip().endswith(_FOLD_ENDS))
    elif name == "title" and start.startswith(("[", "**[")):
        ends = (end for end in range(at + 1, len(parts) + 1) if _TITLE_ENDS.search(parts[end - 1][-400:]))
    elif name in ("comment", "authors", "tags", "other"):
        most = min(at + 1 + max(spare, 0), len(parts) - 1)
        ends = (end for end in range(at + 1, most + 1) if _begins(following, parts[end]))
    else:
        return at + 1
    return next(ends, at + 1)


def _begins(name: Column, part: str) -> bool:
    part = part.strip()
    if name == "date":
        return _DATE.fullmatch(part) is not None
    if name == "title":
        return part.startswith(("[", "**["))
    return name != "abstract" or not part or part.startswith(_FOLD)


def _with_title(names: tuple[Column, ...], cells: dict[str, str]) -> dict[str, str]:
    """The cells of a table without a column of titles: the first that leads to a paper holds its title."""
    for name, cell in cells.items():
        if name.startswith("other") and _LINKED.search(cell):
            return {**{key: text for key, text in cells.items() if key != name}, "title": cell}
    raise InputError(f"names no paper under {', '.join(names)}")


def _title(cells: dict[str, str]) -> tuple[str, str, bool]:
    """Address and title, and whether the cell holds nothing else."""
    cell = cells.get("title", "")
    links = list(_LINKED.finditer(cell))
    if links and "[" in cell[: links[0].start() + 1]:
        link = next((link for link in links if not cell[link.end() :].strip("* ")), links[0])
        start = cell.index("[")
        rest = cell[:start] + cell[link.end() :]
        return link[1], _plain(cell[start + 1 : link.start()]), not rest.strip("* ")
    bare = _BARE.search(cells.get("link", "")) or _BARE.search(cells.get("abstract", "")[:300])
    title = _plain(cell.strip("* "))
    if not bare or not title:
        raise InputError(f"does not have the form of its table's rows: {cell[:60]!r}")
    return bare[0], title, True


def _unfold(cell: str) -> tuple[str, bool]:
    """The text of a cell, or of its first fold, and whether that is all of it."""
    opened = _OPENS.match(cell)
    if not opened:
        return _plain(cell), True
    end = cell.find(_FOLD_ENDS, opened.end())
    if end < 0:  # torn: the start of a text is worse than none
        return "", False
    text = cell[opened.end() : end].strip().removesuffix("</p>")
    return _plain(text), not cell[end + len(_FOLD_ENDS) :].strip()


def _derived(cell: str, paper_id: str) -> bool:
    """Whether a cell of the fork's own says nothing that would be missed: a number, a label, a link to the paper."""
    return (len(cell) <= _SHORT and "](" not in cell) or (paper_id in cell and len(cell) <= 5 * _SHORT)


def _plain(text: str) -> str:
    """The text of a cell; the escapes that `write` writes are undone."""
    for escape, char in _ESCAPED.items():
        text = text.replace(escape, char)
    return clean(text)
