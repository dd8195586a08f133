"""Send the money of an order back, when staff want it. Money that came without a use goes back by itself (``settling``)."""

from __future__ import annotations

from checkout.models import Order, Payment
from checkout.services.settling import Outcome, send_back

State = Payment.State


class NotRefundable(Exception):
    """The order has no payment that could go back."""


def refund(order_id: int) -> bool:
    """Send the whole payment of an order back. False when it had gone back before (a second press, a second colleague).

    Raises :class:`NotRefundable`, ``GatewayUnavailable`` and ``GatewayRefused``; after any of them it may be repeated.
    """
    returnable = Payment.objects.filter(order_id=order_id, state__in=[State.CAPTURED, State.MISMATCH, State.SURPLUS])
    payment = returnable.order_by("pk").first()
    if payment is None:
        if Order.objects.filter(pk=order_id, status=Order.Status.REFUNDED).exists():
            return False
        raise NotRefundable("Nothing was paid.")
    return send_back(payment) is Outcome.REFUNDED
