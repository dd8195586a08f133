"""A shopper whose pages are looked at in every frame, behind a gate that can cut the shop off."""

from __future__ import annotations

import threading
import uuid

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.hand import PASSWORD
from tests.browser.walker import Walker
from tests.browsers import forget_cache
from tests.gate import Gate
from tests.servers import Shop

WATCH = """
{
  let isDue = false;
  const look = () => {
    isDue = false;
    const main = document.querySelector("main");
    if (!main?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    const painted = JSON.parse(localStorage.getItem("test-painted") ?? "[]");
    if (painted.includes(main.innerText)) return;
    localStorage.setItem("test-painted", JSON.stringify([...painted, main.innerText]));
  };
  const soon = () => {
    if (!isDue) requestAnimationFrame(look);
    isDue = true;
  };
  const watch = () => {
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    new MutationObserver(soon).observe(document, all);
    for (const name of ["load", "transitionend", "animationend"]) addEventListener(name, soon, { capture: true });
  };
  let isWatching = false;
  addEventListener("pageshow", ({ persisted }) => {
    const shown = JSON.parse(localStorage.getItem("test-shown") ?? "[]");
    localStorage.setItem("test-shown", JSON.stringify([...shown, [location.pathname, persisted]]));
    if (!isWatching) watch();
    isWatching = true;
    look();
    soon();
  }, { capture: true });
}
addEventListener("error", ({ message }) => localStorage.setItem("test-error", message));
addEventListener("unhandledrejection", ({ reason }) => {
  if (!/view transition/.test(reason)) localStorage.setItem("test-error", `${reason}`);
});
"""
"""Notes how each page came and, in every frame that differs from the one before, what of <main> can be seen. Only then:
a script that ran in each frame cost a seventh of the time of the tests.

In localStorage: a page out of Firefox's bfcache sees sessionStorage as it was when it left. That a view transition was
skipped is no error: WebKit reports it even where no script has asked for the promise, as when a page goes before its own
scripts have run.
"""


READ_IN = """
const [loaded] = performance.getEntriesByType("navigation"); // WebKit has none yet while a page is on its way
return loaded?.loadEventEnd > 0 ? Math.max(0, loaded.loadEventEnd + 300 - performance.now()) : 50;
"""
"""Milliseconds until a page has been looked at: Firefox keeps none that is left while it still fetches something."""

WITHOUT_NAVIGATION = "delete window.navigation;\n"
"""As in browsers that do not have the Navigation API."""


class Watched(Walker):
    """A walker whose pages are looked at in every frame.

    ``has_memory``: its browser has a bfcache. ``keeps_private``: no-store pages come back from it as well, as long as no
    cookie changes.
    """

    has_memory = keeps_private = True

    def __init__(self, driver: WebDriver, shop: Shop, gate: Gate) -> None:
        super().__init__(driver, shop)
        self.gate = gate

    def item(self, name: str) -> list:
        return self.driver.execute_script(f"return JSON.parse(localStorage.getItem('test-{name}') ?? '[]')")

    @property
    def painted(self) -> str:
        """All that could be seen since :meth:`look_away`."""
        return "\n".join(self.item("painted"))

    def look_away(self) -> None:
        self.driver.execute_script("localStorage.removeItem('test-painted'); localStorage.removeItem('test-shown')")

    def came_from_memory(self, path: str) -> bool:
        return [path, True] in self.item("shown")

    @property
    def error(self) -> str | None:
        return self.driver.execute_script("return localStorage.getItem('test-error')")

    def is_read(self) -> bool:
        """Whether the page has been looked at, and fetches nothing. It says when that may be: each question costs time."""
        if left := self.driver.execute_script(READ_IN):
            threading.Event().wait(left / 1000)
        return left == 0 and self.gate.is_quiet

    def until_settled(self) -> None:
        """A page is there, is shown and goes nowhere by itself."""
        self.until(lambda: self.is_read() and not self.is_hidden)

    def do_without(self, *parts: str) -> None:
        """From now on this browser gets nothing whose path has one of these parts in it, out of its cache neither."""
        self.gate.closed = parts
        forget_cache(self.driver)

    def follow(self, selector: str) -> None:
        """A real click on a link or button of a page that has been looked at, until it has gone."""
        self.until(lambda: self.is_read())
        old = self.driver.find_element(By.TAG_NAME, "html")
        self.click_on(self.driver.find_element(By.CSS_SELECTOR, selector))
        self.until(lambda: self.driver.find_element(By.TAG_NAME, "html") != old)

    def sign_up(self) -> str:
        """A new account, by its form; its e-mail address."""
        email = f"b{uuid.uuid4().hex[:10]}@example.org"
        self.go("/register/")
        for name, value in (("email", email), ("password1", PASSWORD), ("password2", PASSWORD)):
            self.type(name, value)
        self.follow("main form button")
        self.until_path("/dashboard/")
        return email

    def buy(self, sku: str) -> None:
        """Have an order paid, and look at the receipt, which sets no cookie.

        Nor does it get anything that may not be stored (the cart's count): Chromium keeps such a no-store page in
        its bfcache, as WebKit keeps every one, and then the page itself has to ask.
        """
        self.gate.closed = ("/cart/badge/",)
        with self.by_hand() as hand:
            hand.add(sku)
            hand.go_to_review()
            hand.pay()
        self.go(hand.path)

    def end_session(self) -> None:
        """The server ends it, and the browser is told nothing."""
        key = self.driver.get_cookie("sessionid")["value"]
        self.shop.script(
            "from importlib import import_module; from django.conf import settings; "
            f"import_module(settings.SESSION_ENGINE).SessionStore({key!r}).flush()"
        )
