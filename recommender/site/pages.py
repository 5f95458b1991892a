"""Every page of the site as text, from Jinja2 templates that escape whatever they show."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from typing import Any

import jinja2

from recommender.archives import day_of
from recommender.digest.model import Row, Section, slugs
from recommender.paper import Paper, Reason
from recommender.profile.export import bibtex
from recommender.site import chart, engine, front, latex, plots, search
from recommender.site.environment import environment, paper_page
from recommender.site.model import Site

_LEAST_MONTHS = 4
"Months that must have papers for a section's months to be drawn."


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper in a list."""

    paper: Paper
    relevance: float | None = None
    mark: str = ""
    elsewhere: tuple[str, ...] = ()
    "titles of the other sections that show it"
    because: Reason | None = None
    rank: int = 0
    "1 for its section's best answer, whatever the order"
    why: str = ""
    "why it is here, as a clause, where no like of the reader's is the reason"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paper stands in a section."""

    title: str
    href: str
    row: Row
    before: Paper | None
    "the paper above it; None at the top"
    after: Paper | None
    "the paper below it; None at the end"


@dataclass(frozen=True, slots=True)
class ArchiveDay:
    """What one day's digest showed for the first time, by section."""

    day: date
    sections: tuple[tuple[str, tuple[Paper, ...]], ...]

    @property
    def count(self) -> int:
        """Papers, each once."""
        return len({paper.id for _, papers in self.sections for paper in papers})


def render(site: Site) -> dict[str, str]:
    """Path inside the site's folder -> text; the same bytes for the same input."""
    env = environment()
    pages = Pages(env, site)
    files = {
        "index.html": pages.index(),
        "new.html": pages.new(),
        "search.html": pages.search(),
        **pages.sections(),
        **pages.papers(),
        **pages.archive(),
        **pages.pictures(),
    }
    for name in ("site.css", "site.js", "grammar.js", "engine.js", "search.js", "icon.svg"):
        files[f"assets/{name}"] = (resources.files(__package__) / "assets" / name).read_text("utf-8")
    scripts = search.paper_scripts(site, pages.titles) | engine.model_scripts(
        site.model, site.covered, len(site.papers)
    )
    files |= {f"assets/{name}": text for name, text in scripts.items()}
    files["assets/scale.js"] = engine.scale_script(site.model)
    return files


class Pages:
    """One rendering: the site and what several pages need of it."""

    def __init__(self, env: jinja2.Environment, site: Site) -> None:
        self._env, self._site = env, site
        self._sections = site.digest.sections
        self.titles = [section.title for section in self._sections]
        self._slugs = slugs([*self.titles, *(title for title in site.shown if title not in self.titles)])
        self._has_page = {paper.id for paper in site.papers}
        self._titled = [(paper.id, latex.readable(paper.title)) for paper in site.papers]
        self.numbers: dict[str, list[int]] = defaultdict(list)
        for number, section in enumerate(self._sections):
            for row in section.rows:
                self.numbers[row.paper.id].append(number)
        self._days = _archive(site)
        self._above = {title: site.above[title] for title in self.titles if title in site.above}
        self._months = plots.months([above.months for above in self._above.values()], until=site.digest.day)
        self._map = chart.of(site)

    def page(self, template: str, *, root: str = "", section: str = "", **values: Any) -> str:
        """One page; `root` leads from it to the site's folder, `section` is the one whose feeds it points at."""
        sections = [(title, f"{root}sections/{self._slugs[title]}.html") for title in self.titles]
        feeds = [feed for feed in self._site.feeds if not feed.section or feed.section == section or not root]
        return self._env.get_template(template).render(
            site=self._site, root=root, sections=sections, feeds=feeds, has_page=self._has_page, **values
        )

    def index(self) -> str:
        """The newest and best of each section, then map, months and archive."""
        number = front.number_of_picks(len(self._sections))
        topics = [
            {
                "title": section.title,
                "slug": self._slugs[section.title],
                "section": section,
                "above": self._above[section.title].papers if section.title in self._above else 0,
                "picks": [
                    replace(self._entry(pick.row, section), mark=pick.label) for pick in front.picks(section, number)
                ],
            }
            for section in self._sections
        ]
        return self.page(
            "index.html",
            title=self._site.title,
            topics=topics,
            map=plots.page_map(self._env, self._map) if self._map else "",
            months=self._bars(),
            days=self._days[:5],
        )

    def new(self) -> str:
        """What the digest's day brought, by section."""
        found = [
            (section, [self._entry(row, section) for row in section.rows if row.mark and not row.elsewhere])
            for section in self._sections
        ]
        news = [(section, self._slugs[section.title], entries) for section, entries in found if entries]
        return self.page("new.html", title="New", news=news)

    def search(self) -> str:
        """The search page, which says what it covers."""
        covered = self._site.covered
        return self.page(
            "search.html",
            title="Search",
            covered=len(covered),
            pages=len(self._site.papers),
            parts=len(search.bounds(len(covered))),
            years=search.years(covered),
            categories=search.categories(covered),
        )

    def sections(self) -> dict[str, str]:
        """One page a section."""
        return {
            f"sections/{self._slugs[section.title]}.html": self.page(
                "section.html",
                root="../",
                section=section.title,
                title=section.title,
                shown=section,
                above=self._above[section.title].papers if section.title in self._above else 0,
                entries=[self._entry(row, section) for row in section.rows],
                categories=_categories(section),
            )
            for section in self._sections
        }

    def papers(self) -> dict[str, str]:
        """One page a paper."""
        places = self._places()
        return {
            paper_page(paper.id): self.page(
                "paper.html",
                root="../",
                title=latex.readable(paper.title),
                paper=paper,
                places=places.get(paper.id, []),
                neighbours=[scored.paper for scored in self._site.neighbours.get(paper.id, ())],
                bibtex=bibtex([replace(paper, abstract="")]),
            )
            for paper in self._site.papers
        }

    def _places(self) -> Mapping[str, list[Place]]:
        """Where each paper of the digest stands."""
        places: Mapping[str, list[Place]] = defaultdict(list)
        for section in self._sections:
            papers = [None, *(row.paper for row in section.rows), None]
            href = f"../sections/{self._slugs[section.title]}.html"
            for row, before, after in zip(section.rows, papers, papers[2:], strict=False):
                places[row.paper.id].append(Place(section.title, href, row, before, after))
        return places

    def archive(self) -> dict[str, str]:
        """A list of months, and a page a month with its days."""
        by_month: dict[str, list[ArchiveDay]] = defaultdict(list)
        for day in self._days:
            by_month[f"{day.day:%Y-%m}"].append(day)
        months = [(month, f"{days[0].day:%B %Y}", days) for month, days in by_month.items()]
        pages = {"archive/index.html": self.page("archive.html", root="../", title="Archive", months=months)}
        for month, name, days in months:
            pages[f"archive/{month}.html"] = self.page("month.html", root="../", title=name, days=days)
        return pages

    def pictures(self) -> dict[str, str]:
        """The two pictures, standing alone."""
        return {
            "map.svg": plots.map_picture(self._env, self._map or plots.Map((), (), tuple(self.titles))),
            "months.svg": plots.months_picture(self._env, self._months, list(self._above)),
        }

    def _entry(self, row: Row, section: Section) -> Entry:
        others = [self.titles[n] for n in self.numbers[row.paper.id] if self.titles[n] != section.title]
        scored = row.scored
        reason = front.why(row, section.query, self._titled)
        return Entry(row.paper, scored.relevance, row.mark, tuple(others), scored.because, row.rank, reason)

    def _bars(self) -> list[dict[str, Any]]:
        """The months of each section that has papers in enough of them to show more than a list does."""
        return [
            {
                "title": title,
                "slug": self._slugs[title],
                "total": sum(counts),
                "most": max(counts),
                "peak": self._months.labels[counts.index(max(counts))],
                "labels": self._months.labels,
                "bars": plots.bars(self._env, counts, f"{title}: papers a month"),
            }
            for title, counts in zip(self._above, self._months.counts, strict=True)
            if sum(map(bool, counts)) >= _LEAST_MONTHS
        ]


def _categories(section: Section) -> list[str]:
    """The first categories of a section's papers, the most frequent first."""
    counted = Counter(row.paper.categories[0] for row in section.rows if row.paper.categories)
    return [name for name, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]


def _archive(site: Site) -> list[ArchiveDay]:
    """The memory of the digest turned around: newest day first, sections and papers in a fixed order."""
    papers = {paper.id: paper for paper in site.papers}
    days: dict[date, dict[str, list[Paper]]] = defaultdict(lambda: defaultdict(list))
    for title, memory in site.shown.items():
        for arxiv_id, (_, day) in memory.items():
            if arxiv_id in papers:
                days[day][title].append(papers[arxiv_id])
    return [ArchiveDay(day, tuple(_in_order(days[day].items()))) for day in sorted(days, reverse=True)]


def _in_order(sections: Iterable[tuple[str, Sequence[Paper]]]) -> Iterable[tuple[str, tuple[Paper, ...]]]:
    for title, papers in sections:
        yield title, tuple(sorted(papers, key=lambda p: (day_of(p), p.id), reverse=True))
