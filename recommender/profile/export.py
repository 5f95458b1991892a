"""Lists of papers for other programs: BibTeX, RIS, ids."""

import re
from collections.abc import Callable, Sequence

from recommender.archives import day_of, identifier, url_of
from recommender.paper import Paper
from recommender.store.ratings import TEXT

_SPECIAL = re.compile(r"[&%#_~^](?<!\\.)")
_UNSAFE = {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def bibtex(papers: Sequence[Paper]) -> str:
    """Entries of type misc, keyed by id; formulas stay as the authors wrote them."""
    return "\n".join(_entry(paper) for paper in papers)


def ris(papers: Sequence[Paper]) -> str:
    """Records of type UNPB."""
    return "\n".join(_record(paper) for paper in papers)


def ids(papers: Sequence[Paper]) -> str:
    """An id a line, with the title as a comment; texts of no archive are comments alone."""
    return "".join(
        f"# {paper.title} (on no known archive)\n"
        if _is_text(paper)
        else f"{paper.id}  # {paper.title}".rstrip(" #") + "\n"
        for paper in papers
    )


FORMATS: dict[str, Callable[[Sequence[Paper]], str]] = {"bibtex": bibtex, "ris": ris, "ids": ids}


def _is_text(paper: Paper) -> bool:
    return paper.id.startswith(TEXT)


def _entry(paper: Paper) -> str:
    fields = {"title": f"{{{_balanced(paper.title)}}}", "author": " and ".join(map(_balanced, paper.authors))}
    if not _is_text(paper):
        fields |= {
            "year": str(day_of(paper).year),
            "eprint": paper.id,
            "archivePrefix": identifier(paper).split(":")[0],
        }
        fields |= {"primaryClass": paper.categories[0] if paper.categories else "", "url": url_of(paper)}
    fields |= {"abstract": _balanced(paper.abstract)}
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value.strip("{}")]
    return f"@misc{{{re.sub(r'[^A-Za-z0-9.-]+', '_', paper.id)},\n{''.join(lines)}}}\n"


def _balanced(text: str) -> str:
    """Text that can stand between braces: specials outside formulas escaped, braces that do not match left out."""
    parts = text.split("$")
    if len(parts) % 2:  # every formula ends
        parts[::2] = [_SPECIAL.sub(lambda found: _UNSAFE.get(found[0], rf"\{found[0]}"), part) for part in parts[::2]]
        text = "$".join(parts)
    depth = 0
    for char in text:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            break
    text = text if depth == 0 else text.replace("{", "").replace("}", "")
    return text[:-1] if text.endswith("\\") else text


def _record(paper: Paper) -> str:
    lines = [("TY", "UNPB"), ("TI", paper.title), *(("AU", name) for name in paper.authors)]
    if not _is_text(paper):
        lines += [("PY", str(day_of(paper).year)), ("AN", identifier(paper)), ("UR", url_of(paper))]
    lines += [("AB", paper.abstract)]
    return "".join(f"{tag}  - {value}\n" for tag, value in lines if value) + "ER  - \n"
