"""A notice does not outlive what it says (N13); an answer after its page has left reaches the page that is there (N14)."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.conftest import IN_CHROMIUM
from tests.browser.watched import Watched
from tests.servers import Shop
from tests.shopper import ADDRESS

pytestmark = pytest.mark.browser

SECOND = 1.0


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


@pytest.fixture
def walker(watched: Watched) -> Watched:
    return watched


def product(walker: Watched, sku: str) -> str:
    ((slug,),) = walker.shop.rows(
        f"SELECT p.slug FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id WHERE v.sku = '{sku}'"
    )
    return f"/product/{slug}/?variant={sku}"


def added(walker: Watched) -> str:
    return walker.driver.find_element(By.ID, "added").text


def put_in(walker: Watched, sku: str) -> None:
    """From its page, where the answer stands then."""
    walker.go(product(walker, sku))
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: "is in your cart." in added(walker))
    walker.until(lambda: walker.text("cart-count") != "")


def take_out(walker: Watched) -> None:
    walker.press("[data-testid=line-remove]")
    walker.until(lambda: "There is nothing in it yet." in walker.main)


def beside(walker: Watched):
    """Another tab; the first one is in front again after it."""
    first = walker.driver.current_window_handle
    walker.driver.switch_to.new_window("tab")
    yield
    walker.driver.close()
    walker.driver.switch_to.window(first)


def test_n13_back_to_a_page_whose_notice_was_read(walker: Watched, wares: list[str]) -> None:
    put_in(walker, wares[0])
    page = walker.path
    walker.follow("#added a")
    walker.until_path("/cart/")
    take_out(walker)
    walker.look_away()
    walker.back()
    walker.until_path(page)
    walker.until(lambda: walker.driver.find_element(By.ID, "add").is_displayed())
    assert walker.came_from_memory(page) is walker.has_memory
    walker.until(lambda: walker.text("cart-count") == "")
    assert added(walker) == ""
    assert "is in your cart" not in walker.painted


@IN_CHROMIUM
def test_n13_another_tab_takes_out_what_a_notice_says_is_in(walker: Watched, wares: list[str]) -> None:
    put_in(walker, wares[0])
    for _ in beside(walker):
        walker.go("/cart/")
        take_out(walker)
    walker.until(lambda: walker.text("cart-count") == "")
    walker.until(lambda: added(walker) == "")


@IN_CHROMIUM
def test_n13_a_notice_that_is_still_true_stays_on_its_page(walker: Watched, wares: list[str]) -> None:
    put_in(walker, wares[0])
    for _ in beside(walker):
        walker.go("/category/boots/")
        walker.until(lambda: walker.text("cart-count") != "")
    walker.until(lambda: not walker.is_hidden)
    asked = len(walker.gate.asked("/cart/badge/"))
    walker.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    walker.gate.until_asked("/cart/badge/", asked + 1)
    assert "is in your cart." in added(walker)


@IN_CHROMIUM
def test_n13_the_cart_s_own_notice_goes_with_what_it_says(walker: Watched, wares: list[str]) -> None:
    """Said on the cart's page, beside a field that was typed into; nothing else of the page waits for that."""
    walker.add(wares[0])
    stock(walker, wares[0], 5)
    walker.reload()
    field = walker.find("line-quantity")
    walker.driver.execute_script("arguments[0].value = 50", field)
    walker.press(".cart-line__quantity button")
    walker.until(lambda: "so your cart has that many" in walker.main)
    for _ in beside(walker):
        walker.go("/cart/")
        take_out(walker)
    walker.until(lambda: "There is nothing in it yet." in walker.main)
    assert "so your cart has that many" not in walker.main
    stock(walker, wares[0], 1000)


@IN_CHROMIUM
def test_n13_what_is_said_of_an_offer_waits_for_a_page_that_lags_behind(walker: Watched, wares: list[str]) -> None:
    """The page is one that the shop remembers, and learns of what staff did a moment later than the cart."""
    walker.go(product(walker, wares[4]))
    stock(walker, wares[4], 0, is_told=False)
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: "is sold out." in added(walker))
    look_again(walker)
    assert walker.text("stock") == "In stock", "else the page has not lagged"
    assert "is sold out." in added(walker)
    stock(walker, wares[4], 0)
    look_again(walker)
    walker.until(lambda: walker.text("stock") == "Sold out")
    assert "is sold out." in added(walker)
    stock(walker, wares[4], 1000)
    look_again(walker)
    walker.until(lambda: walker.text("stock") == "In stock")
    walker.until(lambda: added(walker) == "")


def look_again(walker: Watched) -> None:
    """As when the tab comes to the front; until the page has taken over what the server shows."""
    asked = len(walker.gate.asked("/cart/badge/"))
    walker.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    walker.gate.until_asked("/cart/badge/", asked + 1)
    walker.until(walker.is_read)


@IN_CHROMIUM
def test_n13_what_is_sold_out_is_not_said_any_more_once_it_is_back(walker: Watched, wares: list[str]) -> None:
    walker.go(product(walker, wares[4]))
    stock(walker, wares[4], 0)
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: "is sold out." in added(walker) and walker.text("stock") == "Sold out")
    stock(walker, wares[4], 1000)
    walker.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    walker.until(lambda: walker.text("stock") == "In stock")
    walker.until(lambda: added(walker) == "")


def test_n13_no_connection_is_not_said_any_more_once_there_is_one(walker: Watched, wares: list[str]) -> None:
    walker.go(product(walker, wares[0]))
    page = walker.path
    walker.gate.closed = ("/cart/add/",)
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: walker.driver.find_element(By.ID, "trouble").text != "")
    walker.gate.open()
    walker.follow(".brand")
    walker.look_away()
    walker.back()
    walker.until_path(page)
    walker.until(lambda: walker.driver.find_element(By.ID, "add").is_displayed())
    assert walker.driver.find_element(By.ID, "trouble").text == ""


def stock(walker: Watched, sku: str, available: int, *, is_told: bool = True) -> None:
    """``is_told``: pages of the catalogue that are remembered know of it."""
    walker.shop.script(
        "from shop.catalog.services import bump_catalog_version; from shop.stock.models import Stock; "
        f"Stock.objects.filter(variant__sku={sku!r}).update(available={available}, sells_without=False); "
        + ("bump_catalog_version()" if is_told else "")
    )


# --- N14 ------------------------------------------------------------------------------------------------------------
def counted(walker: Watched) -> str:
    return walker.text("cart-count").partition("\n")[0]


@pytest.mark.parametrize("has_cart", [True, False], ids=["a-cart", "no-cart"])
def test_n14_the_page_before_learns_of_an_answer_that_came_late(
    walker: Watched, wares: list[str], *, has_cart: bool
) -> None:
    if has_cart:
        put_in(walker, wares[0])
    before = counted(walker) if has_cart else ""
    walker.go("/category/boots/")
    walker.go(product(walker, wares[1]))
    walker.until(lambda: counted(walker) == before)
    walker.gate.hold("/cart/add/")
    walker.press("[data-testid=add-to-cart]")
    walker.gate.until_asked("/cart/add/", 1 + has_cart)
    walker.back()
    walker.until_path("/category/boots/")
    walker.until(lambda: counted(walker) == before)
    walker.gate.open()
    walker.until(lambda: counted(walker) == ("2" if has_cart else "1"))


def test_n14_another_tab_learns_of_what_a_closed_one_had_sent(walker: Watched, wares: list[str]) -> None:
    put_in(walker, wares[0])
    walker.go("/cart/")
    for _ in beside(walker):
        walker.go(product(walker, wares[1]))
        walker.gate.hold("/cart/add/")
        walker.press("[data-testid=add-to-cart]")
        walker.gate.until_asked("/cart/add/", 2)
    walker.until(lambda: not walker.is_hidden)
    walker.gate.open()
    walker.until(lambda: len(walker.driver.find_elements(By.CSS_SELECTOR, "[data-testid=cart-line]")) == 2)


LEAVE = """
setTimeout(() => document.querySelector("[data-testid=stage-submit]").click());
setTimeout(() => location.assign("/cart/"), 500);
"""
"""By script: a driver waits for the page that a form leads to."""


def test_n14_a_form_sent_as_a_document_and_left(walker: Watched, wares: list[str]) -> None:
    walker.add(wares[0])
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")
    for name, value in ADDRESS.items():
        walker.type(name, value)
    walker.gate.hold("/checkout/address/")
    walker.driver.execute_script(LEAVE)
    walker.until_path("/cart/")
    walker.until(lambda: revision(walker) is not None)
    before = revision(walker)
    walker.gate.open()
    walker.until(lambda: revision(walker) == before + 1)


def revision(walker: Watched) -> int:
    """Of the visitor's way through checkout, as the page has it."""
    return int(walker.driver.find_element(By.TAG_NAME, "html").get_dom_attribute("data-nav-rev"))


@IN_CHROMIUM
def test_n14_nothing_is_asked_while_nothing_is_under_way(walker: Watched, wares: list[str]) -> None:
    put_in(walker, wares[0])
    walker.follow("#added a")
    walker.until_path("/cart/")
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")
    walker.give_address()
    walker.until_path("/checkout/shipping/")
    walker.until_settled()
    noted = "return localStorage.getItem('under-way')"
    assert walker.driver.execute_script(noted) is None, "it was answered"
    walker.gate.passed.clear()
    walker.driver.execute_async_script(f"setTimeout(arguments[0], {SECOND * 1500})")
    assert walker.gate.passed == []
