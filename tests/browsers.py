"""The browsers of the tests, by kind: Chromium (bfcache on and off, JavaScript off, a phone's width, with
movement), WebKitGTK, Firefox.

A browser is kept from one test to the next, emptied of what a test left in it, where that takes less time than to start
another. One whose test failed, or that cannot be emptied, is not used again. The HTTP cache stays, as shoppers have it:
style sheets, scripts and pictures, by addresses that change with what is in them, and public pages, which a browser asks
about whenever it goes there.
"""

from __future__ import annotations

import contextlib
import shutil
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from tests.marionette import Firefox
from tests.webkit import WebKit

_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en"),
)
STILL = "--force-prefers-reduced-motion"
"""Between a list and a product the moving picture costs more than the pages, where no graphics card draws it."""
WIDE = (1280, 900)
PHONE = (390, 844)
PATIENCE = 30  # seconds for a page to load


def start_browser(
    *, bfcache: bool = True, javascript: bool = True, moves: bool = False, size: tuple[int, int] = WIDE
) -> webdriver.Chrome:
    """A fresh Chromium with its own profile. Through chromedriver it keeps bfcache on unless told otherwise.

    ``moves``: its shopper has nothing against movement.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for option in _OPTIONS:
        options.add_argument(option)
    options.add_argument(f"--window-size={size[0]},{size[1]}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not moves:
        options.add_argument(STILL)
    if not bfcache:
        options.add_argument("--disable-features=BackForwardCache")
    if not javascript:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or "/usr/bin/chromedriver"))
    driver.set_page_load_timeout(PATIENCE)
    if size == PHONE:
        be_phone(driver)
    return driver


def be_phone(driver: webdriver.Chrome) -> None:
    """A phone's screen, for the tab in front."""
    metrics = {"width": PHONE[0], "height": PHONE[1], "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


STARTS: dict[str, Callable[[], WebDriver]] = {
    "bfcache": start_browser,
    "moving": partial(start_browser, moves=True),
    "no-bfcache": partial(start_browser, bfcache=False),
    "no-javascript": partial(start_browser, javascript=False),
    "phone": partial(start_browser, size=PHONE),
    "webkit": WebKit,
    "firefox": Firefox,
}


class Shelf:
    """The browsers that no test has in hand."""

    def __init__(self) -> None:
        self._idle: defaultdict[str, list[WebDriver]] = defaultdict(list)

    def take(self, kind: str) -> WebDriver:
        """One that is as if it had just been started."""
        return self._idle[kind].pop() if self._idle[kind] else STARTS[kind]()

    def put_back(self, kind: str, driver: WebDriver, *, is_sound: bool) -> None:
        """``is_sound``: its test passed."""
        if is_sound and is_emptied(kind, driver):
            self._idle[kind].append(driver)
        else:
            quit_quietly(driver)

    def clear(self) -> None:
        for drivers in self._idle.values():
            while drivers:
                quit_quietly(drivers.pop())


shelf = Shelf()


def is_emptied(kind: str, driver: WebDriver) -> bool:
    """Whether nothing is left of the test but the HTTP cache: no tab with its history, no cookie, no storage, no log.

    False for WebKit: its storage cannot be emptied, and it starts in a third of a second.
    """
    try:
        if isinstance(driver, Firefox):
            only_a_new_tab(driver)
            driver.forget()
        elif isinstance(driver, webdriver.Chrome):
            only_a_new_tab(driver)
            driver.execute_cdp_cmd("Storage.clearCookies", {})
            driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
            driver.get_log("browser")
            if kind == "phone":
                be_phone(driver)
        else:
            return False
        driver.set_page_load_timeout(PATIENCE)
    except (WebDriverException, OSError):
        return False
    return True


def forget_cache(driver: WebDriver) -> None:
    """The HTTP cache as well, for a test of what does not come over the network. WebKit's is always a new one."""
    if isinstance(driver, Firefox):
        driver.forget_cache()
    elif isinstance(driver, webdriver.Chrome):
        driver.execute_cdp_cmd("Network.clearBrowserCache", {})


def only_a_new_tab(driver: WebDriver) -> None:
    old = driver.window_handles
    driver.switch_to.new_window("tab")
    new = driver.current_window_handle
    for handle in old:
        driver.switch_to.window(handle)
        driver.close()
    driver.switch_to.window(new)


def quit_quietly(driver: WebDriver) -> None:
    with contextlib.suppress(WebDriverException, OSError):
        driver.quit()
