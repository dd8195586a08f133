"""What was typed and never sent is kept in the tab by attempt and stage, for whoever typed it, and no longer (N15)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

from tests.browser.conftest import IN_CHROMIUM
from tests.browser.watched import Watched
from tests.servers import Shop
from tests.shopper import ADDRESS

pytestmark = pytest.mark.browser
PASSWORD = "seven-larks-9"
STREET = "Unsentweg 7"
ADDRESS_PATH = "/checkout/address/"


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


@pytest.fixture
def walker(watched: Watched) -> Watched:
    return watched


def account(walker: Watched) -> str:
    """A new one that has no cart; its e-mail."""
    email = f"d{uuid.uuid4().hex[:10]}@example.org"
    walker.shop.script(f"from shop.accounts.models import User; User.objects.create_user({email!r}, {PASSWORD!r})")
    return email


def log_in(walker: Watched, email: str, to: str = "/dashboard/") -> None:
    walker.until(lambda: walker.path.endswith("/login/"))
    walker.type("login", email)
    walker.type("password", PASSWORD)
    walker.click_on(walker.driver.find_element(By.CSS_SELECTOR, "[data-testid=login-form] button"))
    walker.until_path(to)


def type_street(walker: Watched, sku: str) -> None:
    walker.add(sku)
    walker.go(ADDRESS_PATH)
    walker.type("line1", STREET)


def value(walker: Watched, name: str = "line1") -> str:
    walker.until(lambda: walker.is_read() and not walker.is_hidden)
    return walker.driver.find_element(By.NAME, name).get_property("value")


def drafts(walker: Watched) -> str:
    """Of every tab."""
    return walker.driver.execute_script("return JSON.stringify({...localStorage})")


def elsewhere(walker: Watched, do: Callable[[], object]) -> None:
    """In a second tab."""
    first = walker.driver.current_window_handle
    walker.driver.switch_to.new_window("tab")
    do()
    walker.driver.close()
    walker.driver.switch_to.window(first)


# --- it is there again ---


def by_back(walker: Watched) -> None:
    walker.follow(".brand")
    walker.back()


def by_back_offline(walker: Watched) -> None:
    """The browser shows its own page there, or ours that cannot know; then the line is back."""
    walker.follow(".brand")
    walker.gate.closed = ("/",)
    with suppress(WebDriverException):  # Firefox's driver complains of the page that says so
        walker.back()
    walker.until_path(ADDRESS_PATH)
    walker.gate.open()
    walker.reload()


def by_language(walker: Watched) -> None:
    walker.follow("footer a[hreflang='zh-hans'], footer a[lang|=zh]")
    walker.until_path(f"/zh-hans{ADDRESS_PATH}")


def by_second_visit(walker: Watched) -> None:
    walker.go("/category/boots/")
    walker.go("/cart/")
    walker.click("to-checkout")


def by_login(walker: Watched) -> None:
    email = account(walker)
    walker.follow(f"a[href*='/login/?redirect={ADDRESS_PATH}']")
    log_in(walker, email, ADDRESS_PATH)


@pytest.mark.parametrize("way", [by_back, by_back_offline])
def test_n15_typed_and_never_sent_is_there_again(
    walker: Watched, wares: list[str], way: Callable[[Watched], None]
) -> None:
    comes_again(walker, wares, way)


@IN_CHROMIUM
@pytest.mark.parametrize("way", [by_language, by_second_visit, by_login])
def test_n15_so_it_is_on_a_page_that_is_new(walker: Watched, wares: list[str], way: Callable[[Watched], None]) -> None:
    comes_again(walker, wares, way)


def comes_again(walker: Watched, wares: list[str], way: Callable[[Watched], None]) -> None:
    type_street(walker, wares[0])
    way(walker)
    walker.until(lambda: walker.path.endswith(ADDRESS_PATH))
    assert value(walker) == STREET


@IN_CHROMIUM
def test_n15_what_was_not_typed_is_the_servers(walker: Watched, wares: list[str]) -> None:
    """Beside a street that was typed here, the town that another tab has sent."""
    type_street(walker, wares[0])
    walker.go("/")

    def send() -> None:
        walker.go(ADDRESS_PATH)
        walker.give_address(city="Ulm")
        walker.until_path("/checkout/shipping/")

    elsewhere(walker, send)
    walker.go(ADDRESS_PATH)
    assert (value(walker), value(walker, "city")) == (STREET, "Ulm")


def test_n15_the_latest_of_two_visits_counts(walker: Watched, wares: list[str]) -> None:
    type_street(walker, wares[0])
    walker.go(ADDRESS_PATH)
    assert value(walker) == STREET
    walker.follow(".brand")
    walker.go(ADDRESS_PATH)
    walker.type("line1", "Latestweg 8")
    walker.follow(".brand")
    for _ in range(3):
        walker.back()
        walker.until(lambda: walker.is_read() and not walker.is_hidden)
    assert walker.path == ADDRESS_PATH
    assert value(walker) == "Latestweg 8"


# --- it goes ---

AGE = """
for (const name of Object.keys(localStorage).filter((name) => name.startsWith("draft.")))
  localStorage[name] = localStorage[name].replace(/"at":(\\d+)/, (_, at) => `"at":${at - arguments[0] * 3600000}`);
"""


@IN_CHROMIUM
@pytest.mark.parametrize("hours", [23, 25])
def test_n15_it_goes_after_a_day(walker: Watched, wares: list[str], hours: int) -> None:
    type_street(walker, wares[0])
    walker.go("/")
    assert STREET in drafts(walker)
    walker.driver.execute_script(AGE, hours)
    walker.go("/")
    assert (STREET in drafts(walker)) is (hours < 24)


def test_n15_it_goes_when_it_is_sent_from_another_entry(walker: Watched, wares: list[str]) -> None:
    type_street(walker, wares[0])
    walker.follow(".brand")
    walker.go(ADDRESS_PATH)
    walker.give_address(line1="Sentweg 9")
    walker.until_path("/checkout/shipping/")
    assert STREET not in drafts(walker)
    for _ in range(3):
        walker.back()
        walker.until(lambda: walker.is_read() and not walker.is_hidden)
    assert walker.path == ADDRESS_PATH
    walker.until(lambda: value(walker) == "Sentweg 9")


@IN_CHROMIUM
def test_n15_it_goes_when_the_attempt_ends(walker: Watched, wares: list[str]) -> None:
    walker.go_to_review(wares[0])
    walker.go(ADDRESS_PATH)
    walker.type("line1", STREET)
    walker.go("/checkout/review/")
    assert STREET in drafts(walker)
    walker.order()
    walker.pay()
    assert STREET not in drafts(walker)
    walker.add(wares[1])
    walker.go(ADDRESS_PATH)
    assert value(walker) != STREET


@IN_CHROMIUM
@pytest.mark.parametrize("where", ["here", "in another tab", "by the server"])
def test_n15_it_goes_when_the_account_is_left(walker: Watched, wares: list[str], where: str) -> None:
    walker.go("/login/")
    log_in(walker, account(walker))
    type_street(walker, wares[0])
    walker.go("/")
    assert STREET in drafts(walker)

    def log_out() -> None:
        walker.go("/dashboard/")
        walker.click("logout")
        walker.until_path("/login/")

    if where == "by the server":
        walker.end_session()
        walker.go("/cart/")
    else:
        elsewhere(walker, log_out) if where == "in another tab" else log_out()
    walker.until(lambda: STREET not in drafts(walker))
    walker.add(wares[1])
    walker.go("/login/")
    log_in(walker, account(walker))
    walker.go(ADDRESS_PATH)
    assert value(walker) != STREET


@IN_CHROMIUM
def test_n15_what_cannot_be_read_hinders_nothing(walker: Watched, wares: list[str]) -> None:
    type_street(walker, wares[0])
    walker.driver.execute_script("localStorage['draft.a'] = '{'; localStorage['draft.b'] = '{\"x\": null}'")
    walker.go("/")
    assert "draft.a" not in drafts(walker)
    assert "draft.b" not in drafts(walker)
    walker.go(ADDRESS_PATH)
    assert value(walker) == STREET


@IN_CHROMIUM
def test_n15_that_of_a_closed_tab_goes_with_the_account(walker: Watched, wares: list[str]) -> None:
    walker.go("/login/")
    log_in(walker, account(walker))
    elsewhere(walker, lambda: (type_street(walker, wares[0]), walker.go("/")))
    assert STREET in drafts(walker)
    walker.click("logout")
    walker.until_path("/login/")
    assert STREET not in drafts(walker)


@IN_CHROMIUM
def test_n15_what_a_guest_typed_goes_with_the_account_that_took_it_along(walker: Watched, wares: list[str]) -> None:
    type_street(walker, wares[0])
    walker.go("/login/")
    log_in(walker, account(walker))
    assert STREET in drafts(walker)
    walker.click("logout")
    walker.until_path("/login/")
    assert STREET not in drafts(walker)


@IN_CHROMIUM
def test_n15_no_password_is_kept_and_the_e_mail_is(walker: Watched) -> None:
    walker.go("/login/")
    walker.type("login", "ada@example.org")
    walker.type("password", PASSWORD)
    by_language_of_login = "footer a[hreflang='zh-hans'], footer a[lang|=zh]"
    walker.follow(by_language_of_login)
    walker.until_path("/zh-hans/login/")
    assert (value(walker, "login"), value(walker, "password")) == ("ada@example.org", "")
    assert PASSWORD not in drafts(walker)


def test_n15_what_could_not_be_sent_is_not_lost(walker: Watched, wares: list[str]) -> None:
    walker.add(wares[0])
    walker.go(ADDRESS_PATH)
    for name, text in {**ADDRESS, "line1": STREET}.items():
        walker.type(name, text)
    walker.gate.closed = ("/",)
    with suppress(WebDriverException):
        walker.click("stage-submit")
    walker.gate.open()
    walker.go(ADDRESS_PATH)
    assert value(walker) == STREET
