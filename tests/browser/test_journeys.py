"""Buying in a real browser, with Back, Forward and Reload wherever one likes. Each journey in Chromium (bfcache on, off, no
JavaScript), in WebKitGTK and in Firefox."""

from __future__ import annotations

import uuid

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from tests.browser.walker import STAGES, Walker

pytestmark = [pytest.mark.browser, pytest.mark.stores]


def order_of(walker: Walker, email: str) -> list[list[str]]:
    return [order for order in walker.orders() if order[3] == email]


@pytest.fixture
def email() -> str:
    """An address of this test's own, so that its orders are told from those of the other tests at the same shop."""
    return f"w{uuid.uuid4().hex[:10]}@example.org"


def go_to_review(walker: Walker, sku: str, email: str) -> None:
    walker.add(sku)
    walker.click("to-checkout")
    walker.give_address(email=email)
    walker.choose("shipping_method")
    walker.choose("payment_method", "demo")
    walker.until_path("/checkout/review/")


def test_a_guest_buys(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
    total = walker.text("order-total")
    walker.order()
    walker.pay()
    walker.until(lambda: walker.find("order-status").get_attribute("data-status") == "paid")
    assert walker.text("order-total") == total
    ((number, status, amount, _),) = order_of(walker, email)
    assert walker.text("order-number") == number
    assert status == "paid"
    assert amount in total
    walker.until(lambda: len([mail for mail in walker.shop.mails() if email in mail and number in mail]) == 1)


def test_a_signed_in_shopper_buys_with_the_cart_of_the_guest(walker: Walker, wares: list[str], email: str) -> None:
    walker.add(wares[0])
    walker.go("/register/")
    for name, value in (("email", email), ("password1", "blaze-on-a-tree-7"), ("password2", "blaze-on-a-tree-7")):
        walker.type(name, value)
    walker.driver.find_element(By.CSS_SELECTOR, "main form button").click()
    walker.until(lambda: walker.path == "/dashboard/")
    walker.go("/cart/")
    assert walker.sees("cart-line")
    walker.click("to-checkout")
    assert walker.driver.find_element(By.NAME, "email").get_attribute("value") == email
    walker.give_address(email=email)
    walker.choose("shipping_method")
    walker.choose("payment_method", "demo")
    walker.order()
    walker.pay()
    walker.go("/dashboard/orders/")
    ((number, *_),) = order_of(walker, email)
    assert number in walker.main


def test_back_forward_and_reload_at_every_stage(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
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
    go_to_review(walker, wares[0], email)
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


def test_another_country_asks_for_delivery_again(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
    walker.go("/checkout/address/")
    walker.type("country", "AT")
    walker.click("stage-submit")
    walker.go("/checkout/review/")
    assert walker.path == "/checkout/shipping/"
    assert walker.sees("notice")


def test_jumping_ahead_is_led_to_the_frontier(walker: Walker, wares: list[str]) -> None:
    walker.go("/checkout/review/")
    assert walker.path == "/cart/"
    walker.add(wares[0])
    for path in ("/checkout/review/", "/checkout/payment/", "/checkout/shipping/"):
        walker.go(path)
        assert walker.path == "/checkout/address/"
        assert walker.text("notice")


def test_a_double_click_orders_once(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
    button = walker.find("place-order")
    walker.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    ActionChains(walker.driver).double_click(button).perform()
    walker.until(lambda: walker.path.startswith(("/demo-gateway/", "/order/", "/pay/")))
    walker.until(lambda: len(order_of(walker, email)) == 1)
    if not walker.path.startswith("/demo-gateway/"):
        walker.go(walker.path.replace("/order/", "/pay/"))
        walker.click("resume-payment")
    walker.pay()
    assert len(order_of(walker, email)) == 1


def test_back_after_paying_never_shows_a_form_to_pay_or_order(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
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


def test_declined_then_paid(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
    walker.order()
    walker.click("gateway-decline")
    walker.until(lambda: walker.path.startswith("/pay/"))
    assert walker.sees("resume-payment")
    assert [order[1] for order in order_of(walker, email)] == ["awaiting_payment"]
    walker.click("resume-payment")
    walker.until(lambda: walker.path.startswith("/demo-gateway/"))
    walker.pay()
    assert [order[1] for order in order_of(walker, email)] == ["paid"]


def test_cancelled_at_the_provider_then_resumed(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
    walker.order()
    walker.click("gateway-cancel")
    walker.until(lambda: walker.path.startswith("/pay/"))
    walker.click("resume-payment")
    walker.until(lambda: walker.path.startswith("/demo-gateway/"))
    walker.pay()
    assert [order[1] for order in order_of(walker, email)] == ["paid"]


def test_s55_back_from_the_provider_names_the_order_and_resumes(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
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


def test_a_payment_that_takes_its_time_becomes_paid(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
    walker.order()
    walker.click("gateway-delay")
    walker.until(lambda: walker.path.startswith(("/pay/", "/order/")))
    assert not walker.sees("gateway-pay")
    walker.until(lambda: [order[1] for order in order_of(walker, email)] == ["paid"])


def test_the_cart_changed_in_a_second_tab_before_ordering(walker: Walker, wares: list[str], email: str) -> None:
    go_to_review(walker, wares[0], email)
    old = walker.text("order-total")
    first = walker.driver.current_window_handle
    walker.driver.switch_to.new_window("tab")
    walker.add(wares[1])
    walker.driver.switch_to.window(first)
    if walker.has_scripts:  # this page has heard of it; what the shopper agreed to is asked about all the same
        walker.until(lambda: walker.text("order-total") not in {"", old})
    walker.click("place-order")
    assert walker.sees("conflict")
    assert old in walker.main
    assert order_of(walker, email) == []
    walker.click("conflict-confirm")
    walker.until(lambda: walker.path.startswith("/demo-gateway/"))
    walker.pay()
    ((_, status, amount, _),) = order_of(walker, email)
    assert status == "paid"
    assert amount not in old
    assert amount in walker.text("order-total")


def test_what_was_typed_comes_back_marked(walker: Walker, wares: list[str]) -> None:
    walker.add(wares[0])
    walker.click("to-checkout")
    walker.give_address(postcode="", city="Ulm")
    assert walker.path == "/checkout/address/"
    assert walker.driver.find_element(By.NAME, "city").get_attribute("value") == "Ulm"
    walker.reload()
    assert walker.driver.find_element(By.NAME, "city").get_attribute("value") == "Ulm"
    assert walker.path == "/checkout/address/"
