"""The app in a real browser: attacked by other pages, used with keys, on a phone's screen, by a screen reader."""

import http.server
import importlib.resources
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from recommender import config
from tests.helpers import small_home
from tests.helpers.browser import chromium, log, needs_browser, screen
from tests.helpers.served import Served, serving

pytest.importorskip("selenium", reason="the browser tests need `pip install '.[test]'`")
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver

pytestmark = list(needs_browser)

CONFIG = """# mine
[[sections]]
title = "Quantum error correction"

[[sections]]
title = "Galaxies"
categories = ["astro-ph.GA"]

[profile]
max_age_days = 0
"""
HOSTILE = replace(
    small_home.paper(small_home.CODES, 6),
    id="2601.00099",
    title="Quantum codes <b>A & B</b> <img src=x onerror=\"document.title='run'\"> $^{130}$Te",
    abstract="<script>document.title='run'</script> Quantum error correction with codes.",
    authors=("<i>Mallory</i>",),
)
LIKED = "2601.00000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    return small_home.fill(folder, [*small_home.papers(), HOSTILE])


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with serving(folder) as running:
        running.ask("PUT", "/api/v1/searches/codes", {"q": "quantum error correcting codes"})
        yield running


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[WebDriver]":
    with chromium(tmp_path_factory.mktemp("chromium"), "host-resolver-rules=MAP evil.example 127.0.0.1") as browser:
        yield browser


def until(driver: "WebDriver", happens: Callable[[Any], Any]) -> Any:
    return WebDriverWait(driver, 15).until(happens)


def texts(driver: "WebDriver", selector: str) -> list[str]:
    """The text of what is there now, read at once since the page may be drawn anew."""
    found: list[str] = driver.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent);", selector
    )
    return found


def show(driver: "WebDriver", served: Served, path: str) -> None:
    """Open a page of the app, and wait until it has all that it asks for."""
    driver.get(served.address + path)
    until(driver, lambda d: texts(d, "h1") and not texts(d, ".waiting"))


def press(driver: "WebDriver", *keys: str) -> None:
    for key in keys:
        driver.switch_to.active_element.send_keys(key)


# -- attacks -----------------------------------------------------------------------------------------------------

EVIL = """<!doctype html><title>evil</title><body><script>
const at = TARGET, path = at + '/api/v1/profile/papers/2601.00003', body = '{"rating": "like"}';
const told = [];
const ask = async (url, options) => {
  const answer = await fetch(url, options).catch(() => null);
  const text = answer ? await answer.text() : '';
  told.push([options.method, answer ? answer.type : 'refused', text.length]);
};
const load = (name, attribute, url) => new Promise((done) => {
  const element = document.createElement(name);
  element.onload = () => done(told.push([name, 'loaded', 1]));
  element.onerror = () => done(told.push([name, 'refused', 0]));
  element[attribute] = url; document.body.append(element);
});
Promise.all([
  ask(path, { method: 'PUT', body, headers: { 'Content-Type': 'application/json' } }),
  ask(path, { method: 'DELETE', mode: 'cors' }),
  ask(at + '/api/v1/sections', { method: 'POST', body: '{"title": "evil"}', mode: 'no-cors' }),
  ask(at + '/api/v1/update', { method: 'POST', body: '{}', mode: 'no-cors', credentials: 'include' }),
  ask(at + '/api/v1/profile', { method: 'GET' }),
  ask(at + '/api/v1/profile', { method: 'GET', mode: 'no-cors' }),
  load('img', 'src', at + '/api/v1/search?q=codes'), load('script', 'src', at + '/about.json'),
]).then(() => { window.told = told; });
</script>
<iframe id="frame" src="TARGETBARE/"></iframe>
<form id="form" method="post" enctype="text/plain" action="TARGETBARE/api/v1/sections">
<input name='{"title": "evil", "query": "' value='"}'></form>
"""


@pytest.fixture
def evil(served: Served) -> Iterator[str]:
    """A page of somebody else, on another origin of this machine."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            page = EVIL.replace("TARGETBARE", served.address).replace("TARGET", json.dumps(served.address))
            self.wfile.write(page.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def untouched(served: Served) -> bool:
    titles = [section["title"] for section in served.get("/api/v1/sections")["sections"]]
    rated = [each["id"] for each in served.get("/api/v1/profile")["ratings"]]
    return "evil" not in titles and "2601.00003" not in rated and served.get("/api/v1/update")["state"] == "none"


def test_another_pages_scripts_images_and_frames_neither_change_nor_learn_anything(
    driver: "WebDriver", served: Served, evil: str
) -> None:
    driver.get(evil)
    told = until(driver, lambda d: d.execute_script("return window.told"))
    assert len(told) == 8
    assert [each for each in told if each[1] not in ("refused", "opaque")] == []
    assert [each for each in told if each[1] == "opaque" and each[2]] == []
    driver.switch_to.frame("frame")
    assert driver.find_elements(By.CSS_SELECTOR, "nav") == [], "the app is shown in no frame"
    driver.switch_to.default_content()
    assert untouched(served)


def test_a_form_of_another_page_is_refused(driver: "WebDriver", served: Served, evil: str) -> None:
    driver.get(evil)
    driver.execute_script("document.querySelector('#form').submit();")
    until(driver, lambda d: "/api/v1/sections" in d.current_url)
    assert "may not change anything" in driver.page_source
    assert untouched(served)


def test_a_name_that_a_stranger_points_at_this_machine_is_refused(driver: "WebDriver", served: Served) -> None:
    driver.get(f"http://evil.example:{served.port}/api/v1/search?q=codes")
    assert "is not this server" in driver.page_source
    assert "2601" not in driver.page_source


def test_what_a_paper_says_is_never_run(driver: "WebDriver", served: Served) -> None:
    log(driver, "browser")
    for path in (f"/papers/{HOSTILE.id}", f"/search?q={quote(HOSTILE.title)}", "/sections/quantum-error-correction"):
        show(driver, served, path)
        until(driver, lambda d: any("<b>A & B</b>" in text for text in texts(d, "main bdi")))
        assert driver.find_elements(By.CSS_SELECTOR, "main b, main img, main i, main script") == []
        assert "run" not in driver.title.split()
    assert any("¹³⁰Te" in text for text in texts(driver, "main bdi")), "formulas as the static pages show them"
    assert log(driver, "browser") == []


# -- use ---------------------------------------------------------------------------------------------------------


def test_one_key_likes_dislikes_and_takes_back(driver: "WebDriver", served: Served) -> None:
    def said() -> dict[str, str]:
        return {each["id"]: each["rating"] for each in served.get("/api/v1/profile")["ratings"]}

    def says(rating: str | None, _: Any) -> bool:
        return said().get(first) == rating

    screen(driver, 1280, 900, "light")
    show(driver, served, "/search?q=surface+code")
    until(driver, lambda d: texts(d, "main .paper"))
    press(driver, Keys.ESCAPE)
    press(driver, "j")
    first = driver.execute_script("return document.activeElement.getAttribute('href')").rsplit("/", 1)[1]
    for key, rating in (("l", "like"), ("d", "dislike"), ("d", None), ("s", "saved"), ("u", None)):
        press(driver, key)
        until(driver, partial(says, rating))
    press(driver, "j", "j", "k")
    here = "return [...document.querySelectorAll('main .paper')].indexOf(document.activeElement.closest('.paper'))"
    assert driver.execute_script(here) == 1
    press(driver, "a")
    assert driver.execute_script("return document.activeElement.closest('.paper').querySelector('details').open")
    press(driver, "/")
    assert driver.switch_to.active_element.get_attribute("id") == "q"
    press(driver, "l", "d")
    assert said() == {}, "what is typed is no key"
    press(driver, Keys.ESCAPE)
    press(driver, "?")
    until(driver, lambda d: d.find_element(By.ID, "keys").is_displayed())
    press(driver, Keys.ESCAPE)


def test_a_search_is_typed_followed_and_gone_back_to(driver: "WebDriver", served: Served) -> None:
    show(driver, served, "/")
    driver.find_element(By.LINK_TEXT, "Search").click()
    box = until(driver, lambda d: d.find_elements(By.ID, "q"))[0]
    box.send_keys("dwarf galaxies and their stars")
    until(driver, lambda d: texts(d, "main .paper"))
    title = texts(driver, "main .paper h2")[0]
    driver.find_element(By.CSS_SELECTOR, "main .paper h2 a").click()
    until(driver, lambda d: texts(d, "h1.title") == [title])
    until(driver, lambda d: texts(d, "#near ~ ol .why"))
    assert driver.title.startswith(title)
    driver.back()
    until(driver, lambda d: texts(d, "main .paper h2") and texts(d, "main .paper h2")[0] == title)
    assert "q=dwarf+galaxies" in driver.current_url


def test_a_section_is_tried_while_it_is_written_and_saved_with_its_comments(
    driver: "WebDriver", served: Served, folder: Path
) -> None:
    show(driver, served, "/sections/galaxies?edit")
    until(driver, lambda d: texts(d, ".cut"))
    before = texts(driver, ".preview .papers:not(.below) bdi")
    assert len(before) == 6
    query = driver.find_element(By.ID, "query")
    query.send_keys("galaxy clusters in X-rays")
    driver.find_element(By.ID, "usual").click()
    driver.execute_script(
        "const cut = document.querySelector('#cut'); cut.value = 80;"
        "cut.dispatchEvent(new Event('input', { bubbles: true }));"
    )
    until(driver, lambda d: "80%" in "".join(texts(d, ".cut")))
    until(driver, lambda d: 0 < len(texts(d, ".preview .papers:not(.below) bdi")) < 6)
    assert texts(driver, ".below bdi")
    driver.find_element(By.CSS_SELECTOR, "form .strong").click()
    until(driver, lambda d: texts(d, "h1") == ["Galaxies"])
    written = (folder / "config.toml").read_text("utf-8")
    assert written.startswith("# mine\n")
    section = config.load(folder / "config.toml").sections[1]
    assert (section.query, section.min_relevance) == ("galaxy clusters in X-rays", 80)


def test_a_saved_search_shows_what_is_new_until_it_was_seen(driver: "WebDriver", served: Served, folder: Path) -> None:
    small_home.fill(folder, [replace(small_home.paper(small_home.CODES, 1), id="2611.00007")])
    show(driver, served, "/")
    until(driver, lambda d: texts(d, "#news") == ["1 1 new paper"])
    show(driver, served, "/saved/codes")
    assert len(texts(driver, "main .mark")) == 1
    driver.find_element(By.XPATH, "//button[text()='Mark as seen']").click()
    until(driver, lambda d: d.execute_script("return document.querySelector('#news').hidden"))
    show(driver, served, "/saved/codes")
    assert texts(driver, "main .mark") == []


PAGES = (
    *("/", "/search?q=codes&category=quant-ph", f"/papers/{LIKED}", "/sections", "/sections/quantum-error-correction"),
    *("/sections/galaxies?edit", "/sections?new", "/saved", "/saved/codes", "/profile", "/status", "/api", "/login"),
)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways_or_is_asked_elsewhere(
    driver: "WebDriver", served: Served, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_core_python", reason="the accessibility test needs `pip install '.[test]'`")
    script = (importlib.resources.files(axe) / "axe.min.js").read_text("utf-8")
    served.ask("PUT", f"/api/v1/profile/papers/{LIKED}", {"rating": "like"})
    small_home.enter(Path(served.readers.path).parent, "Galaxies", (small_home.DAY, False, "it hung"))
    screen(driver, width, 800, scheme)
    log(driver, "browser")
    log(driver, "performance")
    for page in PAGES:
        show(driver, served, page)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width, page
        assert log(driver, "browser") == [], page
        events = [json.loads(entry["message"])["message"] for entry in log(driver, "performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        elsewhere = [url for url in asked if not url.startswith((served.address, "data:image/svg+xml"))]
        assert elsewhere == [], "data: is the picture of a field for days, the browser's own"
        driver.execute_script("for (const each of [...document.querySelectorAll('.route')].slice(9)) each.remove();")
        driver.execute_script(script)
        report = driver.execute_async_script("axe.run({ elementRef: false }).then(arguments[0]);")
        assert [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in report["violations"]] == [], page
        assert len(report["passes"]) > 12
        log(driver, "browser")
    served.ask("DELETE", f"/api/v1/profile/papers/{LIKED}")
