"""O3: a database that takes no more writes (SQLite: a full disk; PostgreSQL: it only reads) is 503, nothing half-done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from shop.cart.models import CartLine
from tests.factories import make_variant

pytestmark = pytest.mark.django_db(transaction=True)
HOW = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def full(media) -> Iterator[None]:
    """From now on nothing that needs room is written."""
    make_variant("BOOT-42")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]:d}")
        else:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA max_page_count = 1073741823")
        else:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")


def add(**headers: str):
    client = Client(raise_request_exception=False)
    return client.post("/cart/add/", {"sku": "BOOT-42", "quantity": 1}, headers={**HOW, **headers})


def test_o3_what_cannot_be_written_is_503_and_what_was_acknowledged_is_there(full: None) -> None:
    answered: Counter[int] = Counter()
    while not answered[503] and answered.total() < 200:  # SQLite has some room left in the pages that it has
        answered[add().status_code] += 1
    assert set(answered) <= {303, 503}
    assert answered[503] > 0
    assert CartLine.objects.count() >= answered[303]
    last = add()
    assert (last.status_code, last["Retry-After"]) == (503, "5")
    assert "cannot say whether" in last.content.decode()
    assert add(Accept="application/json").json()["status"] == 503
    assert Client().get("/product/boot-42/").status_code in (200, 404)  # reading goes on
    assert Client().get("/").status_code == 200
