"""The browsers that every journey is made in, and walkers at the shop."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from selenium import webdriver

from tests import environment
from tests.browser.historian import NOTES, Historian
from tests.browser.walker import Walker
from tests.browser.watched import WATCH, WITHOUT_NAVIGATION, Watched
from tests.fixtures_browser import ENGINES, lend_browser
from tests.fixtures_shop import shop_server
from tests.gate import Gate, open_gate
from tests.servers import Shop

BROWSERS = ["bfcache", "no-bfcache", "no-javascript"]
"""Chromium's kinds, for what is not asked of the other engines."""

KEEPS_PRIVATE = {"bfcache", "webkit"}
"""Where a page that may not be stored comes back without a request."""
SCRIPTED = [kind for kind in ENGINES if kind != "no-javascript"]
if environment.STORES == "services":  # how a page comes back does not hang on what the server keeps its data in
    SCRIPTED = ["bfcache"]
S19 = pytest.param("no-navigation-api", id="s19-no-navigation-api")
"""Chromium that lost ``window.navigation`` before any script ran."""
WITHOUT_API = [S19, *(kind for kind in ("webkit", "firefox") if kind in ENGINES)]
"""And the engines that lack it or do not have it in all versions in use."""


def in_these(fixture: str, *kinds: str) -> pytest.MarkDecorator:
    """A test for these kinds of browser, of those that ``fixture`` would lend."""
    return pytest.mark.parametrize(fixture, [kind for kind in kinds if kind in ENGINES], indirect=True)


IN_CHROMIUM = in_these("watched", "bfcache")
"""For what no engine has a part in: what the server says, and scripts that read, write and ask. Whatever hangs on how
pages leave and come back, on what fields keep and on what becomes of requests is asked of every engine.
"""


@pytest.fixture(params=ENGINES if environment.STORES == "plain" else ["bfcache"])
def walker(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Walker]:
    """A shopper in each kind of browser: Chromium with bfcache, without, without JavaScript; WebKitGTK; Firefox."""
    yield from walk(request, shop, request.param)


def walk(request: pytest.FixtureRequest, shop: Shop, kind: str) -> Iterator[Walker]:
    for driver in lend_browser(request, kind):
        walker = Walker(driver, shop)
        walker.has_scripts = kind != "no-javascript"
        yield walker


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    with open_gate() as gate:
        yield gate


@pytest.fixture(scope="module")
def gated_shop(gate: Gate) -> Iterator[Shop]:
    """The shop of one test file, to be reached through the gate alone."""
    with shop_server(services=environment.STORES == "services", SHOP_URL=gate.url) as shop:
        gate.upstream = urlsplit(shop.url).port
        shop.url = gate.url
        yield shop


def _served(request: pytest.FixtureRequest, gate: Gate, kind: str, first: str) -> Iterator[webdriver.Remote]:
    """A browser of this kind, whose pages run ``first`` before all else."""
    has_no_api = kind == "no-navigation-api"
    gate.reset()
    gate.first = (WITHOUT_NAVIGATION if has_no_api else "") + first
    yield from lend_browser(request, "bfcache" if has_no_api else kind)


def _watch(request: pytest.FixtureRequest, gate: Gate, shop: Shop, kind: str) -> Iterator[Watched]:
    for driver in _served(request, gate, kind, WATCH):
        walker = Watched(driver, shop, gate)
        walker.has_memory = kind != "no-bfcache"
        walker.keeps_private = kind in {*KEEPS_PRIVATE, "no-navigation-api"}
        yield walker
        gate.open()
        assert walker.error is None


@pytest.fixture(params=SCRIPTED)
def watched(request: pytest.FixtureRequest, gate: Gate, gated_shop: Shop) -> Iterator[Watched]:
    """In every browser that runs scripts."""
    yield from _watch(request, gate, gated_shop, request.param)


@pytest.fixture(params=[kind for kind in SCRIPTED if kind in KEEPS_PRIVATE])
def watched_memory(request: pytest.FixtureRequest, gate: Gate, gated_shop: Shop) -> Iterator[Watched]:
    """Where pages come back without a request: elsewhere none of ours would be there to ask."""
    yield from _watch(request, gate, gated_shop, request.param)


@pytest.fixture(params=[kind for kind in ("no-bfcache", "firefox") if kind in ENGINES])
def watched_network(request: pytest.FixtureRequest, gate: Gate, gated_shop: Shop) -> Iterator[Watched]:
    """Where Back to a page that may not be stored fetches it."""
    yield from _watch(request, gate, gated_shop, request.param)


@pytest.fixture(params=WITHOUT_API)
def watched_without_api(request: pytest.FixtureRequest, gate: Gate, gated_shop: Shop) -> Iterator[Watched]:
    """Without the Navigation API: Chromium that lost it before any script ran, and the other engines (S19)."""
    yield from _watch(request, gate, gated_shop, request.param)


def _look_back(request: pytest.FixtureRequest, gate: Gate, shop: Shop, kind: str) -> Iterator[Historian]:
    for driver in _served(request, gate, kind, NOTES):
        historian = Historian(driver, shop, gate)
        yield historian
        gate.open()
        assert historian.errors == []


@pytest.fixture(params=[*SCRIPTED, S19])
def historian(request: pytest.FixtureRequest, gate: Gate, gated_shop: Shop) -> Iterator[Historian]:
    """Looks at what history gives back: in every browser that runs scripts, and in Chromium without the API (S19)."""
    yield from _look_back(request, gate, gated_shop, request.param)


@pytest.fixture(params=["bfcache", "no-bfcache"])
def historian_chromium(request: pytest.FixtureRequest, gate: Gate, gated_shop: Shop) -> Iterator[Historian]:
    """The same for what the engines do not differ in."""
    yield from _look_back(request, gate, gated_shop, request.param)


@pytest.fixture
def historian_memory(request: pytest.FixtureRequest, gate: Gate, gated_shop: Shop) -> Iterator[Historian]:
    """Where a public page comes back without a request, and asks by itself."""
    yield from _look_back(request, gate, gated_shop, "bfcache")


@pytest.fixture(scope="module")
def wares(shop: Shop) -> list[str]:
    """SKUs of the demo catalogue, each of another product, and so much of them that no test takes the last from another."""
    shop.script(
        "from shop.catalog.services import bump_catalog_version; from shop.stock.models import Stock; "
        "Stock.objects.filter(available__gte=12).update(available=1000); bump_catalog_version()"
    )
    rows = shop.rows(
        "SELECT MIN(v.sku) FROM catalog_variant v JOIN stock_stock s ON s.variant_id = v.id "
        "WHERE s.available >= 12 GROUP BY v.product_id ORDER BY v.product_id"
    )
    return [sku for (sku,) in rows]
