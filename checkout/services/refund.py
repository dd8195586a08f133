"""Money back: by staff, or by itself where it came without a use. The provider is called outside any transaction."""

from __future__ import annotations

import logging

from checkout.models import Order, Payment
from checkout.payments import registry
from checkout.payments.base import GatewayError, GatewayStatus
from checkout.services.known import AnyPayment
from checkout.services.ledger import Outcome, apply_to

logger = logging.getLogger(__name__)

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


def send_back(payment: AnyPayment) -> Outcome:
    """Have one captured payment refunded, and write down what became of it. One key: repeated calls have one effect."""
    gateway = registry.gateway(payment.gateway)
    amount = gateway.status(payment.reference).amount  # what was captured, which need not be what we asked for
    return apply_to(payment, gateway.refund(payment.reference, amount, key=f"{payment.key}:refund"))


def record(payment: AnyPayment, status: GatewayStatus) -> Outcome:
    """Write a provider's answer down, and send money back at once that the order cannot use.

    When that does not work now the payment stays ``surplus``, and ``releaseholds`` tries again.
    """
    outcome = apply_to(payment, status)
    if outcome is Outcome.SURPLUS:
        return_surplus(payment.pk)
    return outcome


def return_surplus(payment_id: int) -> bool:
    """Try to send a surplus payment back. Whether it went back now."""
    payment = Payment.objects.filter(pk=payment_id, state=State.SURPLUS).first()
    if payment is None:
        return False
    try:
        return send_back(payment) is Outcome.REFUNDED
    except GatewayError as failure:
        logger.warning("Payment %s could not be returned yet: %s", payment_id, failure)
        return False
