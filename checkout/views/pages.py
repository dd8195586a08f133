"""The page that tells how an order stands."""

from __future__ import annotations

from django.urls import reverse
from django.utils import translation

from checkout.models import Order

PAID = frozenset({Order.Status.PAID, Order.Status.SHIPPED, Order.Status.REFUNDED})


def is_paid(order: Order) -> bool:
    """Whether its money came in at some time, so that the receipt is the page to see."""
    return order.status in PAID


def page_of(order: Order) -> str:
    """The receipt of a paid order, in its language; else the page that waits for its payment."""
    if not is_paid(order):
        return reverse("pay", args=[order.token])
    with translation.override(order.language):
        return reverse("receipt", args=[order.token])
