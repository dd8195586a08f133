"""An order that is not paid comes to its end: cancelled by shopper or staff, or expired.

The provider is asked first, outside any transaction: what is still open there is voided, so that nobody can pay for what
was given up. Only then order and stock move, in one transaction, once, and after it the cart opens again.

There are three reasons why a provider does not void a payment. It cannot be reached: nothing happens now, the next call asks
again. It refuses: asking again does not help, so the order ends and its timeline says so. Its gateway is not configured any
more: nobody can be asked, so the order ends as well, staff are told, and who can be asked again later is
(:func:`ask_at_last`). Money that comes after all is used for the order or sent back, as any late money.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from checkout.models import Order, Payment
from checkout.payments import registry
from checkout.payments.base import GatewayMissing, GatewayRefused
from checkout.services.known import AnyPayment, known_payment, payments_of
from checkout.services.refund import record
from checkout.services.status import MAX_MESSAGE_LENGTH, lock_order, move_order, note
from shop.cart.services import reopen_cart
from shop.stock.services import release

State = Payment.State


class CancelOutcome(StrEnum):
    DONE = "done"
    """Given up by this call."""
    ALREADY = "already"
    """Cancelled or expired before."""
    PAID = "paid"
    """Too late: the money is there."""
    PENDING = "pending"
    """The provider does not know yet, or staff have to look first."""


def cancel(order_id: int, *, by: str) -> CancelOutcome:
    """Give an unpaid order up: its payment is voided, its stock goes back once, its cart opens again.

    ``by``: who did it, for the timeline. Raises ``GatewayUnavailable``: nothing was changed.
    """
    return _give_up(order_id, "cancel", "cancelled", by, unless=(*Payment.OPEN, State.MISMATCH))


def expire(order_id: int) -> CancelOutcome:
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
    try:
        _void(payment)
    except GatewayMissing as nobody:
        _close_here(payment, "gateway_missing", str(nobody), unasked_at=timezone.now())
    except GatewayRefused as refusal:
        _close_here(payment, "provider_refused", str(refusal))


def ask_at_last(payment_id: int) -> None:
    """Void a payment that was closed without asking, now that its gateway is configured again.

    Raises ``GatewayUnavailable``; then it is still to be asked about.
    """
    payment = known_payment(payment_id).payment
    try:
        _void(payment)
    except GatewayRefused as refusal:
        note(payment.order_id, "provider_refused", f"{payment}: {refusal}")
    Payment.objects.filter(pk=payment_id).update(unasked_at=None)


def reopen_due(order_id: int) -> bool:
    """Open the cart of an order that was given up, unless that was done before. Whether it is open because of this call.

    A transaction of its own: the cart may belong to somebody who is ordering another one right now, and two transactions
    that hold stock as well would wait for each other. Whoever does not come this far is made up for by the next call.
    """
    with transaction.atomic():
        cart_id = lock_order(order_id).cart_id
        due = Order.objects.filter(pk=order_id, reopen_due_at__isnull=False)
        if not due.update(reopen_due_at=None) or cart_id is None:
            return False
        return reopen_cart(cart_id)  # False: its account has begun another one meanwhile, and keeps that


def _void(payment: AnyPayment) -> None:
    gateway = registry.gateway(payment.gateway)
    record(payment, gateway.void(payment.reference, key=f"{payment.key}:void"))


def _close_here(payment: AnyPayment, kind: str, why: str, **fields: Any) -> None:
    """End a payment that its provider does not end, and say so in the order's timeline."""
    told = f"{payment}: {why}"[:MAX_MESSAGE_LENGTH]
    with transaction.atomic():
        still_open = Payment.objects.filter(pk=payment.pk, state__in=Payment.OPEN)
        if still_open.update(state=State.VOIDED, message=told, updated_at=timezone.now(), **fields):
            note(payment.order_id, kind, told)


def _give_up(order_id: int, transition: str, kind: str, message: str, *, unless: tuple[State, ...]) -> CancelOutcome:
    close_open_payments(order_id)
    given_up = _end(order_id, transition, kind, message, unless)
    if given_up in (CancelOutcome.DONE, CancelOutcome.ALREADY):
        reopen_due(order_id)
    return given_up


def _end(order_id: int, transition: str, kind: str, message: str, unless: tuple[State, ...]) -> CancelOutcome:
    """Order and stock move together, or not at all."""
    with transaction.atomic():
        order = lock_order(order_id)
        if not order.is_awaiting_payment:
            return (
                CancelOutcome.ALREADY
                if order.status in (Order.Status.CANCELLED, Order.Status.EXPIRED)
                else CancelOutcome.PAID
            )
        if Payment.objects.filter(order_id=order_id, state__in=unless).exists():
            return CancelOutcome.PENDING
        if not move_order(order_id, transition, reopen_due_at=timezone.now()):
            return CancelOutcome.ALREADY
        release(order.token)
        note(order_id, kind, message)
    return CancelOutcome.DONE
