"""A quantity changes when the shopper changes it, and by nothing else (N7, ../shared/data/cases/wheel.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.conftest import in_these
from tests.browser.walker import Walker
from tests.browsers import WIDE
from tests.fixtures_browser import ENGINES, lend_browser
from tests.servers import Shop

pytestmark = pytest.mark.browser

KEYS = in_these("walker", "bfcache", "no-javascript", "webkit", "firefox")
LOW = 420
"""Pixels of a window that every page is longer than."""
NOTCH = 120


@pytest.fixture(params=[kind for kind in ("bfcache", "no-javascript", "firefox") if kind in ENGINES])
def turner(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Walker]:
    """In a low window, with a wheel; WebKit's driver has none."""
    for driver in lend_browser(request, request.param):
        driver.set_window_size(WIDE[0], LOW)
        walker = Walker(driver, shop)
        walker.has_scripts = request.param != "no-javascript"
        yield walker
        driver.set_window_size(*WIDE)


def value_of(walker: Walker, name: str = "quantity") -> str:
    return walker.driver.find_element(By.NAME, name).get_property("value")


def scrolled(walker: Walker) -> int:
    return int(walker.driver.execute_script("return scrollY"))


def turn_over(walker: Walker, name: str = "quantity") -> None:
    """Click into the field, and one notch down with the pointer over it; the page goes on."""
    field = walker.in_sight(walker.driver.find_element(By.NAME, name))
    field.click()
    before = scrolled(walker)
    ActionChains(walker.driver).scroll_from_origin(ScrollOrigin.from_element(field), 0, NOTCH).perform()
    walker.until(lambda: scrolled(walker) > before)


def units(walker: Walker) -> list[int]:
    """What the cart has, as a page asked for anew shows it."""
    walker.go("/cart/")
    return [int(field.get_property("value")) for field in walker.driver.find_elements(By.NAME, "quantity")][::2]


def open_product(walker: Walker) -> None:
    """From the cart to the page of the article in it."""
    walker.press(".cart-line__title")
    walker.until(lambda: walker.driver.find_element(By.ID, "add").is_displayed())


def change(walker: Walker, *keys: str) -> None:
    """Type into the cart's field and leave it; without a script its button is pressed."""
    field = walker.find("line-quantity")
    old = walker.driver.find_element(By.ID, "cart-title")
    field.send_keys(Keys.CONTROL + "a")
    field.send_keys(*keys)
    if walker.has_scripts:
        walker.driver.find_element(By.ID, "cart-title").click()
    else:
        walker.press(".cart-line__quantity button")
    walker.until(lambda: walker.driver.find_element(By.ID, "cart-title") != old)


def test_n7_the_wheel_changes_no_number_and_the_page_scrolls(turner: Walker, wares: list[str]) -> None:
    turner.add(wares[0])
    turn_over(turner)
    turner.driver.find_element(By.ID, "cart-title").click()
    assert value_of(turner) == "1"
    assert units(turner) == [1]
    open_product(turner)
    turner.type("quantity", "3")
    turn_over(turner)
    assert value_of(turner) == "3"
    turner.click_on(turner.find("add-to-cart"))
    turner.until(lambda: turner.path == "/cart/" or turner.sees("notice"))
    assert units(turner) == [4]


def test_n7_control_the_wheel_turns_a_number_field(browser: WebDriver, shop: Shop, wares: list[str]) -> None:
    walker = Walker(browser, shop)
    walker.add(wares[0])
    walker.driver.execute_script("document.querySelector('[data-testid=line-quantity]').type = 'number'")
    field = walker.find("line-quantity")
    field.click()
    ActionChains(walker.driver).scroll_from_origin(ScrollOrigin.from_element(field), 0, NOTCH).perform()
    walker.until(lambda: value_of(walker) == "0")


@KEYS
def test_n7_nothing_leaves_the_cart_but_by_its_button_or_a_typed_0(walker: Walker, wares: list[str]) -> None:
    walker.add(wares[0])
    for nonsense in ([Keys.DELETE], ["abc"], ["-1"], ["1.5"], ["100"]):
        change(walker, *nonsense)
        walker.until(lambda: "The quantity was not changed." in walker.main)
        assert value_of(walker) == "1"
    walker.find("line-quantity").send_keys(*[Keys.ARROW_DOWN] * 3)
    walker.driver.find_element(By.ID, "cart-title").click()
    assert value_of(walker) == "1"
    assert units(walker) == [1]
    change(walker, "0")
    walker.until(lambda: "There is nothing in it yet." in walker.main)
    assert units(walker) == []


@KEYS
def test_n7_arrow_keys_step_from_1_to_what_can_be_had(walker: Walker, wares: list[str]) -> None:
    walker.add(wares[0])
    open_product(walker)
    field = walker.driver.find_element(By.NAME, "quantity")
    field.send_keys(*[Keys.ARROW_UP] * 3)
    assert value_of(walker) == ("4" if walker.has_scripts else "1")
    field.send_keys(*[Keys.ARROW_DOWN] * 9)
    assert value_of(walker) == "1"
    walker.type("quantity", "98")
    field.send_keys(*[Keys.ARROW_UP] * 3)
    assert value_of(walker) == ("99" if walker.has_scripts else "98")
