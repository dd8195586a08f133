"""Handing an order over to the carrier."""

import pytest

from checkout.payments.base import GatewayState
from checkout.services.settling import settle
from checkout.services.ship import ship
from tests.checkout.factories import make_order, start_payment

pytestmark = pytest.mark.django_db


def test_once_and_only_what_is_paid(provider):
    unpaid, order = make_order(sku="PACK"), make_order()
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.CAPTURED)
    settle(payment.pk)
    assert ship(unpaid.pk, by="staff") is False
    assert [ship(order.pk, by="staff@waymark.test") for _ in range(2)] == [True, False]
    assert list(order.events.values_list("kind", "message"))[-1] == ("shipped", "staff@waymark.test")
