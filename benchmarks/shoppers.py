"""Shoppers over HTTP who put up with a shop in trouble: they reload, press again, come back, and note every answer."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from navstate.testing.forms import Form, forms_in

ADDRESS = {
    "name": "Ada Wanderer", "line1": "Waldweg 3", "city": "Freiburg", "postcode": "79098", "country": "DE",
}  # fmt: skip
PATIENCE = 90.0
"""Seconds for which a shopper tries one step again before giving the journey up."""
REST = 0.4
TIMEOUT = 30
STEPS = ("address", "shipping", "payment")


class GaveUp(Exception):
    """The journey did not come to its end."""


@dataclass(frozen=True)
class Answer:
    """One answer of the shop or, with another ``port``, of the provider. ``status`` 0: the connection broke."""

    at: float
    port: int
    method: str
    path: str
    status: int
    seconds: float


@dataclass
class Notes:
    """What all shoppers saw, and what was promised to them."""

    answers: list[Answer] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    paid: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: Answer) -> None:
        with self.lock:
            self.answers.append(answer)


@dataclass
class Page:
    url: str
    status: int
    text: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def form(self, hook: str) -> Form:
        for form in forms_in(self.text):
            if hook in form.hooks:
                return form
        raise GaveUp(f"no {hook} on {self.path}")

    def has(self, hook: str) -> bool:
        return f'data-testid="{hook}"' in self.text


class Browser:
    """Cookies of one shopper. Keeps none of another port, follows 303, and tries again what was not answered."""

    def __init__(self, origin: str, notes: Notes, over: threading.Event) -> None:
        self.origin, self.notes, self.over = origin, notes, over
        self.cookies: dict[int, dict[str, str]] = {}

    def get(self, url: str) -> Page:
        return self._until_answered("GET", urljoin(self.origin, url), None)

    def send(self, page: Page, hook: str, changes: dict[str, str] | None = None) -> Page:
        """Press the button: once more where no answer came, which must have no second effect."""
        form = page.form(hook)
        return self._until_answered("POST", urljoin(page.url, form.action or ""), form.filled(changes, button=hook))

    def post(self, url: str, fields: dict[str, str]) -> Page:
        return self._until_answered("POST", urljoin(self.origin, url), fields)

    def _until_answered(self, method: str, url: str, fields: dict[str, str] | None) -> Page:
        ends_at = time.monotonic() + PATIENCE
        while time.monotonic() < ends_at:
            page = self._follow(method, url, fields)
            if page is not None and page.status != 503:
                return page
            self.over.wait(REST)
        raise GaveUp(f"{method} {urlsplit(url).path} was not answered for {PATIENCE:g} s")

    def _follow(self, method: str, url: str, fields: dict[str, str] | None) -> Page | None:
        """The page at the end of the redirects; ``None`` when a connection broke on the way."""
        for _ in range(10):
            answered = self._request(method, url, fields)
            if answered is None:
                return None
            page, location = answered
            if not location:
                return page
            self._promised(location, method, url)
            method, url, fields = "GET", urljoin(url, location), None
        raise GaveUp(f"too many redirects at {url}")

    def _request(self, method: str, url: str, fields: dict[str, str] | None) -> tuple[Page, str] | None:
        parts, began = urlsplit(url), time.monotonic()
        port, path = parts.port or 80, parts.path + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        status = 0
        try:
            connection.request(
                method, path, urlencode(fields) if fields is not None else None, self._headers(port, fields)
            )
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            status = response.status
            self._remember(port, response.headers.get_all("Set-Cookie") or [])
            return Page(url, status, text), response.headers.get("Location", "") if status in (302, 303) else ""
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
            took = time.monotonic() - began
            self.notes.note(Answer(time.monotonic(), port, method, parts.path, status, took))

    def _headers(self, port: int, fields: dict[str, str] | None) -> dict[str, str]:
        headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if cookies := self.cookies.get(port):
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return headers | {"Accept": "text/html"}

    def _remember(self, port: int, lines: list[str]) -> None:
        for line in lines:
            name, _, rest = line.partition("=")
            self.cookies.setdefault(port, {})[name] = rest.partition(";")[0]

    def _promised(self, location: str, method: str, url: str) -> None:
        """Where an order leads is a promise that it is there."""
        parts = urlsplit(location).path.strip("/").split("/")
        with self.notes.lock:
            if parts[:2] == ["demo-gateway", "pay"] and method == "POST":
                self.notes.references.add(parts[2])
            if parts[0] in ("pay", "order") and len(parts) == 2:
                self.notes.tokens.add(parts[1])


class Shopper(threading.Thread):
    """One visitor after the other until the time is over, each by a new browser."""

    def __init__(
        self, number: int, seed: int, origin: str, skus: list[str], notes: Notes, over: threading.Event
    ) -> None:
        super().__init__(name=f"shopper-{number}", daemon=True)
        self.random = random.Random(f"{seed}-{number}")
        self.number, self.origin, self.skus, self.notes, self.over = number, origin, skus, notes, over
        self.count = 0

    def run(self) -> None:
        while not self.over.is_set():
            self.count += 1
            try:
                end = self.journey(Browser(self.origin, self.notes, threading.Event()))
            except GaveUp as why:
                end = f"gave up: {why}"
            except Exception as error:
                end = f"broke: {type(error).__name__}: {error}"
            with self.notes.lock:
                self.notes.ends[end] += 1

    def journey(self, browser: Browser) -> str:
        browser.get("/")
        if not self._fill_cart(browser):
            return "sold out"
        page = self._through_stages(browser)
        if page is None:
            return "sold out"
        page = browser.send(page, "place-order")
        if page.path in ("/cart/", "/checkout/review/"):
            return "sold out"
        return self._at_the_provider(browser, page)

    def _fill_cart(self, browser: Browser) -> bool:
        page = browser.post("/cart/add/", {"sku": self.random.choice(self.skus), "quantity": "1"})
        if page.status != 200:
            raise GaveUp(f"add to cart: {page.status}")
        cart = browser.get("/cart/")
        if 'data-testid="cart-line"' in cart.text:
            return True
        if page.path == "/cart/" and "sold out" not in page.text and "Only" not in page.text:
            self._lost(f"what was put into the cart is not there ({page.status})")
        return False

    def _through_stages(self, browser: Browser) -> Page | None:
        """Every stage in turn; whoever is led back to one that was accepted has lost something."""
        entered = {
            "address": ADDRESS | {"email": f"s{self.number}-{self.count}@example.org"},
            "shipping": {"shipping_method": "standard"},
            "payment": {"payment_method": "demo"},
        }
        page = browser.get("/checkout/address/")
        for stage in STEPS:
            if page.path != f"/checkout/{stage}/":
                return self._astray(page, stage)
            page = browser.send(page, "stage-submit", entered[stage])
            if page.status != 200:
                raise GaveUp(f"{stage}: {page.status}")
        return page if page.path == "/checkout/review/" else self._astray(page, "review")

    def _astray(self, page: Page, wanted: str) -> None:
        if page.path != "/cart/":
            self._lost(f"led to {page.path} instead of {wanted}: what was accepted is asked again")
        return

    def _at_the_provider(self, browser: Browser, page: Page) -> str:
        act = self.random.choices(["pay", "decline", "cancel", "leave", "delay"], [70, 8, 8, 8, 6])[0]
        page = self._to_provider(browser, page)
        if page.path.startswith("/order/"):
            return self._paid(browser, page)
        if act == "leave":
            return "left"
        page = browser.send(page, f"gateway-{act}")
        if act == "cancel":
            page = self._on_pay_page(browser, page)
            page = browser.send(page, "cancel-order") if page.has("cancel-order") else page
            return "cancelled"
        if act == "decline":
            page = self._to_provider(browser, self._on_pay_page(browser, page))
            page = browser.send(page, "gateway-pay") if page.has("gateway-pay") else page
        return self._paid(browser, page)

    def _to_provider(self, browser: Browser, page: Page) -> Page:
        """Press "pay" on the page that waits until the provider is there."""
        return self._until(
            lambda page: page.has("gateway-pay") or page.path.startswith("/order/"),
            lambda page: browser.send(page, "resume-payment") if page.has("resume-payment") else browser.get(page.url),
            page,
            "the provider",
        )

    def _on_pay_page(self, browser: Browser, page: Page) -> Page:
        return self._until(
            lambda page: page.has("resume-payment") or page.path.startswith("/order/"),
            lambda page: browser.get(page.url),
            page,
            "the page that waits",
        )

    def _paid(self, browser: Browser, page: Page) -> str:
        """Look at the page that waits until it is the receipt."""
        page = self._until(
            lambda page: page.path.startswith("/order/") or 'data-standing="expired"' in page.text,
            lambda page: browser.get(page.url),
            page,
            "the receipt",
        )
        if not page.path.startswith("/order/"):
            return "paid too late"
        with self.notes.lock:
            self.notes.paid.add(page.path.strip("/").split("/")[1])
        return "paid"

    def _until(self, is_there: Callable[[Page], bool], again: Callable[[Page], Page], page: Page, what: str) -> Page:
        ends_at = time.monotonic() + PATIENCE
        while not is_there(page):
            if page.status not in (200, 404) or time.monotonic() > ends_at:
                raise GaveUp(f"{what} did not come: {page.status} {page.path.split('/')[1]}")
            threading.Event().wait(REST)
            page = again(page)
        return page

    def _lost(self, what: str) -> None:
        with self.notes.lock:
            self.notes.lost.append(what)
