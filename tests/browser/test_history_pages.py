"""Whole pages and Back in a real browser: layouts, logins, other sites, late answers, full storage (scenarios S)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.browser.conftest import WITHOUT_API
from tests.browser.historian import LONG, WITHIN, Historian, until_seen
from tests.elsewhere import other_site
from tests.servers import Shop
from tests.webkit import WebKit

pytestmark = pytest.mark.browser

WITHOUT_STORAGE = """
for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
}
"""
TALL = "/category/clothing/"
FULL_STORAGE = """
for (const storage of [localStorage, sessionStorage]) {
  for (let size = 2 ** 22; size >= 1; size = Math.floor(size / 2)) {
    try { for (let i = 0; i < 9; i++) storage.setItem(`full-${size}-${i}`, "x".repeat(size)); } catch {}
  }
}
"""


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


@pytest.fixture(scope="module")
def elsewhere(shop: Shop) -> Iterator[str]:
    """Another site's page with a link to a product of ours."""
    with other_site(f"{shop.url}/product/ridge-boot/") as url:
        yield url


def assert_whole(walker: Historian, *parts: str) -> None:
    """A document with its head, its style and these parts; no fragment."""
    walker.until_shown()
    read = (
        "return [document.doctype?.name, document.styleSheets.length, document.head.querySelectorAll('title').length]"
    )
    doctype, sheets, titles = walker.driver.execute_script(read)
    assert (doctype, titles) == ("html", 1)
    assert sheets > 5
    for part in parts:
        assert len(walker.driver.find_elements(By.CSS_SELECTOR, part)) == 1, part
        assert walker.driver.find_element(By.CSS_SELECTOR, part).is_displayed(), part


SHOP_PARTS = ("body.shop", ".site-head .brand", ".site-head .search", ".site-head .tools__links", "#main", ".site-foot")
CHECKOUT_PARTS = ("body.checkout", ".site-head--checkout .brand", ".trail", "#main", ".site-foot")


def test_s01_s14_back_is_a_whole_page_in_its_own_layout(historian: Historian, wares: list[str]) -> None:
    walker = historian
    walker.go(LONG)
    walker.sort_by("price")
    left = walker.look()
    walker.follow_element(walker.in_sight(walker.cards[0]))
    walker.back()
    until_seen(walker, left)
    assert_whole(walker, *SHOP_PARTS, "#filters", "#results")
    walker.add(wares[0])
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")
    assert_whole(walker, *CHECKOUT_PARTS)
    walker.back()
    walker.until_path("/cart/")
    assert_whole(walker, *SHOP_PARTS)
    walker.until(lambda: "1" in walker.text("cart-count"))
    walker.forward()
    walker.until_path("/checkout/address/")
    assert_whole(walker, *CHECKOUT_PARTS)


def test_s05_storage_tells_nothing_after_a_logout(historian_memory: Historian, wares: list[str]) -> None:
    walker = historian_memory
    email = walker.register()
    walker.go("/profile/")
    walker.type("name", "Ada Wanderer")
    walker.type("line1", "Am Waldrand 7")
    walker.add(wares[0])
    title = walker.driver.find_element(By.CSS_SELECTOR, ".cart-line__title").text
    walker.in_sight(walker.find("line-quantity")).send_keys(Keys.ARROW_UP, Keys.ENTER)
    walker.until(lambda: "2" in walker.text("cart-count"))
    first = walker.driver.current_window_handle
    walker.go("/dashboard/")
    walker.click("logout")
    walker.until_path("/login/")
    stored = walker.stored()
    assert "nav-tab" in stored, "else nothing was read"
    for private in (email, "Ada", "Waldrand", title, wares[0]):
        assert private not in stored
    walker.driver.execute_script("open('/dashboard/')")
    walker.until(lambda: len(walker.driver.window_handles) == 2)
    (second,) = set(walker.driver.window_handles) - {first}
    walker.driver.switch_to.window(second)
    walker.until_path("/login/")
    assert email not in walker.driver.page_source


def test_s05_a_second_tab_does_not_begin_where_the_first_one_is(historian_memory: Historian) -> None:
    walker = historian_memory
    walker.go(TALL)
    plain = walker.look()
    walker.sort_by("-price")
    walker.scroll_to(300)
    walker.driver.switch_to.new_window("tab")
    walker.go(TALL)
    assert walker.look() == plain
    assert walker.scroll == 0


def test_s07_back_onto_the_login_when_signed_in_is_a_real_page(historian: Historian) -> None:
    walker = historian
    walker.go("/login/")
    walker.follow(".brand")
    first = walker.driver.current_window_handle
    walker.driver.switch_to.new_window("tab")
    email = walker.register()
    walker.driver.close()
    walker.driver.switch_to.window(first)
    walker.back()
    walker.until_path("/dashboard/")
    assert email in walker.main
    assert_whole(walker, *SHOP_PARTS)


def test_s08_an_ended_session_makes_an_htmx_control_a_whole_login(historian_memory: Historian) -> None:
    walker = historian_memory
    walker.register()
    walker.end_session()
    walker.driver.execute_script("htmx.ajax('GET', '/dashboard/orders/', { target: '#main', swap: 'innerHTML' })")
    walker.until_path("/login/")
    walker.until(lambda: walker.is_loaded)
    assert urlsplit(walker.driver.current_url).query == "redirect=/dashboard/orders/"
    assert_whole(walker, *SHOP_PARTS, "[data-testid=login-form]")


def test_s16_the_way_back_in_the_page_leads_up_and_never_out(historian: Historian, elsewhere: str) -> None:
    walker = historian
    walker.driver.get(elsewhere)
    walker.follow("a")
    walker.until_path("/product/ridge-boot/")
    walker.follow("[data-testid=way-back]")
    walker.until_path(LONG)
    walker.follow("[data-testid=way-back]")
    walker.until_path("/category/footwear/")
    for path in (LONG, "/product/ridge-boot/"):
        walker.back()
        walker.until_path(path)
    if not isinstance(walker.driver, WebKit):  # its driver answers no more once Back has crossed from site to site
        walker.back()
        walker.until(lambda: walker.driver.current_url == elsewhere)  # no entry was laid in the way out
    walker.driver.switch_to.new_window("tab")
    walker.go("/product/ridge-boot/")
    walker.follow("[data-testid=way-back]")
    walker.until_path(LONG)


def test_s18_fifteen_clicks_in_two_seconds(historian_memory: Historian) -> None:
    walker = historian_memory
    walker.go("/")
    walker.go(LONG)
    plain = walker.look()
    box = walker.in_sight(walker.driver.find_element(By.ID, "in-stock"))
    walker.driver.execute_script(
        "window.testClicks = []; addEventListener('click', (e) => testClicks.push(e.timeStamp))"
    )
    fast = ActionChains(walker.driver, duration=0).move_to_element(box)
    for _ in range(15):
        fast.click()
    fast.perform()
    clicks = walker.driver.execute_script("return testClicks")
    assert (len(clicks), clicks[-1] - clicks[0] < 2000) == (15, True)
    walker.until(lambda: walker.shown("in_stock") == "1" and walker.url == f"{LONG}?sort=featured&in_stock=1")
    assert walker.controls() == ("featured", "true")
    while walker.url != LONG:
        walker.back()
        walker.until(lambda: agrees(walker))
    until_seen(walker, plain)
    walker.back()
    walker.until_path("/")


def agrees(walker: Historian) -> bool:
    """Address, ``<html>`` and controls say the same about the filter."""
    is_on = "in_stock=1" in walker.url
    return walker.shown("in_stock") == str(int(is_on)) and walker.controls()[1] == str(is_on).lower()


@pytest.mark.parametrize("historian", WITHOUT_API, indirect=True)  # with it, the driver waits until Back is done
def test_s18_an_answer_that_comes_after_back_is_dropped(historian: Historian) -> None:
    """It comes before that of the entry which is shown again, whose address it would take away."""
    walker = historian
    walker.go(f"{LONG}?sort=name")
    by_name = walker.look()
    walker.sort_by("newest")
    newest = walker.look()
    walker.gate.hold("sort=price")
    walker.press("label[for=sort]")
    Select(walker.driver.find_element(By.ID, "sort")).select_by_value("price")
    walker.gate.until_asked("sort=price")
    asked = len(walker.gate.asked("sort=name"))
    walker.gate.hold("sort=price", "sort=name")
    walker.driver.execute_script("history.back()")  # the driver's own Back waits for the page
    walker.gate.until_asked("sort=name", asked + 1)
    walker.gate.hold("sort=name")
    walker.until(lambda: walker.has_got("sort=price"))
    walker.gate.open()
    until_seen(walker, by_name)
    walker.forward()
    until_seen(walker, newest)


def test_a_jump_within_the_page_takes_no_answer_away(historian_memory: Historian) -> None:
    """Browsers tell of it as they tell of Back."""
    walker = historian_memory
    walker.go(LONG)
    walker.gate.hold("sort=price")
    walker.press("label[for=sort]")
    Select(walker.driver.find_element(By.ID, "sort")).select_by_value("price")
    walker.gate.until_asked("sort=price")
    walker.driver.execute_script("location.hash = 'main'")
    walker.gate.open()
    walker.until(lambda: walker.shown("sort") == "price" and "sort=price" in walker.url)


def test_s04_what_a_page_asked_before_it_was_left_changes_nothing(historian_memory: Historian) -> None:
    """It came back and asks what is new; the shopper goes on back before the answer is there."""
    walker = historian_memory
    walker.go(LONG)
    walker.sort_by("name")
    left = walker.look()
    walker.sort_by("price")
    walker.follow(".brand")
    walker.gate.hold("sort=price")
    asked = len(walker.gate.asked("sort=price"))
    walker.back()
    walker.gate.until_asked("sort=price", asked + 1)
    walker.back()
    until_seen(walker, left)
    walker.gate.open()
    walker.until(lambda: walker.has_got("sort=price", 2))
    assert walker.look() == left


@pytest.mark.parametrize("storage", [WITHOUT_STORAGE, FULL_STORAGE], ids=["blocked", "full"])
def test_s18_without_room_in_web_storage(historian_memory: Historian, storage: str) -> None:
    walker = historian_memory
    walker.gate.first += storage
    walker.go("/search/?q=waymark")
    walker.show_more()
    walker.scroll_to(1200)
    left = walker.look()
    walker.follow_in_view()
    walker.back()
    until_seen(walker, left)
    walker.until(lambda: abs(walker.scroll - 1200) <= WITHIN)
    walker.sort_by("name")
    walker.back()
    until_seen(walker, left)
    walker.forward()
    walker.until(lambda: walker.shown("sort") == "name")
    assert walker.errors == []
