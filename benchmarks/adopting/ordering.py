"""Oscar's "place order" pressed twice: where both presses end, and how many orders there are then."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urljoin

from benchmarks.adopting.oscar_walk import ADDRESS, CUSTOMERS, PASSWORD
from benchmarks.adopting.sites import Site
from benchmarks.adopting.truth import MAX_REDIRECTS, REDIRECTS, fetch, path_of, take_cookies

PAIRS = 20
APART = 0.03  # seconds between the presses of every second pair
RECEIPT = "/checkout/thank-you/"
PRODUCT = "/catalogue/atlas_1/"
FORM = re.compile(r"<form\b(?P<tag>[^>]*)>(?P<inside>.*?)</form>", re.DOTALL)
INPUT = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'\b(\w[\w-]*)="([^"]*)"')


@dataclass
class Shopper:
    """One browser over HTTP: its cookies, one jar for all that it has under way."""

    origin: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, data: dict[str, str] | None = None) -> tuple[str, str]:
        """Send, and follow where it leads; the address and the page at its end."""
        body = urlencode(data).encode() if data is not None else None
        for _ in range(MAX_REDIRECTS):
            own = {"Origin": self.origin, "Referer": self.origin + path} if body is not None else {}
            status, headers, html = fetch(self.origin + path, dict(self.cookies), data=body, headers=own)
            take_cookies(self.cookies, headers)
            if status not in REDIRECTS:
                return (path if status == 200 else f"{path} ({status})"), html
            path, body = path_of(urljoin(path, headers["Location"])), None
        return f"{path} (in a circle)", ""

    def send(self, html: str, path: str, marker: str, **changes: str) -> tuple[str, str]:
        """Fill in a form of the page that holds ``marker``, and press its button."""
        action, fields = form_in(html, marker)
        return self.ask(action or path, fields | changes)


def form_in(html: str, marker: str) -> tuple[str, dict[str, str]]:
    """Where the form that holds ``marker`` goes, and what it would send as it stands."""
    for found in FORM.finditer(html):
        if marker in found[0]:
            inputs = [
                dict(ATTRIBUTE.findall(each)) for each in INPUT.findall(found["inside"]) if "disabled" not in each
            ]
            fields = {each["name"]: unescape(each.get("value", "")) for each in inputs if "name" in each}
            return unescape(dict(ATTRIBUTE.findall(found["tag"])).get("action", "")), fields
    raise LookupError(f"no form with {marker}")


@dataclass
class Pairs:
    """``both``: pairs that ended both at the receipt of one order. ``ends``: where the presses of the others ended."""

    pairs: int = 0
    both: int = 0
    orders: int = 0
    ends: list[str] = field(default_factory=list)


def to_preview(site: Site, email: str) -> tuple[Shopper, str]:
    """A customer with one thing in the basket, at the last page of the checkout as it is drawn."""
    shopper = Shopper(site.origin)
    path, html = shopper.ask("/accounts/login/")
    filled = {"login-username": email, "login-password": PASSWORD, "login_submit": "Log In"}
    shopper.send(html, path, "login-username", **filled)
    path, html = shopper.ask(PRODUCT)
    shopper.send(html, path, "add_to_basket_form", quantity="1")
    path, html = shopper.ask("/checkout/shipping-address/")
    filled = ADDRESS | {"last_name": "Lovelace", "country": "GB"}
    path, html = shopper.send(html, path, "new_shipping_address", **filled)
    path, html = shopper.ask("/checkout/preview/")
    assert path == "/checkout/preview/", path
    return shopper, html


def press_twice(site: Site, number: int) -> list[str]:
    """Where the two presses ended; the same moment for even numbers."""
    shopper, html = to_preview(site, CUSTOMERS[number % len(CUSTOMERS)])
    gate = threading.Barrier(2)

    def press(late: float) -> str:
        gate.wait()
        if late:
            threading.Event().wait(late)
        return shopper.send(html, "/checkout/preview/", "place_order_form")[0]

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(press, (0.0, APART if number % 2 else 0.0)))


def place_twice(site: Site) -> Pairs:
    """All pairs, from what a walk begins with."""
    site.begin_again()
    found = Pairs()
    for number in range(PAIRS):
        before = site.ask_staff("orders")
        ends = press_twice(site, number)
        more = site.ask_staff("orders") - before
        found.pairs, found.orders = found.pairs + 1, found.orders + more
        if ends == [RECEIPT, RECEIPT] and more == 1:
            found.both += 1
        else:
            found.ends.append(f"{', '.join(ends)}: {more} orders")
    return found
