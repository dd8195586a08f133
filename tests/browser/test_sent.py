"""An entry whose form was sent comes back with what the server holds, never with what was sent from it before (N1)."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.conftest import in_these
from tests.browser.watched import Watched
from tests.servers import Shop
from tests.shopper import ADDRESS

pytestmark = pytest.mark.browser

VISIBLE = """(page) => [...page.querySelectorAll("main input:not([type=hidden]), main select, main textarea")]
  .map(({ name, type, value, checked }) => [name, /checkbox|radio/.test(type) ? `${value} ${checked}` : value])"""
SERVERS = f"""
const done = arguments[arguments.length - 1];
fetch(location.href, {{ cache: "no-store" }}).then((answer) => answer.text())
  .then((text) => done(({VISIBLE})(new DOMParser().parseFromString(text, "text/html"))));
"""
PASSWORD = "blaze-on-a-tree-7"
OTHER = {"line1": "Talweg 9", "city": "Ulm"}


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


@pytest.fixture
def walker(watched: Watched) -> Watched:
    return watched


def back_to(walker: Watched, path: str, steps: int) -> None:
    """So many entries back, each of them looked at: a browser puts back what it kept only after the page has loaded."""
    for _ in range(steps):
        walker.until(lambda: walker.is_read())
        walker.back()
        walker.until(lambda: walker.is_read() and not walker.is_hidden)
    walker.until_path(path)


def visible(walker: Watched) -> list[list[str]]:
    return walker.driver.execute_script(f"return ({VISIBLE})(document)")


def servers(walker: Watched) -> list[list[str]]:
    return walker.driver.execute_async_script(SERVERS)


def to_address(walker: Watched, sku: str) -> None:
    walker.add(sku)
    walker.click("to-checkout")
    walker.until_path("/checkout/address/")


def test_n1_the_first_entry_of_an_address_shows_the_second_one(walker: Watched, wares: list[str]) -> None:
    to_address(walker, wares[0])
    walker.give_address()
    walker.until_path("/checkout/shipping/")
    walker.click("way-back")
    walker.until_path("/checkout/address/")
    walker.give_address(**OTHER)
    walker.until_path("/checkout/shipping/")
    for steps in (1, 2):
        back_to(walker, "/checkout/address/", steps)
        shown = dict(visible(walker))
        assert {**shown, **OTHER} == shown
        assert visible(walker) == servers(walker)


def test_n1_a_choice_that_was_sent_is_not_chosen_again_by_the_browser(walker: Watched, wares: list[str]) -> None:
    walker.click_through(wares[0])
    codes = [value for name, value in servers_at(walker, "/checkout/shipping/") if name == "shipping_method"]
    other = next(code.split()[0] for code in codes if code.endswith("false"))
    walker.go("/checkout/shipping/")
    walker.choose("shipping_method", other)
    walker.until_path("/checkout/payment/")
    for steps in (1, 3):  # where the other one was chosen, and where the first one was
        back_to(walker, "/checkout/shipping/", steps)
        assert ["shipping_method", f"{other} true"] in visible(walker)
        assert visible(walker) == servers(walker)


def servers_at(walker: Watched, path: str) -> list[list[str]]:
    walker.go(path)
    return servers(walker)


@in_these("watched", "no-bfcache", "firefox")  # what is fetched anew is what a browser puts things back into
def test_n1_a_profile_shows_what_is_saved(walker: Watched) -> None:
    walker.register()
    for street in ("Waldweg 1", "Bergweg 2"):
        walker.go("/profile/")
        for name, value in {**ADDRESS, "line1": street}.items():
            if name != "email":
                walker.type(name, value)
        walker.click("stage-submit")
        walker.until_path("/dashboard/")
    back_to(walker, "/profile/", 3)
    assert dict(visible(walker))["line1"] == "Bergweg 2"


def test_n1_the_login_form_forgets_whose_session_has_ended(walker: Watched) -> None:
    email = walker.register()
    walker.click("logout")
    walker.until_path("/login/")
    walker.go("/")
    walker.go("/login/")
    walker.type("login", email)
    walker.type("password", PASSWORD)
    walker.follow("[data-testid=login-form] button")
    walker.until_path("/dashboard/")
    walker.follow(".brand")
    walker.end_session()
    back_to(walker, "/login/", 1)  # the dashboard is nobody's now
    assert email not in str(visible(walker))
    back_to(walker, "/login/", 1)
    assert email not in str(visible(walker))


def test_n1_the_address_of_an_account_that_is_gone_is_not_filled_in(walker: Watched, wares: list[str]) -> None:
    walker.sign_up()
    to_address(walker, wares[0])
    walker.give_address(line1="Waldweg 1")
    walker.until_path("/checkout/shipping/")
    walker.follow(".brand")
    walker.end_session()
    walker.driver.delete_cookie("cart")
    walker.add(wares[1])  # as a guest: the address is asked for again
    walker.go("/checkout/address/")
    walker.until(lambda: walker.is_read())
    walker.go("/")
    while walker.path != "/register/":
        walker.back()
        walker.until(lambda: walker.is_read() and not walker.is_hidden)
        assert "Waldweg 1" not in str(visible(walker)), walker.path


def test_n1_typed_and_never_sent_stays_without_a_script(
    browser_without_javascript, shop: Shop, wares: list[str]
) -> None:
    """The browser keeps that by itself, and the form says when it may."""
    walker = Watched(browser_without_javascript, shop, None)  # type: ignore[arg-type]
    to_address(walker, wares[0])
    walker.type("line1", "Waldweg 1")
    walker.click("way-back")
    walker.back()
    walker.until(lambda: walker.driver.find_element(By.NAME, "line1").get_property("value") == "Waldweg 1")
    walker.give_address(line1="Talweg 2")
    walker.until_path("/checkout/shipping/")
    walker.click("way-back")
    walker.until_path("/checkout/address/")
    walker.give_address(line1="Bergweg 3")
    walker.until_path("/checkout/shipping/")
    for _ in range(3):
        walker.back()
    walker.until_path("/checkout/address/")
    assert walker.driver.find_element(By.NAME, "line1").get_property("value") == "Bergweg 3"
