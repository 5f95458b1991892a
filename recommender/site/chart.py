"""The map of the papers that a digest shows: where they lie, and what groups of them are about."""

from itertools import chain, zip_longest

from recommender.site import latex, layout, plots
from recommender.site.environment import paper_page
from recommender.site.model import Site
from recommender.site.themes import themes

_MAP_PAPERS = 480
"Most papers on the map: the layout is quadratic, and more marks than this hide each other."
_LEAST_PAPERS, _LEAST_THEMES = 15, 2
"Papers on a map, and groups of them that have a name, below which it says nothing that a list does not."


def of(site: Site) -> plots.Map | None:
    """The map of a site, each paper in the section that shows it in full; None where it says no more than a list."""
    group = _groups(site)
    rows = [n for n, paper in enumerate(site.papers) if paper.id in group]
    if len(rows) < _LEAST_PAPERS:
        return None
    titles = [section.title for section in site.digest.sections]
    papers = [site.papers[n] for n in rows]
    positions = layout.plane(site.vectors[rows])
    found = themes([paper.title for paper in papers], positions, titles)
    if len(found) < _LEAST_THEMES:
        return None
    points = {
        paper.id: plots.Point(
            float(x),
            float(y),
            group[paper.id],
            latex.readable(paper.title),
            paper_page(paper.id),
            titles[group[paper.id]],
        )
        for paper, (x, y) in zip(papers, positions, strict=True)
    }
    lists = ([row.paper.id for row in section.rows] for section in site.digest.sections)
    order = dict.fromkeys(each for each in chain.from_iterable(zip_longest(*lists)) if each in points)
    return plots.Map(tuple(points[each] for each in order), found, tuple(titles))


def _groups(site: Site) -> dict[str, int]:
    """The papers on the map, by id, with the number of the section of each."""
    sections = site.digest.sections
    most = max(_MAP_PAPERS // max(len(sections), 1), 1)
    group: dict[str, int] = {}
    for number, section in enumerate(sections):
        for row in section.rows[:most]:
            if not row.elsewhere or row.paper.id not in group:
                group[row.paper.id] = number
    return group
