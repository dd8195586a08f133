"""Coming back in a real browser: the page is what the shop would show now, and nobody sees what is not theirs any more (R9).

Every test runs with bfcache on and off; where a page must have come out of it, that is asserted.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from tests.browser.conftest import BROWSERS
from tests.browser.walker import Walker
from tests.fixtures_browser import _serve, start_browser
from tests.servers import Shop

pytestmark = pytest.mark.browser

WATCH = """
addEventListener("pageshow", ({ persisted }) => {
  const shown = JSON.parse(sessionStorage.getItem("test-shown") ?? "[]");
  sessionStorage.setItem("test-shown", JSON.stringify([...shown, [location.pathname, persisted]]));
  const look = () => {
    const main = document.querySelector("main");
    if (!main?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    const painted = new Set(JSON.parse(sessionStorage.getItem("test-painted") ?? "[]"));
    sessionStorage.setItem("test-painted", JSON.stringify([...painted.add(main.innerText)]));
  };
  const frame = () => { look(); requestAnimationFrame(frame); };
  look();
  requestAnimationFrame(frame);
}, { capture: true });
addEventListener("error", ({ message }) => sessionStorage.setItem("test-error", message));
addEventListener("unhandledrejection", ({ reason }) => sessionStorage.setItem("test-error", `${reason}`));
"""
"""Notes how each page came and, in every frame, what of <main> can be seen."""


class Watched(Walker):
    """A walker whose pages are looked at in every frame. ``has_memory``: its browser has a bfcache."""

    has_memory = True

    def item(self, name: str) -> list:
        return self.driver.execute_script(f"return JSON.parse(sessionStorage.getItem('test-{name}') ?? '[]')")

    @property
    def painted(self) -> str:
        """All that could be seen since :meth:`look_away`."""
        return "\n".join(self.item("painted"))

    def look_away(self) -> None:
        self.driver.execute_script("sessionStorage.removeItem('test-painted'); sessionStorage.removeItem('test-shown')")

    def came_from_memory(self, path: str) -> bool:
        return [path, True] in self.item("shown")

    @property
    def error(self) -> str | None:
        return self.driver.execute_script("return sessionStorage.getItem('test-error')")

    @property
    def is_hidden(self) -> bool:
        return "nav-hidden" in (self.driver.find_element(By.TAG_NAME, "html").get_attribute("class") or "")

    def until_shown(self) -> None:
        self.until(lambda: not self.is_hidden)

    def follow(self, selector: str) -> None:
        """A real click on a link or button, until its page has gone."""
        old = self.driver.find_element(By.TAG_NAME, "html")
        self.in_sight(self.driver.find_element(By.CSS_SELECTOR, selector)).click()
        self.until(lambda: self.driver.find_element(By.TAG_NAME, "html") != old)

    def network(self, *, offline: bool = False, latency: int = 0) -> None:
        """``latency``: milliseconds that every answer takes longer."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        conditions = {"offline": offline, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def register(self) -> str:
        """A new account; its e-mail address."""
        email = f"b{uuid.uuid4().hex[:10]}@example.org"
        self.go("/register/")
        for name, value in (("email", email), ("password1", "blaze-on-a-tree-7"), ("password2", "blaze-on-a-tree-7")):
            self.type(name, value)
        self.follow("main form button")
        self.until_path("/dashboard/")
        return email

    def buy(self, sku: str) -> None:
        """An order, paid; the receipt is there, which sets no cookie.

        Nor does it fetch anything that may not be stored here (the cart's count): Chromium keeps such a no-store page in
        its bfcache, as WebKit keeps every one, and then the page itself has to ask.
        """
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/cart/badge/*"]})
        self.go_to_review(sku)
        self.order()
        self.pay()

    def end_session(self) -> None:
        """The server ends it, and the browser is told nothing."""
        key = self.driver.get_cookie("sessionid")["value"]
        self.shop.script(
            "from importlib import import_module; from django.conf import settings; "
            f"import_module(settings.SESSION_ENGINE).SessionStore({key!r}).flush()"
        )


def _walk(request: pytest.FixtureRequest, shop: Shop, kind: str) -> Iterator[Watched]:
    for driver in _serve(request, start_browser(**BROWSERS[kind])):
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        walker = Watched(driver, shop)
        walker.has_memory = kind == "bfcache"
        yield walker
        assert walker.error is None


@pytest.fixture(params=["bfcache", "no-bfcache"])
def walker(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Watched]:
    yield from _walk(request, shop, request.param)


@pytest.fixture
def memory_walker(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Watched]:
    """With bfcache on: where a page that was asked for anew would be none of ours."""
    yield from _walk(request, shop, "bfcache")


def test_s27_public_pages_come_back_from_memory(walker: Watched) -> None:
    """The positive control: Chromium keeps pages here, and nothing of ours stops it."""
    for path in ("/", "/category/boots/", "/search/?q=boot"):
        walker.go(path)
        walker.follow("main a[href*='/product/'], main a[href*='/category/']")
        walker.look_away()
        walker.back()
        walker.until_path(path.partition("?")[0])
        assert walker.came_from_memory(walker.path) is walker.has_memory


def test_s21_nothing_private_is_painted_after_logging_out(walker: Watched) -> None:
    email = walker.register()
    walker.go("/profile/")
    walker.go("/dashboard/")
    assert email in walker.painted, "else the watch sees nothing"
    walker.click("logout")
    walker.until_path("/login/")
    walker.look_away()
    for _ in range(3):
        walker.back()
        walker.until_shown()
        assert walker.path in {"/login/", "/register/"}
    assert email not in walker.painted


def test_s21_logging_out_in_one_tab_hides_the_others(walker: Watched) -> None:
    email = walker.register()
    first = walker.driver.current_window_handle
    walker.driver.switch_to.new_window("tab")
    walker.go("/dashboard/")
    walker.click("logout")
    walker.until_path("/login/")
    walker.driver.switch_to.window(first)
    walker.until_path("/login/")
    walker.look_away()
    walker.back()
    walker.until_shown()
    assert email not in walker.painted


def test_s23_a_session_ended_by_the_server_hides_what_comes_back(memory_walker: Watched, wares: list[str]) -> None:
    walker = memory_walker
    walker.register()
    walker.buy(wares[0])
    receipt = walker.path
    assert "Ada Wanderer" in walker.painted, "else the watch sees nothing"
    walker.follow(".brand")
    walker.until_path("/")
    walker.end_session()
    walker.look_away()
    walker.back()
    walker.until(lambda: walker.path == "/login/" and not walker.is_hidden)
    assert walker.came_from_memory(receipt)
    assert "Ada Wanderer" not in walker.painted
    assert walker.driver.current_url.endswith(f"/login/?redirect={receipt}")


def test_a_private_page_that_is_still_true_comes_back_as_it_was(walker: Watched, wares: list[str]) -> None:
    walker.buy(wares[0])
    receipt = walker.path
    walker.follow(".brand")
    walker.look_away()
    walker.back()
    walker.until(lambda: walker.path == receipt and not walker.is_hidden)
    assert walker.came_from_memory(receipt) is walker.has_memory
    assert "Ada Wanderer" in walker.painted


def test_what_was_typed_is_there_when_nothing_else_changed(walker: Watched, wares: list[str]) -> None:
    walker.add(wares[0])
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")
    walker.type("name", "Ada Wanderer")
    walker.follow(".brand")
    walker.look_away()
    walker.back()
    walker.until_path("/checkout/address/")
    walker.until_shown()
    assert walker.driver.find_element(By.NAME, "name").get_attribute("value") == "Ada Wanderer"


def test_r9_a_changed_stage_is_drawn_again_when_it_comes_back(walker: Watched, wares: list[str]) -> None:
    """A second tab puts something in; the summary beside the address is that of now, and so is what the form carries."""
    walker.add(wares[0])
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")
    first, old = walker.driver.current_window_handle, walker.main
    walker.type("name", "Ada Wanderer")
    walker.driver.switch_to.new_window("tab")
    walker.add(wares[1])
    walker.driver.close()
    walker.driver.switch_to.window(first)
    walker.until(lambda: not walker.is_hidden and walker.main != old)
    assert walker.path == "/checkout/address/"
    assert walker.driver.find_element(By.NAME, "name").get_attribute("value") == "Ada Wanderer"


def test_s26_back_from_the_provider_shows_no_button_to_order_again(walker: Watched, wares: list[str]) -> None:
    walker.go_to_review(wares[0])
    before = len(walker.orders())
    walker.order()
    walker.look_away()
    walker.back()
    walker.until(lambda: not walker.path.startswith("/demo-gateway/") and not walker.is_hidden)
    assert not walker.sees("place-order")
    assert len(walker.orders()) == before + 1


def test_s26_a_form_left_while_it_was_on_its_way_can_be_sent_again(walker: Watched, wares: list[str]) -> None:
    walker.add(wares[0])
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")
    walker.give_address()
    walker.until_path("/checkout/shipping/")
    walker.back()
    walker.until_path("/checkout/address/")
    walker.until_shown()
    assert not walker.driver.find_elements(By.CSS_SELECTOR, "button[data-busy], button:disabled")
    walker.type("city", "Ulm")
    walker.click("stage-submit")
    walker.until_path("/checkout/shipping/")
    assert "Ulm" in walker.main or not walker.sees("conflict")


def test_r9_the_count_of_the_cart_is_right_on_back(walker: Watched, wares: list[str]) -> None:
    walker.go("/category/boots/")
    walker.follow("main .product-card a")
    product = walker.path
    assert product.startswith("/product/")
    walker.follow(".brand")
    walker.back()
    walker.until_path(product)
    old = walker.text("cart-count")
    walker.add(wares[0])
    walker.back()
    walker.back()
    walker.until_path(product)
    walker.until(lambda: walker.text("cart-count") not in {"", old})


@pytest.mark.parametrize("network", [{"offline": True}, {"latency": 10_000}], ids=["offline", "slow"])
def test_r9_a_page_whose_answer_does_not_come_says_so_and_recovers(
    memory_walker: Watched, wares: list[str], network: dict
) -> None:
    walker = memory_walker
    walker.buy(wares[0])
    receipt = walker.path
    walker.follow(".brand")
    walker.look_away()
    walker.network(**network)
    walker.back()
    walker.until(lambda: walker.path == receipt and walker.sees("offline"))
    assert walker.find("offline").is_displayed()
    assert "Ada Wanderer" not in walker.painted
    assert walker.came_from_memory(receipt)
    walker.network()
    if "latency" in network:  # the browser itself tells when it is online again
        walker.find("offline").find_element(By.TAG_NAME, "button").click()
    walker.until_shown()
    assert not walker.sees("offline")
    assert "Ada Wanderer" in walker.main
