"""The site in a real browser: run by `make docs-check`, and skipped where no site is built."""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from tests.docs.questions import QUESTIONS

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "_build" / "html"
AXE = ROOT / ".venv" / "node_modules" / "axe-core" / "axe.min.js"
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
PHONE, DESKTOP = (390, 844), (1400, 900)
PAGES = [
    "index.html",
    "start/index.html",
    "guides/index.html",
    "guides/learning_rates.html",
    "guides/tuning.html",
    "explanations/fit_as_one_program.html",
    "explanations/differences.html",
    "reference/index.html",
    "reference/layers/index.html",
    "reference/layers/Conv2D.html",
    "reference/ops/element-by-element.html",
    "projects/index.html",
    "search.html?q=dropout",
]
pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not ((SITE / "searchindex.js").exists() and AXE.exists()), reason="is for `make docs-check`"),
    pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs Debian's chromium and chromium-driver"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    handler = functools.partial(Quiet, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


def look(browser, address, size=DESKTOP, theme="light"):
    """Open a page as a screen of some size shows it, in a theme."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    wishes = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}  # no colours on their way to others
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(address)
    assert browser.execute_script("return document.documentElement.dataset.theme") == theme


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")])
@pytest.mark.parametrize("page", PAGES)
def test_everybody_can_read_it(browser, site, page, size, theme):
    look(browser, f"{site}/{page}", size, theme)
    if page.startswith("search"):
        WebDriverWait(browser, 30).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "ul.search li"))
    browser.execute_script(AXE.read_text())
    found = browser.execute_async_script("axe.run().then(arguments[0])")["violations"]
    assert [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found for node in one["nodes"]] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_scrolls_down_only(browser, site, page):
    look(browser, f"{site}/{page}", PHONE)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE[0]


def results(browser, site, words):
    """Return the pages that the site's own search finds, best first."""
    look(browser, f"{site}/search.html?q={words.replace(' ', '+')}")
    done = "return document.querySelector('p.search-summary')?.textContent.includes('found')"
    WebDriverWait(browser, 30).until(lambda driver: driver.execute_script(done))
    links = browser.find_elements(By.CSS_SELECTOR, "ul.search > li > a")
    return [link.get_attribute("href").removeprefix(f"{site}/").partition(".html")[0] for link in links]


@pytest.mark.parametrize(("question", "words", "page"), QUESTIONS, ids=[page for _, _, page in QUESTIONS])
def test_the_search_finds_the_page_of_a_question(browser, site, question, words, page):
    assert page in results(browser, site, words)[:5], question


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("Dense", "reference/layers/Dense"),
        ("EarlyStopping", "reference/callbacks/EarlyStopping"),
        ("einsum", "reference/ops/linear-algebra"),
        ("fit", "reference/models/Model"),
        ("TabularRegressor", "reference/estimators/TabularRegressor"),
    ],
)
def test_the_search_finds_a_name_in_the_reference(browser, site, name, page):
    assert page in results(browser, site, name)[:3]


def test_nothing_is_fetched_from_elsewhere(browser, site):
    """A site that is read without a network, or by somebody who does not want to be seen, is whole."""
    for page in PAGES:
        look(browser, f"{site}/{page}")
        addresses = browser.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
        assert [address for address in addresses if not address.startswith((site, "data:"))] == []
