"""The page that tells how an order stands."""

from __future__ import annotations

from django.urls import reverse
from django.utils import translation

from checkout.models import Order

PAID = frozenset({Order.Status.PAID, Order.Status.SHIPPED, Order.Status.REFUNDED})


def is_paid(order: Order) -> bool:
    """Tell whether the order's money came in at some time, so that the receipt is the page to see."""
    return order.status in PAID


def page_of(order: Order) -> str:
    """Return the receipt of a paid order, in its language; else the page that waits for its payment."""
    return address_of(order.status, order.token, order.language)


def address_of(status: str, token: str, language: str) -> str:
    """Do what :func:`page_of` does where only that much of the order was read."""
    if status not in PAID:
        return reverse("pay", args=[token])
    with translation.override(language):
        return reverse("receipt", args=[token])
