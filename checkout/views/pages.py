"""Finding an order by its token, and the page that tells how it stands."""

from __future__ import annotations

from django.http import Http404
from django.urls import reverse
from django.utils import translation

from checkout.models import Order

LONGEST_TOKEN = 64
PAID = frozenset({Order.Status.PAID, Order.Status.SHIPPED, Order.Status.REFUNDED})


def order_or_404(token: str) -> Order:
    """The order that an address names. What no token can be is not looked for: databases refuse NUL in text."""
    order = Order.objects.filter(token=token).first() if is_tokenlike(token) else None
    if order is None:
        raise Http404("no such order")
    return order


def is_tokenlike(token: str) -> bool:
    return len(token) <= LONGEST_TOKEN and "\x00" not in token


def is_paid(order: Order) -> bool:
    """Whether its money came in at some time, so that the receipt is the page to see."""
    return order.status in PAID


def page_of(order: Order) -> str:
    """The receipt of a paid order, in its language; else the page that waits for its payment."""
    if not is_paid(order):
        return reverse("pay", args=[order.token])
    with translation.override(order.language):
        return reverse("receipt", args=[order.token])
