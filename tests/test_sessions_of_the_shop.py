"""Scenarios of sessions that the shop itself has to hold: what is in them, crawlers, and purging beside checkouts."""

from __future__ import annotations

import io
import re
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from redis import Redis

from checkout.models import Order
from navstate.models import NavRecord
from navstate.storage.lua import key_prefix, redis_client
from navstate.testing.forms import Form
from shop.cart.models import Cart
from tests.checkout.factories import make_order
from tests.factories import make_shipping, make_variant
from tests.servers import redis_server
from tests.shopper import Shopper, form_with
from tests.visits import NAVIGATION, seconds_left, set_left

BUDGET_SECONDS = 1.0
"""p95 of a checkout's requests while expired sessions are purged: on a machine that runs other tests as well."""
EXPIRED, CHECKOUTS, SHOPPERS = 1_000_000, 6, 2
A_MILLION = """
INSERT INTO django_session (session_key, session_data, expire_date)
SELECT lpad(number::text, 32, '0'), 'e30:expired', now() - interval '1 hour' FROM generate_series(1, %s) AS number
"""


@pytest.fixture
def wares() -> None:
    make_variant("BOOT-42", price="129.00", values=["42"])
    make_shipping("standard", price="4.90")
    make_shipping("express", price="12.00")


# --- S36 ------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_s36_the_cart_is_never_in_the_session(wares) -> None:
    shopper = Shopper()
    shopper.go_to_review()
    session = dict(shopper.client.session.items())
    assert {key for key in session if not key.startswith("_nav_")} == set()
    assert "BOOT" not in str(session)
    assert "Ada" not in str(session)


# --- S41 ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def own_redis(settings) -> Iterator[Redis]:
    """A Redis of this test alone, with the shop's sessions and navigation state in it."""
    with redis_server() as url:
        settings.CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"{url}/0"}}
        settings.SESSION_ENGINE = "navstate.sessions.redis"
        settings.NAVSTATE_STORAGE = "navstate.storage.redis.RedisStorage"
        yield redis_client()


def flush(redis: Redis) -> None:
    redis.flushall()


def evict(redis: Redis) -> None:
    """What ``allkeys-lru`` does to a Redis that is full, to half of the keys: first the sessions, then their state."""
    for key in sorted(redis.scan_iter("*"), reverse=True)[::2]:
        redis.delete(key)


def refuse_writes(redis: Redis) -> None:
    """As a replica does, or one that has lost its own."""
    redis.config_set("min-replicas-to-write", 1)


def press_on(shopper: Shopper) -> Form:
    """Through the stages, whose forms are filled in with what the database kept; the form of the review."""
    for stage in ("address", "shipping", "payment"):
        changes = {"shipping_method": "standard"} if stage == "shipping" else {}
        shopper.send(shopper.open(f"/checkout/{stage}/"), changes)
    return shopper.open("/checkout/review/", "place-order")


@pytest.mark.services
@pytest.mark.django_db
@pytest.mark.parametrize("fault", [flush, evict, refuse_writes])
def test_s41_cart_address_and_pending_payment_outlive_redis(wares, own_redis, fault) -> None:
    shopper = Shopper()
    shopper.client.raise_request_exception = False
    shopper.go_to_review()
    fault(own_redis)
    assert "129.00" in shopper.get("/cart/").content.decode()
    assert shopper.open("/checkout/address/").fields["line1"] == "Waldweg 3"
    own_redis.config_set("min-replicas-to-write", 0)
    review = press_on(shopper)
    fault(own_redis)
    shopper.send(review)
    own_redis.config_set("min-replicas-to-write", 0)
    if not Order.objects.exists():  # what was agreed to was forgotten: it is asked once more
        shopper.send(press_on(shopper))
    order = Order.objects.get()
    assert order.line1 == "Waldweg 3"
    assert order.is_awaiting_payment
    answer = shopper.get("/cart/", follow=True)
    assert "129.00" not in answer.content.decode() or order.number in answer.content.decode()
    assert form_with(shopper.get(f"/pay/{order.token}/"), "resume-payment")


# --- S42 ------------------------------------------------------------------------------------------------------------
BY_ITSELF = {
    "badge": ("/cart/badge/", {"HX-Request": "true"}),
    "waiting page": ("/pay/{order}/?shown=waiting", {"HX-Request": "true"}),
    "check of a page": ("/api/route?rid=cart&rev=1", {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}),
    "question whether it lives": ("/api/session/valid", {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}),
    "refresh in place": ("/cart/", {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"}),
    "prefetch": ("/checkout/address/", {**NAVIGATION, "Sec-Purpose": "prefetch;prerender"}),
}


@pytest.mark.django_db
def test_s42_with_nothing_but_what_pages_ask_by_themselves_the_session_ends(wares) -> None:
    """All that an open page of the shop fetches without its shopper. In the end the shopper's own click shows the end."""
    shopper = Shopper()
    shopper.go_to_review()
    order = make_order(sku="PACK").token
    set_left(shopper.client, 3)
    ends = time.monotonic() + 3
    while time.monotonic() < ends + 0.5:
        for url, headers in BY_ITSELF.values():
            shopper.get(url.format(order=order), headers=headers)
        assert seconds_left(shopper.client) <= max(0.0, ends - time.monotonic()) + 0.2
    assert seconds_left(shopper.client) <= 0
    assert shopper.get("/api/session/valid").status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/cart/", "/checkout/address/"])
def test_s42_control_the_shopper_s_own_click_renews(wares, url: str) -> None:
    shopper = Shopper()
    shopper.go_to_review()
    set_left(shopper.client, 60)
    shopper.get(url, headers=NAVIGATION)
    assert seconds_left(shopper.client) > 24 * 3600


# --- S48: crawlers --------------------------------------------------------------------------------------------------
def links_of(page: bytes) -> set[str]:
    return {link.partition("#")[0] for link in re.findall(r'href="(/[^"?#][^"?]*)"', page.decode())}


@pytest.mark.django_db
def test_s48_anonymous_crawling_writes_no_row_and_sets_no_cookie(wares) -> None:
    crawler, waiting, seen = Client(), ["/"], set()
    while waiting:
        url = waiting.pop()
        if url in seen or url.startswith(("/static/", "/media/", "/admin/")):
            continue
        seen.add(url)
        answer = crawler.get(url)
        assert django_settings.SESSION_COOKIE_NAME not in answer.cookies, url
        assert answer.status_code < 400 or url.endswith(".xml"), url
        if answer.status_code == 200 and "html" in answer.headers["Content-Type"]:
            waiting += links_of(answer.content)
    assert len(seen) >= 5, seen
    assert not Session.objects.exists()
    assert not NavRecord.objects.exists()
    assert not Cart.objects.exists()
    assert not kept_in_redis()


def kept_in_redis() -> list[bytes]:
    """Keys of sessions and of navigation state, where this run has a Redis."""
    if not django_settings.REDIS_URL:
        return []
    return [key for key in redis_client().scan_iter(f"{key_prefix()}*") if b"session" in key or b"nav" in key]


# --- S48: purging ---------------------------------------------------------------------------------------------------
class TimedShopper(Shopper):
    """Notes how long each of its requests took, in seconds."""

    def __init__(self, taken: list[float]) -> None:
        super().__init__()
        self.client = TimedClient(taken, headers={"Sec-Fetch-Site": "same-origin"})


class TimedClient(Client):
    def __init__(self, taken: list[float], **options) -> None:
        super().__init__(enforce_csrf_checks=True, **options)
        self.taken = taken

    def request(self, **request):
        began = time.perf_counter()
        answer = super().request(**request)
        self.taken.append(time.perf_counter() - began)
        return answer


@contextmanager
def purging() -> Iterator[threading.Event]:
    """``clearnavstate`` in a thread of its own; the event is set when it is done."""
    done = threading.Event()

    def purge() -> None:
        try:
            call_command("clearnavstate", batch=2000, stdout=io.StringIO())
            done.set()
        finally:
            connections.close_all()

    thread = threading.Thread(target=purge)
    thread.start()
    try:
        yield done
    finally:
        thread.join(120)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_s48_purging_a_million_expired_sessions_leaves_checkouts_quick(wares, settings) -> None:
    """The checkouts go on as long as the purge does, so that all of them are made beside it."""
    settings.SESSION_ENGINE = "navstate.sessions.sql"
    settings.NAVSTATE_STORAGE = "navstate.storage.sql.SqlStorage"
    with connection.cursor() as cursor:
        cursor.execute(A_MILLION, [EXPIRED])
    taken: list[float] = []
    failed: list[BaseException] = []
    beside: list[bool] = []

    def shop() -> None:
        try:
            for _ in range(CHECKOUTS):
                TimedShopper(taken).go_to_review()
                beside.append(not done.is_set())
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=shop) for _ in range(SHOPPERS)]
    with purging() as done:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert not failed
    assert done.is_set()
    assert all(beside), "the purge was over before the checkouts were"
    assert Session.objects.count() == SHOPPERS * CHECKOUTS
    assert statistics.quantiles(taken, n=20)[-1] < BUDGET_SECONDS
