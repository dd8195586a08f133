"""Sentences that were true in most states and false in some (N8)."""

from __future__ import annotations

import pytest
from django.test import Client

from checkout.models import Order, OutboxMessage, Payment
from checkout.services.mail import compose
from checkout.views.pay import standing_of
from tests.checkout.factories import make_order
from tests.shopper import Shopper, text_of

pytestmark = pytest.mark.django_db
Kind, Status = OutboxMessage.Kind, Order.Status


def bodies(order: Order, kind: str) -> list[str]:
    mail = compose(OutboxMessage(order=order, kind=kind))
    return [str(mail.body), str(mail.alternatives[0].content)]


@pytest.mark.parametrize(("status", "is_kept"), [(Status.PAID, True), (Status.SHIPPED, True), (Status.REFUNDED, False)])
def test_n8_a_returned_payment_of_an_order_that_was_given_back(status: str, is_kept: bool) -> None:
    for body in bodies(make_order(status=status), Kind.RETURNED):
        assert ("stays paid" in body) is is_kept
        assert ("could not be kept for it" in body) is not is_kept


@pytest.mark.parametrize("status", [Status.PAID, Status.SHIPPED, Status.REFUNDED])
def test_n8_a_confirmation_that_comes_late_packs_nothing(status: str) -> None:
    for body in bodies(make_order(status=status), Kind.CONFIRMATION):
        assert ("we are packing your things" in body) is (status == Status.PAID)
        assert ("reached us; the receipt says how it stands now" in body) is (status != Status.PAID)


def test_n8_money_that_went_back_was_charged(client: Client) -> None:
    order = make_order()
    Payment.objects.create(order=order, gateway="fake", key="k", amount=order.total, state=Payment.State.REFUNDED)
    assert standing_of(order).kind == "returned"
    assert standing_of(order).can_pay


def test_n8_a_cart_says_nothing_of_a_tab_or_of_an_address(client: Client) -> None:
    make_order(sku="BOOT-42")
    shopper = Shopper()
    shopper.add()
    page = text_of(shopper.get("/cart/"))
    assert "Delivery is not included yet." in page
