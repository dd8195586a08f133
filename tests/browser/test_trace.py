"""What a real browser says lands on the history track, and staff see where it parts from what the server held (R16)."""

from __future__ import annotations

import json

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.browser.staff import Staff
from tests.browser.walker import Walker
from tests.servers import Shop

pytestmark = pytest.mark.browser


def test_staff_see_where_back_and_the_shop_parted(
    browser: webdriver.Chrome, second_browser: webdriver.Chrome, shop: Shop, wares: list[str]
) -> None:
    """Back, forward, an article more in another tab, and an order from the page that did not know of it."""
    shopper = Walker(browser, shop)
    shopper.click_through(wares[0])
    shopper.back()
    shopper.until_path("/checkout/payment/")
    shopper.until_shown()
    shopper.forward()
    shopper.until_path("/checkout/review/")
    old = shopper.text("order-total")
    browser.switch_to.new_window("tab")
    shopper.put_in(wares[1])
    browser.close()
    browser.switch_to.window(browser.window_handles[0])
    shopper.until(lambda: shopper.text("order-total") not in {"", old})
    shopper.click("place-order")
    shopper.until(lambda: shopper.sees("conflict"))
    shopper.click("conflict-confirm")
    shopper.until(lambda: shopper.path.startswith("/demo-gateway/"))
    shopper.pay()

    staff = Staff(second_browser, shop)
    staff.log_in()
    staff.find_trace(shopper.text("order-number"), whole=lambda: "sent the form of review" in staff.main_text)
    (parted,) = [row for row in staff.rows if row.has_parted and "the form showed what had changed" in row.between]
    assert parted.browser.startswith("sent the form of review")
    assert parted.server.startswith("asked again: it had changed")
    assert parted.is_side_by_side
    assert "the form showed what had changed" in second_browser.find_element(By.CLASS_NAME, "trace-partings").text

    entries = json.loads(staff.export())["entries"]
    said = [entry["history"] for entry in entries]
    back = next(each for each in said if each["kind"] == "back" and each["asked"] == "payment")
    forward = next(each for each in said if each["kind"] == "forward" and each["asked"] == "review")
    assert (back["deed"], back["direction"], forward["direction"]) == ("check", "back", "forward")
    assert forward["position"] == back["position"] + 1
    assert forward["tab"] == back["tab"] != ""
    asked_by = {entry["history"]["deed"] for entry in entries}
    assert asked_by == {"read", "submit", "check"}
    assert [entry["session"]["verdict"] for entry in entries if "changed" in entry["parted"]] == ["conflict"]
