"""A real browser with the words of the history client, so that the same walk can be walked in it: real clicks, real Back."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from navstate.testing.fetching import REDIRECTS, OverHttp, Request
from navstate.testing.forms import Form
from navstate.testing.history import Entry
from navstate.testing.pages import Page

PATIENCE = 15  # seconds until a page that should come counts as not coming
STILL = 1.0  # seconds after which a browser that did nothing on Back is at the end of its history
TICK = 0.02
MAX_REDIRECTS = 5
SIZE = (1280, 900)
ASKS_AGAIN = {403, 409}
"""Statuses of pages that answer a form themselves: going to such an entry once more would send the form again."""

READ = """
const root = document.documentElement, copy = root.cloneNode(true);
const [fields, copies] = [root, copy].map((each) => [...each.querySelectorAll("input, textarea, select")]);
fields.forEach((field, at) => {
  const other = copies[at];
  if (field.type === "checkbox" || field.type === "radio") other.toggleAttribute("checked", field.checked);
  else if (field.tagName === "SELECT")
    [...field.options].forEach((option, number) => other.options[number].toggleAttribute("selected", option.selected));
  else if (field.tagName === "TEXTAREA") other.textContent = field.value;
  else if (field.type !== "hidden") other.setAttribute("value", field.value);
});
copy.querySelectorAll("template, script, svg, style").forEach((each) => each.remove());
const [loaded] = performance.getEntriesByType("navigation");
const isHidden = root.matches(".nav-hidden, .nav-past") && !root.classList.contains("nav-unreachable");
return {
  url: location.pathname + location.search, origin: location.origin, status: loaded?.responseStatus || 200,
  text: "<!doctype html>" + copy.outerHTML, mark: window.walkMark ?? 0,
  isReady: document.readyState === "complete" && !isHidden,
};
"""
FIND_FORM = """
const [action, hooks] = arguments;
return [...document.forms].find((form) => form.getAttribute("action") === action || (!action && !form.hasAttribute("action"))
  ? hooks.every((hook) => form.matches(`[data-testid="${hook}"]`) || form.querySelector(`[data-testid="${hook}"]`))
  : false);
"""
FIND_BUTTON = """
const [form, hook] = arguments;
const button = form.querySelector(hook ? `[data-testid="${hook}"]` : "button:not([type=button])");
button.scrollIntoView({ block: "center", behavior: "instant" });
return button;
"""
COUNT_ANSWERS = """
const [form] = arguments;
window.walkAnswers = 0;
document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (detail.ctx.sourceElement === form) window.walkAnswers++;
});
"""
FIND_LABEL = """
const [form, name, value] = arguments;
const label = form.querySelector(`[name="${name}"][value="${value}"]`)?.closest("label");
label?.scrollIntoView({ block: "center", behavior: "instant" });
return label;
"""
GLANCE = """
const { classList } = document.documentElement;
const isHidden = document.documentElement.matches(".nav-hidden, .nav-past") && !classList.contains("nav-unreachable");
return {
  url: location.pathname + location.search, origin: location.origin, mark: window.walkMark ?? 0,
  isReady: document.readyState === "complete" && !isHidden,
  at: window.navigation?.currentEntry?.index ?? (history.state?.nav ? history.state.nav.index - 1 : null),
};
"""
"""What is waited for; to read the page takes a hundred times as long."""
_never = threading.Event()


class RealBrowser:
    """One real browser with its tabs. ``origin``: of the shop. ``prepare``: done to each tab before its first page."""

    def __init__(self, driver: WebDriver, origin: str, *, prepare: Callable[[WebDriver], None] | None = None) -> None:
        self.driver, self.origin, self.prepare = driver, origin, prepare
        self.tabs: list[RealTab] = []
        self.marks = itertools.count(1)

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie["name"]: cookie["value"] for cookie in self.driver.get_cookies()}

    def lose_cookie(self, name: str) -> None:
        self.driver.delete_cookie(name)

    def open(self, url: str) -> RealTab:
        """The window that the browser began with, and then tabs beside it."""
        if self.tabs:  # WebKit's driver opens tabs behind the others and cannot bring them to the front
            self.driver.switch_to.new_window("window" if self.is_webkit else "tab")
        if self.prepare:
            self.prepare(self.driver)
        tab = RealTab(self, self.driver.current_window_handle)
        self.tabs.append(tab)
        tab.go(url)
        return tab

    @property
    def is_webkit(self) -> bool:
        return self.driver.name == "MiniBrowser"

    def show(self, tab: RealTab) -> Page:
        """Bring a tab to the front; one that is there already was out of sight for a moment."""
        is_in_front = tab.handle == self.driver.current_window_handle
        self.driver.switch_to.window(tab.handle)
        if self.is_webkit:
            self.driver.minimize_window()
            self.driver.set_window_size(*SIZE)
        elif is_in_front:
            self.driver.switch_to.new_window("tab")
            self.driver.close()
            self.driver.switch_to.window(tab.handle)
        return tab.look()

    def close(self, tab: RealTab) -> None:
        front = self.driver.current_window_handle
        self.driver.switch_to.window(tab.handle)
        self.driver.close()
        self.tabs.remove(tab)
        self.driver.switch_to.window(front)


class RealTab:
    """One tab. ``entries`` and ``index``: where it must be in its history, as far as a driver can know.

    ``astray``: where Back went past an entry that does not lead where the shopper just was.
    """

    def __init__(self, browser: RealBrowser, handle: str) -> None:
        self.browser, self.driver, self.handle = browser, browser.driver, handle
        self.entries: list[Entry] = []
        self.index = -1
        self.astray: list[str] = []
        self.page = Page("", 0, "", {})
        self.mark = 0

    @property
    def entry(self) -> Entry:
        return self.entries[self.index]

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    # --- looking ---

    def read(self, what: str = READ) -> dict[str, Any]:
        """What is there now; empty while one document gives way to another."""
        try:
            return cast(dict[str, Any], self.driver.execute_script(what))
        except WebDriverException:
            return {}

    def until(
        self, condition: Callable[[dict[str, Any]], bool], patience: float = PATIENCE, what: str = GLANCE
    ) -> dict[str, Any]:
        """What is there once the condition holds of it; what is there anyway when the time is over."""
        limit = time.monotonic() + patience
        now = self.read(what)
        while not (now and condition(now)) and time.monotonic() < limit:
            _never.wait(TICK)
            now = self.read(what)
        return now

    def look(self) -> Page:
        """The page that is shown, once it is."""
        self.until(lambda now: bool(now["isReady"]))
        now = self.until(lambda now: bool(now["isReady"]), what=READ)  # mostly the first look finds it still so
        if not now or now["origin"] != self.browser.origin:  # a page of the browser's own
            self.page = Page(self.entry.url if self.entries else "", 0, "", {})
        else:
            self.page = Page(now["url"], now["status"], now["text"], {}, "swap")
        return self.page

    def drawn_now(self) -> Page:
        """What the server would show at this address now, asked for beside the browser: as a prefetch, so that it is no
        visit, and not by a script of the page, which would keep it from coming back from memory.
        """
        fetch, headers = OverHttp(self.browser.origin), {"Purpose": "prefetch", "Accept": "text/html"}
        answer = fetch(Request("GET", self.url, headers=headers, cookies=self.browser.cookies))
        return Page(self.url if answer.status == 200 else "", answer.status, answer.text, {})

    def led_to(self, url: str) -> str:
        """The path that the server leads to from there now, asked for as :meth:`drawn_now` does."""
        fetch, headers = OverHttp(self.browser.origin), {"Purpose": "prefetch", "Accept": "text/html"}
        answer = fetch(Request("GET", url, headers=headers, cookies=self.browser.cookies))
        for _ in range(MAX_REDIRECTS):
            if answer.status not in REDIRECTS:
                break
            url = urlsplit(urljoin(url, answer.headers["location"]))._replace(scheme="", netloc="").geturl()
            answer = fetch(Request("GET", url, headers=headers, cookies=self.browser.cookies))
        return urlsplit(url).path

    def settle(self) -> Page:
        """The page, which may have gone on by itself since: in the place of its entry."""
        page = self.look()
        if page.status and page.url != self.entry.url:
            self.entries[self.index] = Entry(page.url, 0)
        return page

    def looks(self, seconds: float) -> Iterator[Page]:
        """The page again and again, for so long."""
        limit = time.monotonic() + seconds
        yield self.look()
        while time.monotonic() < limit:
            _never.wait(TICK)
            yield self.look()

    # --- documents ---

    def go(self, url: str) -> Page:
        self.driver.get(self.browser.origin + url)
        return self._arrived()

    def reload(self) -> Page:
        self.driver.refresh()
        page = self.look()
        self.entries[self.index] = Entry(page.url, 0)
        return page

    def click(self, hook: str) -> Page:
        """A link."""
        self._mark()
        link = self.driver.find_element("css selector", f"[data-testid={hook}]")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", link)
        link.click()
        return self._left()

    def submit(
        self, form: Form, changes: Mapping[str, str] | None = None, *, button: str = "", presses: int = 1
    ) -> Page:
        """Fill the form in as it stands on the page, and press its button, once or twice."""
        element = self._form(form)
        self._fill(element, changes or {})
        self._mark()
        pressed = self.driver.execute_script(FIND_BUTTON, element, button)
        if presses == 1:
            pressed.click()
        else:
            ActionChains(self.driver).double_click(pressed).perform()
        return self._left()

    def type(self, form: Form, texts: Mapping[str, str]) -> None:
        """Into the fields of the form, which is not sent."""
        self._fill(self._form(form), texts)

    def ask(self, form: Form, quantity: str = "", *, press: str = "") -> Page:
        """Send a form that htmx sends, and wait for the answer: by the button with the hook ``press``, by leaving the
        field of the quantity where that was changed, else by the form's own button.
        """
        element = self._form(form)
        is_same = quantity == form.fields.get("quantity")
        self.driver.execute_script(COUNT_ANSWERS, element)
        if quantity and not is_same:
            type_into(element.find_element("css selector", "[name=quantity]"), quantity)
        if press or is_same:
            self.driver.execute_script(FIND_BUTTON, element, press).click()
        else:
            element.find_element("css selector", "[name=quantity]").send_keys(Keys.TAB)
        limit = time.monotonic() + PATIENCE
        while not self.driver.execute_script("return window.walkAnswers") and time.monotonic() < limit:
            _never.wait(TICK)
        return self.look()

    def most(self, form: Form) -> int:
        """The largest quantity that the form takes."""
        return int(self._form(form).find_element("css selector", "[name=quantity]").get_dom_attribute("data-most"))

    def duplicate(self) -> RealTab:
        """A second tab with the same page; a driver cannot copy the history."""
        return self.browser.open(self.url)

    # --- history ---

    def forward(self, steps: int = 1) -> Page:
        """So many entries on, back where it is negative; at either end nothing happens."""
        for _ in range(abs(steps)):
            self._step(1 if steps > 0 else -1)
        return self.page

    def _step(self, way: int) -> None:
        if not 0 <= self.index + way < len(self.entries):
            return
        before = self.read(GLANCE).get("at")
        if way < 0 and before == 0:  # before the first page of the shop is the browser's own
            self.entries[: self.index], self.index = [], 0
            return
        mark = self._mark()
        (self.driver.forward if way > 0 else self.driver.back)()
        now = self.until(lambda now: now["mark"] != mark, STILL)
        if now and now["mark"] == mark:  # it was the end: nothing is ahead of it
            self.entries[self.index + 1 :] = []
            return
        left, page = self.path, self.look()
        moved = self._moved(before, way)
        if moved < -1 and not self.browser.is_webkit and (led := self.led_to(self.entries[self.index - 1].url)) != left:
            self.astray.append(f"Back from {left} went {-moved} entries, the first of which leads to {led}")
        self.index += moved
        if page.status:
            self.entries[self.index] = Entry(page.url, 0, self.entry.sent if page.status in ASKS_AGAIN else None)

    def _moved(self, before: int | None, way: int) -> int:
        """How far the press of Back led, which goes past entries that are led elsewhere (N17). WebKit has no
        Navigation API: what it counts leaves out pages without our script."""
        after = self.read(GLANCE).get("at")
        known = None not in (before, after)
        moved = cast(int, after) - cast(int, before) if known else way
        return moved if 0 <= self.index + moved < len(self.entries) else way

    def prefetch(self, url: str) -> None:
        """What a page asks of the browser; whether it does is the browser's."""
        add = "const link = document.createElement('link'); link.rel = 'prefetch'; link.href = arguments[0];"
        self.driver.execute_script(add + "document.head.append(link)", url)

    # --- inside ---

    def _mark(self) -> int:
        """Marks the document in front, so that it is known when another one has come."""
        self.mark = next(self.browser.marks)
        self.driver.execute_script("window.walkMark = arguments[0]", self.mark)
        return self.mark

    def _left(self) -> Page:
        self.until(lambda now: bool(now["mark"] != self.mark))
        return self._arrived()

    def _arrived(self) -> Page:
        """In a new entry, or in the place of the one that has the same address."""
        page = self.look()
        entry = Entry(page.url, 0, {} if page.status in ASKS_AGAIN else None)
        if self.entries and page.url == self.entry.url and entry.sent is None:
            self.entries[self.index] = entry
        else:
            self.entries[self.index + 1 :] = [entry]
            self.index += 1
        return page

    def _form(self, form: Form) -> WebElement:
        found = self.driver.execute_script(FIND_FORM, form.action, sorted(form.hooks))
        if found is None:
            raise LookupError(f"no such form at {self.url} any more: {form.action} {sorted(form.hooks)}")
        return cast(WebElement, found)

    def _fill(self, form: WebElement, changes: Mapping[str, str]) -> None:
        """Type what is not there yet."""
        there = self.driver.execute_script("return Object.fromEntries(new FormData(arguments[0]))", form)
        for name, value in changes.items():
            if there.get(name, "") == value:
                continue
            field = form.find_element("css selector", f"[name={name}]")
            if field.get_attribute("type") == "radio":
                label = self.driver.execute_script(FIND_LABEL, form, name, value)
                if label is not None:  # it is not offered
                    label.click()
            elif field.tag_name == "select":
                Select(field).select_by_value(value)
            else:
                type_into(field, value)


def type_into(field: WebElement, value: str) -> None:
    """In the place of what is there. ``clear()`` would tell the page of an empty field first."""
    field.send_keys(Keys.CONTROL + "a")
    field.send_keys(value or Keys.DELETE)
