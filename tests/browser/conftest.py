"""The browsers that every journey is made in, and a walker at the shop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.walker import Walker
from tests.fixtures_browser import _serve, start_browser
from tests.servers import Shop

BROWSERS = {
    "bfcache": {},
    "no-bfcache": {"bfcache": False},
    "no-javascript": {"javascript": False},
}


@pytest.fixture(params=BROWSERS)
def walker(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Walker]:
    """A shopper in each kind of browser: bfcache on, bfcache off, no JavaScript."""
    for driver in _serve(request, start_browser(**BROWSERS[request.param])):
        yield Walker(driver, shop)


@pytest.fixture(scope="module")
def wares(shop: Shop) -> list[str]:
    """SKUs of the demo catalogue with plenty in stock, each of another product."""
    code = (
        "from shop.catalog.models import Variant\n"
        "seen = set()\n"
        "for v in Variant.objects.filter(is_active=True, stock__available__gte=12).order_by('pk'):\n"
        "    if v.product_id not in seen: seen.add(v.product_id); print(v.sku)"
    )
    return shop.script(code).splitlines()
