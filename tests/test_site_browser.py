"""The site in a real browser: the search, the keyboard, a phone's screen, both colour schemes, accessibility.

Skipped where Chromium, chromedriver or selenium are missing: `apt-get install chromium chromium-driver`,
`pip install '.[test]'`.
"""

import dataclasses
import functools
import http.server
import importlib.resources
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pytest

from recommender import embed
from recommender.rank import Calibration, grammar
from recommender.rank.wording import Wording
from recommender.site import Site, render, write
from recommender.site.latex import readable
from tests.helpers.browser import chromium, log, needs_browser, screen
from tests.helpers.site_example import SEED, example, signed

pytest.importorskip("selenium", reason="the browser tests need `pip install '.[test]'`")
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver

pytestmark = list(needs_browser)

PAPER = signed(SEED.papers[0])
PAGES = [
    "index.html",
    "new.html",
    "search.html",
    "sections/composed-image-retrieval.html",
    f"papers/{PAPER.id}.html",
    "archive/index.html",
    "archive/2025-11.html",
]
QUERIES = [
    "finding a picture by another picture and a change in words",
    "zero-shot composed image retrieval with textual inversion",
    "benchmark of first-person recordings",
    "large language models as rerankers",
    "e-commerce product search",
    "hallucination in medical question answering",
    "contrastive learning of joint embeddings",
    "efficient video moment localisation",
    "documents with tables and figures",
    "remote sensing",
    "adversarial robustness",
    "music",
]
TEXTS = [
    "Composed image-retrieval: don't (re)train!",
    "Schrödinger's naïve café \u2013 Ångström résumé",
    "$\\mathcal{O}(n \\log n)$ & 100% of x_1^2 <= y|z~w",
    "时间序列 forecasting 与 Transformer",
    "\ufb01ne-tuning \uff21\uff22 № ½ İstanbul ẞ ΑΣ",
    "a\u00a0b\u200bc\u00add\ufeffe\tf\x07g",
    "quasi-electrohydrodynamically " * 5,
    "x" * 101,
    "🙂 emoji 👩‍👩‍👧 and \u202eoverride",
    "don\u2019t",
    *(paper.title for paper in SEED.papers[:100]),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Site:
    return example(embed.DEFAULT_MODEL, most=30)


@pytest.fixture(scope="module")
def folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write(folder, render(site))
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[WebDriver]":
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


def results(driver: "WebDriver") -> list[str]:
    """Titles of the results, once there are some."""
    WebDriverWait(driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, "#results li"))
    return [link.text for link in driver.find_elements(By.CSS_SELECTOR, "#results h2 a")]


def said(driver: "WebDriver", text: str) -> str:
    """The line above the results, once it says this."""
    WebDriverWait(driver, 20).until(lambda d: text in d.find_element(By.ID, "status").text)
    return driver.find_element(By.ID, "status").text


@pytest.fixture
def engine(driver: "WebDriver", address: str) -> "WebDriver":
    """The search page with all that it can load."""
    if driver.current_url != f"{address}/search.html?q=video":
        driver.get(f"{address}/search.html?q=video")
    driver.execute_async_script(
        "const [done] = arguments;"
        "Promise.all([wake(), load('rest')]).then(([e, rest]) => { e.setRest(rest); done(); });"
    )
    return driver


def test_the_page_splits_words_into_the_tokens_of_the_model(engine: "WebDriver") -> None:
    encoder = embed.StaticEncoder(embed.DEFAULT_MODEL)
    found = engine.execute_async_script(
        "const [texts, done] = arguments; wake().then((e) => done(texts.map((text) => e.tokens(text))));", TEXTS
    )
    for text, tokens in zip(TEXTS, found, strict=True):
        assert sorted(tokens) == sorted(encoder._tokenize(text)), text


def test_the_page_ranks_as_the_model_does(engine: "WebDriver", site: Site) -> None:
    encoder = embed.StaticEncoder(embed.DEFAULT_MODEL)
    cosines = engine.execute_async_script(
        "const [texts, done] = arguments; wake().then((e) => done(texts.map((text) => e.similarities(text))));", QUERIES
    )
    ranked = np.argsort(-np.array(cosines), axis=1, kind="stable")[:, :10]
    exact = np.argsort(-(encoder.encode_queries(QUERIES) @ site.vectors.T), axis=1, kind="stable")[:, :10]
    shared = [len(set(here.tolist()) & set(there.tolist())) for here, there in zip(ranked, exact, strict=True)]
    assert np.mean(shared) >= 9
    assert min(shared) >= 7


def test_a_question_in_other_words_finds_the_paper(driver: "WebDriver", address: str, site: Site) -> None:
    driver.get(f"{address}/search.html")
    driver.find_element(By.ID, "q").send_keys("footage filmed from the wearer's own viewpoint")
    said(driver, "Nothing fits: none of 90 papers is 50% relevant. The nearest all the same:")
    assert PAPER.title in results(driver)
    assert len(site.papers) == 90


def test_a_name_or_an_id_comes_first(driver: "WebDriver", address: str) -> None:
    for text in (PAPER.id, "egocvr egocentric"):
        driver.get(f"{address}/search.html?q={text}")
        assert results(driver)[0] == PAPER.title


def test_ids_titles_and_authors_are_found_before_the_model_has_come(driver: "WebDriver", address: str) -> None:
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/model.js"]})
    try:
        for text, how in ((PAPER.id, "id"), (PAPER.authors[0], "author"), ("egocvr egocentric", "")):
            driver.get(f"{address}/search.html?q={text}")
            assert PAPER.title in results(driver)
            marks = driver.find_elements(By.CSS_SELECTOR, "#results .mark")
            assert [mark.text for mark in marks[:1]] == ([how] if how else [])
    finally:
        driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})


def test_relevance_is_near_to_what_recommend_search_says(engine: "WebDriver") -> None:
    encoder = embed.StaticEncoder(embed.DEFAULT_MODEL)
    apart = []
    for text in QUERIES:
        (query,) = encoder.encode_queries([text])
        scale = Calibration.of(query, encoder.background, Wording.of(text))
        near = np.linspace(-2, 2, 41) + scale.midpoint
        cosines = (scale.center + scale.width * near).astype(np.float32)
        odds = engine.execute_script(
            "const [text, cosines] = arguments; const scale = engine.calibration(text, engine.vector(text));"
            "return cosines.map(scale.odds);",
            text,
            cosines.tolist(),
        )
        here, there = 1 / (1 + np.exp(-np.array(odds))), 1 / (1 + np.exp(-scale.odds(cosines)))
        apart.append(np.abs(here - there).mean())
    assert max(apart) < 0.2, "where relevance is in doubt; far from 50 per cent they agree"
    assert np.mean(apart) < 0.09


def test_what_fits_nothing_is_told(driver: "WebDriver", address: str) -> None:
    driver.get(f"{address}/search.html?q=galaxy rotation curves")
    said(driver, "Nothing fits: none of 90 papers is 50% relevant")
    assert len(results(driver)) == 10
    driver.get(f"{address}/search.html?q=video au:Nobody")
    said(driver, "Nothing fits: none of 90 papers passes what is asked")


def test_results_are_filtered_by_section_year_and_category(driver: "WebDriver", address: str, site: Site) -> None:
    driver.get(f"{address}/search.html?q=retrieval&section=1&year=2025")
    said(driver, "90 papers")
    wanted = {row.paper.title for row in site.digest.sections[1].rows if str(row.paper.updated).startswith("2025")}
    assert set(results(driver)) <= wanted
    driver.get(f"{address}/search.html?section=0")
    said(driver, "30 of 90 papers, newest first")
    assert set(results(driver)) == {row.paper.title for row in site.digest.sections[0].rows}


ASKED = [
    "kagome magnets",
    "ti:surface au:Gidney decoders",
    'au:"Sergey Levine" robots',
    "au:del_maestro AND ti:checkerboard",
    "au:levine_s",
    "cat:cs.CV,cs.LG pose",
    '"surface code" decoding',
    "\u201csurface code\u201d",
    'lasers -"fibre optics" NOT diode',
    "-ti:survey -au:Wang -cat:math x",
    "id:2407.16658",
    "id:2407.16658,2411.02571 pose",
    "abs:entropy TI:black",
    'an open "quote',
    "spin -1/2 chains - and x-ray",
    "title: a pasted line",
    "re:zero",
    '""',
    "Erdős -ł",
]


def test_a_query_is_taken_apart_as_recommend_search_does(engine: "WebDriver") -> None:
    for text in ASKED:
        found = engine.execute_script("return recommender.parse(arguments[0]);", text)
        there = dataclasses.asdict(grammar.parse(text))
        assert found == {key: list(value) if key != "text" else value for key, value in there.items()}, text


def test_only_papers_that_pass_what_is_asked_of_them_are_shown(driver: "WebDriver", address: str, site: Site) -> None:
    by_author = {paper.title for paper in site.papers if PAPER.authors[0] in paper.authors}
    composed = {paper.title for paper in site.papers if "composed" in paper.title.lower()}
    others = {paper.title for paper in site.papers} - composed
    asked = {"ti:composed retrieval": composed, "retrieval -composed": others, f'au:"{PAPER.authors[0]}"': by_author}
    for text, titles in asked.items():
        driver.get(f"{address}/search.html?q={quote(text)}")
        said(driver, "of 90 papers")
        assert set(results(driver)) <= titles


def test_a_result_leads_to_the_papers_page(driver: "WebDriver", address: str) -> None:
    driver.get(f"{address}/search.html?q={PAPER.id}")
    results(driver)
    driver.find_element(By.CSS_SELECTOR, "#results h2 a").click()
    assert driver.current_url == f"{address}/papers/{PAPER.id}.html"
    assert driver.find_element(By.TAG_NAME, "h1").text == PAPER.title


def test_the_search_works_from_disk_too(driver: "WebDriver", folder: Path) -> None:
    driver.get((folder / "index.html").as_uri())
    box = driver.find_element(By.ID, "q")
    box.send_keys("music", Keys.ENTER)
    WebDriverWait(driver, 10).until(lambda d: "search.html" in d.current_url)
    said(driver, "of 90 papers")
    assert results(driver)


def test_what_is_typed_is_never_run(driver: "WebDriver", address: str) -> None:
    driver.get(f"{address}/search.html?q=%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D%27run%27%22%3E")
    results(driver)
    assert driver.title == "Search · Video retrieval daily"
    assert driver.find_elements(By.TAG_NAME, "img") == []


def test_no_page_asks_anybody_else_or_breaks_its_own_policy(driver: "WebDriver", address: str) -> None:
    log(driver, "performance")
    log(driver, "browser")
    for page in [*PAGES, "search.html?q=video"]:
        driver.get(f"{address}/{page}")
    results(driver)
    events = [json.loads(entry["message"])["message"] for entry in log(driver, "performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert len(asked) > len(PAGES)
    assert [url for url in asked if not url.startswith(address)] == []
    assert log(driver, "browser") == []


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_never_scrolls_sideways(driver: "WebDriver", address: str, page: str) -> None:
    screen(driver, 390, 844, "light")
    driver.get(f"{address}/{page}")
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 390


def test_the_keyboard_reaches_content_and_map(driver: "WebDriver", address: str) -> None:
    screen(driver, 1200, 900, "light")
    driver.get(f"{address}/index.html")
    active = driver.switch_to.active_element
    active.send_keys(Keys.TAB)
    skip = driver.switch_to.active_element
    assert skip.text == "Skip to the content"
    assert skip.is_displayed()

    marks = driver.find_elements(By.CSS_SELECTOR, ".plot a")
    assert sum(mark.get_attribute("tabindex") == "0" for mark in marks) == 1, "one stop for the whole map"
    driver.execute_script("arguments[0].focus()", marks[0])
    seen = set()
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.ARROW_LEFT, Keys.ARROW_UP) * 2:
        mark = driver.switch_to.active_element
        seen.add(mark.get_attribute("aria-label"))
        assert driver.find_element(By.CSS_SELECTOR, ".tip a").text == mark.get_attribute("aria-label")
        mark.send_keys(key)
    assert len(seen) > 2
    focused = driver.switch_to.active_element.get_attribute("aria-label")
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    WebDriverWait(driver, 10).until(lambda d: "/papers/" in d.current_url)
    assert driver.find_element(By.TAG_NAME, "h1").text == focused


def test_marks_of_the_map_lie_a_fingers_width_apart_on_a_phone(driver: "WebDriver", address: str) -> None:
    screen(driver, 360, 800, "light")
    driver.get(f"{address}/index.html")
    places = np.array(
        driver.execute_script(
            "return [...document.querySelectorAll('.plot a')].map((mark) => { const r = mark.getBoundingClientRect();"
            "return [r.left + r.width / 2, r.top + r.height / 2, r.width, r.height]; });"
        )
    )
    apart = np.linalg.norm(places[:, None, :2] - places[None, :, :2], axis=2) + 999 * np.eye(len(places))
    assert len(places) > 5
    assert apart.min() >= 23.9
    assert places[:, 2:].min() >= 23.9


@pytest.mark.parametrize("width", [360, 1280])
def test_names_on_the_map_are_whole_and_apart(driver: "WebDriver", address: str, width: int) -> None:
    screen(driver, width, 900, "light")
    driver.get(f"{address}/index.html")
    frame, *boxes = driver.execute_script(
        "return [document.querySelector('.plot'), ...document.querySelectorAll('.plot text')]"
        ".map((each) => each.getBoundingClientRect()).filter((r) => r.width)"
        ".map((r) => [r.left, r.top, r.right, r.bottom]);"
    )
    assert len(boxes) >= 2
    for number, box in enumerate(boxes):
        assert frame[0] <= box[0] <= box[2] <= frame[2]
        assert frame[1] <= box[1] <= box[3] <= frame[3]
        for other in boxes[:number]:
            assert box[0] >= other[2] or other[0] >= box[2] or box[1] + 3 >= other[3] or other[1] + 3 >= box[3]


def test_the_title_stands_beside_the_mark_and_on_the_screen(driver: "WebDriver", address: str) -> None:
    screen(driver, 360, 800, "light")
    driver.get(f"{address}/index.html")
    for mark in driver.find_elements(By.CSS_SELECTOR, ".plot a")[:8]:
        driver.execute_script("arguments[0].focus(); arguments[0].scrollIntoView({ block: 'center' })", mark)
        gap, left, right = driver.execute_script(
            "const [t, m] = [document.querySelector('.tip'), arguments[0]].map((e) => e.getBoundingClientRect());"
            "return [Math.max(t.top - m.bottom, m.top - t.bottom), t.left, t.right];",
            mark,
        )
        assert gap < 20
        assert 0 <= left < right <= 360
        assert driver.find_element(By.CSS_SELECTOR, ".tip a").text == mark.get_attribute("aria-label")


def test_a_long_section_is_sorted_and_filtered(driver: "WebDriver", address: str, site: Site) -> None:
    screen(driver, 1200, 900, "light")
    rows = site.digest.sections[1].rows
    driver.get(f"{address}/sections/composed-image-retrieval.html")

    def shown() -> list[str]:
        return [link.text for link in driver.find_elements(By.CSS_SELECTOR, "#list h2 a")]

    assert shown() == [readable(row.paper.title) for row in rows]
    Select(driver.find_element(By.ID, "order")).select_by_value("date")
    days = [item.get_attribute("data-date") or "" for item in driver.find_elements(By.CSS_SELECTOR, "#list li")]
    assert days == sorted(days, reverse=True)
    driver.find_element(By.ID, "words").send_keys("zero-shot")
    assert 0 < len(shown()) < len(rows)
    assert f"{len(shown())} of {len(rows)} papers" in driver.find_element(By.ID, "left").text
    driver.find_element(By.ID, "words").clear()
    driver.find_element(By.ID, "news").click()
    assert len(shown()) == sum(bool(row.mark) for row in rows)


def test_a_bibtex_entry_is_copied_by_a_button(driver: "WebDriver", address: str) -> None:
    driver.get(f"{address}/papers/{PAPER.id}.html")
    driver.find_element(By.CSS_SELECTOR, ".cite summary").click()
    driver.execute_script(
        "const clipboard = { writeText: async (text) => { self.kept = text; } };"
        "Object.defineProperty(navigator, 'clipboard', { value: clipboard });"
    )
    driver.find_element(By.CSS_SELECTOR, ".copy").click()
    WebDriverWait(driver, 5).until(lambda d: d.find_element(By.CSS_SELECTOR, ".cite [role=status]").text == "copied")
    kept = driver.execute_script("return self.kept;")
    assert kept.startswith("@misc{")
    assert PAPER.id in kept


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
def test_axe_has_no_serious_findings(driver: "WebDriver", address: str, scheme: str, width: int) -> None:
    if "AXE" in os.environ:  # another version of axe.min.js than the package brings
        axe = Path(os.environ["AXE"]).read_text("utf-8")
    else:
        pytest.importorskip("axe_core_python", reason="the accessibility test needs `pip install '.[test]'`")
        axe = (importlib.resources.files("axe_core_python") / "axe.min.js").read_text("utf-8")
    screen(driver, width, 900, scheme)
    for page in [*PAGES, "search.html?q=video"]:
        driver.get(f"{address}/{page}")
        if "q=" in page:
            results(driver)
        driver.execute_script(axe)
        report = driver.execute_async_script("axe.run({ elementRef: false }).then(arguments[0]);")
        found = [f"{v['impact']} {v['id']}: {v['nodes'][0]['html'][:200]}" for v in report["violations"]]
        assert [line for line in found if not line.startswith("minor")] == [], page
        assert len(report["passes"]) > 15


def test_letters_are_compared_without_accents_and_greek_ones_by_name(engine: "WebDriver") -> None:
    papers = {"ids": ["2601.00001"], "titles": ["\u03b1-RuCl₃ after Erdős"], "authors": ["Łukasz O'Brien, J. van Dyck"]}
    rest = {"dates": ["2026-01-01"], "categories": ["cs.CV"], "sections": [""], "archive": "x/", "elsewhere": {}}
    for text, found in (
        ("alpha rucl3", True),
        ("erdos", True),
        ("au:lukasz", True),
        ("au:\"John van Dyck\"", True),
        ("au:\"Karl van Dyck\"", False),
        ("au:obrien", True),
        ("cat:cs", True),
        ("cat:c", False),
        ("arXiv:2601.00001v3", True),
        ("https://arxiv.org/abs/2601.00001", True),
    ):  # fmt: skip
        got = engine.execute_script(
            "const fresh = new recommender.Engine(); fresh.addPapers(arguments[0]);"
            "const none = { section: '', year: '', category: '' };"
            "return fresh.search(recommender.parse(arguments[1]), none).results.length;",
            papers | rest,
            text,
        )
        assert got == found, text
