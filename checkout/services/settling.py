"""Write down what a provider says about a payment: here and nowhere else, once however often it says so.

It says something when it is asked (after a notification, a return, by a page that waits, by ``releaseholds``) and when it
answers a call that starts, captures, voids or refunds a payment. Providers are asked outside any transaction. The row count
of one conditional UPDATE tells who was first to write an answer; only that request goes on to pay the order, take the held
stock and order the mail, in the same transaction.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from checkout.models import Order, OutboxMessage, Payment
from checkout.payments import registry
from checkout.payments.base import (
    Gateway,
    GatewayError,
    GatewayMissing,
    GatewayRefused,
    GatewayState,
    GatewayStatus,
    Started,
)
from checkout.payments.guard import within
from checkout.services import outbox
from checkout.services.known import AnyPayment, Known, PaymentRow, known_payment
from checkout.services.status import MAX_MESSAGE_LENGTH, LockedOrder, lock_order, move_order, note
from shop.stock.services import commit_hold, reacquire_hold

logger = logging.getLogger(__name__)

State = Payment.State
UNPAID = (*Payment.OPEN, State.DECLINED, State.CANCELLED, State.VOIDED)
LATE = (Order.Status.EXPIRED, Order.Status.CANCELLED)

ASK_AGAIN = timedelta(seconds=2)
"""A page that waits has the provider asked at most once in this time, however many of it are open."""

BEFORE: dict[State, tuple[State, ...]] = {
    State.PENDING: (State.CREATED,),
    State.PROCESSING: (State.CREATED, State.PENDING),
    State.AUTHORISED: (State.CREATED, State.PENDING, State.PROCESSING),
    State.DECLINED: Payment.OPEN,
    State.CANCELLED: Payment.OPEN,
    State.VOIDED: Payment.OPEN,
    State.CAPTURED: UNPAID,
    State.MISMATCH: UNPAID,
    State.REFUNDED: (*UNPAID, State.CAPTURED, State.SURPLUS, State.MISMATCH),
}
"""From which states a state can be reached: none leads back, so an old answer cannot undo a newer one."""

PLAIN = {
    GatewayState.WAITING: State.PENDING,
    GatewayState.PROCESSING: State.PROCESSING,
    GatewayState.AUTHORISED: State.AUTHORISED,
    GatewayState.DECLINED: State.DECLINED,
    GatewayState.CANCELLED: State.CANCELLED,
    GatewayState.VOIDED: State.VOIDED,
}
"""States that touch the payment alone; the order goes on waiting, so that the shopper can try again."""

CLOSED = frozenset({State.DECLINED, State.CANCELLED, State.VOIDED})


class Outcome(StrEnum):
    UNCHANGED = "unchanged"
    """Known before, or older than what is known."""
    MOVED = "moved"
    PAID = "paid"
    """This call made the order paid."""
    SURPLUS = "surplus"
    """Money that the order cannot use any more: it has to go back."""
    MISMATCH = "mismatch"
    """Another amount or currency than the order's: flagged for staff."""
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Settlement:
    """``state``: of the payment now. ``answered``: number of the provider's answer, whether it moved anything or not."""

    state: str
    answered: int
    outcome: Outcome = Outcome.UNCHANGED

    @property
    def is_final(self) -> bool:
        """Tell whether nothing that the provider says can move it any more."""
        return self.state == State.REFUNDED


# --- Asking a provider --------------------------------------------------------------------------------------------
def settle(payment_id: int) -> Settlement:
    """Ask the provider where a payment stands, and bring payment and order up to date. Safe to call at any time, by many.

    Raises ``GatewayUnavailable``; then nothing was changed.
    """
    return settle_known(known_payment(payment_id))


def settle_known(known: Known) -> Settlement:
    """Do what :func:`settle` does for a payment that was read just now."""
    payment = known.payment
    if not payment.reference or payment.state == State.REFUNDED:
        return Settlement(payment.state, payment.sequence)
    gateway = registry.gateway(payment.gateway)
    status = gateway.status(payment.reference)
    if status.state is GatewayState.AUTHORISED:
        status = _answer_authorisation(gateway, known, status)
    elif (PLAIN.get(status.state), status.sequence) == (payment.state, payment.sequence):
        return Settlement(payment.state, payment.sequence)  # nothing new: spares a page that waits the write
    outcome = record(payment, status)
    _tidy(payment, outcome)
    if outcome is Outcome.PAID:
        return Settlement(State.CAPTURED, status.sequence, outcome)
    return Settlement(known_payment(payment.pk).payment.state, status.sequence, outcome)


def settle_or_close(payment_id: int) -> None:
    """Settle a payment, or close it where nobody answers for it any more: it can never be paid.

    Raises ``GatewayUnavailable`` while its provider cannot be reached.
    """
    known = known_payment(payment_id)
    try:
        settle_known(known)
    except (GatewayMissing, GatewayRefused):
        close_payment(known.payment)


def refresh(order_id: int) -> None:
    """Ask the provider about an order's open payment for a page that waits, unless that was done just now.

    An unreachable provider changes nothing: the page goes on waiting.
    """
    now = timezone.now()
    due = Q(asked_at=None) | Q(asked_at__lt=now - ASK_AGAIN)
    waiting = Payment.objects.filter(due, order_id=order_id, state__in=Payment.OPEN).exclude(reference="")
    for payment_id in waiting.values_list("pk", flat=True):
        if not Payment.objects.filter(due, pk=payment_id).update(asked_at=now):
            continue
        try:
            with within():
                settle(payment_id)
        except GatewayError as failure:
            logger.warning("Payment %s could not be asked about: %s", payment_id, failure)


def _answer_authorisation(gateway: Gateway, known: Known, status: GatewayStatus) -> GatewayStatus:
    """Take the reserved money if the order still wants exactly that, else let it go: nothing has moved yet."""
    payment = known.payment
    if known.is_awaiting_payment and status.amount == known.total:
        return gateway.capture(payment.reference, key=f"{payment.key}:capture")
    return gateway.void(payment.reference, key=f"{payment.key}:void")


def _tidy(payment: PaymentRow, outcome: Outcome) -> None:
    """Do what follows from an answer but may as well wait: the next run of ``releaseholds`` makes up for it."""
    try:
        if outcome is Outcome.PAID:
            close_open_payments(payment.order_id)
        elif payment.state == State.SURPLUS:
            return_surplus(payment.pk)
    except GatewayError as failure:
        logger.warning("Order %s: an open payment could not be closed yet: %s", payment.order_id, failure)


# --- The answer to a start ----------------------------------------------------------------------------------------
def record_start(payment: AnyPayment, started: Started) -> str:
    """Write down which page a provider opened; return its address, empty when nobody may pay there any more."""
    fresh = Payment.objects.filter(pk=payment.pk, state=State.CREATED, reference="")
    answer = {"reference": started.reference, "redirect_url": started.redirect_url, "state": State.PENDING}
    if fresh.update(**answer, updated_at=timezone.now()):
        return started.redirect_url
    now = known_payment(payment.pk).payment
    if now.reference == started.reference:  # a parallel start wrote it: the same key gets the same answer
        return now.redirect_url
    # It was closed here while the provider was opening it (cancelled in another tab).
    registry.gateway(payment.gateway).void(started.reference, key=f"{payment.key}:void")
    return ""


def record_refused_start(payment: AnyPayment, why: str) -> None:
    """Close a payment that its provider refused to open."""
    fresh = Payment.objects.filter(pk=payment.pk, state=State.CREATED)
    if fresh.update(state=State.DECLINED, message=why[:MAX_MESSAGE_LENGTH], updated_at=timezone.now()):
        note(payment.order_id, "payment_declined", f"{payment}: {why}")


# --- Where a payment stands ---------------------------------------------------------------------------------------
def record(payment: AnyPayment, status: GatewayStatus) -> Outcome:
    """Write a provider's answer down, and send money back at once that the order cannot use.

    When that does not work now the payment stays ``surplus``, and ``releaseholds`` tries again.
    """
    outcome = apply_status(payment, status)
    if outcome is Outcome.SURPLUS:
        return_surplus(payment.pk)
    return outcome


def apply_status(payment: AnyPayment, status: GatewayStatus) -> Outcome:
    """Write one answer down in one short transaction; call nobody outside.

    What ``payment`` stood at when it was read decides nothing.
    """
    with transaction.atomic():
        order = lock_order(payment.order_id)
        if status.state is GatewayState.CAPTURED:
            return _captured(order, payment, status)
        if status.state is GatewayState.REFUNDED:
            return _refunded(order, payment, status)
        return _moved(order, payment, status)


def mark_paid(order: LockedOrder, message: str) -> bool:
    """Make an order paid, once, inside the transaction that locked it.

    After its time only if the stock can be taken again. False when it could not be paid.
    """
    if not _pay(order):
        return False
    note(order.pk, "paid" if order.is_awaiting_payment else "paid_late", message)
    outbox.write(order.pk, OutboxMessage.Kind.CONFIRMATION)
    return True


def _pay(order: LockedOrder) -> bool:
    if move_order(order.pk, "pay", only_from=[Order.Status.AWAITING_PAYMENT], paid_at=timezone.now()):
        commit_hold(order.token)
        return True
    if order.status not in LATE or not reacquire_hold(order.token):
        return False
    if not move_order(order.pk, "pay", only_from=LATE, paid_at=timezone.now()):
        raise RuntimeError(f"order {order.pk} changed under its lock")  # undoes the taking
    return True


def _captured(order: LockedOrder, payment: AnyPayment, status: GatewayStatus) -> Outcome:
    if status.amount != order.total:
        difference = f"captured {status.amount}, the order is {order.total}"
        if not _move(payment, State.MISMATCH, status, difference):
            return Outcome.UNCHANGED
        note(order.pk, "amount_differs", f"{payment}: {difference}")
        return Outcome.MISMATCH
    if not _move(payment, State.CAPTURED, status):
        return Outcome.UNCHANGED
    if mark_paid(order, f"{payment}: {status.amount}"):
        return Outcome.PAID
    Payment.objects.filter(pk=payment.pk, state=State.CAPTURED).update(state=State.SURPLUS)
    why = "the stock is gone" if order.status in LATE else f"the order is {order.status}"
    note(order.pk, "payment_surplus", f"{payment}: {status.amount} goes back, {why}")
    return Outcome.SURPLUS


def _refunded(order: LockedOrder, payment: AnyPayment, status: GatewayStatus) -> Outcome:
    stood = State(known_payment(payment.pk).payment.state)  # under the order's lock
    if not _move(payment, State.REFUNDED, status):
        return Outcome.UNCHANGED
    if stood is State.CAPTURED and move_order(order.pk, "refund"):
        note(order.pk, "refunded", f"{payment}: {status.amount}")
        outbox.write(order.pk, OutboxMessage.Kind.REFUNDED)
    else:
        note(order.pk, "payment_returned", f"{payment}: {status.amount}")
        outbox.write(order.pk, OutboxMessage.Kind.RETURNED)
    return Outcome.REFUNDED


def _moved(order: LockedOrder, payment: AnyPayment, status: GatewayStatus) -> Outcome:
    target = PLAIN[status.state]
    if not _move(payment, target, status):
        return Outcome.UNCHANGED
    if status.amount != order.total:
        note(order.pk, "amount_differs", f"{payment}: {target} {status.amount}, the order is {order.total}")
    elif target in CLOSED:
        note(order.pk, f"payment_{target}", " ".join(filter(None, [str(payment), status.message])))
    return Outcome.MOVED


def _move(payment: AnyPayment, target: State, status: GatewayStatus, message: str = "") -> bool:
    """Move a payment from an allowed state, unless a newer answer is written there."""
    older = Payment.objects.filter(pk=payment.pk, state__in=BEFORE[target], sequence__lte=status.sequence)
    return bool(
        older.update(
            state=target,
            sequence=status.sequence,
            message=(message or status.message)[:MAX_MESSAGE_LENGTH],
            updated_at=timezone.now(),
        )
    )


# --- Ending a payment at its provider -----------------------------------------------------------------------------
def close_open_payments(order_id: int) -> None:
    """Void what is open at the provider, and write down what it answers: that may as well be that it was paid."""
    for payment in Payment.objects.filter(order_id=order_id, state__in=Payment.OPEN).order_by("pk"):
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


def send_back(payment: AnyPayment) -> Outcome:
    """Have one captured payment refunded, and write down the answer. One key: repeated calls have one effect."""
    gateway = registry.gateway(payment.gateway)
    amount = gateway.status(payment.reference).amount  # what was captured, which need not be what was asked for
    return apply_status(payment, gateway.refund(payment.reference, amount, key=f"{payment.key}:refund"))


def return_surplus(payment_id: int) -> bool:
    """Try to send a surplus payment back. Return whether it went back now."""
    payment = Payment.objects.filter(pk=payment_id, state=State.SURPLUS).first()
    if payment is None:
        return False
    try:
        return send_back(payment) is Outcome.REFUNDED
    except GatewayError as failure:
        logger.warning("Payment %s could not be returned yet: %s", payment_id, failure)
        return False


def _void(payment: AnyPayment) -> None:
    gateway = registry.gateway(payment.gateway)
    record(payment, gateway.void(payment.reference, key=f"{payment.key}:void"))


def _close_here(payment: AnyPayment, kind: str, why: str, **fields: Any) -> None:
    """End a payment that its provider does not end, and say so in the order's timeline."""
    message = f"{payment}: {why}"[:MAX_MESSAGE_LENGTH]
    with transaction.atomic():
        still_open = Payment.objects.filter(pk=payment.pk, state__in=Payment.OPEN)
        if still_open.update(state=State.VOIDED, message=message, updated_at=timezone.now(), **fields):
            note(payment.order_id, kind, message)
