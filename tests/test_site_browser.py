"""The site in a real browser: the search, the keyboard, a phone's screen, both colour schemes, accessibility.

Skipped where Chromium, chromedriver or selenium are missing: `apt-get install chromium chromium-driver`,
`pip install '.[test]'`.
"""

import functools
import http.server
import importlib.resources
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recommender import embed
from recommender.site import Site, render, write
from tests.helpers.site_example import SEED, example

pytest.importorskip("selenium", reason="the browser tests need `pip install '.[test]'`")
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="no chromium and chromedriver on the PATH"),
]

PAPER = SEED.papers[0]
PAGES = [
    "index.html",
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
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync"):
        options.add_argument(f"--{flag}")
    options.add_argument("--disable-background-networking")
    options.add_argument("--disable-component-update")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    yield browser
    browser.quit()


def screen(driver: "WebDriver", width: int, height: int, scheme: str) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def log(driver: "WebDriver", kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = driver.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def results(driver: "WebDriver") -> list[str]:
    """Titles of the results, once there are some."""
    WebDriverWait(driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, "#results li"))
    return [link.text for link in driver.find_elements(By.CSS_SELECTOR, "#results h2 a")]


@pytest.fixture(scope="module")
def engine(driver: "WebDriver", address: str) -> "WebDriver":
    """The search page with its model loaded."""
    driver.get(f"{address}/search.html?q=video")
    results(driver)
    return driver


def test_the_page_splits_words_into_the_tokens_of_the_model(engine: "WebDriver") -> None:
    encoder = embed.StaticEncoder(embed.DEFAULT_MODEL)
    found = engine.execute_async_script(
        "const [texts, done] = arguments; engine.then((e) => done(texts.map((text) => e.tokens(text))));", TEXTS
    )
    for text, tokens in zip(TEXTS, found, strict=True):
        assert sorted(tokens) == sorted(encoder._tokenize(text)), text


def test_the_page_ranks_as_the_model_does(engine: "WebDriver", site: Site) -> None:
    encoder = embed.StaticEncoder(embed.DEFAULT_MODEL)
    cosines = engine.execute_async_script(
        "const [texts, done] = arguments; engine.then((e) => done(texts.map((text) => e.similarities(text))));", QUERIES
    )
    ranked = np.argsort(-np.array(cosines), axis=1, kind="stable")[:, :10]
    exact = np.argsort(-(encoder.encode_queries(QUERIES) @ site.vectors.T), axis=1, kind="stable")[:, :10]
    shared = [len(set(here.tolist()) & set(there.tolist())) for here, there in zip(ranked, exact, strict=True)]
    assert np.mean(shared) >= 9
    assert min(shared) >= 7


def test_a_question_in_other_words_finds_the_paper(driver: "WebDriver", address: str, site: Site) -> None:
    driver.get(f"{address}/search.html")
    driver.find_element(By.ID, "q").send_keys("footage filmed from the wearer's own viewpoint")
    assert PAPER.title in results(driver)[:10]
    assert f"nearest of {len(site.papers)} papers" in driver.find_element(By.ID, "status").text


def test_a_name_or_an_id_comes_first(driver: "WebDriver", address: str) -> None:
    for text in (PAPER.id, "egocvr egocentric"):
        driver.get(f"{address}/search.html?q={text}")
        assert results(driver)[0] == PAPER.title


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
    assert len(results(driver)) == 50


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
        assert driver.find_element(By.CSS_SELECTOR, ".hover").text == mark.get_attribute("aria-label")
        mark.send_keys(key)
    assert len(seen) > 2
    focused = driver.switch_to.active_element.get_attribute("aria-label")
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    WebDriverWait(driver, 10).until(lambda d: "/papers/" in d.current_url)
    assert driver.find_element(By.TAG_NAME, "h1").text == focused


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
