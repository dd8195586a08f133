"""One real Chromium with its tabs: real clicks and keys, real Back, Forward and Reload."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from benchmarks.adopting.screen import ENTRIES, IS_HIDDEN, LOOK, PARSE, WATCH, Said
from tests.browsers import start_browser

PATIENCE = 20  # seconds until a page that should come counts as not coming
TICK = 0.03
FIND = """
const [selector, at] = arguments;
const canBePressed = (each) => each.checkVisibility() && !each.disabled && each.getClientRects().length;
const found = [...document.querySelectorAll(selector)].filter(canBePressed);
const one = found[at % found.length];
one?.scrollIntoView({ block: "center", behavior: "instant" });
return one ?? null;
"""
GLANCE = "return [document.readyState, window.adoptMark ?? 0, location.protocol]"
NOT_RESTORED = """
const [loaded] = performance.getEntriesByType("navigation");
const own = (frame) => (frame.reasons ?? []).map(({ reason }) => reason);
const names = (frame) => (frame ? [...own(frame), ...frame.children.flatMap(names)] : []);
return loaded?.type === "back_forward" ? names(loaded.notRestoredReasons) : [];
"""
_never = threading.Event()

Regions = list[tuple[str, str]]


class Missing(LookupError):
    """What was to be pressed is not on the page."""


class Browser:
    """``regions``: names for the parts of a page, with the selector of each."""

    def __init__(self, origin: str, regions: Regions) -> None:
        self.origin, self.regions = origin, regions
        self.driver = start_browser()
        self.marks = itertools.count(1)
        self.tabs = [self.driver.current_window_handle]
        self.not_restored: Counter[str] = Counter()
        self._watch()

    def _watch(self) -> None:
        self.driver.execute_cdp_cmd("Page.enable", {})
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})

    def quit(self) -> None:
        self.driver.quit()

    # --- looking ---

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie["name"]: cookie["value"] for cookie in self.driver.get_cookies()}

    def look(self) -> dict[str, Any]:
        """What is on the screen; empty while one document gives way to another."""
        return self._read(LOOK, self.regions) or {}

    def entries(self) -> tuple[int, list[str]]:
        """Where the tab stands in its history of this site, and the addresses there."""
        found = self._read(ENTRIES)
        return (found["at"], found["urls"]) if found else (0, [])

    def parse(self, html: str) -> Said:
        return Said.of(self.driver.execute_script(PARSE, html, self.regions))

    def _read(self, script: str, *given: object) -> Any:
        try:
            return self.driver.execute_script(script, *given)
        except WebDriverException:
            return None

    def has(self, selector: str) -> bool:
        return bool(self._read("return !!document.querySelector(arguments[0])", selector))

    def offers(self, selector: str) -> bool:
        """Whether there is one that can be seen and pressed."""
        return self._read(FIND, selector, 0) is not None

    def count(self, selector: str) -> int:
        return int(self._read("return document.querySelectorAll(arguments[0]).length", selector) or 0)

    def text_of(self, selector: str) -> str:
        return str(self._read("return document.querySelector(arguments[0])?.textContent ?? ''", selector) or "")

    @property
    def path(self) -> str:
        return str(self._read("return location.pathname + location.search") or "")

    def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> bool:
        limit = time.monotonic() + patience
        while not condition():
            if time.monotonic() > limit:
                return False
            _never.wait(TICK)
        return True

    # --- doing ---

    def open(self, path: str) -> None:
        self.driver.get(self.origin + path)

    def find(self, selector: str, at: int = 0) -> WebElement:
        """The one of those that can be seen and pressed which ``at`` falls on."""
        self.until(lambda: not self._read(IS_HIDDEN))
        found = self._read(FIND, selector, at)
        if found is None:
            raise Missing(f"no {selector} at {self.path}")
        return cast(WebElement, found)

    def click(self, selector: str, at: int = 0) -> None:
        """Something that leads to another document."""
        pressed, mark = self.find(selector, at), self.mark()
        self.press(pressed)
        self.until(lambda: self._has_left(mark))

    def click_within(self, selector: str, at: int = 0, *, gone: str) -> None:
        """Something that a script answers on the same page: it takes away what ``gone`` finds."""
        old = self.driver.find_element("css selector", gone)
        self.press(self.find(selector, at))
        self.until(lambda: not self._read("return arguments[0].isConnected", old), 5)

    def press(self, element: WebElement) -> None:
        try:
            element.click()
        except WebDriverException as covered:
            raise Missing(f"cannot be pressed: {covered.msg}"[:160]) from covered

    def type(self, selector: str, text: str, at: int = 0) -> None:
        """In the place of what is there."""
        field = self.find(selector, at)
        field.send_keys(Keys.CONTROL + "a")
        field.send_keys(text)

    def mark(self) -> int:
        """Marks the document in front, so that it is known when another one has come."""
        mark = next(self.marks)
        self._read("window.adoptMark = arguments[0]", mark)
        return mark

    def _has_left(self, mark: int) -> bool:
        ready, now, protocol = self._read(GLANCE) or ("", mark, "")
        return (now != mark and ready == "complete") or protocol == "chrome-error:"

    # --- history ---

    def travel(self, way: int) -> None:
        """One entry back or forward; comes back when another document, or the one from memory, is there."""
        mark = self.mark()
        (self.driver.forward if way > 0 else self.driver.back)()
        self.until(lambda: self._has_left(mark), 5)
        self.not_restored.update(set(self._read(NOT_RESTORED) or ()))

    def reload(self) -> None:
        self.driver.refresh()

    def new_tab(self, path: str) -> None:
        self.driver.switch_to.new_window("tab")
        self.tabs.append(self.driver.current_window_handle)
        self._watch()
        self.open(path)

    def show(self, at: int) -> None:
        """Bring a tab to the front."""
        self.driver.switch_to.window(self.tabs[at % len(self.tabs)])

    @property
    def front(self) -> int:
        return self.tabs.index(self.driver.current_window_handle)

    def close_oldest(self) -> None:
        """One that is not in front."""
        front = self.driver.current_window_handle
        oldest = next(handle for handle in self.tabs if handle != front)
        self.driver.switch_to.window(oldest)
        self.driver.close()
        self.tabs.remove(oldest)
        self.driver.switch_to.window(front)
