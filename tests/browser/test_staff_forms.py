"""Two members of staff in real browsers: a refusal with its input, and an article that is deleted while in a cart."""

from __future__ import annotations

import os

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.staff import Staff
from tests.browser.walker import Walker
from tests.servers import Shop

pytestmark = pytest.mark.browser


def save(staff: Staff) -> None:
    page = staff.driver.find_element(By.TAG_NAME, "html")
    staff.driver.execute_script("document.querySelector('[name=_continue]').click()")
    staff.until(lambda: is_gone(page))


def is_gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except (StaleElementReferenceException, NoSuchElementException):
        return True
    return False


def enter(staff: Staff, name: str, value: str) -> None:
    field = staff.driver.find_element(By.NAME, name)
    field.clear()
    field.send_keys(value)


def picture(driver: webdriver.Chrome, name: str) -> None:
    if folder := os.environ.get("WAYMARK_PICTURES"):
        driver.save_screenshot(f"{folder}/{name}.png")


def test_f_the_second_is_told_in_a_browser_and_a_shopper_which_article_went(
    browser: webdriver.Chrome, second_browser: webdriver.Chrome, shop: Shop, wares: list[str]
) -> None:
    ((product, title),) = shop.rows(
        "SELECT p.id, p.title FROM catalog_product p JOIN catalog_variant v ON v.product_id = p.id "
        f"WHERE v.sku = '{wares[3]}'"
    )
    first, second = Staff(browser, shop), Staff(second_browser, shop)
    for staff in (first, second):
        staff.log_in()
        staff.go(f"/admin/catalog/product/{product}/change/")
    enter(first, "variants-0-price_0", "35.00")
    save(first)
    assert "changed successfully" in first.main_text
    enter(second, "brand", "Another")
    enter(second, "variants-0-price_0", "36.00")
    save(second)
    picture(second_browser, "refused")
    assert "Somebody changed this while you had it open" in second.main_text
    assert "→ 35.00" in second.main_text
    assert second.driver.find_element(By.NAME, "brand").get_attribute("value") == "Another"
    save(second)
    assert "changed successfully" in second.main_text
    assert second.driver.find_element(By.NAME, "variants-0-price_0").get_attribute("value") == "36.00"

    shopper = Walker(browser, shop)
    shopper.add(wares[3])
    shopper.add(wares[4])
    second.go(f"/admin/catalog/product/{product}/delete/")
    picture(second_browser, "delete")
    second.driver.find_element(By.CSS_SELECTOR, "input[type=submit][value^=Yes]").click()
    second.until(lambda: "was deleted successfully" in second.main_text)
    shopper.go("/checkout/address/")
    assert f"{title}" in shopper.main
    assert "is no longer sold and was taken out of your cart." in shopper.main
    picture(browser, "taken-out")
    browser.set_window_size(390, 844)
    picture(browser, "taken-out-phone")
    browser.find_element(By.CSS_SELECTOR, "[data-testid=told]").click()
    shopper.until(lambda: not shop.rows("SELECT id FROM cart_cartline WHERE variant_id IS NULL"))
    shopper.go("/cart/")
    assert "is no longer sold" not in shopper.main
