"""O3, O4: a real shop with its own PostgreSQL and Redis, whose stores go away for a while under its shoppers."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from navstate.testing.forms import form_in
from tests.fixtures_shop import OwnStores, shop_with_own_stores
from tests.servers import Shop, Store, wait_until
from tests.shopper import ADDRESS
from tests.test_both_stacks import daphne_command

pytestmark = pytest.mark.browser
AWAY = 6
"""Seconds; long enough for a shopper to ask for several pages, each of which may wait."""


class Answer(NamedTuple):
    status: int
    text: str
    headers: dict[str, str]
    seconds: float


@dataclass
class Guest:
    """A browser without scripts, that keeps count of what it was answered."""

    shop: Shop
    cookies: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def ask(self, method: str, url: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
        began = time.monotonic()
        connection = http.client.HTTPConnection(urlsplit(self.shop.url).netloc, timeout=30)
        sent = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html", **headers}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if fields is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, url, urlencode(fields) if fields is not None else None, sent)
        answer = connection.getresponse()
        text, lines = answer.read().decode(errors="replace"), answer.headers
        connection.close()
        for line in lines.get_all("Set-Cookie") or ():
            self.cookies |= {morsel.key: morsel.coded_value for morsel in SimpleCookie(line).values()}
        self.statuses[answer.status] += 1
        return Answer(
            answer.status, text, {name.lower(): value for name, value in lines.items()}, time.monotonic() - began
        )

    def get(self, url: str, **headers: str) -> Answer:
        return self.ask("GET", url, **headers)

    def fill(self, url: str, hook: str = "stage-submit", **changes: str) -> Answer:
        page = self.get(url)
        if page.status != 200:  # a page of an outage, or another stage
            return page
        form = form_in(page.text, hook)
        return self.ask("POST", form.action or url, {**form.fields, **changes})

    def add(self, sku: str) -> Answer:
        return self.ask("POST", "/cart/add/", {"sku": sku, "quantity": "1"})

    def go_to_review(self, sku: str) -> None:
        assert self.add(sku).status == 303
        assert self.fill("/checkout/address/", **ADDRESS).status == 303
        assert self.fill("/checkout/shipping/", shipping_method="standard").status == 303
        assert self.fill("/checkout/payment/", payment_method="demo").status == 303


@pytest.fixture(scope="module", params=["granian", "daphne"])
def own(request: pytest.FixtureRequest) -> Iterator[OwnStores]:
    command = daphne_command if request.param == "daphne" else None
    with shop_with_own_stores(command, STORE_TIMEOUT_SECONDS="2", LOG_LEVEL="INFO") as stores:
        yield stores
        lines = stores.shop.log.read_text(errors="replace").splitlines()
        print("\n".join(line for line in lines if " /" not in line or "navstate.outages" in line)[-20_000:])  # noqa: T201


@pytest.fixture
def sku(own: OwnStores) -> str:
    rows = own.shop.rows(
        "SELECT MIN(v.sku) FROM catalog_variant v JOIN stock_stock s ON s.variant_id = v.id WHERE s.available >= 12"
    )
    return str(rows[0][0])


def is_ready(shop: Shop) -> bool:
    return Guest(shop).get("/readyz").status == 200


def stopped(store: Store) -> None:
    store.stop()


def frozen(store: Store) -> None:
    store.freeze()


def back(store: Store) -> None:
    store.thaw() if store.process.poll() is None else store.start()


def is_calm(answer: Answer) -> bool:
    return answer.status == 503 and answer.headers["retry-after"] == "5" and answer.seconds < 4.5


@pytest.mark.parametrize("away", [stopped, frozen])
def test_o4_redis_is_away_and_comes_back(own: OwnStores, sku: str, away: Callable[[Store], None]) -> None:
    guest = Guest(own.shop)
    guest.go_to_review(sku)
    form = form_in(guest.get("/checkout/address/").text, "stage-submit")
    away(own.redis)
    try:
        silent = Guest(own.shop).get("/readyz")
        assert (silent.status, silent.text.strip()) == (503, "no answer: cache")
        assert silent.seconds < 1
        for url in ("/", "/category/boots/", "/search/?q=boot"):  # built from the database
            assert Guest(own.shop).get(url).status in (200, 301, 302, 404)
        page = guest.get("/checkout/review/")
        assert is_calm(page)
        assert "your cart and your orders are kept" in page.text
        assert is_calm(guest.get("/checkout/review/", Accept="application/json"))
        sent = guest.ask("POST", "/checkout/address/", {**form.fields, **ADDRESS})
        assert is_calm(sent)
        assert "cannot say whether" in sent.text
        assert is_calm(guest.ask("HEAD", "/api/session/valid"))
        assert Guest(own.shop).get("/healthz").seconds < 1
    finally:
        back(own.redis)
    wait_until(lambda: is_ready(own.shop), 20, "the shop to be ready")
    assert guest.get("/cart/").status == 200
    assert "1" in guest.get("/cart/badge/").text
    frontier = guest.get("/checkout/").headers["location"]  # from SQL where Redis came back empty
    assert frontier.startswith("/checkout/")
    assert guest.get(frontier).status == 200
    assert 500 not in guest.statuses


@pytest.mark.parametrize("away", [stopped, frozen])
def test_o3_postgresql_is_away_and_comes_back(own: OwnStores, sku: str, away: Callable[[Store], None]) -> None:
    guest = Guest(own.shop)
    guest.go_to_review(sku)
    kept = "/category/boots/" if guest.get("/category/boots/").status == 200 else "/"
    assert guest.get(kept).status == 200
    away(own.postgres)
    try:
        if away is stopped:
            silent = Guest(own.shop).get("/readyz")
            assert (silent.status, silent.text.strip()) == (503, "no answer: database")
            assert silent.seconds < 1
            old = guest.get(kept)
            assert (old.status, 'data-testid="stale"' in old.text) == (200, True)
            assert old.seconds < 4.5
            assert is_calm(guest.get("/checkout/review/"))
            assert is_calm(guest.get("/search/?q=boot"))
            assert is_calm(guest.ask("POST", "/cart/add/", {"sku": sku, "quantity": "1"}, **{"HX-Request": "true"}))
        else:
            silent = Guest(own.shop).get("/readyz")
            assert silent.status == 503
            assert silent.seconds < 1
    finally:
        back(own.postgres)
    wait_until(lambda: is_ready(own.shop), 20, "the shop to be ready")
    began = time.monotonic()
    wait_until(lambda: guest.get("/checkout/review/").status == 200, 10, "the page of before")
    assert time.monotonic() - began < 5
    assert 500 not in guest.statuses


def test_o3_a_restart_of_postgresql_costs_no_page(own: OwnStores) -> None:
    guest = Guest(own.shop)
    for url in ("/", "/cart/", "/search/?q=boot"):
        guest.get(url)
    own.postgres.stop()
    own.postgres.start()
    guest.statuses.clear()
    for _ in range(8):  # as many as a pool has connections that are dead now
        for url in ("/", "/cart/", "/search/?q=boot"):
            guest.get(url)
    assert set(guest.statuses) == {200}


@dataclass
class Shopping(threading.Thread):
    """Somebody who buys, tries again what was answered with 503, and remembers what the shop acknowledged."""

    guest: Guest
    sku: str
    until: threading.Event
    bought: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        while not self.until.is_set():
            try:
                self.buy()
            except Exception as problem:
                self.trouble.append(repr(problem))

    def buy(self) -> None:
        self.guest.cookies.clear()
        steps = (
            lambda: self.guest.add(self.sku),
            lambda: self.guest.fill("/checkout/address/", **ADDRESS),
            lambda: self.guest.fill("/checkout/shipping/", shipping_method="standard"),
            lambda: self.guest.fill("/checkout/payment/", payment_method="demo"),
            lambda: self.guest.fill("/checkout/review/", "place-order"),
        )
        for step in steps:
            answer = step()
            if answer.status != 303:  # a page of an outage, or another stage: it begins anew
                return
        self.bought.append(answer.headers["location"])


@pytest.mark.parametrize("which", ["redis", "postgres"])
def test_o4_shoppers_while_a_store_is_away_meet_no_500_and_lose_no_order(own: OwnStores, sku: str, which: str) -> None:
    shop, until = own.shop, threading.Event()
    before = int(shop.rows("SELECT COUNT(*) FROM checkout_order")[0][0])
    shop.script("from shop.stock.models import Stock; Stock.objects.update(available=10000)")
    shoppers = [Shopping(Guest(shop), sku, until) for _ in range(3)]
    for shopper in shoppers:
        shopper.start()
    wait_until(lambda: any(shopper.bought for shopper in shoppers), 60, "an order before")
    store: Store = getattr(own, which)
    store.stop()
    until.wait(AWAY)
    so_far = [len(shopper.bought) for shopper in shoppers]
    store.start()
    wait_until(
        lambda: any(len(each.bought) > was for each, was in zip(shoppers, so_far, strict=True)), 60, "an order after"
    )
    until.set()
    for shopper in shoppers:
        shopper.join(60)
    answered = sum((shopper.guest.statuses for shopper in shoppers), Counter())
    assert answered[500] == 0
    assert answered[503] > 0
    assert not [each for shopper in shoppers for each in shopper.trouble]
    bought = [each for shopper in shoppers for each in shopper.bought]
    stored = int(shop.rows("SELECT COUNT(*) FROM checkout_order")[0][0]) - before
    assert len(set(bought)) == len(bought) <= stored <= len(bought) + answered[503]
