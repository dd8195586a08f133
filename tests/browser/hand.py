"""What a shopper did before a test begins, without a browser: the same requests, in a tenth of the time.

For what a test needs and does not look at. The browser gets the cookies and no entry in its history.
"""

from __future__ import annotations

from http.cookiejar import Cookie, CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener

from selenium import webdriver
from selenium.webdriver.remote.webdriver import WebDriver

from navstate.testing.forms import form_in
from tests.shopper import ADDRESS
from tests.visits import NAVIGATION

PASSWORD = "blaze-on-a-tree-7"


class Hand:
    """One visitor of the shop at ``url``; ``path``: where the last request led."""

    def __init__(self, url: str) -> None:
        self.url, self.path = url, "/"
        self.jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.jar))
        self._page = ""

    def go(self, path: str) -> None:
        self._ask(path, None, NAVIGATION)

    def press(self, hook: str, **values: str) -> None:
        """Fill the form of the page and send it by the button with this hook."""
        form = form_in(self._page, hook)
        self._ask(form.action, form.filled(values, button=hook), NAVIGATION)

    def add(self, sku: str) -> None:
        """As the shop's scripts do it: each is a wish of its own."""
        self._ask("/cart/add/", {"sku": sku, "quantity": "1"}, {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"})

    def register(self, email: str) -> None:
        self.go("/register/")
        self.press("register-form", email=email, password1=PASSWORD, password2=PASSWORD)
        assert self.path == "/dashboard/", self.path

    def go_to_review(self, **address: str) -> None:
        """From a cart to its review."""
        self.go("/checkout/address/")
        self.press("stage-submit", **{**ADDRESS, **address})
        self.press("stage-submit", shipping_method=self._first("shipping_method"))
        self.press("stage-submit", payment_method="demo")
        assert self.path == "/checkout/review/", self.path

    def pay(self) -> None:
        """From the review to the receipt."""
        self.press("place-order")
        self.press("gateway-pay")
        assert self.path.startswith("/order/"), self.path

    def _first(self, name: str) -> str:
        return self._page.partition(f'name="{name}" value="')[2].partition('"')[0]

    def _ask(self, path: str, sent: dict[str, str] | None, headers: dict[str, str]) -> None:
        url = urljoin(self.url + self.path, path)
        body = None if sent is None else urlencode(sent).encode()
        with self._opener.open(Request(url, body, {"Accept": "text/html", **headers})) as answer:
            self.path = urlsplit(answer.url).path
            self._page = answer.read().decode()

    # --- the browser's part ---

    def take_from(self, driver: WebDriver) -> None:
        """Be the visitor that the browser is, whatever its tab shows."""
        if isinstance(driver, webdriver.Chrome):
            found = driver.execute_cdp_cmd("Network.getCookies", {"urls": [self.url]})["cookies"]
        else:  # no other browser tells of cookies, or takes any, of a place where it is not
            if not driver.current_url.startswith(self.url):
                driver.get(f"{self.url}/healthz")
            found = driver.get_cookies()
        self.jar.clear()
        for cookie in found:
            self.jar.set_cookie(_cookie(**cookie))

    def give_to(self, driver: WebDriver) -> None:
        """To be called where :meth:`take_from` was."""
        for cookie in self.jar:
            given = {"name": cookie.name, "value": cookie.value, "path": cookie.path, "sameSite": "Lax"}
            given |= {"httpOnly": cookie.has_nonstandard_attr("HttpOnly")}
            if isinstance(driver, webdriver.Chrome):
                until = {"expires": cookie.expires} if cookie.expires else {}
                driver.execute_cdp_cmd("Network.setCookie", {**given, **until, "url": self.url})
            else:
                driver.add_cookie({**given, **({"expiry": cookie.expires} if cookie.expires else {})})


def _cookie(name: str, value: str, path: str = "/", **other: Any) -> Cookie:
    """As WebDriver has it (``expiry``), or Chromium (``expires``, -1 for a session's)."""
    ends = int(other.get("expiry") or other.get("expires") or -1)
    until = ends if ends > 0 else None
    return Cookie(
        *(0, name, value, None, False, "127.0.0.1", False, False, path, True, False),
        *(until, until is None, None, None, {"HttpOnly": ""} if other.get("httpOnly") else {}),
    )
