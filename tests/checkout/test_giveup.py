"""Giving an order up: its payment is voided, its stock goes back once, its cart opens again."""

import pytest

from checkout.models import Payment
from checkout.payments.base import GatewayState, GatewayUnavailable
from checkout.services.giveup import CancelOutcome, cancel, expire
from shop.cart.models import Cart
from shop.stock.models import Hold, Stock
from tests.checkout.factories import kinds, make_order, read, start_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


def available(sku="BOOT-42"):
    return Stock.objects.get(variant__sku=sku).available


def hold_state():
    return Hold.objects.get().state


def test_cancel_voids_releases_and_opens_the_cart_again_once(provider):
    order = make_order(with_cart=True)
    payment = start_payment(order)
    assert [cancel(order.pk, by="the shopper") for _ in range(2)] == [CancelOutcome.DONE, CancelOutcome.ALREADY]
    assert (read(order).status, available(), hold_state()) == ("cancelled", 10, "released")
    assert provider.payments[payment.reference].state is GatewayState.VOIDED
    assert (Cart.objects.get().status, Cart.objects.get().lines.count()) == ("open", 1)
    assert kinds(order) == ["payment_voided", "cancelled"]


def test_an_account_with_another_open_cart_keeps_that_one(provider, django_user_model):
    user = django_user_model.objects.create_user("ada@example.org", "x")
    order = make_order(with_cart=True, user=user)
    Cart.objects.update(user=user)
    Cart.objects.create(user=user)
    assert cancel(order.pk, by="the shopper") is CancelOutcome.DONE
    assert sorted(Cart.objects.values_list("status", flat=True)) == ["open", "ordered"]


def test_an_unreachable_provider_leaves_everything(provider):
    order = make_order()
    start_payment(order)
    provider.down = {"void"}
    with pytest.raises(GatewayUnavailable):
        cancel(order.pk, by="the shopper")
    assert (read(order).status, hold_state()) == ("awaiting_payment", "held")


def test_too_late_when_the_money_is_there(provider):
    order = make_order()
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.CAPTURED)
    assert cancel(order.pk, by="the shopper") is CancelOutcome.PAID
    assert (read(order).status, hold_state()) == ("paid", "taken")


def test_a_payment_that_cannot_be_voided_keeps_the_order(provider, monkeypatch):
    order = make_order()
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.PROCESSING)
    monkeypatch.setattr(provider, "move", lambda reference, *_: provider.payments[reference])
    assert cancel(order.pk, by="the shopper") is CancelOutcome.PENDING
    assert read(order).status == "awaiting_payment"


def test_a_payment_nobody_was_shown_is_closed_here_alone(provider):
    order = make_order()
    provider.down = {"start", "void"}
    with pytest.raises(GatewayUnavailable):
        start_payment(order)
    assert expire(order.pk) is CancelOutcome.DONE
    assert Payment.objects.get().state == "voided"


def test_losing_the_race_for_the_status_is_already(provider, monkeypatch):
    order = make_order()
    monkeypatch.setattr("checkout.services.giveup.move_order", lambda *_, **__: False)
    assert cancel(order.pk, by="x") is CancelOutcome.ALREADY
    assert hold_state() == "held"
