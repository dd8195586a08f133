"""Buying in a real browser, with Back, Forward and Reload wherever one likes. Each journey in Chromium (bfcache on, off, no
JavaScript), in WebKitGTK and in Firefox."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from tests.browser.conftest import in_these, walk
from tests.browser.walker import STAGES, Walker
from tests.fixtures_browser import ENGINES
from tests.servers import Shop

pytestmark = [pytest.mark.browser, pytest.mark.stores]

BY_THE_SERVER = in_these("shopper", "bfcache", "no-javascript")
"""What the server leads through is the same in every engine; without scripts it is another way."""


def order_of(walker: Walker, email: str) -> list[list[str]]:
    return [order for order in walker.orders() if order[3] == email]


@pytest.fixture
def email() -> str:
    """An address of this test's own, so that its orders are told from those of the other tests at the same shop."""
    return f"w{uuid.uuid4().hex[:10]}@example.org"


@pytest.fixture(params=[kind for kind in ENGINES if kind != "no-bfcache"])
def shopper(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Walker]:
    """For what nobody goes back in: Chromium without bfcache would do the same."""
    yield from walk(request, shop, request.param)


def test_a_guest_buys(shopper: Walker, wares: list[str], email: str) -> None:
    shopper.click_through(wares[0], email=email)
    total = shopper.text("order-total")
    shopper.order()
    shopper.pay()
    shopper.until(lambda: shopper.find("order-status").get_attribute("data-status") == "paid")
    assert shopper.text("order-total") == total
    ((number, status, amount, _),) = order_of(shopper, email)
    assert shopper.text("order-number") == number
    assert status == "paid"
    assert amount in total
    shopper.until(lambda: len([mail for mail in shopper.shop.mails() if email in mail and number in mail]) == 1)


@BY_THE_SERVER
def test_a_signed_in_shopper_buys_with_the_cart_of_the_guest(shopper: Walker, wares: list[str], email: str) -> None:
    shopper.add(wares[0])
    shopper.go("/register/")
    for name, value in (("email", email), ("password1", "blaze-on-a-tree-7"), ("password2", "blaze-on-a-tree-7")):
        shopper.type(name, value)
    shopper.driver.find_element(By.CSS_SELECTOR, "main form button").click()
    shopper.until(lambda: shopper.path == "/dashboard/")
    shopper.go("/cart/")
    assert shopper.sees("cart-line")
    shopper.click("to-checkout")
    assert shopper.driver.find_element(By.NAME, "email").get_attribute("value") == email
    shopper.give_address(email=email)
    shopper.choose("shipping_method")
    shopper.choose("payment_method", "demo")
    shopper.order()
    shopper.pay()
    shopper.go("/dashboard/orders/")
    ((number, *_),) = order_of(shopper, email)
    assert number in shopper.main


def test_back_forward_and_reload_at_every_stage(walker: Walker, wares: list[str], email: str) -> None:
    walker.click_through(wares[0], email=email)
    for stage in ("payment", "shipping", "address"):
        walker.back()
        walker.until_path(STAGES[stage])
        walker.until(lambda stage=stage: walker.stage == stage)
        walker.reload()
        assert (walker.path, walker.stage) == (STAGES[stage], stage)
    walker.back()
    walker.until_path("/cart/")
    assert walker.sees("cart-line")
    for stage in ("address", "shipping", "payment", "review"):
        walker.forward()
        walker.until_path(STAGES[stage])
        walker.until(lambda stage=stage: walker.stage == stage)
    assert "Ada Wanderer" in walker.main
    walker.reload()
    assert walker.sees("place-order")
    assert order_of(walker, email) == []


def test_the_address_edited_after_going_back(walker: Walker, wares: list[str], email: str) -> None:
    walker.click_through(wares[0], email=email)
    for _ in range(3):
        walker.back()
    walker.until_path("/checkout/address/")
    walker.type("line1", "Bergweg 9")
    walker.click("stage-submit")
    walker.until_path("/checkout/shipping/")
    walker.go("/checkout/review/")
    assert walker.path == "/checkout/review/"
    assert "Bergweg 9" in walker.main
    walker.order()
    walker.pay()
    assert "Bergweg 9" in walker.main


@BY_THE_SERVER
def test_another_country_asks_for_delivery_again(shopper: Walker, wares: list[str], email: str) -> None:
    shopper.go_to_review(wares[0], email=email)
    shopper.go("/checkout/address/")
    shopper.type("country", "AT")
    shopper.type("postcode", "1010")
    shopper.click("stage-submit")
    shopper.go("/checkout/review/")
    assert shopper.path == "/checkout/shipping/"
    assert shopper.sees("notice")


@BY_THE_SERVER
def test_jumping_ahead_is_led_to_the_frontier(shopper: Walker, wares: list[str]) -> None:
    shopper.go("/checkout/review/")
    assert shopper.path == "/cart/"
    shopper.add(wares[0])
    for path in ("/checkout/review/", "/checkout/payment/", "/checkout/shipping/"):
        shopper.go(path)
        assert shopper.path == "/checkout/address/"
        assert shopper.text("notice")


def test_a_double_click_orders_once(shopper: Walker, wares: list[str], email: str) -> None:
    shopper.go_to_review(wares[0], email=email)
    button = shopper.find("place-order")
    shopper.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    ActionChains(shopper.driver).double_click(button).perform()
    shopper.until(lambda: shopper.path.startswith(("/demo-gateway/", "/order/", "/pay/")))
    shopper.until(lambda: len(order_of(shopper, email)) == 1)
    if not shopper.path.startswith("/demo-gateway/"):
        shopper.go(shopper.path.replace("/order/", "/pay/"))
        shopper.click("resume-payment")
    shopper.pay()
    assert len(order_of(shopper, email)) == 1


def test_back_after_paying_never_shows_a_form_to_pay_or_order(walker: Walker, wares: list[str], email: str) -> None:
    walker.click_through(wares[0], email=email)
    walker.order()
    walker.pay()
    receipt = walker.path
    for _ in range(8):
        before = walker.driver.current_url
        walker.back()
        walker.until(lambda: not walker.is_hidden)
        assert not walker.sees("place-order")
        assert not walker.sees("stage-submit")
        if walker.sees("gateway-pay"):  # another company's page, out of WebKit's memory: it takes nothing twice
            walker.click("gateway-pay")
            walker.until_path(receipt)
        if walker.driver.current_url == before and walker.path != receipt:
            break
    assert [order[1] for order in order_of(walker, email)] == ["paid"]
    walker.go("/checkout/review/")
    assert walker.path == receipt
    walker.go("/cart/")
    assert not walker.sees("cart-line")


@BY_THE_SERVER
def test_declined_then_paid(shopper: Walker, wares: list[str], email: str) -> None:
    shopper.go_to_review(wares[0], email=email)
    shopper.order()
    shopper.click("gateway-decline")
    shopper.until(lambda: shopper.path.startswith("/pay/"))
    assert shopper.sees("resume-payment")
    assert [order[1] for order in order_of(shopper, email)] == ["awaiting_payment"]
    shopper.click("resume-payment")
    shopper.until(lambda: shopper.path.startswith("/demo-gateway/"))
    shopper.pay()
    assert [order[1] for order in order_of(shopper, email)] == ["paid"]


@BY_THE_SERVER
def test_cancelled_at_the_provider_then_resumed(shopper: Walker, wares: list[str], email: str) -> None:
    shopper.go_to_review(wares[0], email=email)
    shopper.order()
    shopper.click("gateway-cancel")
    shopper.until(lambda: shopper.path.startswith("/pay/"))
    shopper.click("resume-payment")
    shopper.until(lambda: shopper.path.startswith("/demo-gateway/"))
    shopper.pay()
    assert [order[1] for order in order_of(shopper, email)] == ["paid"]


def test_s55_back_from_the_provider_names_the_order_and_resumes(walker: Walker, wares: list[str], email: str) -> None:
    walker.go_to_review(wares[0], email=email)
    walker.order()
    walker.back()
    walker.until(lambda: not walker.path.startswith("/demo-gateway/") and not walker.is_hidden)
    assert not walker.sees("place-order")
    ((number, *_),) = order_of(walker, email)
    assert number in walker.main
    walker.go("/cart/")
    assert number in walker.main
    walker.click_on(walker.find("notice").find_element(By.TAG_NAME, "a"))
    walker.until(lambda: walker.sees("resume-payment"))
    walker.click("resume-payment")
    walker.until(lambda: walker.path.startswith("/demo-gateway/"))
    walker.pay()
    assert [order[1] for order in order_of(walker, email)] == ["paid"]


@BY_THE_SERVER
def test_a_payment_that_takes_its_time_becomes_paid(shopper: Walker, wares: list[str], email: str) -> None:
    shopper.go_to_review(wares[0], email=email)
    shopper.order()
    shopper.click("gateway-delay")
    shopper.until(lambda: shopper.path.startswith(("/pay/", "/order/")))
    assert not shopper.sees("gateway-pay")
    shopper.until(lambda: [order[1] for order in order_of(shopper, email)] == ["paid"])


@BY_THE_SERVER
def test_the_cart_changed_in_a_second_tab_before_ordering(shopper: Walker, wares: list[str], email: str) -> None:
    shopper.go_to_review(wares[0], email=email)
    old = shopper.text("order-total")
    first = shopper.driver.current_window_handle
    shopper.driver.switch_to.new_window("tab")
    shopper.add(wares[1])
    shopper.driver.switch_to.window(first)
    if shopper.has_scripts:  # this page has heard of it; what the shopper agreed to is asked about all the same
        shopper.until(lambda: shopper.text("order-total") not in {"", old})
    shopper.click("place-order")
    assert shopper.sees("conflict")
    assert old in shopper.main
    assert order_of(shopper, email) == []
    shopper.click("conflict-confirm")
    shopper.until(lambda: shopper.path.startswith("/demo-gateway/"))
    shopper.pay()
    ((_, status, amount, _),) = order_of(shopper, email)
    assert status == "paid"
    assert amount not in old
    assert amount in shopper.text("order-total")


@BY_THE_SERVER
def test_what_was_typed_comes_back_marked(shopper: Walker, wares: list[str]) -> None:
    shopper.add(wares[0])
    shopper.click("to-checkout")
    shopper.give_address(postcode="", city="Ulm")
    assert shopper.path == "/checkout/address/"
    assert shopper.driver.find_element(By.NAME, "city").get_attribute("value") == "Ulm"
    shopper.reload()
    assert shopper.driver.find_element(By.NAME, "city").get_attribute("value") == "Ulm"
    assert shopper.path == "/checkout/address/"
