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
        walker = Walker(driver, shop)
        walker.has_scripts = BROWSERS[request.param].get("javascript", True)
        yield walker


@pytest.fixture(scope="module")
def wares(shop: Shop) -> list[str]:
    """SKUs of the demo catalogue, each of another product, and so much of them that no test takes the last from another."""
    shop.script("from shop.stock.models import Stock; Stock.objects.filter(available__gte=12).update(available=1000)")
    rows = shop.rows(
        "SELECT MIN(v.sku) FROM catalog_variant v JOIN stock_stock s ON s.variant_id = v.id "
        "WHERE s.available >= 12 GROUP BY v.product_id ORDER BY v.product_id"
    )
    return [sku for (sku,) in rows]
