"""The last unit, wanted by twenty at once, on real connections to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection, transaction

from shop.catalog.models import CatalogVersion, Category
from shop.catalog.services import bump_catalog_version, catalog_version, category_tree_lock
from shop.stock import services
from shop.stock.models import Hold, Stock
from tests.factories import make_category, make_variant

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

BUYERS = 20
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def at_once(act: Callable[[int], object], times: int = BUYERS) -> list[object]:
    """Run ``act(number)`` in that many threads, all of which start at the same moment, each on its own connection."""
    start = Barrier(times)

    def run(number: int) -> object:
        try:
            with connection.cursor() as cursor:  # connected before the start
                cursor.execute("SELECT 1")
            start.wait(timeout=30)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_the_last_unit_is_sold_once() -> None:
    boot = make_variant("BOOT", available=1)
    assert at_once(lambda _: services.take(boot.pk, 1)).count(True) == 1
    assert Stock.objects.get().available == 0


def test_control_read_then_write_sells_it_often() -> None:
    """Without the conditional UPDATE the same twenty oversell: this is the race that the test above is about."""
    boot = make_variant("BOOT", available=1)
    meet = Barrier(BUYERS)

    def careless(_: int) -> bool:
        with transaction.atomic():
            stock = Stock.objects.get(pk=boot.pk)
            meet.wait(timeout=30)
            if stock.available < 1:
                return False
            stock.available -= 1
            stock.save()
            return True

    assert at_once(careless).count(True) > 1


def test_five_units_go_to_five_orders() -> None:
    boot, sock = make_variant("BOOT", available=5), make_variant("SOCK", title="Sock", available=5)

    def order(number: int) -> bool:
        try:
            with transaction.atomic():
                services.hold(f"order{number}", [(boot.pk, 1), (sock.pk, 1)], LATER)
        except services.OutOfStock:
            return False
        return True

    assert at_once(order).count(True) == 5
    assert set(Stock.objects.values_list("available", flat=True)) == {0}
    assert Hold.objects.count() == 10


def test_paid_and_given_up_at_once_is_one_of_both() -> None:
    boot = make_variant("BOOT", available=5)
    services.hold("order", [(boot.pk, 2)], LATER)
    done = at_once(lambda number: (services.commit_hold if number % 2 else services.release)("order"))
    assert sorted(done)[-1] == 1
    assert sum(done) == 1
    was_taken = Hold.objects.get().state == Hold.State.TAKEN
    assert Stock.objects.get().available == (3 if was_taken else 5)


def test_released_once_and_retaken_once() -> None:
    boot = make_variant("BOOT", available=5)
    services.hold("order", [(boot.pk, 5)], LATER)
    assert sum(at_once(lambda _: services.release("order"))) == 1
    assert Stock.objects.get().available == 5
    assert all(at_once(lambda _: services.reacquire_hold("order")))
    assert Stock.objects.get().available == 0
    assert Hold.objects.get().state == Hold.State.TAKEN


def test_backorders_give_back_what_they_took() -> None:
    tent = make_variant("TENT", title="Tent", available=7)
    Stock.objects.update(sells_without=True)
    at_once(lambda number: services.hold(f"order{number}", [(tent.pk, 2)], LATER))
    assert Stock.objects.get().available == 0
    at_once(lambda number: services.release(f"order{number}"))
    assert Stock.objects.get().available == 7


def test_every_bump_counts_also_the_first() -> None:
    CatalogVersion.objects.all().delete()
    at_once(lambda _: bump_catalog_version())
    first = catalog_version()
    at_once(lambda _: bump_catalog_version())
    assert CatalogVersion.objects.count() == 1
    assert catalog_version() >= first + BUYERS


def test_categories_added_at_once_do_not_share_a_path() -> None:
    root = make_category("Root")

    def add(number: int) -> None:
        with category_tree_lock():
            Category.objects.add_child(Category.objects.get(pk=root.pk), {"name": f"C{number}", "slug": f"c{number}"})

    at_once(add)
    assert Category.objects.get(pk=root.pk).numchild == BUYERS
    assert Category.objects.find_problems() == ([], [], [], [], [])
