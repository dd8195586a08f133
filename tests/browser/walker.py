"""A shopper in a real browser: real clicks, and words for what they do and see."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from selenium.common.exceptions import (
    InvalidElementStateException,
    NoSuchElementException,
    NoSuchFrameException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.hand import Hand
from tests.servers import Shop
from tests.shopper import ADDRESS

PATIENCE = 30  # seconds until a thing that should happen counts as not happening

NOT_YET = (
    *(NoSuchElementException, StaleElementReferenceException, NoSuchFrameException),
    InvalidElementStateException,  # a page is out of sight until it is known to be true, or WebKit still draws it
)

STAGES = {
    "address": "/checkout/address/",
    "shipping": "/checkout/shipping/",
    "payment": "/checkout/payment/",
    "review": "/checkout/review/",
}


class Walker:
    """One tab of one browser at one shop. ``has_scripts``: its pages may run some."""

    has_scripts = True

    def __init__(self, driver: WebDriver, shop: Shop) -> None:
        self.driver = driver
        self.shop = shop
        self.hand = Hand(shop.url)

    # --- seeing ---

    @property
    def path(self) -> str:
        return urlsplit(self.driver.current_url).path

    @property
    def stage(self) -> str | None:
        return self.driver.find_element(By.TAG_NAME, "html").get_attribute("data-nav-stage")

    @property
    def main(self) -> str:
        self.until_shown()
        return self.driver.find_element(By.ID, "main").text

    @property
    def classes(self) -> list[str]:
        """Of ``<html>``."""
        found = self.driver.execute_script("return document.documentElement?.className")
        if found is None:
            raise NoSuchElementException("the page is on its way")
        return found.split()

    @property
    def is_hidden(self) -> bool:
        return not {"nav-hidden", "nav-past"}.isdisjoint(self.classes)

    def until_shown(self) -> None:
        """A page that came back is out of sight until the server has said that it is still true."""

        self.until(lambda: not self.is_hidden or "nav-unreachable" in self.classes)

    def find(self, hook: str) -> WebElement:
        self.until_shown()
        return self.driver.find_element(By.CSS_SELECTOR, f"[data-testid={hook}]")

    def sees(self, hook: str) -> bool:
        return bool(self.driver.find_elements(By.CSS_SELECTOR, f"[data-testid={hook}]"))

    def text(self, hook: str) -> str:
        return self.find(hook).text

    def until(self, condition) -> None:
        """Wait until ``condition()`` holds; elements and pages that are being replaced count as "not yet"."""
        WebDriverWait(self.driver, PATIENCE, 0.05, NOT_YET).until(lambda _: condition())

    def until_path(self, path: str) -> None:
        self.until(lambda: self.path == path)

    # --- moving ---

    def go(self, path: str) -> None:
        self.driver.get(self.shop.url + path)

    def click(self, hook: str) -> None:
        """Press a thing and wait until its page has gone."""
        old = self.driver.find_element(By.TAG_NAME, "html")
        self.click_on(self.find(hook))
        self.until(lambda: _is_gone(old))

    def click_on(self, element: WebElement) -> None:
        """A real click, once."""
        self.in_sight(element)
        self.until(lambda: element.click() is None)

    def press(self, selector: str, by: str = By.CSS_SELECTOR) -> None:
        """A real click on the first thing found, once it is there and can be clicked: WebKit may still be drawing."""
        self.until(lambda: self.in_sight(self.driver.find_element(by, selector)).click() is None)

    def in_sight(self, element: WebElement) -> WebElement:
        """Scrolled to the middle: on a phone the tools of the shop cover the lower edge."""
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        return element

    def back(self) -> None:
        self.driver.back()

    def forward(self) -> None:
        self.driver.forward()

    def reload(self) -> None:
        self.driver.refresh()

    # --- what has happened before ---

    @contextmanager
    def by_hand(self) -> Iterator[Hand]:
        """The same visitor without the browser, for what a test needs and does not look at."""
        self.hand.take_from(self.driver)
        yield self.hand
        self.hand.give_to(self.driver)

    def add(self, sku: str) -> None:
        """Have an article put in, and look at the cart."""
        with self.by_hand() as hand:
            hand.add(sku)
        self.go("/cart/")

    def go_to_review(self, sku: str, **address: str) -> None:
        """Have all answered, and look at the review."""
        with self.by_hand() as hand:
            hand.add(sku)
            hand.go_to_review(**address)
        self.go("/checkout/review/")

    def register(self) -> str:
        """Have a new account, and look at it; its e-mail address."""
        email = f"b{uuid.uuid4().hex[:10]}@example.org"
        with self.by_hand() as hand:
            hand.register(email)
        self.go("/dashboard/")
        return email

    # --- shopping ---

    def put_in(self, sku: str) -> None:
        """Press the button on the article's page, as a document (with and without JavaScript), and look at the cart."""
        ((slug,),) = self.shop.rows(
            f"SELECT p.slug FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id WHERE v.sku = '{sku}'"
        )
        self.go(f"/product/{slug}/?variant={sku}")
        self.click_on(self.find("add-to-cart"))
        self.until(lambda: self.path == "/cart/" or self.sees("notice"))
        self.go("/cart/")

    def type(self, name: str, value: str) -> None:
        """Into the field of the page that is shown: again from its beginning where the page was drawn anew meanwhile."""

        def is_typed() -> bool:
            element = self.driver.find_element(By.NAME, name)
            if element.tag_name == "select":
                Select(element).select_by_value(value)
                return True
            element.clear()
            if value:  # WebKit refuses to type nothing
                element.send_keys(value)
            return True

        self.until(is_typed)

    def give_address(self, **changes: str) -> None:
        for name, value in {**ADDRESS, **changes}.items():
            self.type(name, value)
        self.click("stage-submit")

    def choose(self, name: str, value: str = "") -> None:
        """A radio by its value, the first one without."""
        wanted = f"[value='{value}']" if value else ""
        radio = self.driver.find_element(By.CSS_SELECTOR, f"input[type=radio][name={name}]{wanted}")
        self.click_on(radio.find_element(By.XPATH, "./ancestor::label"))
        self.click("stage-submit")

    def click_through(self, sku: str, **address: str) -> None:
        """From the article to the review, page by page; each is an entry of the history."""
        self.put_in(sku)
        self.click("to-checkout")
        self.until_path("/checkout/address/")
        self.give_address(**address)
        self.until_path("/checkout/shipping/")
        self.choose("shipping_method")
        self.until_path("/checkout/payment/")
        self.choose("payment_method", "demo")
        self.until_path("/checkout/review/")

    def order(self) -> None:
        """Place the order and be at the provider's page."""
        self.click("place-order")
        self.until(lambda: self.path.startswith("/demo-gateway/"))

    def pay(self) -> None:
        self.click("gateway-pay")
        self.until(lambda: self.path.startswith("/order/"))

    # --- what the shop holds ---

    def orders(self) -> list[list[str]]:
        """``number status total email`` of every order, oldest first, as the database has them."""
        rows = self.shop.rows("SELECT number, status, total, email FROM checkout_order ORDER BY id")
        return [[number, status, f"{float(total):.2f}", email] for number, status, total, email in rows]


def _is_gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    except WebDriverException as error:  # chromedriver's other word for it, in the moment of the change
        if "does not belong to the document" in str(error):
            return True
        raise
    return False
