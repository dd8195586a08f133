"""What was typed and not sent is kept in the tab, for whoever typed it, and no longer."""

from __future__ import annotations

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.browser.walker import Walker
from tests.servers import Shop
from tests.shopper import ADDRESS

pytestmark = pytest.mark.browser
PASSWORD = "seven-larks-9"


@pytest.fixture
def walker(browser: webdriver.Chrome, shop: Shop) -> Walker:
    return Walker(browser, shop)


def draft_of(walker: Walker) -> str:
    return walker.driver.execute_script("return sessionStorage.getItem('draft') ?? ''")


def log_in(walker: Walker, email: str) -> None:
    walker.go("/login/")
    walker.type("login", email)
    walker.type("password", PASSWORD)
    walker.driver.find_element(By.CSS_SELECTOR, "[data-testid=login-form] button").click()
    walker.until_path("/dashboard/")


@pytest.mark.parametrize("typed_as", ["guest", "account"])
def test_s05_a_draft_goes_with_the_account(walker: Walker, wares: list[str], typed_as: str) -> None:
    email = f"{typed_as}-of-a-draft@example.org"
    walker.shop.script(f"from shop.accounts.models import User; User.objects.create_user({email!r}, {PASSWORD!r})")
    if typed_as == "account":
        log_in(walker, email)
    walker.add(wares[0])
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")
    walker.type("line1", ADDRESS["line1"])
    walker.go("/")
    assert ADDRESS["line1"] in draft_of(walker)
    if typed_as == "guest":
        log_in(walker, email)
        assert ADDRESS["line1"] in draft_of(walker)
    walker.go("/dashboard/")
    if typed_as == "guest":  # its session ended: the next page that knows tells
        walker.driver.delete_cookie("sessionid")
        walker.go("/cart/")
    else:
        walker.click("logout")
    assert ADDRESS["line1"] not in draft_of(walker)
