"""O2: every unsafe request that navstate looks at, over real servers of both stacks: the same answer, and never a 500."""

from __future__ import annotations

import http.client
import itertools
import sys
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from tests.fixtures_shop import shop_server, shop_with_own_stores
from tests.servers import Shop

pytestmark = pytest.mark.browser

FIELDS = {
    "sku": "nothing",
    "quantity": "1",
    "login": "a@example.org",
    "password": "seven-larks",
    "city": "Ulm",
    "back": "/",
}
URLS = (
    *(
        "/cart/add/",
        "/cart/line/1/",
        "/login/",
        "/logout/",
        "/register/",
        "/password/reset/",
        "/profile/",
        "/dashboard/",
    ),
    *(
        "/checkout/",
        "/checkout/address/",
        "/checkout/review/",
        "/pay/nothing/",
        "/order/nothing/",
        "/api/session/renew",
    ),
    *("/pay/callback/demo/", "/pay/webhook/demo/", "/admin/login/", "/", "/zh-hans/cart/add/", "/nothing/"),
)
CHANNELS = {
    "document": {"Accept": "text/html"},
    "tab": {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    "htmx": {"HX-Request": "true"},
    "json": {"Accept": "application/json"},
}
ORIGINS = {
    "no word of its origin": {},
    "our own": {"Sec-Fetch-Site": "same-origin"},
    "our own by its origin": {"Origin": "{origin}"},
    "another": {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"},
    "none": {"Origin": "null"},
}


class Case(NamedTuple):
    url: str
    channel: str
    origin: str
    has_cookies: bool


CASES = [Case(*each, True) for each in itertools.product(URLS, CHANNELS, ORIGINS)]
CASES += [Case(url, "document", "no word of its origin", False) for url in URLS]


def daphne_command(port: int) -> list[str]:
    return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "config.asgi:application"]


@pytest.fixture(scope="module")
def shops() -> Iterator[dict[str, Shop]]:
    quick = {"LOGINS_PER_MINUTE": "100000", "REGISTRATIONS_PER_MINUTE": "100000", "AXES_FAILURE_LIMIT": "100000"}
    with (
        shop_server(services=True, **quick) as wsgi,
        shop_with_own_stores(daphne_command, **quick) as daphne,
        shop_server(services=False, **quick) as embedded,
    ):
        yield {"granian, WSGI": wsgi, "daphne": daphne.shop, "embedded": embedded}


def cookies_of(shop: Shop) -> str:
    """Those of a browser with something in its cart, a session and a token for its forms."""
    kept: dict[str, str] = {}
    place = urlsplit(shop.url).netloc
    ((sku,),) = shop.rows(
        "SELECT MIN(v.sku) FROM catalog_variant v JOIN stock_stock s ON s.variant_id = v.id WHERE s.available > 1"
    )
    for method, url in (("POST", "/cart/add/"), ("GET", "/checkout/address/")):
        connection = http.client.HTTPConnection(place, timeout=30)
        headers = {"Sec-Fetch-Site": "same-origin", "Cookie": "; ".join(f"{k}={v}" for k, v in kept.items())}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, url, urlencode({"sku": sku, "quantity": 1}) if method == "POST" else None, headers)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            kept[name] = value
        connection.close()
    assert {"sessionid", "cart", "csrftoken"} <= set(kept)
    return "; ".join(f"{name}={value}" for name, value in kept.items())


def status_of(shop: Shop, case: Case, cookies: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(shop.url).netloc, timeout=30)
    headers = {name: value.format(origin=shop.url) for name, value in ORIGINS[case.origin].items()}
    headers |= CHANNELS[case.channel] | {"Content-Type": "application/x-www-form-urlencoded"}
    if case.has_cookies:
        headers["Cookie"] = cookies
    connection.request("POST", case.url, urlencode(FIELDS), headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_o2_an_unsafe_request_is_answered_alike_on_every_server(shops: dict[str, Shop]) -> None:
    found: dict[str, dict[Case, int]] = {}
    for name, shop in shops.items():
        cookies = cookies_of(shop)
        found[name] = {case: status_of(shop, case, cookies) for case in CASES}
    failed = [(name, *case, status) for name, all_ in found.items() for case, status in all_.items() if status >= 500]
    assert not failed
    first, *others = found.values()
    assert [(case, first[case], other[case]) for other in others for case in CASES if other[case] != first[case]] == []
