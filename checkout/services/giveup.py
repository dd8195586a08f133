"""End an order that is not paid: cancelled by shopper or staff, or expired.

The provider is asked first, outside any transaction: what is still open there is voided, so that nobody can pay for what
was given up. Only then order and stock move, in one transaction, once, and after it the cart opens again.

There are three reasons why a provider does not void a payment. It cannot be reached: nothing happens now, the next call asks
again. It refuses: asking again does not help, so the order ends and its timeline says so. Its gateway is not configured any
more: nobody can be asked, so the order ends as well, staff are told, and the provider is asked as soon as it can be
(``settling.ask_at_last``). Money that comes after all is used for the order or sent back, as any late money.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from checkout.models import Order, Payment
from checkout.services.settling import close_open_payments
from checkout.services.status import lock_order, move_order, note
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
    """Do as :func:`cancel` when the time to pay is over; a payment that staff have to look at does not keep the stock."""
    return _give_up(order_id, "expire", "expired", "not paid in time", unless=Payment.OPEN)


def reopen_due(order_id: int) -> bool:
    """Open the cart of an order that was given up, unless that was done before. Return whether this call opened it.

    A transaction of its own: the cart may belong to somebody who is ordering another one right now, and two transactions
    that hold stock as well would wait for each other. Whoever does not come this far is made up for by the next call.
    """
    with transaction.atomic():
        cart_id = lock_order(order_id).cart_id
        due = Order.objects.filter(pk=order_id, reopen_due_at__isnull=False)
        if not due.update(reopen_due_at=None) or cart_id is None:
            return False
        return reopen_cart(cart_id)  # False: its account has begun another one meanwhile, and keeps that


def _give_up(order_id: int, transition: str, kind: str, message: str, *, unless: tuple[State, ...]) -> CancelOutcome:
    close_open_payments(order_id)
    given_up = _end(order_id, transition, kind, message, unless)
    if given_up in (CancelOutcome.DONE, CancelOutcome.ALREADY):
        reopen_due(order_id)
    return given_up


def _end(order_id: int, transition: str, kind: str, message: str, unless: tuple[State, ...]) -> CancelOutcome:
    """Move order and stock together, or not at all."""
    with transaction.atomic():
        order = lock_order(order_id)
        if not order.is_awaiting_payment:
            has_ended = order.status in (Order.Status.CANCELLED, Order.Status.EXPIRED)
            return CancelOutcome.ALREADY if has_ended else CancelOutcome.PAID
        if Payment.objects.filter(order_id=order_id, state__in=unless).exists():
            return CancelOutcome.PENDING
        if not move_order(order_id, transition, reopen_due_at=timezone.now()):
            return CancelOutcome.ALREADY
        release(order.token)
        note(order_id, kind, message)
    return CancelOutcome.DONE
