"""Carts left behind: which go, which stay, and what happens beside live traffic."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from shop.accounts.models import User
from shop.cart import retention
from shop.cart.models import Cart

pytestmark = pytest.mark.django_db

NOW = timezone.now()
BEFORE = NOW - datetime.timedelta(days=60)
NOTHING = Q(pk__in=[])


def cart(days: int, **fields: object) -> Cart:
    made = Cart.objects.create(**fields)
    Cart.objects.filter(pk=made.pk).update(updated_at=NOW - datetime.timedelta(days=days))
    return made


def test_what_goes_and_what_stays() -> None:
    gone = [cart(61), cart(61, status=Cart.Status.MERGED), cart(61, status=Cart.Status.ORDERED)]
    account = User.objects.create_user("walker@example.org")
    stay = [cart(59), cart(900, user=account), cart(59, status=Cart.Status.ORDERED)]
    assert list(retention.prune_carts(BEFORE, keep=NOTHING)) == [3]
    assert set(Cart.objects.all()) == set(stay)
    assert not Cart.objects.filter(pk__in=[one.pk for one in gone]).exists()


def test_what_another_room_needs_stays() -> None:
    needed, other = cart(61), cart(61)
    assert list(retention.prune_carts(BEFORE, keep=Q(pk=needed.pk))) == [1]
    assert list(Cart.objects.all()) == [needed]
    assert other.pk != needed.pk


def test_in_batches() -> None:
    for _ in range(5):
        cart(61)
    assert list(retention.prune_carts(BEFORE, keep=NOTHING, size=2)) == [2, 2, 1]


def test_a_shopper_who_comes_back_keeps_the_cart() -> None:
    """Touched after it was found and before it was deleted."""
    back, other = cart(61), cart(61)
    Cart.objects.filter(pk=back.pk).update(updated_at=NOW)
    assert retention._delete([back.pk, other.pk], BEFORE, NOTHING) == 1
    assert list(Cart.objects.all()) == [back]


def prune_beside(change: Callable[[Cart], object], prune: Callable[[], object]) -> bool:
    """Prune while another process has changed an old cart and not committed yet; whether the cart is still there."""
    back = cart(61)
    changed, pruning = threading.Event(), threading.Event()

    def shopper() -> None:
        try:
            with transaction.atomic():
                change(back)
                changed.set()
                pruning.wait(0.5)  # long enough for a deletion to come and wait for this row
        finally:
            connection.close()

    thread = threading.Thread(target=shopper)
    thread.start()
    changed.wait(10)
    prune()
    pruning.set()
    thread.join(10)
    return Cart.objects.filter(pk=back.pk).exists()


def touch(back: Cart) -> None:
    Cart.objects.filter(pk=back.pk).update(updated_at=NOW)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_cart_that_is_being_changed_stays() -> None:
    assert prune_beside(touch, lambda: list(retention.prune_carts(BEFORE, keep=NOTHING)))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_control_found_first_and_deleted_then_loses_it() -> None:
    """What the lock is for: a deletion by what was found a moment ago takes the cart from under the shopper."""

    def careless() -> None:
        found = list(retention.left_behind(BEFORE, NOTHING).values_list("pk", flat=True))
        Cart.objects.filter(pk__in=found).delete()

    assert not prune_beside(touch, careless)
