"""The whole shop below a path of its host (SCRIPT_NAME): every link, script, cookie and redirect stays below it."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from urllib.parse import urlencode, urlsplit

import pytest

from navstate.testing.forms import form_in
from tests.fixtures_shop import shop_server
from tests.servers import Shop
from tests.shopper import ADDRESS

pytestmark = pytest.mark.browser
PREFIX = "/shop"
ADDRESSES = re.compile(r'(?:href|src|action|hx-get|hx-post|formaction|data-nav-route|srcset)="(/[^"\s]*)')
"""Whatever a browser would ask this host for."""


@dataclass
class Visitor:
    """``is_stripped``: a proxy in front of a WSGI server takes the prefix off, as the operations page says."""

    shop: Shop
    is_stripped: bool
    cookies: dict[str, Morsel[str]] = field(default_factory=dict)

    def ask(self, method: str, url: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, text and where it leads. Every address that an answer names is below the prefix."""
        assert url.startswith(f"{PREFIX}/"), url
        connection = http.client.HTTPConnection(urlsplit(self.shop.url).netloc, timeout=30)
        headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        headers["Cookie"] = "; ".join(f"{name}={morsel.coded_value}" for name, morsel in self.cookies.items())
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        sent = url.removeprefix(PREFIX) if self.is_stripped else url
        connection.request(method, sent, urlencode(fields) if fields is not None else None, headers)
        answer = connection.getresponse()
        text, lines = answer.read().decode(errors="replace"), answer.headers
        connection.close()
        for line in lines.get_all("Set-Cookie") or ():
            self.cookies |= dict(SimpleCookie(line))
        to = urlsplit(lines.get("Location", "")).path
        assert not to or to.startswith(f"{PREFIX}/"), (url, to)
        outside = {found for found in ADDRESSES.findall(text) if not found.startswith(f"{PREFIX}/")}
        assert not outside, (url, outside)
        return answer.status, text, lines.get("Location", "")

    def get(self, url: str) -> str:
        status, text, _ = self.ask("GET", url)
        assert status == 200, (url, status)
        return text

    def fill(self, url: str, hook: str = "stage-submit", **changes: str) -> str:
        form = form_in(self.get(url), hook)
        status, _, to = self.ask("POST", form.action or url, {**form.fields, **changes})
        assert status == 303, (url, status)
        return to


@pytest.fixture(scope="module", params=["granian", "daphne"])
def visitor(request: pytest.FixtureRequest) -> Iterator[Visitor]:
    is_granian = request.param == "granian"
    with shop_server(services=is_granian, SCRIPT_NAME=PREFIX) as shop:
        yield Visitor(shop, is_stripped=is_granian)


@pytest.fixture
def sku(visitor: Visitor) -> str:
    rows = visitor.shop.rows(
        "SELECT MIN(v.sku) FROM catalog_variant v JOIN stock_stock s ON s.variant_id = v.id WHERE s.available > 5"
    )
    return str(rows[0][0])


def test_prefix_every_link_and_file_of_the_public_pages_is_there(visitor: Visitor) -> None:
    seen, to_see = set(), ["/shop/", "/shop/zh-hans/", "/shop/search/?q=boot", "/shop/login/", "/shop/nothing/"]
    while to_see and len(seen) < 120:
        url = to_see.pop(0)
        seen.add(url)
        status, text, _ = visitor.ask("GET", url)
        says_none = url in {"/shop/nothing/", "/shop/api/route"}  # asked about no page, the latter knows none
        assert status in (200, 303, 405) or (says_none and status == 404), (url, status)
        if "<html" in text:
            found = [each.replace("&amp;", "&").partition("#")[0] for each in ADDRESSES.findall(text)]
            to_see += [each for each in dict.fromkeys(found) if each not in seen and each not in to_see]
    assert any(url.startswith("/shop/static/") for url in seen)
    assert any(url.startswith("/shop/media/") for url in seen)


def test_prefix_a_page_leads_to_itself_in_the_other_language(visitor: Visitor) -> None:
    assert 'href="/shop/zh-hans/login/"' in visitor.get("/shop/login/")
    assert 'href="/shop/login/"' in visitor.get("/shop/zh-hans/login/")


def test_prefix_somebody_buys(visitor: Visitor, sku: str) -> None:
    visitor.cookies.clear()
    assert visitor.ask("POST", "/shop/cart/add/", {"sku": sku, "quantity": "1"})[0] == 303
    assert visitor.fill("/shop/checkout/address/", **ADDRESS) == "/shop/checkout/shipping/"
    assert visitor.fill("/shop/checkout/shipping/", shipping_method="standard") == "/shop/checkout/payment/"
    assert visitor.fill("/shop/checkout/payment/", payment_method="demo") == "/shop/checkout/review/"
    hosted = urlsplit(visitor.fill("/shop/checkout/review/", "place-order")).path
    assert hosted.startswith("/shop/demo-gateway/pay/")
    back = urlsplit(visitor.fill(hosted, "gateway-pay", action="pay"))
    status, _, to = visitor.ask("GET", f"{back.path}?{back.query}")
    assert status == 303
    assert urlsplit(to).path.startswith("/shop/order/")
    assert 'data-status="paid"' in visitor.get(urlsplit(to).path)
    paths = {
        name: morsel["path"] for name, morsel in visitor.cookies.items() if name != "messages"
    }  # Django's own: "/"
    assert [name for name, path in paths.items() if not path.startswith("/shop/")] == []


def test_prefix_a_page_that_comes_back_is_found_again(visitor: Visitor) -> None:
    page = visitor.get("/shop/cart/")
    route = re.search(r'data-nav-route="([^"]+)"', page)
    shown = re.search(r'data-nav-shown="([^"]+)"', page)
    assert route
    assert shown
    query = urlencode({"rid": "/shop/cart/", "rev": shown[1]})
    assert visitor.ask("GET", f"{route[1]}?{query}")[0] == 204
