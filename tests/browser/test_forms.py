"""Forms in real browsers: Reload and Back send nothing again (S29), any number of clicks has one effect (S30), a payment is
not made twice (S26), and no page needs to say where one came from (S32). What was sent is counted at the gate.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.watched import Watched
from tests.fixtures_browser import ENGINES, lend_browser
from tests.gate import Gate
from tests.servers import Shop, wait_until
from tests.shopper import ADDRESS

pytestmark = pytest.mark.browser
PASSWORD = "blaze-on-a-tree-7"
BETWEEN = 0.2
"""Seconds between one click and the next."""
A_SECOND, SECONDS = 1.0, 5.0
"""How long a second request is given to come: where it will, and where it should not."""


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


class Sender(Watched):
    """A walker that knows how often it has sent something."""

    def posts(self) -> list[str]:
        """Paths of the forms that were sent; the provider's notifications are none."""
        posts = [passed.path for passed in self.gate.passed if passed.method == "POST"]
        return [path for path in posts if not path.startswith("/pay/webhook/")]

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.type(name, value)

    def press(self, selector: str) -> None:
        """A button; until the page that follows is there and shown."""
        self.follow(selector)
        self.until_shown()

    def go_forward_to(self, url: str) -> None:
        """Forward leads there, by a press for each entry that Back went past (R6)."""
        for _ in range(self.driver.execute_script("return history.length")):
            self.forward()
            self.until_shown()
            if self.driver.current_url == url:
                break
        self.until(lambda: self.driver.current_url == url)
        self.until_shown()

    def sends_once(self, press: Callable[[], None]) -> None:
        """``press`` sends one form. Reload, Back, Forward and Reload send nothing; the page that followed stands again."""
        before = len(self.posts())
        press()
        assert len(self.posts()) == before + 1, self.posts()[before:]
        url = self.driver.current_url
        self.reload()
        self.until_shown()
        self.back()
        self.until_settled()
        self.go_forward_to(url)
        self.reload()
        assert len(self.posts()) == before + 1, self.posts()[before:]


def _senders(request: pytest.FixtureRequest, gate: Gate, shop: Shop, kind: str) -> Iterator[Sender]:
    gate.reset()
    for driver in lend_browser(request, kind):
        sender = Sender(driver, shop, gate)
        sender.has_scripts = kind != "no-javascript"
        try:
            yield sender
        finally:
            gate.open()


@pytest.fixture(params=[kind for kind in ENGINES if kind != "no-bfcache"])
def sender(request: pytest.FixtureRequest, gate: Gate, shop: Shop) -> Iterator[Sender]:
    yield from _senders(request, gate, shop, request.param)


@pytest.fixture(params=["bfcache", "no-javascript"])
def clicker(request: pytest.FixtureRequest, gate: Gate, shop: Shop) -> Iterator[Sender]:
    yield from _senders(request, gate, shop, request.param)


@pytest.fixture
def with_scripts(request: pytest.FixtureRequest, gate: Gate, shop: Shop) -> Iterator[Sender]:
    yield from _senders(request, gate, shop, "bfcache")


@pytest.fixture
def without_scripts(request: pytest.FixtureRequest, gate: Gate, shop: Shop) -> Iterator[Sender]:
    yield from _senders(request, gate, shop, "no-javascript")


# --- S29 ------------------------------------------------------------------------------------------------------------
def test_s29_reload_and_back_send_no_form_again(sender: Sender, wares: list[str]) -> None:
    """Every form on the way from the product to the receipt, valid and not, and one that shows what has changed."""
    sender.add(wares[0])
    sender.go("/checkout/address/")
    sender.fill(**{**ADDRESS, "city": ""})
    sender.sends_once(lambda: sender.press("[data-testid=stage-submit]"))
    sender.fill(city="Ulm")
    sender.sends_once(lambda: sender.press("[data-testid=stage-submit]"))
    assert sender.path == "/checkout/shipping/"
    sender.sends_once(lambda: sender.choose("shipping_method"))
    sender.sends_once(lambda: sender.choose("payment_method", "demo"))
    assert sender.path == "/checkout/review/"
    sender.shop.script(
        "from django.db.models import F; from shop.catalog.models import Variant; "
        "from shop.catalog.services import bump_catalog_version; "
        f"Variant.objects.filter(sku={wares[0]!r}).update(price=F('price') + 1); bump_catalog_version()"
    )
    sender.sends_once(lambda: sender.press("[data-testid=place-order]"))
    assert sender.sees("conflict")
    sender.press("[data-testid=conflict-confirm]")
    sender.until(lambda: sender.path.startswith("/demo-gateway/"))
    sender.sends_once(lambda: sender.press("[data-testid=gateway-decline]"))
    assert sender.path.startswith("/pay/")
    sender.press("[data-testid=resume-payment]")
    sender.until(lambda: sender.path.startswith("/demo-gateway/"))
    sender.sends_once(lambda: sender.press("[data-testid=gateway-pay]"))
    assert sender.path.startswith("/order/")


def test_s29_nor_those_of_an_account(sender: Sender) -> None:
    email = f"f{uuid.uuid4().hex[:10]}@example.org"
    sender.go("/")  # Back may go past all that the account was looked at in
    sender.go("/register/")
    sender.fill(email=email, password1=PASSWORD, password2="another-one-8")
    sender.sends_once(lambda: sender.press("main form button"))
    sender.fill(email=email, password1=PASSWORD, password2=PASSWORD)
    sender.sends_once(lambda: sender.press("main form button"))
    assert sender.path == "/dashboard/"
    sender.go("/profile/")
    sender.fill(**{name: value for name, value in ADDRESS.items() if name != "email"})
    sender.sends_once(lambda: sender.press("[data-testid=stage-submit]"))
    sender.go("/dashboard/")
    sender.sends_once(lambda: sender.press("[data-testid=logout]"))
    sender.go("/login/")
    sender.fill(login=email, password="wrong")
    sender.sends_once(lambda: sender.press("[data-testid=login-form] button"))
    sender.fill(login=email, password=PASSWORD)
    sender.sends_once(lambda: sender.press("[data-testid=login-form] button"))
    assert sender.path == "/dashboard/"


def test_s29_control_a_page_that_answers_a_post_is_sent_again(without_scripts: Sender) -> None:
    """Without a session there is nowhere to keep what was refused, so the answer is the page itself; this browser asks
    nobody before it sends a form again. It does nothing a second time either."""
    walker = without_scripts
    walker.go("/password/reset/")
    walker.driver.delete_all_cookies()
    walker.fill(email="nobody@example.org")
    walker.press("main form button")
    assert walker.sees("confirm-send")
    walker.reload()
    assert walker.posts() == ["/password/reset/"] * 2


# --- S30 ------------------------------------------------------------------------------------------------------------
CLICKED = ["/cart/add/", "/cart/line/", "/checkout/address/", "/checkout/review/", "/register/"]


def many(walker: Sender, selector: str, path: str, *, ends: Callable[[], bool]) -> None:
    """Click twice and press Enter while the first request is under way. ``ends``: what it leads to is there."""
    before, limit = len(walker.posts()), SECONDS if walker.has_scripts else A_SECOND
    performed = threading.Event()
    walker.gate.hold(path)

    def release() -> None:
        """All was pressed, or the driver waits for the page before it goes on pressing."""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: len(walker.posts()) > before, 15)
            wait_until(lambda: performed.is_set() or len(walker.posts()) > before + 1, limit)
        walker.gate.open()

    button = walker.in_sight(walker.driver.find_element(By.CSS_SELECTOR, selector))
    thread = threading.Thread(target=release)
    thread.start()
    try:
        hand = ActionChains(walker.driver).move_to_element(button)
        hand.click().pause(BETWEEN).click().pause(BETWEEN).send_keys(Keys.ENTER).perform()
    finally:
        performed.set()
        thread.join()
    walker.until(ends)


def test_s30_any_number_of_clicks_has_one_effect(clicker: Sender, wares: list[str]) -> None:
    walker = clicker
    email = f"c{uuid.uuid4().hex[:10]}@example.org"
    walker.add(wares[1])

    def units() -> list[tuple]:
        return walker.shop.rows(
            "SELECT l.quantity FROM cart_cartline l JOIN cart_cart c ON c.id = l.cart_id ORDER BY l.id"
        )

    ((slug,),) = walker.shop.rows(
        f"SELECT p.slug FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id WHERE v.sku = '{wares[0]}'"
    )
    walker.go(f"/product/{slug}/?variant={wares[0]}")
    lines = len(units())
    many(walker, "[data-testid=add-to-cart]", "/cart/add/", ends=lambda: len(units()) == lines + 1)
    walker.go("/cart/")
    assert units()[lines:] == [(1,)]
    walker.until(lambda: len(walker.driver.find_elements(By.CSS_SELECTOR, "[data-testid=cart-line]")) == 2)
    quantity = walker.driver.find_elements(By.CSS_SELECTOR, "[data-testid=line-quantity]")[1]
    quantity.send_keys(Keys.CONTROL + "a")
    quantity.send_keys("3")
    many(
        walker,
        "[data-testid=cart-line]:nth-of-type(2) .cart-line__quantity button",
        "/cart/line/",
        ends=lambda: units()[lines:] == [(3,)],
    )
    walker.go("/checkout/address/")
    walker.fill(**{**ADDRESS, "email": email})
    many(walker, "[data-testid=stage-submit]", "/checkout/address/", ends=lambda: walker.path == "/checkout/shipping/")
    walker.choose("shipping_method")
    walker.choose("payment_method", "demo")
    many(walker, "[data-testid=place-order]", "/checkout/review/", ends=lambda: walker.path != "/checkout/review/")
    assert [order[1] for order in walker.orders() if order[3] == email] == ["awaiting_payment"]
    walker.go("/register/")
    walker.fill(email=email, password1=PASSWORD, password2=PASSWORD)
    many(walker, "main form button", "/register/", ends=lambda: walker.path == "/dashboard/")
    assert walker.shop.rows(f"SELECT COUNT(*) FROM accounts_user WHERE email = '{email}'") == [(1,)]
    posts = walker.posts()[1:]  # without that of the article that was there before
    sent = {path: sum(path in post for post in posts) for path in CLICKED}
    if walker.has_scripts:
        assert sent == dict.fromkeys(CLICKED, 1)
    else:
        assert min(sent.values()) >= 2, sent


def test_s30_quick_steps_of_a_quantity_all_count(with_scripts: Sender, wares: list[str]) -> None:
    """Each sends the form, and those after the first wait for its answer; nothing was changed by anybody else."""
    walker = with_scripts
    walker.add(wares[0])
    walker.gate.hold("/cart/line/")
    for _ in range(3):
        walker.find("line-quantity").send_keys(Keys.ARROW_UP)
    walker.gate.until_asked("/cart/line/")
    walker.gate.open()
    walker.until(lambda: walker.find("line-quantity").get_dom_attribute("value") == "4")
    assert not walker.sees("notice")
    walker.reload()
    assert walker.find("line-quantity").get_attribute("value") == "4"


def test_s30_control_a_wish_after_the_cart_stood_there_is_a_second_one(
    without_scripts: Sender, wares: list[str]
) -> None:
    for units in ("1", "2"):
        without_scripts.put_in(wares[0])
        assert without_scripts.find("line-quantity").get_attribute("value") == units
        time.sleep(A_SECOND)  # the cart has been served for a third of the window


# --- S32 ------------------------------------------------------------------------------------------------------------
def test_s32_without_a_referer_one_buys_and_logs_in_and_out(clicker: Sender, wares: list[str]) -> None:
    """As behind a proxy, or with an extension, that takes it away."""
    walker = clicker
    walker.gate.dropped = {"referer"}
    email = walker.sign_up()
    walker.click_through(wares[0])
    walker.order()
    walker.pay()
    walker.go("/dashboard/")
    walker.press("[data-testid=logout]")
    walker.fill(login=email, password=PASSWORD)
    walker.press("[data-testid=login-form] button")
    assert walker.path == "/dashboard/"
    assert len(walker.posts()) >= 8


# --- S26 ------------------------------------------------------------------------------------------------------------
def test_s26_back_from_the_provider_and_pressed_again_it_is_paid_once(clicker: Sender, wares: list[str]) -> None:
    walker, email = clicker, f"p{uuid.uuid4().hex[:10]}@example.org"
    walker.add(wares[0])
    walker.go("/checkout/address/")
    walker.give_address(email=email)
    walker.choose("shipping_method")
    walker.choose("payment_method", "demo")
    walker.order()
    walker.back()
    walker.until(lambda: walker.path.startswith("/order/"))
    walker.press("main a[href*='/pay/']")
    button = walker.find("resume-payment")
    assert button.is_enabled()
    assert button.get_attribute("data-busy") is None
    walker.press("[data-testid=resume-payment]")
    walker.until(lambda: walker.path.startswith("/demo-gateway/"))
    walker.pay()
    ((number, status, *_),) = [order for order in walker.orders() if order[3] == email]
    assert (number, status) == (walker.text("order-number"), "paid")
    states = walker.shop.rows(
        f"SELECT p.state FROM checkout_payment p JOIN checkout_order o ON o.id = p.order_id WHERE o.number = '{number}'"
    )
    assert [state for (state,) in states].count("captured") == 1
    assert {state for (state,) in states} <= {"captured", "voided", "cancelled"}
