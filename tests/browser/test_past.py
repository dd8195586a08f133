"""Back gets somewhere: what a login or a payment left behind takes no press of it (N17).

Without scripts each of these entries shows where it leads to, and takes one press.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import SCRIPTED
from tests.browser.watched import Watched
from tests.servers import Shop

pytestmark = pytest.mark.browser

LIST = "/category/boots/"
PASSWORD = "seven-larks-9"
PUSHES = """
const push = history.pushState;
history.pushState = function (...what) {
  localStorage.setItem("test-pushed", "[1]");
  return push.apply(this, what);
};
"""
LEAVES_LATE = """
const go = history.go.bind(history);
history.go = (steps) => {
  const leave = () => setTimeout(() => go(steps), 600);
  if (document.readyState === "complete") leave();
  else addEventListener("load", leave, { once: true });
};
"""
"""A page that Back goes past has time to write into its entry and to be checked, as when the browser is slow to leave it."""


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


@pytest.fixture
def walker(watched: Watched) -> Iterator[Watched]:
    watched.gate.first += PUSHES
    yield watched
    assert watched.item("pushed") == []


def account(walker: Watched) -> str:
    email = f"p{uuid.uuid4().hex[:10]}@example.org"
    walker.shop.script(f"from shop.accounts.models import User; User.objects.create_user({email!r}, {PASSWORD!r})")
    return email


def press_log_in(walker: Watched, email: str, password: str) -> None:
    walker.until(lambda: walker.is_read())
    walker.type("login", email)
    walker.type("password", password)
    walker.follow("[data-testid=login-form] button")


def is_at(walker: Watched, path: str) -> bool:
    return walker.path == path and walker.is_read() and not walker.is_hidden


def rests_at(walker: Watched, path: str) -> None:
    walker.until(lambda: is_at(walker, path))
    assert walker.path == path


@pytest.mark.parametrize(
    ("watched", "wrong"), [*((kind, 1) for kind in SCRIPTED), ("bfcache", 0), ("bfcache", 2)], indirect=["watched"]
)
def test_n17_one_press_leads_from_behind_a_login_to_the_page_before_it(walker: Watched, wrong: int) -> None:
    email = account(walker)
    walker.go(LIST)
    walker.follow("a[href='/dashboard/']")
    walker.until(lambda: walker.path == "/login/")
    for _ in range(wrong):
        press_log_in(walker, email, "wrong")
    press_log_in(walker, email, PASSWORD)
    rests_at(walker, "/dashboard/")
    walker.back()
    rests_at(walker, LIST)
    walker.forward()  # WebKit may show one that was gone past before it had loaded: it never says that it has
    walker.until(lambda: walker.path == "/dashboard/" and not walker.is_hidden)
    walker.back()
    rests_at(walker, LIST)


def test_n17_so_it_does_from_further_on_and_behind_a_registration(walker: Watched) -> None:
    walker.go(LIST)
    walker.follow("a[href='/dashboard/']")
    walker.until(lambda: walker.path == "/login/")
    walker.follow("main a[href^='/register/']")
    email = f"p{uuid.uuid4().hex[:10]}@example.org"
    for name, value in (("email", email), ("password1", "blaze-on-a-tree-7"), ("password2", "blaze-on-a-tree-7")):
        walker.type(name, value)
    walker.follow("main form button")
    rests_at(walker, "/dashboard/")
    walker.go("/profile/")
    rests_at(walker, "/profile/")
    walker.back()
    rests_at(walker, "/dashboard/")
    walker.back()
    rests_at(walker, LIST)


def test_n17_after_the_payment_back_leads_to_the_cart(walker: Watched, wares: list[str]) -> None:
    walker.go(LIST)
    walker.click_through(wares[0])
    walker.order()
    walker.pay()
    receipt = walker.path
    rests_at(walker, receipt)
    seen = 0
    while walker.path != "/cart/":
        walker.back()
        walker.until(lambda: any(is_at(walker, path) for path in (receipt, "/cart/")))
        walker.until(lambda: not is_on_its_way(walker))
        seen += walker.path == receipt
    assert seen <= 1
    assert walker.driver.execute_script("return history.state.nav.index") > 0
    for _ in range(4):  # each of the stages leads to the receipt now, and Forward is never thrown back
        before = index(walker)
        walker.forward()
        walker.until(lambda before=before: walker.path == receipt and index(walker) == before + 1)
        walker.until(lambda: not walker.is_hidden)
    walker.back()
    rests_at(walker, "/cart/")


def index(walker: Watched) -> int:
    return walker.driver.execute_script(
        "return window.navigation?.currentEntry.index ?? history.state?.nav?.index ?? 0"
    )


def is_on_its_way(walker: Watched) -> bool:
    return walker.is_hidden or not walker.is_read()


def test_n17_a_receipt_that_is_gone_back_to_stays(walker: Watched, wares: list[str]) -> None:
    walker.go_to_review(wares[0])
    walker.order()
    walker.pay()
    receipt = walker.path
    walker.follow(".brand")
    walker.back()
    rests_at(walker, receipt)


def test_n17_an_entry_for_a_place_on_the_same_page_stays(walker: Watched, wares: list[str]) -> None:
    walker.add(wares[0])
    walker.go("/checkout/address/")
    walker.until(lambda: walker.is_read())
    walker.driver.execute_script("document.querySelector('.skip').focus()")
    walker.driver.switch_to.active_element.send_keys(Keys.ENTER)
    walker.until(lambda: walker.driver.current_url.endswith("#main"))
    walker.go("/checkout/address/?step=1")
    rests_at(walker, "/checkout/address/")
    walker.back()
    walker.until(lambda: is_at(walker, "/checkout/address/"))
    assert walker.driver.current_url.endswith("/checkout/address/#main")


@pytest.mark.parametrize(
    ("watched", "first"),
    [pytest.param("bfcache", ""), *(pytest.param(kind, LEAVES_LATE, id=f"{kind}-left-late") for kind in SCRIPTED)],
    indirect=["watched"],
)
def test_n17_after_a_logout_no_entry_of_the_account_holds_the_shopper(walker: Watched, first: str) -> None:
    walker.gate.first += first
    email = account(walker)
    walker.go(LIST)
    walker.go("/login/")
    press_log_in(walker, email, PASSWORD)
    rests_at(walker, "/dashboard/")
    walker.go("/profile/")
    walker.go("/dashboard/")
    walker.click("logout")
    walker.until_path("/login/")
    presses = 0
    while walker.path != LIST:
        walker.until(lambda: not is_on_its_way(walker))
        walker.back()
        presses += 1
        walker.until(lambda: any(is_at(walker, path) for path in ("/login/", LIST)))
    assert presses <= 2  # the login page that the account was entered by is a page to look at again
    for _ in range(4):  # each entry leads to the login now, and Forward is never thrown back
        before = index(walker)
        walker.forward()
        walker.until(lambda before=before: index(walker) == before + 1 and not walker.is_hidden)
