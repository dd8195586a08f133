"""A browser for a test, and what is kept of a failure."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException

from tests import environment
from tests.browsers import shelf
from tests.servers import ROOT, Shop

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

ARTIFACTS = ROOT / "artifacts"
ENGINES = ["bfcache", "no-bfcache", "no-javascript"]
if environment.STORES == "plain":  # what the server's stores are makes no difference to an engine
    ENGINES += ["webkit", "firefox"]
"""The kinds of browser that a journey is made in; with several processes and their stores, Chromium alone."""


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


def lend_browser(request: pytest.FixtureRequest, kind: str) -> Iterator[webdriver.Remote]:
    """A browser of this kind (``tests.browsers.STARTS``) that nobody has used."""
    driver = shelf.take(kind)
    is_sound = False
    try:
        yield driver
        is_sound = not request.node.stash.get(_FAILED, None)
        if not is_sound:
            _keep(request, driver)
    finally:
        shelf.put_back(kind, driver, is_sound=is_sound)


def pytest_unconfigure() -> None:
    shelf.clear()


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Iterator[webdriver.Remote]:
    """Chromium as shoppers have it, bfcache on."""
    yield from lend_browser(request, "bfcache")


@pytest.fixture
def second_browser(request: pytest.FixtureRequest) -> Iterator[webdriver.Remote]:
    """Another visitor at the same time: own profile, own cookies."""
    yield from lend_browser(request, "bfcache")


@pytest.fixture
def browser_without_bfcache(request: pytest.FixtureRequest) -> Iterator[webdriver.Remote]:
    """Chromium that asks the server (or its HTTP cache) on Back."""
    yield from lend_browser(request, "no-bfcache")


@pytest.fixture
def browser_without_javascript(request: pytest.FixtureRequest) -> Iterator[webdriver.Remote]:
    """Chromium that runs no script (R18)."""
    yield from lend_browser(request, "no-javascript")


@pytest.fixture
def browser_phone(request: pytest.FixtureRequest) -> Iterator[webdriver.Remote]:
    """Chromium with a phone's screen."""
    yield from lend_browser(request, "phone")
