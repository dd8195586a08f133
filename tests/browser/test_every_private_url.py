"""What a logout leaves on the screen: for every private address of the project, nothing (S21, S23; R13).

The addresses are those of ``tests/test_every_url.py``, which knows of each one there is. An account with an order, a
profile and a cart on its way looks at all of them; then it is logged out, goes Back to where it began and Forward
through all of it; so it does with those that tell something where it was logged out in another tab or on the server.
Name, street, e-mail address and, where no address of an order is, order numbers are looked for in every frame, from the
first one on and when ``pageshow`` comes, in texts and in fields. The same browser takes a public page out of its memory,
and shows what it kept as soon as our script is kept from it: so the memory is there, and the watch sees.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import pytest

from tests.browser.conftest import in_these
from tests.browser.watched import Watched
from tests.servers import Shop
from tests.test_every_url import ADDRESSES

pytestmark = pytest.mark.browser

LOOK = """
{
  let last = "";
  const look = () => {
    const texts = [];
    for (const part of document.body?.children ?? []) {
      const isSeen = (it) => it.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      if (!isSeen(part)) continue;
      texts.push(part.innerText);
      for (const field of part.querySelectorAll("input:not([type=hidden])")) if (isSeen(field)) texts.push(field.value);
    }
    const now = texts.join("\\n");
    if (!now || now === last) return;
    last = now;
    const seen = JSON.parse(sessionStorage.getItem("test-seen") ?? "[]");
    sessionStorage.setItem("test-seen", JSON.stringify([...seen, [location.pathname, now]]));
  };
  let until = 0, isDue = false;
  const frame = () => {
    isDue = false;
    look();
    if (performance.now() < until) soon();
  };
  const soon = () => {
    if (!isDue) requestAnimationFrame(frame);
    isDue = true;
  };
  const arrive = () => {
    until = performance.now() + 700;
    soon();
  };
  arrive();
  new MutationObserver(soon).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  for (const name of ["input", "change", "load"]) addEventListener(name, soon, { capture: true });
  addEventListener("pageshow", () => { last = ""; look(); arrive(); }, { capture: true });
}
"""
"""Notes what can be read on the page, with what stands in its fields: at every ``pageshow``, in every frame while the page
arrives, and then in each that follows a change. What is private is there when a page arrives, or comes by a script.
"""

LIST = "/category/boots/"
PASSWORD = "blaze-on-a-tree-7"
NO_PAGE = {"nav-route"}
"""Answers a script with JSON or with nothing; no entry of a history is ever made of it."""
PRIVATE = {
    name: address.url
    for name, address in ADDRESSES.items()
    if address.cache in {"stage", "private"} and not address.only_post and name not in NO_PAGE
}
TELLING = {"checkout-address", "checkout-review", "pay", "receipt", "dashboard", "profile", "orders"}
"""Those that show something private to the account: seen by the watch before the logout, or it sees nothing."""

ACCOUNT = """
import json
from checkout.services.status import move_order
from django.utils import timezone
from shop.accounts.models import Profile, User
from tests.checkout.factories import make_order
user = User.objects.create_user({email!r}, {password!r})
address = dict(name={name!r}, line1={street!r}, city="Ulm", postcode="89073", country="DE")
Profile.objects.create(user=user, **address)
paid, waiting = [make_order(sku=f"{{user.pk}}-{{n}}", gateway="demo", user=user, email=user.email, **address) for n in "ab"]
move_order(paid.pk, "pay", paid_at=timezone.now())
print(json.dumps([[order.number, order.token] for order in (paid, waiting)]))
"""


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


@dataclass
class Account:
    """``secrets``: what nobody may read after the logout. ``numbers``: of its orders, which everybody reads who has the
    address of one of them, and nobody anywhere else. ``urls``: where it can be read before, by name.
    """

    email: str
    secrets: list[str]
    numbers: list[str]
    urls: dict[str, str]


class Owner(Watched):
    """A walker whose every page is read in every frame, fields included."""

    def read(self) -> dict[str, str]:
        """All that could be read since :meth:`forget`, by path."""
        seen = self.driver.execute_script("return JSON.parse(sessionStorage.getItem('test-seen') ?? '[]')")
        return {path: "\n".join(text for at, text in seen if at == path) for path, _ in seen}

    def forget(self) -> None:
        self.driver.execute_script("sessionStorage.removeItem('test-seen')")
        self.look_away()

    def open_account(self, wares: list[str]) -> Account:
        """An account with two orders and a profile, logged in, with a cart at its review."""
        mark = uuid.uuid4().hex[:10]
        email, name, street = f"v{mark}@example.org", f"Vera {mark}", f"{mark} Street 7"
        orders = json.loads(
            self.shop.script(ACCOUNT.format(email=email, password=PASSWORD, name=name, street=street)).splitlines()[-1]
        )
        with self.by_hand() as hand:
            hand.go("/login/")
            hand.press("login-form", login=email, password=PASSWORD)
            hand.add(wares[0])
            hand.go_to_review(email=email, name=name, line1=street)
        self.go("/checkout/review/")
        (number, paid), (other, waiting) = orders
        urls = {at: url.format(order=waiting if at == "pay" else paid, reset="1-abc") for at, url in PRIVATE.items()}
        return Account(email, [email, name, street], [number, other], urls)

    def look_at(self, account: Account, names: Collection[str]) -> None:
        """Visit each address, the receipt last: nothing that comes after it sets a cookie."""
        for name in sorted(names, key=lambda name: name == "receipt"):
            self.forget()
            self.go(account.urls[name])
            if name in TELLING:
                self.until(lambda: self.found_of(account) or self.shows_number(account))
        self.forget()

    def found_of(self, account: Account) -> set[str]:
        """What could be read of the account's secrets, and where."""
        read = self.read()
        found = {f"{secret} at {path}" for path, text in read.items() for secret in account.secrets if secret in text}
        elsewhere = {path: text for path, text in read.items() if not path.startswith(("/order/", "/pay/"))}
        numbers = {
            f"{number} at {path}" for path, text in elsewhere.items() for number in account.numbers if number in text
        }
        return found | numbers

    def shows_number(self, account: Account) -> bool:
        return any(number in text for text in self.read().values() for number in account.numbers)

    def log_out(self) -> None:
        self.go("/dashboard/")
        self.click("logout")
        self.until_path("/login/")

    def log_out_elsewhere(self) -> None:
        first = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        self.log_out()
        self.driver.close()
        self.driver.switch_to.window(first)
        self.until_path("/login/")

    def log_out_on_the_server(self) -> None:
        self.go("/")
        self.end_session()

    @property
    def entries(self) -> int:
        return self.driver.execute_script("return history.length")

    def go_back_to(self, path: str) -> None:
        """Press Back until that page is there: an entry that leads where the shopper just was takes no press of it (R6)."""
        for _ in range(self.entries):
            self.back()
            self.until_settled()
            if self.path == path:
                return
        raise AssertionError(f"{path} is not before {self.path}")

    def go_forward_through(self, entries: int) -> None:
        """One press each: what Back went past is led elsewhere under the eyes of the watch."""
        for _ in range(entries):
            self.forward()
            self.until_shown()

    def public_page_is_kept(self) -> bool:
        """The control: whether this browser, now, takes a page out of its memory."""
        self.go(LIST)
        self.follow("main .product-card a")
        self.look_away()
        self.back()
        self.until_path(LIST)
        return self.came_from_memory(LIST)


@pytest.fixture
def owner(watched: Watched) -> Owner:
    watched.gate.first += LOOK
    owner = Owner(watched.driver, watched.shop, watched.gate)
    owner.has_memory, owner.keeps_private = watched.has_memory, watched.keeps_private
    return owner


@pytest.fixture
def owner_with_memory(watched_memory: Watched) -> Owner:
    watched_memory.gate.first += LOOK
    return Owner(watched_memory.driver, watched_memory.shop, watched_memory.gate)


def test_s21_no_private_address_is_painted_after_a_logout(owner: Owner, wares: list[str]) -> None:
    assert_nothing_is_painted_after(owner, wares, "log_out")


@in_these("watched", "bfcache", "webkit")  # elsewhere what is private is not kept, and the server says what is shown
@pytest.mark.parametrize("ending", ["log_out_elsewhere", "log_out_on_the_server"])
def test_s21_nor_after_one_that_the_tab_did_not_see(owner: Owner, wares: list[str], ending: str) -> None:
    assert_nothing_is_painted_after(owner, wares, ending)


def assert_nothing_is_painted_after(owner: Owner, wares: list[str], ending: str) -> None:
    owner.go(LIST)
    before = owner.entries
    account = owner.open_account(wares)
    # The others tell nothing: they are looked at where the browser itself might have kept something of them.
    names = PRIVATE if ending == "log_out" and owner.keeps_private else TELLING
    owner.look_at(account, names)
    getattr(owner, ending)()
    owner.forget()
    made = owner.entries
    owner.go_back_to(LIST)
    owner.go_forward_through(made - before)
    assert owner.entries == made, "nothing is pushed, and nothing ahead is lost"
    assert owner.found_of(account) == set()
    assert owner.read().keys() >= {"/login/", "/cart/"}, "they lead there; else nothing was looked at"
    assert owner.public_page_is_kept() is owner.has_memory


def test_s21_control_without_our_script_the_watch_sees_what_the_browser_kept(
    owner_with_memory: Owner, wares: list[str]
) -> None:
    """The account is gone on the server, and nothing tells the browser: what it kept it shows."""
    owner = owner_with_memory
    owner.do_without("/static/navstate/navstate", "/cart/badge/")
    account = owner.open_account(wares)
    owner.go(account.urls["receipt"])
    owner.until(lambda: owner.found_of(account))
    owner.follow(".brand")
    owner.end_session()
    owner.forget()
    owner.back()
    owner.until(lambda: owner.path == account.urls["receipt"])
    owner.until(lambda: owner.found_of(account))
    assert owner.came_from_memory(account.urls["receipt"])
    assert len(owner.found_of(account)) >= 3


def test_the_addresses_that_tell_something_are_among_them() -> None:
    assert set(PRIVATE) > TELLING
