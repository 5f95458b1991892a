"""The static site: what its pages say, that they are valid, whole and safe; the folder on disk."""

import dataclasses
import html.parser
import posixpath
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import html5lib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.digest.model import Digest, Section, arrange
from recommender.errors import InputError
from recommender.paper import Paper, Scored, clean
from recommender.site import Site, Written, chart, environment, layout, packed, pages, plots, render, write
from recommender.site.latex import readable
from recommender.vectors import DoubleArray, unit
from tests.helpers.site_example import DAY, SEED, example, static_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return static_model(tmp_path_factory.mktemp("model") / "static")


@pytest.fixture(scope="module")
def site(model: Path) -> Site:
    return example(model)


@pytest.fixture(scope="module")
def files(site: Site) -> dict[str, str]:
    return render(site)


def one_paper(model: Path, paper: Paper, *, title: str = "Section", query: str = "") -> Site:
    rows = arrange([Scored(paper, 0.5, 90.0)], shown={}, day=DAY, top=10)
    vectors = np.eye(1, 24, dtype=np.float32)
    digest = Digest(DAY, (Section(title, query or title, rows),))
    memory = {title: {paper.id: (paper.version, DAY)}}
    return Site("Site", digest, (paper,), vectors, model, shown=memory, neighbours={paper.id: (Scored(paper, 1, 99),)})


class Links(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action") and value:
                self.found.append(value)
            if name == "id" and value:
                self.ids.add(value)


def text_of(page: str) -> str:
    """The text of the page as a browser would read it, white space collapsed."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    body = document.find("body")
    assert body is not None
    return " ".join("".join(body.itertext()).split())


def test_there_is_a_page_for_each_section_paper_and_month(files: dict[str, str]) -> None:
    assert [name for name in files if name.startswith("sections/")] == [
        "sections/composed-video-retrieval.html",
        "sections/composed-image-retrieval.html",
        "sections/multimodal-retrieval.html",
    ]
    assert sum(name.startswith("papers/") for name in files) == 231
    assert {"index.html", "search.html", "archive/index.html", "archive/2025-11.html", "map.svg"} <= set(files)


def test_every_page_is_valid_html(files: dict[str, str]) -> None:
    for name, text in files.items():
        if name.endswith(".html"):
            html5lib.HTMLParser(strict=True).parse(text)


def test_the_pictures_are_well_formed_xml_with_a_title(files: dict[str, str]) -> None:
    for name in ("map.svg", "months.svg"):
        root = ET.fromstring(files[name])
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        assert "href" not in files[name]


def test_every_link_inside_the_site_leads_somewhere(files: dict[str, str]) -> None:
    parsed = {name: Links(text) for name, text in files.items() if name.endswith(".html")}
    for name, page in parsed.items():
        for link in page.found:
            if re.match(r"https?:", link) or link.endswith(".atom"):
                continue
            path, _, fragment = re.sub(r"\?[^#]*", "", link).partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            assert target in files, f"{name} links to {link}"
            assert not fragment or fragment in parsed[target].ids, f"{name} links to {link}"


def test_every_paper_is_reached_from_the_start_page(files: dict[str, str]) -> None:
    seen, todo = {"index.html"}, ["index.html"]
    while todo:
        name = todo.pop()
        for link in Links(files[name]).found:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), link.partition("#")[0]))
            if target.endswith(".html") and target in files and target not in seen:
                seen.add(target)
                todo.append(target)
    assert {name for name in files if name.endswith(".html")} == seen


def test_no_page_loads_anything_from_elsewhere_and_the_policy_forbids_it(files: dict[str, str]) -> None:
    for name, text in files.items():
        if name.endswith(".html"):
            assert "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'" in text
            assert not re.search(r"<(?:script|img|iframe)[^>]+(?:src)=[\"']?(?:https?:)?//", text)
            assert not re.search(r"<link[^>]+href=[\"']?(?:https?:)?//", text)
            assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", text)
    for name in ("assets/site.css", *(f"assets/{each}.js" for each in ("site", "grammar", "engine", "search"))):
        assert "//" not in re.sub(r"(?m)^\s*//.*$", "", files[name])


def test_the_same_site_gives_the_same_bytes(site: Site, files: dict[str, str]) -> None:
    assert render(site) == files


def test_a_section_says_where_its_papers_come_from(files: dict[str, str]) -> None:
    text = text_of(files["sections/composed-video-retrieval.html"])
    where = "from 5,231 candidates, the newest of 2025-11-13. Fetched 2025-11-14 from arXiv's query API."
    assert f"39 papers of 79 above the cut, {where}" in text
    assert "Stale" not in text


def test_a_stale_section_says_since_when_and_why_on_both_pages(files: dict[str, str]) -> None:
    text = text_of(files["sections/composed-image-retrieval.html"])
    assert "Stale since 2025-11-12: it hung. These are the papers of 2025-11-11." in text
    assert text_of(files["index.html"]).count("stale since 2025-11-12") == 1


def test_a_section_lists_its_papers_in_the_digests_order(site: Site, files: dict[str, str]) -> None:
    links = Links(files["sections/multimodal-retrieval.html"]).found
    shown = [link.removeprefix("../") for link in links if "/papers/" in link]
    assert shown == [environment.paper_page(row.paper.id) for row in site.digest.sections[2].rows]


def test_new_papers_are_marked_and_counted(files: dict[str, str]) -> None:
    assert '<span class="mark news">new</span>' in files["sections/multimodal-retrieval.html"]
    assert re.search(r"\d+ new or revised", text_of(files["index.html"]))


def test_a_paper_names_its_sections_and_its_neighbours(site: Site, files: dict[str, str]) -> None:
    paper = next(row.paper for row in site.digest.sections[2].rows if row.elsewhere)
    text = text_of(files[environment.paper_page(paper.id)])
    assert readable(clean(paper.abstract)) in text
    assert "Composed Video Retrieval" in text.split(readable(clean(paper.abstract)))[1]
    assert all(readable(near.paper.title) in text for near in site.neighbours[paper.id])


def test_a_neighbour_without_a_page_here_is_linked_at_arxiv(model: Path) -> None:
    here, away = Paper("2501.00001", "Here", "a", version=1), Paper("2501.00002", "Away", "b", version=3)
    site = dataclasses.replace(one_paper(model, here), neighbours={here.id: (Scored(away, 0.9, 99),)})
    assert '<a href="https://arxiv.org/abs/2501.00002v3"><bdi>Away</bdi></a>' in render(site)["papers/2501.00001.html"]


def test_the_archive_tells_each_day_what_was_first_shown_then(site: Site, files: dict[str, str]) -> None:
    page = files["archive/2025-11.html"]
    days = re.findall(r'<h2 id="d(.{10})">', page)
    assert days == ["2025-11-14", "2025-11-13", "2025-11-12", "2025-11-11"]
    first = page.split('id="d2025-11-13"')[0]
    for row in site.digest.sections[0].rows:
        today = site.shown[site.digest.sections[0].title][row.paper.id][1] == DAY
        assert (environment.paper_page(row.paper.id) in first.partition("Composed Image")[0]) == today


def test_an_empty_digest_still_makes_a_site(model: Path) -> None:
    empty = Site("Empty", Digest(DAY, (Section("Nothing", "Nothing"),)), (), np.zeros((0, 24), np.float32), model)
    files = render(empty)
    assert "No paper is relevant enough" in files["sections/nothing.html"]
    for name in ("index.html", "archive/index.html", "sections/nothing.html"):
        html5lib.HTMLParser(strict=True).parse(files[name])


def test_old_style_ids_get_a_flat_name(model: Path) -> None:
    files = render(one_paper(model, Paper("quant-ph/0201082", "Old", "Abstract.")))
    assert "papers/quant-ph-0201082.html" in files


NASTY = ["</script><script>alert(1)</script>", "$\\alpha < \\beta$ & \"quotes\" 'too'", "<!-- -->", "{{ 7 * 7 }}"]
ENVIRONMENT = environment.environment()


@given(st.one_of(st.sampled_from(NASTY), st.text(min_size=1)), st.text())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_of_papers_is_shown_as_text_whatever_it_holds(model: Path, title: str, other: str) -> None:
    title = clean(title) or "x"
    paper = Paper("2501.00001", title, other, authors=(other,), categories=("cs.CV",), comment=other, version=2)
    made = pages.Pages(ENVIRONMENT, one_paper(model, paper, title=title))
    shown = {" ".join(environment.printable(text).split()) for text in (title, readable(title))}
    html5lib.HTMLParser(strict=True).parse(made.new())
    for page in (
        *made.papers().values(),
        *made.sections().values(),
        *made.archive().values(),
        made.index(),
        made.search(),
    ):
        html5lib.HTMLParser(strict=True).parse(page)
        assert any(text in text_of(page) for text in shown) or "<h1>Archive" in page


def test_codes_of_any_width_come_back_from_the_stream_that_the_page_reads() -> None:
    codes = np.random.default_rng(1).integers(0, 8, (5, 24)).astype(np.uint8)
    stream = np.append(packed.pack(codes, 3), 0).astype(int)
    read = [(int(stream[b >> 3]) << 8 | int(stream[(b >> 3) + 1])) >> 13 - (b & 7) & 7 for b in range(0, 5 * 24 * 3, 3)]
    assert read == codes.reshape(-1).tolist()


@pytest.mark.parametrize(("bits", "least"), [(8, 0.999), (4, 0.985), (3, 0.95)])
def test_quantised_vectors_keep_their_direction(bits: int, least: float) -> None:
    vectors = unit(np.random.default_rng(2).standard_normal((200, 256)))
    again = unit(packed.dequantise(*packed.quantise(vectors, bits), bits))
    assert (vectors * again).sum(axis=1).min() > least


def test_the_map_keeps_neighbours_together_better_than_two_components() -> None:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((12, 32)) * 2
    vectors = unit(np.repeat(centres, 15, axis=0) + rng.standard_normal((180, 32)))
    group = np.repeat(np.arange(12), 15)

    def kept(positions: DoubleArray) -> float:
        distances = ((positions[:, None] - positions[None]) ** 2).sum(axis=2)
        np.fill_diagonal(distances, np.inf)
        return float((group[distances.argsort(axis=1)[:, :10]] == group[:, None]).mean())

    placed = layout.plane(vectors)
    assert placed.min() >= 0
    assert placed.max() <= 1
    assert kept(placed) > 0.95 > 0.8 > kept(layout._components(vectors.astype(np.float64)))
    assert (layout.plane(vectors) == placed).all()


@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11])
def test_few_papers_have_a_place_too(count: int) -> None:
    vectors = unit(np.random.default_rng(3).standard_normal((count, 8))) if count else np.zeros((0, 8), np.float32)
    placed = layout.plane(vectors)
    assert placed.shape == (count, 2)
    assert np.isfinite(placed).all()


def test_equal_papers_do_not_break_the_map() -> None:
    assert np.isfinite(layout.plane(np.tile(unit(np.ones((1, 8))), (30, 1)))).all()


def test_months_are_counted_without_gaps_over_two_years() -> None:
    counted = plots.months([{"2025-11": 2, "2024-01": 1, "2019-01": 9}, {}], until=DAY)
    assert (counted.labels[0], counted.labels[-1], len(counted.labels)) == ("2023-12", "2025-11", 24)
    assert counted.counts[0] == (0, 1, *[0] * 21, 2)
    assert counted.counts[1] == (0,) * 24


def test_a_paper_of_two_sections_is_on_the_map_where_its_full_row_is(site: Site) -> None:
    drawn = chart.of(site)
    assert drawn is not None
    groups = {point.href: point.group for point in drawn.points}
    titles = [section.title for section in site.digest.sections]
    pointers = [row for section in site.digest.sections for row in section.rows if row.elsewhere]
    assert pointers
    for row in pointers:
        assert titles[groups[environment.paper_page(row.paper.id)]] == row.elsewhere


def test_thirty_sections_are_told_apart_by_colour_and_shape() -> None:
    assert len({plots.style(n) for n in range(30)}) == 30


def test_writing_again_touches_nothing_and_removes_only_what_an_earlier_run_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    assert write(folder, {"index.html": "a", "papers/1.html": "b"}).changed == 2
    (folder / "CNAME").write_text("example.org")
    assert write(folder, {"index.html": "a", "papers/1.html": "b"}).changed == 0
    result = write(folder, {"index.html": "c"})
    assert (result.changed, result.removed) == (1, 1)
    assert not (folder / "papers" / "1.html").exists()
    assert (folder / "CNAME").read_text() == "example.org"


def test_a_folder_with_somebody_elses_start_page_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(InputError, match=r"holds an index.html that `recommend site` did not write"):
        write(tmp_path, {"index.html": "theirs"})
    assert (tmp_path / "index.html").read_text() == "mine"


def test_a_tampered_list_of_files_cannot_remove_anything_outside(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    write(tmp_path / "site", {"index.html": "a"})
    with (tmp_path / "site" / ".recommend-site").open("a") as listing:
        listing.write(f"../precious\n{tmp_path / 'precious'}\n")
    write(tmp_path / "site", {"index.html": "a"})
    assert (tmp_path / "precious").exists()


def test_the_seed_is_what_the_example_is_made_of() -> None:
    assert len(SEED.papers) == 231


@pytest.mark.parametrize("name", ["notes.txt", "papers/2407.16658.html", "assets/site.css"])
def test_a_folder_that_holds_somebody_elses_files_is_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputError, match="that `recommend site` did not write; name another folder"):
        write(tmp_path, {"index.html": "theirs", "papers/2407.16658.html": "theirs", "assets/site.css": "theirs"})
    assert [path.read_text() for path in tmp_path.rglob("*") if path.is_file()] == ["mine"]


def test_what_a_publisher_puts_beside_a_site_and_its_own_pictures_and_feeds_are_no_strangers(
    tmp_path: Path, files: dict[str, str]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "CNAME").write_text("example.org")
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "all.atom").write_text("<generator>recommender</generator>")
    (tmp_path / "map.svg").write_text(files["map.svg"], "utf-8")
    (tmp_path / "months.svg").write_text(files["months.svg"], "utf-8")
    assert write(tmp_path, {"index.html": "a", "map.svg": "b"}).changed == 2
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == ["CNAME", "feeds", "index.html", "map.svg"]


@pytest.mark.parametrize("link", ["papers", "index.html", "assets/site.css", "."])
def test_pages_are_not_written_through_a_link_out_of_the_folder(tmp_path: Path, link: str) -> None:
    outside, home = tmp_path / "outside", tmp_path / "home"
    outside.mkdir()
    (home / "site" / link).parent.mkdir(parents=True)
    (home / "site" / link if link != "." else home / "site").symlink_to(outside / ("x" if "." in link[1:] else ""))
    with pytest.raises(InputError, match=r"is a link out of|did not write"):
        write(home / "site", {"index.html": "a", "papers/1.html": "b", "assets/site.css": "c"}, within=home)
    assert list(outside.iterdir()) == []


def test_neither_the_root_nor_the_home_folder_becomes_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for folder in (Path("/"), tmp_path, tmp_path / "home"):
        with pytest.raises(InputError, match="holds the home folder"):
            write(folder, {"index.html": "a"})
    assert list((tmp_path / "home").iterdir()) == []


def test_a_list_of_the_first_version_names_files_without_hashes(tmp_path: Path) -> None:
    page = '<link rel="stylesheet" href="../assets/site.css">'
    (tmp_path / "papers").mkdir()
    for name, text in (("index.html", page), ("papers/1.html", page), ("mine.html", "Mine")):
        (tmp_path / name).write_text(text)
    (tmp_path / "site.js").write_text("of the first version")
    (tmp_path / ".recommend-site").write_text("index.html\nmine.html\npapers/1.html\nsite.js\n")
    assert write(tmp_path, {"index.html": "new", "site.js": "new"}) == Written(2, 2, 1)
    assert (tmp_path / "mine.html").read_text() == "Mine"


def test_the_front_page_counts_papers_as_the_digest_does(site: Site, files: dict[str, str]) -> None:
    assert f"{site.digest.counted}, as of" in text_of(files["index.html"])
