"""The API of a served library: what it answers, what it changes, and that it answers as its own schema says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from bench.loopback.arxiv_server import ArxivServer, make_papers
from recommender.store import Store
from tests.helpers import small_home
from tests.helpers.served import NOW, Served, serving

CONFIG = """# my topics
[[sections]]
title = "Quantum error correction"   # the first

[[sections]]
title = "Galaxies"
categories = ["astro-ph.GA"]
top = 2

[profile]
title = "For you"
max_age_days = 0
"""
CODES = "/api/v1/search?q=quantum+error+correcting+codes"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    small_home.fill(tmp_path, small_home.papers())
    with serving(tmp_path) as running:
        yield running


def ids(papers: list[dict[str, Any]]) -> list[str]:
    return [paper["id"] for paper in papers]


def test_a_search_answers_as_the_library_does_with_filters(served: Served, tmp_path: Path) -> None:
    found = served.get(f"{CODES}&number=5")
    with small_home.open_home(tmp_path) as library:
        assert ids(found["papers"]) == [s.paper.id for s in library.search("quantum error correcting codes", 5)]
    assert [paper["rank"] for paper in found["papers"]] == [1, 2, 3, 4, 5]
    assert {c for p in served.get(f"{CODES}&category=cs.CV&category=q-bio")["papers"] for c in p["categories"]} == {
        "cs.CV",
        "q-bio.BM",
    }
    days = [p["published"] for p in served.get(f"{CODES}&since=2026-11-01&until=2026-11-18&number=99")["papers"]]
    assert days
    assert all("2026-11-01" <= day <= "2026-11-18" for day in days)
    newest = [p["published"] for p in served.get(f"{CODES}&newest=true")["papers"]]
    assert newest == sorted(newest, reverse=True)
    assert len(newest) < small_home.NUMBER, "only what is relevant enough"
    assert len(served.get(f"{CODES}&author=e.+noether&number=3")["papers"]) == 3
    assert served.get(f"{CODES}&author=Lovelace")["papers"] == []


def test_a_paper_is_shown_whole_with_what_is_like_it(served: Served) -> None:
    paper = served.get("/api/v1/papers/2601.00000")
    assert paper["title"] == "Quantum error correction with the surface code"
    assert paper["bibtex"].startswith("@misc{2601.00000,")
    assert [version["name"] for version in paper["versions"]] == ["v1"]
    assert served.get("/api/v1/papers/2601.00000v1")["id"] == "2601.00000"
    near = served.get("/api/v1/papers/2601.00000/similar?number=3")["papers"]
    assert all(paper_id.startswith("2601.00") and paper_id != "2601.00000" for paper_id in ids(near))


@pytest.mark.parametrize("plain", [True, False])
def test_formulas_come_as_they_were_written_or_as_plain_text(tmp_path: Path, plain: bool) -> None:
    from dataclasses import replace

    one = replace(small_home.papers()[0], title=r"Decay of $^{130}$Te", abstract="Code at https://github.com/a/b.")
    small_home.fill(tmp_path, [one])
    with serving(tmp_path) as served:
        paper = served.get(f"/api/v1/papers/{one.id}?plain={str(plain).lower()}")
        assert paper["title"] == ("Decay of ¹³⁰Te" if plain else one.title)
        assert r"$^{130}$Te" in paper["bibtex"]
        assert paper["code"] == [{"name": "github.com/a/b", "url": "https://github.com/a/b"}]
        assert served.get(f"/api/v1/search?q=decay&plain={str(plain).lower()}")["papers"][0]["title"] == paper["title"]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/v1/papers/2601.99999", 404, "fetch --id"),
        ("/api/v1/papers/hep-th/9901001", 404, "not stored"),
        ("/api/v1/papers/nothing", 404, "not an arXiv id"),
        ("/api/v1/papers/2601.99999/similar", 404, "not stored"),
        ("/api/v1/search", 422, "q"),
        ("/api/v1/search?q=+", 400, "empty"),
        ("/api/v1/search?q=codes&number=0", 422, "number"),
        ("/api/v1/search?q=codes&number=x", 422, "number"),
        ("/api/v1/search?q=codes&category=cs.XX", 422, "category"),
        ("/api/v1/search?q=codes&since=yesterday", 422, "since"),
        ("/api/v1/search?q=codes&since=2026-01-02&until=2026-01-01", 400, "lies after"),
        ("/api/v1/search?q=%E6%B0%B4%E6%B0%B4", 400, "no word"),
        ("/api/v1/sections/nothing", 404, "no section"),
        ("/api/v1/searches/nothing", 404, "no saved search"),
        ("/api/v1/recommendations", 400, "nothing is liked"),
        ("/feeds/sections/nothing.atom", 404, "no section"),
        ("/feeds/searches/nothing.json", 404, "no saved search"),
        ("/api/v1/nothing", 404, "Not Found"),
    ],
)
def test_what_cannot_be_answered_says_what_and_what_to_do(served: Served, path: str, status: int, says: str) -> None:
    answer = served.ask("GET", path)
    assert (answer.status, set(answer.json)) == (status, {"error", "remedy"})
    assert says in f"{answer.json['error']}; {answer.json['remedy']}"
    assert "Traceback" not in answer.body.decode()


def test_sections_are_as_the_digest_shows_them(served: Served) -> None:
    listed = served.get("/api/v1/sections")["sections"]
    assert [(s["slug"], s["shown"]) for s in listed] == [("quantum-error-correction", 7), ("galaxies", 2)]
    assert listed[1]["settings"]["categories"] == ["astro-ph.GA"]
    section = served.get("/api/v1/sections/galaxies")
    assert len(section["papers"]) == 2
    assert section["provenance"]["candidates"] == 6
    assert section["first"], "nothing was shown before, so nothing is new"


# -- what is said of papers ----------------------------------------------------------------------------------------


def test_a_like_counts_at_once_and_is_written_to_likes_txt(served: Served, tmp_path: Path) -> None:
    said = served.ask("PUT", "/api/v1/profile/papers/2601.00000", {"rating": "like"}).json
    assert said == {"id": "2601.00000", "rating": "like", "changed": True, "stored": True}
    assert not served.ask("PUT", "/api/v1/profile/papers/2601.00000v1", {"rating": "like"}).json["changed"]
    assert "+2601.00000" in (tmp_path / "likes.txt").read_text("utf-8")
    found = served.get("/api/v1/recommendations")["papers"]
    assert found[0]["because"]["id"] == "2601.00000"
    assert next(p for p in served.get(CODES)["papers"] if p["id"] == "2601.00000")["rating"] == "like"
    assert served.get("/api/v1/sections")["sections"][0]["title"] == "For you"


def test_what_was_said_is_taken_back_whole_or_in_part_and_again(served: Served) -> None:
    path = "/api/v1/profile/papers/2601.00001"
    for rating in ("dislike", "saved"):
        assert served.ask("PUT", path, {"rating": rating}).status == 200
    assert served.ask("DELETE", f"{path}?rating=saved").status == 204
    assert [r["rating"] for r in served.get("/api/v1/profile")["ratings"]] == ["dislike"]
    for _ in range(2):
        assert served.ask("DELETE", path).status == 204
    assert served.get("/api/v1/profile")["ratings"] == []


def test_a_paper_that_is_not_stored_yet_can_be_liked_in_a_list_of_its_own(served: Served) -> None:
    said = served.ask("PUT", "/api/v1/profile/papers/hep-th/9901001?list=thesis", {"rating": "like"}).json
    assert (said["id"], said["stored"]) == ("hep-th/9901001", False)
    assert served.get("/api/v1/profile?list=thesis")["ratings"][0]["id"] == "hep-th/9901001"
    assert served.get("/api/v1/profile")["ratings"] == []


@pytest.mark.parametrize("body", [{"rating": "love"}, {}, [], {"rating": "like", "more": 1}, "{", "null"])
def test_a_body_that_says_something_else_is_refused_by_name(served: Served, body: Any) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = served.ask("PUT", "/api/v1/profile/papers/2601.00000", text, Content_Type="application/json")
    assert (answer.status, set(answer.json)) == (422, {"error", "remedy"})


def test_references_are_imported_and_a_dry_run_rates_nothing(served: Served) -> None:
    text = "@misc{a, title={Star formation}, eprint={2601.01000}, archivePrefix={arXiv}}\n@misc{b, title={No end"
    body = {"name": "../../library.bib", "text": text, "dry_run": True}
    for dry in (True, False):
        report = served.ask("POST", "/api/v1/profile/import", body | {"dry_run": dry}).json
        assert (report["entries"], report["new"], len(report["faults"])) == (2, 1, 1)
        assert len(served.get("/api/v1/profile")["ratings"]) == (0 if dry else 1)
    bad = served.ask("POST", "/api/v1/profile/import", {"name": "x.bib", "text": "nothing"})
    assert bad.status == 400
    assert bad.json["error"].startswith("x.bib: ")


def test_a_change_waits_for_another_writer_and_then_says_so(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.verbs.readers.PATIENCE", 0.1)
    with Store.open(tmp_path / "index", write=True):
        answer = served.ask("PUT", "/api/v1/profile/papers/2601.00000", {"rating": "like"})
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert "another process is writing" in answer.json["error"]
        assert served.get(CODES)["papers"], "questions are answered all the while"


# -- sections that are edited ---------------------------------------------------------------------------------------


def test_a_section_is_edited_in_config_toml_and_counts_at_once(served: Served, tmp_path: Path) -> None:
    wanted = {"title": "Quantum codes", "query": "codes for quantum computers", "top": 3, "min_relevance": 40}
    assert served.ask("PUT", "/api/v1/sections/quantum-error-correction", wanted).status == 200
    text = (tmp_path / "config.toml").read_text("utf-8")
    assert text.startswith('# my topics\n[[sections]]\ntitle = "Quantum codes"   # the first\n')
    assert 'title = "Galaxies"\ncategories = ["astro-ph.GA"]\ntop = 2\n' in text
    section = served.get("/api/v1/sections/quantum-codes")
    assert (len(section["papers"]), section["query"]) == (3, "codes for quantum computers")
    assert served.ask("GET", "/api/v1/sections/quantum-error-correction").status == 404


def test_sections_come_and_go(served: Served) -> None:
    assert served.ask("POST", "/api/v1/sections", {"title": "Proteins", "like": ["2601.03000"]}).status == 201
    assert [s["title"] for s in served.get("/api/v1/sections")["sections"]][-1] == "Proteins"
    twice = served.ask("POST", "/api/v1/sections", {"title": "Proteins"})
    assert (twice.status, "titles must differ" in twice.json["remedy"]) == (400, True)
    for slug in ("proteins", "galaxies", "quantum-error-correction"):
        assert served.ask("DELETE", f"/api/v1/sections/{slug}").status == 204
    assert served.get("/api/v1/sections")["sections"] == []
    assert served.ask("DELETE", "/api/v1/sections/proteins").status == 404
    assert served.ask("POST", "/api/v1/sections", {"title": "Proteins"}).status == 201
    assert served.get("/api/v1/sections")["sections"][0]["shown"] == 6


def test_a_preview_shows_what_would_be_shown_and_what_falls_below_the_cut(served: Served, tmp_path: Path) -> None:
    before = (tmp_path / "config.toml").read_text("utf-8")
    wanted = {"title": "x", "query": "quantum error correction", "min_relevance": 60}
    found = served.ask("POST", "/api/v1/sections/preview", wanted).json
    assert found["cut"] == 60
    assert all(paper["relevance"] >= 60 for paper in found["shown"])
    assert all(paper["relevance"] < 60 for paper in found["below"])
    assert not found["full"]
    few = served.ask("POST", "/api/v1/sections/preview", wanted | {"top": 1}).json
    assert (len(few["shown"]), few["full"]) == (1, True)
    unknown = served.ask("POST", "/api/v1/sections/preview", {"title": "水水"}).json
    assert "no word that the model knows" in unknown["problems"][0]
    assert (tmp_path / "config.toml").read_text("utf-8") == before


def test_a_config_toml_with_a_fault_leaves_the_former_one_in_force_and_is_told(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.replace("top = 2", "top = -2"), encoding="utf-8")
    assert served.get("/api/v1/sections/galaxies")["shown"] == 2
    assert "top = -2" in served.get("/api/v1/status")["problem"]
    refused = served.ask("PUT", "/api/v1/sections/galaxies", {"title": "Stars"})
    assert (refused.status, "top = -2" in refused.json["error"]) == (400, True)
    assert "Stars" not in file.read_text("utf-8")
    file.write_text(CONFIG.replace("top = 2", "top = 1"), encoding="utf-8")
    assert served.get("/api/v1/sections/galaxies")["shown"] == 1
    assert served.get("/api/v1/status")["problem"] == ""


# -- saved searches and feeds ---------------------------------------------------------------------------------------


def test_a_saved_search_shows_what_came_since_it_was_last_looked_at(served: Served, tmp_path: Path) -> None:
    path = "/api/v1/searches/my%20codes"
    made = served.ask("PUT", path, {"q": "quantum error correcting codes", "categories": ["quant-ph"]}).json
    assert (made["name"], made["looked"]) == ("my codes", NOW.isoformat().replace("+00:00", "Z"))
    assert served.get(f"{path}/new")["papers"] == []
    from dataclasses import replace

    late = [
        replace(small_home.paper(topic, 1), id=f"2611.0000{n}")
        for n, topic in enumerate((small_home.CODES, small_home.GALAXIES))
    ]
    small_home.fill(tmp_path, late)
    for _ in range(2):
        news = served.get(f"{path}/new")
        assert ids(news["papers"]) == ["2611.00000"]
    assert served.get("/api/v1/searches?count=true")["searches"][0]["new"] == 1
    assert served.ask("POST", f"{path}/seen", {"mark": news["mark"]}).status == 200
    assert served.get(f"{path}/new")["papers"] == []
    assert "2611.00000" in ids(served.get(f"{path}/papers")["papers"])
    assert served.ask("DELETE", path).status == 204
    assert served.ask("DELETE", path).status == 204
    assert served.get("/api/v1/searches")["searches"] == []


def test_every_section_the_profile_and_a_saved_search_have_feeds(served: Served) -> None:
    served.ask("PUT", "/api/v1/searches/my%20codes", {"q": "quantum error correcting codes"})
    served.ask("PUT", "/api/v1/profile/papers/2601.00000", {"rating": "like"})
    for path in ("sections/all", "sections/galaxies", "profile", "searches/my%20codes"):
        atom = served.ask("GET", f"/feeds/{path}.atom")
        assert atom.headers["content-type"].startswith("application/atom+xml")
        root = ElementTree.fromstring(atom.body)
        entries = root.findall("{http://www.w3.org/2005/Atom}entry")
        feed = json.loads(served.ask("GET", f"/feeds/{path}.json").body)
        assert len(entries) == len(feed["items"]) > 0
        assert feed["feed_url"] == f"{served.address}/feeds/{path}.json"


# -- how it is, and the update ---------------------------------------------------------------------------------------


def test_the_status_says_what_is_stale_since_when_and_why(served: Served, tmp_path: Path) -> None:
    small_home.enter(tmp_path, "Galaxies", (small_home.DAY, False, "it hung"))
    status = served.get("/api/v1/status")
    assert status["papers"] == small_home.NUMBER
    assert status["stale"] == [
        {"target": "Galaxies", "since": small_home.DAY.isoformat(), "reason": "it hung", "fetched": None}
    ]
    assert status["update"]["state"] == "none"


def test_an_update_runs_once_at_a_time_tells_its_progress_and_is_found_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795176000")
    small_home.fill(tmp_path, small_home.papers())
    with ArxivServer(make_papers(20)) as arxiv:
        urls = "\n".join(f'{name} = "{url}"' for name, url in arxiv.urls.items())
        sections = '[[sections]]\ntitle = "Graphs"\nkeywords = ["graph"]\ncategories = ["cs.LG"]'
        (tmp_path / "config.toml").write_text(f"{sections}\n[fetch]\n{urls}\n", encoding="utf-8")
        with serving(tmp_path) as served:
            begun = served.ask("POST", "/api/v1/update", {})
            assert (begun.status, begun.json["state"], begun.json["of"]) == (202, "running", 1)
            assert served.ask("POST", "/api/v1/update", {}).status == 409
            while (state := served.get("/api/v1/update"))["state"] == "running":
                assert served.get(CODES)["papers"]
            assert (state["state"], state["error"]) == ("done", "")
            assert state["lines"][0] == "Graphs: 10 new"
            assert len(served.get("/api/v1/search?q=graph+learning&category=cs.LG")["papers"]) == 10
            assert served.get("/api/v1/status")["fetches"][0]["good"]["new"] == 10
    assert "Graph learning" in (tmp_path / "README.md").read_text("utf-8")


def test_an_update_that_cannot_be_made_says_why(served: Served, tmp_path: Path) -> None:
    (tmp_path / "index" / "papers.lock").unlink()
    (tmp_path / "index" / "papers.lock").mkdir()  # so that nobody can write
    assert served.ask("POST", "/api/v1/update", {}).status == 202
    while (state := served.get("/api/v1/update"))["state"] == "running":
        pass
    assert state["state"] == "failed"
    assert "papers" in state["error"] or "index" in state["error"]


def test_what_the_api_answers_is_what_its_schema_says(served: Served) -> None:
    paths = served.get("/openapi.json")["paths"]
    answers = {
        "/api/v1/search": CODES,
        "/api/v1/papers/{id}": "/api/v1/papers/2601.00000",
        "/api/v1/papers/{id}/similar": "/api/v1/papers/2601.00000/similar",
        "/api/v1/sections": "/api/v1/sections",
        "/api/v1/sections/{slug}": "/api/v1/sections/galaxies",
        "/api/v1/status": "/api/v1/status",
    }
    schemas = served.get("/openapi.json")["components"]["schemas"]
    for path, asked in answers.items():
        named = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert set(served.get(asked)) == set(schemas[named.rsplit("/", 1)[1]]["properties"]), path
    undocumented = [
        (path, verb) for path, verbs in paths.items() for verb, told in verbs.items() if not told.get("summary")
    ]
    assert undocumented == []


HOSTILE = [
    "",
    " ",
    "\x00",
    "%00",
    "../..",
    "a" * 5000,
    "💥",
    "\u202e",
    "'; DROP TABLE papers; --",
    "-1",
    "1e99",
    "null",
]


def test_no_value_of_a_parameter_is_a_fault_of_ours(served: Served) -> None:
    for path, verbs in served.get("/openapi.json")["paths"].items():
        if "get" not in verbs:
            continue
        told = {str(status) for status in verbs["get"]["responses"]}
        for text in HOSTILE:
            filled = path
            for parameter in verbs["get"].get("parameters", []):
                if parameter["in"] == "path":
                    filled = filled.replace(f"{{{parameter['name']}}}", quote(text, safe="") or "x")
            query = "&".join(
                f"{p['name']}={quote(text, safe='')}" for p in verbs["get"].get("parameters", []) if p["in"] == "query"
            )
            for asked in (filled, f"{filled}?{query}"):
                status = served.ask("GET", asked).status
                assert str(status) in told, (asked[:200], status)
                assert status < 500, asked[:200]
