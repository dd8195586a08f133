"""The browsers of the tests: Chromium (bfcache on and off, JavaScript off, a phone's width), WebKitGTK and Firefox; and what
is kept of a failure."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from tests import environment
from tests.marionette import Firefox
from tests.servers import ROOT, Shop
from tests.webkit import WebKit

ARTIFACTS = ROOT / "artifacts"
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en"),
)
WIDE = (1280, 900)
PHONE = (390, 844)


def start_browser(*, bfcache: bool = True, javascript: bool = True, size: tuple[int, int] = WIDE) -> webdriver.Chrome:
    """A fresh Chromium with its own profile. Through chromedriver it keeps bfcache on unless told otherwise."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for option in _OPTIONS:
        options.add_argument(option)
    options.add_argument(f"--window-size={size[0]},{size[1]}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not bfcache:
        options.add_argument("--disable-features=BackForwardCache")
    if not javascript:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or "/usr/bin/chromedriver"))
    driver.set_page_load_timeout(30)
    if size == PHONE:
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 2, "mobile": True}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    return driver


ENGINES: dict[str, Callable[[], WebDriver]] = {
    "bfcache": start_browser,
    "no-bfcache": partial(start_browser, bfcache=False),
    "no-javascript": partial(start_browser, javascript=False),
}
if environment.STORES == "plain":  # what the server's stores are makes no difference to an engine
    ENGINES |= {"webkit": WebKit, "firefox": Firefox}
"""Every browser that a journey is made in; with several processes and their stores, Chromium alone."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Leave the outcome of each phase on the item, for the fixtures to see whether the test failed."""
    report = yield
    item.stash.setdefault(_FAILED, set())
    if report.failed:
        item.stash[_FAILED].add(report.when)
    return report


_FAILED: pytest.StashKey[set[str]] = pytest.StashKey()


def _keep(request: pytest.FixtureRequest, driver: WebDriver) -> None:
    """Write screenshot, page source, console and server log of a failed test below artifacts/."""
    folder = ARTIFACTS / re.sub(r"[^\w.-]+", "_", request.node.nodeid)[-150:]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        driver.save_screenshot(str(folder / "screen.png"))
        (folder / "page.html").write_text(f"<!-- {driver.current_url} -->\n{driver.page_source}")
        if isinstance(driver, webdriver.Chrome):
            (folder / "console.log").write_text("\n".join(str(line) for line in driver.get_log("browser")))
    except WebDriverException as problem:
        (folder / "browser-gone.txt").write_text(str(problem))
    for name in ("shop", "shop_processes"):
        if name in request.fixturenames:
            shop: Shop = request.getfixturevalue(name)
            shutil.copy(shop.log, folder / f"{name}.log")


def _serve(request: pytest.FixtureRequest, driver: WebDriver) -> Iterator[webdriver.Chrome]:
    try:
        yield driver
        if request.node.stash.get(_FAILED, None):
            _keep(request, driver)
    finally:
        driver.quit()


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Iterator[webdriver.Chrome]:
    """Chromium as shoppers have it, bfcache on."""
    yield from _serve(request, start_browser())


@pytest.fixture
def second_browser(request: pytest.FixtureRequest) -> Iterator[webdriver.Chrome]:
    """Another visitor at the same time: own profile, own cookies."""
    yield from _serve(request, start_browser())


@pytest.fixture
def browser_without_bfcache(request: pytest.FixtureRequest) -> Iterator[webdriver.Chrome]:
    """Chromium that asks the server (or its HTTP cache) on Back."""
    yield from _serve(request, start_browser(bfcache=False))


@pytest.fixture
def browser_without_javascript(request: pytest.FixtureRequest) -> Iterator[webdriver.Chrome]:
    """Chromium that runs no script (R18)."""
    yield from _serve(request, start_browser(javascript=False))


@pytest.fixture
def browser_phone(request: pytest.FixtureRequest) -> Iterator[webdriver.Chrome]:
    """Chromium with a phone's screen."""
    yield from _serve(request, start_browser(size=PHONE))
