"""Sessions in a browser: a warning before one ends, a way on when it has, a login that keeps what was typed (R11–R13)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from tests.browser.conftest import BROWSERS
from tests.browser.hand import PASSWORD
from tests.browser.walker import Walker
from tests.fixtures_browser import lend_browser
from tests.servers import Shop
from tests.shopper import ADDRESS

pytestmark = [pytest.mark.browser, pytest.mark.stores]
LEFT = """
const done = arguments[arguments.length - 1];
fetch("/api/session/valid", { method: "HEAD" }).then((answer) => done(Number(answer.headers.get("X-Session-Left")) / 1000));
"""


class Visitor(Walker):
    """A walker with an account, and with the means of the server's staff."""

    email = ""

    def key(self) -> str:
        return self.driver.get_cookie("sessionid")["value"]

    def end_session(self) -> None:
        """On the server; the browser is told nothing."""
        self.shop.script(
            "from importlib import import_module; from django.conf import settings; "
            f"import_module(settings.SESSION_ENGINE).SessionStore({self.key()!r}).flush()"
        )

    def be_idle(self, seconds_left: int) -> None:
        """As if nothing had been done for so long that this much is left; then the tab is looked at again."""
        self.shop.script(
            "from django.test import Client; from tests.visits import set_left; client = Client(); "
            f"client.cookies['sessionid'] = {self.key()!r}; set_left(client, {seconds_left})"
        )
        self.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")

    def seconds_left(self) -> float:
        return self.driver.execute_async_script(LEFT)

    def press(self, selector: str) -> None:
        old = self.driver.find_element(By.TAG_NAME, "html")
        self.in_sight(self.driver.find_element(By.CSS_SELECTOR, selector)).click()
        self.until(lambda: self.driver.find_element(By.TAG_NAME, "html") != old)

    def register(self) -> str:
        self.email = super().register()
        return self.email

    def log_in(self) -> None:
        self.type("login", self.email)
        self.type("password", PASSWORD)
        self.press("[data-testid=login-form] button")

    def log_out(self) -> None:
        self.go("/logout/")
        self.click("logout")
        self.until_path("/login/")

    def value(self, name: str) -> str:
        return self.driver.find_element(By.NAME, name).get_attribute("value")

    def shows(self, hook: str) -> bool:
        return any(
            found.is_displayed() for found in self.driver.find_elements(By.CSS_SELECTOR, f"[data-testid={hook}]")
        )


@pytest.fixture(params=BROWSERS)
def visitor(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Visitor]:
    for driver in lend_browser(request, request.param):
        yield Visitor(driver, shop)


@pytest.fixture
def scripted(shop: Shop, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Only with JavaScript."""
    for driver in lend_browser(request, "bfcache"):
        yield Visitor(driver, shop)


def begin_address(visitor: Visitor, wares: list[str]) -> None:
    visitor.add(wares[0])
    visitor.go("/checkout/address/")
    for name, value in {**ADDRESS, "line1": "Typed and not sent 7"}.items():
        visitor.type(name, value)


class TestTheWarning:
    def test_r11_comes_before_the_end_and_one_click_keeps_the_session_and_the_page(
        self, scripted: Visitor, wares: list[str]
    ) -> None:
        begin_address(scripted, wares)
        assert not scripted.shows("session-warning")
        scripted.be_idle(200)
        scripted.until(lambda: scripted.shows("session-warning"))
        assert "ends soon" in scripted.text("session-warning")
        assert scripted.seconds_left() <= 200
        scripted.find("session-renew").click()
        scripted.until(lambda: not scripted.shows("session-warning"))
        assert scripted.seconds_left() > 24 * 3600
        assert scripted.path == "/checkout/address/"
        assert scripted.value("line1") == "Typed and not sent 7"
        scripted.click("stage-submit")
        scripted.until_path("/checkout/shipping/")

    def test_r11_too_late_says_so_and_what_was_typed_can_still_be_sent(
        self, scripted: Visitor, wares: list[str]
    ) -> None:
        begin_address(scripted, wares)
        scripted.be_idle(200)
        scripted.until(lambda: scripted.shows("session-warning"))
        scripted.end_session()
        scripted.find("session-renew").click()
        scripted.until(lambda: "has ended" in scripted.text("session-warning"))
        assert not scripted.shows("session-renew")
        scripted.click("stage-submit")
        scripted.until(lambda: scripted.path in {"/checkout/address/", "/checkout/shipping/"})
        scripted.go("/checkout/address/")
        assert scripted.value("line1") == "Typed and not sent 7"

    def test_r12_an_open_page_alone_renews_nothing(self, scripted: Visitor, wares: list[str]) -> None:
        scripted.add(wares[0])
        scripted.be_idle(3600)
        scripted.driver.execute_script("document.body.dispatchEvent(new CustomEvent('cart-changed'))")
        scripted.until(lambda: scripted.text("cart-count"))
        assert scripted.seconds_left() <= 3600
        scripted.go("/checkout/address/")
        assert scripted.seconds_left() > 24 * 3600


class TestExpiry:
    def test_s43_an_address_sent_after_the_session_ended_goes_on_with_what_was_typed(
        self, visitor: Visitor, wares: list[str]
    ) -> None:
        begin_address(visitor, wares)
        visitor.end_session()
        visitor.click("stage-submit")
        visitor.until(lambda: visitor.path in {"/checkout/address/", "/checkout/shipping/"})
        if visitor.path == "/checkout/address/":
            assert visitor.value("line1") == "Typed and not sent 7"
            visitor.click("stage-submit")
            visitor.until_path("/checkout/shipping/")
        visitor.go("/checkout/address/")
        assert visitor.value("line1") == "Typed and not sent 7"

    def test_s43_a_form_of_an_account_comes_back_after_the_login(self, visitor: Visitor) -> None:
        visitor.register()
        visitor.go("/profile/")
        for name, value in {**ADDRESS, "name": "Ada Typed"}.items():
            if name != "email":
                visitor.type(name, value)
        visitor.end_session()
        visitor.click("stage-submit")
        visitor.until_path("/login/")
        visitor.log_in()
        visitor.until_path("/profile/")
        assert visitor.value("name") == "Ada Typed"
        visitor.click("stage-submit")
        visitor.until_path("/dashboard/")
        assert "Ada Typed" in visitor.main


class TestLogin:
    def test_r13_back_after_a_login_shows_no_login_form(self, visitor: Visitor) -> None:
        visitor.register()
        visitor.log_out()
        visitor.go("/")
        visitor.go("/profile/")
        visitor.until_path("/login/")
        visitor.log_in()
        visitor.until_path("/profile/")
        for _ in range(3):
            visitor.back()
            visitor.until(lambda: visitor.path in {"/", "/profile/", "/dashboard/", "/logout/"})
            assert not visitor.shows("login-form")

    def test_s31_a_login_in_another_tab_keeps_the_form_of_the_first(self, visitor: Visitor, wares: list[str]) -> None:
        visitor.register()
        visitor.log_out()
        begin_address(visitor, wares)
        first = visitor.driver.current_window_handle
        visitor.driver.switch_to.new_window("tab")
        visitor.go("/login/")
        visitor.log_in()
        visitor.until_path("/dashboard/")
        visitor.driver.switch_to.window(first)
        visitor.until(lambda: visitor.shows("stage-submit"))
        assert visitor.value("line1") == "Typed and not sent 7"
        visitor.click("stage-submit")
        if visitor.sees("confirm-send"):  # Django's token changed with the login
            visitor.click("confirm-send")
        visitor.until_path("/checkout/shipping/")
        visitor.go("/checkout/address/")
        assert visitor.value("line1") == "Typed and not sent 7"

    def test_r13_pages_of_one_never_show_under_another(self, scripted: Visitor) -> None:
        ada = scripted.register()
        scripted.go("/dashboard/")
        assert ada in scripted.main
        first = scripted.driver.current_window_handle
        scripted.driver.switch_to.new_window("tab")
        scripted.log_out()
        ben = scripted.register()
        scripted.driver.switch_to.window(first)
        scripted.until(lambda: ben in scripted.main)
        assert ada not in scripted.driver.page_source
