"""An order that is not paid comes to its end: cancelled by shopper or staff, or expired.

The provider is asked first, outside any transaction: what is still open there is voided, so that nobody can pay for what
was given up. Only then order and stock move, in one transaction, once.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from checkout.models import Order, Payment
from checkout.payments import registry
from checkout.services.known import AnyPayment, known_payment, payments_of
from checkout.services.refund import record
from checkout.services.status import lock_order, move_order, note
from shop.cart.services import reopen_cart
from shop.stock.services import release

State = Payment.State


class GivenUp(StrEnum):
    DONE = "done"
    """Given up by this call."""
    ALREADY = "already"
    """Cancelled or expired before."""
    PAID = "paid"
    """Too late: the money is there."""
    PENDING = "pending"
    """The provider does not know yet, or staff have to look first."""


def cancel(order_id: int, *, by: str) -> GivenUp:
    """Give an unpaid order up: its payment is voided, its stock goes back once, its cart opens again.

    ``by``: who did it, for the timeline. Raises ``GatewayUnavailable`` (nothing was changed) and ``GatewayRefused``.
    """
    return _give_up(order_id, "cancel", "cancelled", by, unless=(*Payment.OPEN, State.MISMATCH))


def expire(order_id: int) -> GivenUp:
    """The time to pay is over. As :func:`cancel`; a payment that staff have to look at does not keep the stock."""
    return _give_up(order_id, "expire", "expired", "not paid in time", unless=Payment.OPEN)


def close_open_payments(order_id: int) -> None:
    """Void what is open at the provider, and write down what it answers: that may as well be that it was paid."""
    for payment in payments_of(order_id):
        if payment.state in Payment.OPEN:
            close_payment(payment)


def close_payment(payment: AnyPayment) -> None:
    """Void one payment. One that never got a reference was never shown to anybody and is closed here alone."""
    if not payment.reference:
        unsent = Payment.objects.filter(pk=payment.pk, reference="", state__in=Payment.OPEN)
        if unsent.update(state=State.VOIDED, updated_at=timezone.now()):
            return
        payment = known_payment(payment.pk).payment
        if not payment.reference:
            return
    gateway = registry.gateway(payment.gateway)
    record(payment, gateway.void(payment.reference, key=f"{payment.key}:void"))


def _give_up(order_id: int, transition: str, kind: str, message: str, *, unless: tuple[State, ...]) -> GivenUp:
    close_open_payments(order_id)
    with transaction.atomic():
        order = lock_order(order_id)
        if not order.is_awaiting_payment:
            return GivenUp.ALREADY if order.status in (Order.Status.CANCELLED, Order.Status.EXPIRED) else GivenUp.PAID
        if Payment.objects.filter(order_id=order_id, state__in=unless).exists():
            return GivenUp.PENDING
        if not move_order(order_id, transition):
            return GivenUp.ALREADY
        release(order.token)
        note(order_id, kind, message)
    # After the commit: the cart may belong to somebody who is ordering another one right now, and the two would wait
    # for each other. Whoever loses this step finds an ordered cart and simply starts a new one.
    if order.cart_id is not None:
        reopen_cart(order.cart_id)
    return GivenUp.DONE
