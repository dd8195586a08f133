"""Refunds by staff: the money of an order goes back once, and what the provider says of it is written down."""

import pytest

from checkout.models import Payment
from checkout.payments.base import GatewayRefused, GatewayState, GatewayUnavailable
from checkout.services.refund import NotRefundable, refund
from checkout.services.settling import settle
from checkout.services.ship import ship
from tests.checkout.factories import kinds, make_order, read, start_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


def paid(provider):
    order = make_order()
    provider.set(start_payment(order).reference, GatewayState.CAPTURED)
    settle(order.payments.get().pk)
    return order


def test_refund_sends_the_money_back_once(provider):
    order = paid(provider)
    assert [refund(order.pk) for _ in range(2)] == [True, False]
    assert (read(order).status, [state for state, _ in provider.moved]) == ("refunded", ["refunded"])


def test_a_shipped_order_can_be_refunded(provider):
    order = paid(provider)
    ship(order.pk, by="staff")
    assert refund(order.pk)
    assert kinds(order) == ["paid", "shipped", "refunded"]


def test_an_unpaid_order_cannot_be_refunded():
    with pytest.raises(NotRefundable):
        refund(make_order().pk)


def test_a_refusal_or_silence_leaves_the_order_paid(provider):
    order = paid(provider)
    provider.down = {"refund"}
    with pytest.raises(GatewayUnavailable):
        refund(order.pk)
    provider.down, provider.refuses = set(), {"refund"}
    with pytest.raises(GatewayRefused):
        refund(order.pk)
    assert read(order).status == "paid"


def test_a_refund_seen_by_a_colleague_first_is_told(provider):
    order = paid(provider)
    provider.set(Payment.objects.get().reference, GatewayState.REFUNDED)
    assert refund(order.pk) is True
    assert provider.moved == []
