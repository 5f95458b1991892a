"""What the front page opens with: of each section its news, its best match and its newest papers, each with why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recommender.archives import day_of
from recommender.digest.model import Row, Section
from recommender.paper import Paper
from recommender.rank.wording import stems
from recommender.site.latex import readable

_WORDS = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_CODE = re.compile(r"https://(?:github\.com|gitlab\.com|huggingface\.co|codeberg\.org)/[\w.-]+/[\w./-]*\w")


@dataclass(frozen=True, slots=True)
class Pick:
    """A row of a section that the front page shows."""

    row: Row
    label: str
    "`new`, `revised`, `best match`, `newest`, or empty"


def number_of_picks(sections: int) -> int:
    """How many papers of each section open the front page."""
    return 10 if sections == 1 else 5 if sections <= 3 else 3


def picks(section: Section, number: int) -> tuple[Pick, ...]:
    """At most so many rows of a section: what is new, its best match, and the latest of the rest.

    Papers that another section shows in full stand here only where there are too few others.
    """
    rows = sorted(section.rows, key=lambda row: (bool(row.elsewhere), row.rank))
    news = [row for row in rows if row.mark][: max(number - 1, 1)]
    best = [row for row in rows if not row.elsewhere and not row.mark][:1]
    latest = sorted(rows, key=lambda row: (not row.elsewhere, day_of(row.paper)), reverse=True)
    chosen = list({row.paper.id: row for row in [*news, *best, *latest]}.values())[:number]
    newest = max((day_of(row.paper) for row in section.rows), default=None)
    return tuple(Pick(row, _label(row, newest=day_of(row.paper) == newest)) for row in chosen)


def _label(row: Row, *, newest: bool) -> str:
    if row.mark:
        return row.mark
    return "best match" if row.rank == 1 else "newest" if newest else ""


def why(row: Row, query: str, titles: Sequence[tuple[str, str]] = ()) -> str:
    """Why a paper is in a section, as a clause; empty where the reader's own like says it better, see `Scored.because`.

    `titles` are pairs of id and title: an example that decided is named by its title where that is known.
    """
    scored = row.scored
    if scored.because:
        return ""
    if scored.like:
        return f"like {dict(titles).get(scored.like, scored.like)}"
    return words_in_common(query, scored.paper)


def words_in_common(query: str, paper: Paper) -> str:
    """Name the words of a query that a paper has, and whether in title or abstract."""
    title = set(stems(readable(paper.title)))
    every = title.union(stems(readable(paper.abstract)))
    words = {word: set(stems(word)) for word in dict.fromkeys(_WORDS.findall(query))}
    there = [word for word, parts in words.items() if parts and parts <= title]
    below = [word for word, parts in words.items() if parts <= every and not parts <= title]
    places = (("title", there), ("abstract", below))
    parts = [f"in its {place}: {', '.join(found)}" for place, found in places if found]
    return "; ".join(parts) or "near in meaning, in other words"


def code_of(paper: Paper) -> str:
    """The first address of code that a paper's comment or abstract names; empty where there is none."""
    found = _CODE.search(f"{paper.comment} {paper.abstract}")
    return found[0].rstrip(".,;:") if found else ""
