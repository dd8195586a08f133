"""Unpaid orders hold stock, so nobody may have many at once; who has too many is told what to do, and loses nothing."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from checkout.models import Order
from checkout.services import limits
from checkout.services import place_order as module
from checkout.services.giveup import cancel
from checkout.services.place_order import TooManyOpen, place_order
from shop.cart.models import Cart
from shop.stock.models import Hold, Stock
from tests.checkout.test_place_order import make_cart, seen_now
from tests.factories import make_shipping, make_variant
from tests.parallel import in_parallel
from tests.shopper import Shopper, form_with, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    make_shipping("standard", price="4.90")
    make_variant("BOOT-42", price="129.00", available=30)
    settings.OPEN_ORDERS_PER_VISITOR, settings.OPEN_ORDERS_PER_EMAIL, settings.OPEN_ORDERS_PER_ADDRESS = 3, 5, 10


def order(number: int, *, nav_id: str = "", email: str = "", address: str = "", user_id: int | None = None) -> Any:
    cart = make_cart(quantity=2)
    Cart.objects.filter(pk=cart.pk).update(nav_id=nav_id or f"n{number}", user_id=user_id)
    cart.draft.email = email or f"e{number}@example.org"
    cart.draft.save()
    return place_order(
        attempt=f"attempt-{number}", cart_id=cart.pk, seen=seen_now(cart), user_id=user_id, language="en",
        address=address or f"192.0.2.{number}",
    )  # fmt: skip


KINDS = {
    "own": ({"nav_id": "me"}, 3),
    "email": ({"email": "ada@example.org"}, 5),
    "address": ({"address": "198.51.100.7"}, 10),
}


@pytest.mark.parametrize("kind", KINDS)
def test_o8_each_limit_holds_for_itself_and_frees_what_is_given_up(kind: str) -> None:
    same, most = KINDS[kind]
    placed = [order(number, **same) for number in range(most)]
    with pytest.raises(TooManyOpen) as refused:
        order(50, **same)
    assert (refused.value.kind, refused.value.count) == (kind, most)
    assert [each.number for each in refused.value.orders] == ([p.order.number for p in placed] if kind == "own" else [])
    assert (Order.objects.count(), Stock.objects.get().available) == (most, 30 - 2 * most)
    assert Cart.objects.filter(status="open").count() == 1
    cancel(placed[0].pk, by="the shopper")
    assert order(51, **same).is_new
    assert order(52).is_new


@pytest.mark.parametrize(
    "emails",
    [["ADA@example.org", "ada@EXAMPLE.org"], ["ada+1@example.org", "ada+2@example.org", "ada@example.org"]],
)
def test_o8_one_mailbox_is_one_address(settings: Any, emails: list[str]) -> None:
    settings.OPEN_ORDERS_PER_EMAIL = len(emails) - 1
    for number, email in enumerate(emails[:-1]):
        order(number, email=email)
    with pytest.raises(TooManyOpen):
        order(50, email=emails[-1])
    assert order(51, email="adam@example.org").is_new


def test_o8_nobody_can_use_up_the_address_of_an_account(django_user_model: Any) -> None:
    for number in range(5):
        order(number, email="ada@example.org")
    user = django_user_model.objects.create_user("ada@example.org", "x")
    for number in range(50, 53):
        cart = Cart.objects.filter(user=user, status="open")
        assert not cart.exists()
        assert order(number, email="ada@example.org", user_id=user.pk).is_new
    with pytest.raises(TooManyOpen):
        order(53, email="ada@example.org", user_id=user.pk)


def test_o8_a_network_is_told_apart_and_not_kept() -> None:
    same = {limits.digest_of(f"2001:db8::{number}") for number in range(5)}
    assert len({*same, limits.digest_of("2001:db8:0:1::1"), limits.digest_of("192.0.2.1")}) == 3
    assert order(1, address="192.0.2.1").order.placed_from == limits.digest_of("192.0.2.1")


def test_o8_paid_orders_do_not_count() -> None:
    for number in range(3):
        order(number, nav_id="me")
    Order.objects.update(status="paid")
    assert order(50, nav_id="me").is_new


def test_o8_zero_is_no_limit(settings: Any) -> None:
    settings.OPEN_ORDERS_PER_VISITOR = settings.OPEN_ORDERS_PER_EMAIL = settings.OPEN_ORDERS_PER_ADDRESS = 0
    for number in range(12):
        order(number, nav_id="me", email="ada@example.org", address="192.0.2.1")


def test_o8_a_repeated_submit_of_the_last_order_is_led_to_it() -> None:
    last = [order(number, nav_id="me") for number in range(3)][-1]
    again = place_order(
        attempt="attempt-2", cart_id=Cart.objects.latest("pk").pk, seen="x", user_id=None, language="en"
    )
    assert (again.pk, again.is_new) == (last.pk, False)


@pytest.mark.parametrize(("available", "minutes"), [(30, 30), (7, 30), (6, 10), (2, 10)])
def test_o8_what_is_scarce_is_held_for_less_time(available: int, minutes: int) -> None:
    Stock.objects.update(available=available)
    order(1)
    left = Hold.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=minutes - 1) < left <= timedelta(minutes=minutes)


def test_o8_a_shorter_time_for_all_stays_the_shorter_one(settings: Any) -> None:
    settings.HOLD_TIME = timedelta(minutes=3)
    assert limits.hold_time([0]) == timedelta(minutes=3)
    assert limits.hold_time([]) == timedelta(minutes=3)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_o8_fifteen_at_once_are_as_many_as_allowed(kind: str) -> None:
    same, most = KINDS[kind]
    answers = in_parallel([lambda number=number: order(number, **same) for number in range(15)])
    assert sorted(type(answer).__name__ for answer in answers) == ["Placed"] * most + ["TooManyOpen"] * (15 - most)
    assert Stock.objects.get().available == 30 - 2 * most


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_o8_control_without_waiting_for_each_other_all_of_them_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count, then insert: all fifteen count before the first one commits, and every unit is held."""
    counted, refuse = threading.Barrier(15), module.refuse_too_many

    def count_together(placer: limits.Placer) -> None:
        refuse(placer)
        counted.wait(20)

    monkeypatch.setattr(module, "refuse_too_many", count_together)
    monkeypatch.setattr(limits, "_have_for_oneself", lambda keys: None)
    in_parallel([lambda number=number: order(number, nav_id="me") for number in range(15)])
    assert (Order.objects.count(), Stock.objects.get().available) == (15, 0)


class TestTold:
    def ordered(self, shopper: Shopper) -> Any:
        return shopper.send(shopper.go_to_review(), follow=False)

    def test_o8_at_the_review_with_the_way_to_the_open_orders(self) -> None:
        shopper = Shopper()
        for _ in range(3):
            assert "/demo-gateway/pay/" in self.ordered(shopper)["Location"]
        refused = self.ordered(shopper)
        assert (refused.status_code, refused["Location"]) == (303, "/checkout/review/")
        page = shopper.get("/checkout/review/")
        assert "You have 3 orders that are not paid yet. Please pay or cancel one of them first" in text_of(page)
        for token in Order.objects.values_list("token", flat=True):
            assert f'href="/pay/{token}/"' in text_of(page)
        cancel(Order.objects.first().pk, by="the shopper")
        assert "/demo-gateway/pay/" in shopper.send(form_with(page, "place-order"))["Location"]

    @pytest.mark.parametrize("kind", ["email", "address"])
    def test_o8_others_who_share_an_address_learn_no_order(self, settings: Any, kind: str) -> None:
        settings.OPEN_ORDERS_PER_EMAIL, settings.OPEN_ORDERS_PER_ADDRESS = (1, 0) if kind == "email" else (0, 1)
        self.ordered(Shopper())
        other = Shopper()
        self.ordered(other)
        page = text_of(other.get("/checkout/review/"))
        assert f"Too many orders {'with this e-mail address' if kind == 'email' else 'from your network'}" in page
        assert "30 minutes" in page
        assert Order.objects.get().token not in page
