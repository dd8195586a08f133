"""Coming back in a real browser: the page is what the shop would show now, and nobody sees what is not theirs any more (R9).

Every test runs in Chromium with bfcache on and off, in WebKitGTK and in Firefox; where a page must have come out of bfcache,
that is asserted.
"""

from __future__ import annotations

import threading

import pytest
from selenium.webdriver.common.by import By

from tests.browser.conftest import IN_CHROMIUM
from tests.browser.watched import Watched
from tests.servers import Shop
from tests.shopper import ADDRESS

pytestmark = pytest.mark.browser

BUSY = """
new MutationObserver(([{ target }]) => {
  if ("busy" in target.dataset) localStorage.setItem("test-busy", JSON.stringify([target.dataset.testid]));
}).observe(document, { subtree: true, attributeFilter: ["data-busy"] });
"""
"""Notes which button shows that its form is on its way."""
LIVELY = """
const sheet = new CSSStyleSheet();
sheet.replaceSync("* { transition: all 9s !important; }");
document.adoptedStyleSheets = [sheet];
"""
"""A site where whatever changes does so slowly, as many do for a moment: a page must be out of sight before it is kept."""
ON_TOP = """
const main = document.querySelector("main");
main.insertAdjacentHTML("beforeend", "<dialog>Ada Wanderer</dialog><p popover>Ada Wanderer</p>");
main.querySelector("dialog").showModal();
main.querySelector("[popover]").showPopover();
"""
STORED = """
const stored = [sessionStorage, localStorage].flatMap((store) => Object.entries(store));
return stored.filter(([name]) => !name.startsWith("test-")).join();
"""
"""All that the shop keeps in this browser."""


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


@pytest.fixture
def walker(watched: Watched) -> Watched:
    return watched


@pytest.fixture
def memory_walker(watched_memory: Watched) -> Watched:
    return watched_memory


def test_s27_public_pages_come_back_from_memory(walker: Watched) -> None:
    """The positive control: engines keep pages here, and nothing of ours stops them."""
    for path in ("/", "/category/boots/", "/search/?q=boot"):
        walker.go(path)
        walker.follow("main a[href*='/product/'], main a[href*='/category/']")
        walker.look_away()
        walker.back()
        walker.until_path(path.partition("?")[0])
        assert walker.came_from_memory(walker.path) is walker.has_memory


def test_s21_nothing_private_is_painted_after_logging_out(walker: Watched) -> None:
    walker.go("/")
    email = walker.register()
    walker.go("/profile/")
    walker.go("/dashboard/")
    assert email in walker.painted, "else the watch sees nothing"
    walker.click("logout")
    walker.until_path("/login/")
    walker.look_away()
    while walker.path != "/":  # what leads to the login takes no press of Back
        walker.back()
        walker.until_shown()
        assert walker.path in {"/login/", "/"}
    assert email not in walker.painted


@IN_CHROMIUM
def test_s21_logging_out_in_one_tab_hides_the_others(walker: Watched) -> None:
    walker.go("/")
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


@pytest.mark.parametrize("first", ["", LIVELY], ids=["", "lively"])
def test_s23_a_session_ended_by_the_server_hides_what_comes_back(
    memory_walker: Watched, wares: list[str], first: str
) -> None:
    walker = memory_walker
    walker.gate.first += first
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


def test_s23_what_lies_on_top_of_a_page_is_out_of_sight_with_it(memory_walker: Watched, wares: list[str]) -> None:
    walker = memory_walker
    walker.buy(wares[0])
    receipt = walker.path
    walker.driver.execute_script(ON_TOP)
    assert on_top(walker) == ["1", "1"]
    walker.until(walker.is_read)
    walker.go("/")
    walker.gate.hold("/api/route")
    walker.back()
    walker.gate.until_asked("/api/route")
    assert on_top(walker) == ["0", "0"]
    assert walker.came_from_memory(receipt)
    walker.gate.open()
    walker.until(lambda: not walker.is_hidden and "0" not in on_top(walker))


def on_top(walker: Watched) -> list[str]:
    """How much a dialog and something that pops up can be seen."""
    read = "return [...document.querySelectorAll('dialog, [popover]')].map((it) => getComputedStyle(it).opacity)"
    return walker.driver.execute_script(read)


def test_a_private_page_that_is_still_true_comes_back_as_it_was(walker: Watched, wares: list[str]) -> None:
    walker.buy(wares[0])
    receipt = walker.path
    walker.follow(".brand")
    walker.look_away()
    walker.back()
    walker.until(lambda: walker.path == receipt and not walker.is_hidden)
    assert walker.came_from_memory(receipt) is walker.keeps_private
    assert "Ada Wanderer" in walker.painted


def test_r9_a_page_sent_just_now_stays_in_sight_and_is_asked_about(watched_network: Watched, wares: list[str]) -> None:
    """docs/adr/0006: there is no lie to hide, but a check all the same."""
    walker = watched_network
    walker.add(wares[0])
    walker.go("/checkout/address/")
    walker.follow(".brand")
    walker.look_away()
    walker.gate.hold("/api/route")
    walker.back()
    walker.until_path("/checkout/address/")
    walker.gate.until_asked("/api/route")
    walker.until(lambda: "Address" in walker.painted)
    assert not walker.is_hidden
    assert not walker.came_from_memory("/checkout/address/")
    walker.gate.open()
    walker.give_address()
    walker.until_path("/checkout/shipping/")


@IN_CHROMIUM
def test_s05_what_was_typed_and_not_sent_goes_with_the_account(walker: Watched, wares: list[str]) -> None:
    walker.register()
    walker.add(wares[0])
    walker.go("/checkout/address/")
    walker.type("name", "Ada Wanderer")
    walker.follow(".brand")
    assert "Ada Wanderer" in walker.driver.execute_script(STORED), "else nothing was kept"
    walker.go("/logout/")
    walker.click("logout")
    walker.until_path("/login/")
    assert "Ada Wanderer" not in walker.driver.execute_script(STORED)


def test_r9_a_changed_stage_is_drawn_again_when_it_comes_back(walker: Watched, wares: list[str]) -> None:
    """A second tab puts something in; the summary beside the address is that of now, and so is what the form carries."""
    walker.add(wares[0])
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")
    first, old = walker.driver.current_window_handle, walker.main
    walker.type("name", "Ada Wanderer")
    walker.driver.switch_to.new_window("tab")
    walker.put_in(wares[1])
    walker.driver.close()
    walker.driver.switch_to.window(first)
    walker.until(lambda: not walker.is_hidden and walker.main != old)
    assert walker.path == "/checkout/address/"
    assert walker.driver.find_element(By.NAME, "name").get_attribute("value") == "Ada Wanderer"


@IN_CHROMIUM  # in every engine: tests/browser/test_journeys.py, S55
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
    walker.gate.first += BUSY
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")
    walker.gate.hold("/checkout/address/")
    for name, value in ADDRESS.items():
        walker.type(name, value)
    letting_go = threading.Timer(1, walker.gate.open)
    letting_go.start()
    walker.click("stage-submit")
    letting_go.join()
    walker.until_path("/checkout/shipping/")
    assert walker.item("busy") == ["stage-submit"], "else no button was out of use"
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
    walker.until_path(product)
    walker.until(lambda: walker.text("cart-count") not in {"", old})


@pytest.mark.parametrize(("network", "by"), [("cut", "the browser"), ("slow", "a click"), ("slow", "itself")])
def test_r9_a_page_whose_answer_does_not_come_says_so_and_recovers(
    memory_walker: Watched, wares: list[str], network: str, by: str
) -> None:
    walker = memory_walker
    walker.buy(wares[0])
    receipt = walker.path
    walker.follow(".brand")
    walker.look_away()
    if network == "cut":
        walker.gate.closed = ("/",)
    else:
        walker.gate.hold("/")
    walker.back()
    walker.until(lambda: walker.path == receipt and walker.sees("offline"))
    assert walker.find("offline").is_displayed()
    assert "Ada Wanderer" not in walker.painted
    assert walker.came_from_memory(receipt)
    if by == "a click":
        asked = len(walker.gate.asked("/api/route"))
        walker.click_on(walker.find("offline").find_element(By.TAG_NAME, "button"))
        walker.gate.until_asked("/api/route", asked + 1)
    walker.gate.open()
    if by == "the browser":
        walker.driver.execute_script("dispatchEvent(new Event('online'))")
    walker.until(lambda: not walker.is_hidden)
    assert not walker.sees("offline")
    assert "Ada Wanderer" in walker.main
