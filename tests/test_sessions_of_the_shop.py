"""Scenarios of sessions that the shop itself has to hold: what is in them, crawlers, and purging beside checkouts."""

from __future__ import annotations

import io
import re
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from navstate.models import NavRecord
from shop.cart.models import Cart
from tests.factories import make_shipping, make_variant
from tests.shopper import Shopper

BUDGET_SECONDS = 1.0
"""p95 of a checkout's requests while expired sessions are purged: on a machine that runs other tests as well."""
EXPIRED, CHECKOUTS, SHOPPERS = 20_000, 6, 2


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
            call_command("clearnavstate", batch=500, stdout=io.StringIO())
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
def test_s48_purging_expired_sessions_leaves_checkouts_quick(wares, settings) -> None:
    settings.SESSION_ENGINE = "navstate.sessions.sql"
    settings.NAVSTATE_STORAGE = "navstate.storage.sql.SqlStorage"
    ended = timezone.now() - timedelta(hours=1)
    rows = [Session(session_key=f"{number:032}", session_data="", expire_date=ended) for number in range(EXPIRED)]
    Session.objects.bulk_create(rows, batch_size=5000)
    taken: list[float] = []
    failed: list[BaseException] = []

    def shop() -> None:
        try:
            for _ in range(CHECKOUTS):
                TimedShopper(taken).go_to_review()
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
    assert Session.objects.count() == SHOPPERS * CHECKOUTS
    assert statistics.quantiles(taken, n=20)[-1] < BUDGET_SECONDS
