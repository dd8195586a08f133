"""What a provider says about a payment, written down: once, whoever brings it and however often.

Return, notification and clean-up all end here. The row count of one conditional UPDATE says who was first; only that one
goes on to pay the order, take the held stock and order the mail, in the same transaction.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from checkout.models import Order, OutboxMessage, Payment
from checkout.payments.base import GatewayState, GatewayStatus
from checkout.services import outbox
from checkout.services.known import AnyPayment, known_payment
from checkout.services.status import MAX_MESSAGE_LENGTH, LockedOrder, lock_order, move_order, note
from shop.stock.services import commit_hold, reacquire_hold

State = Payment.State
UNPAID = (*Payment.OPEN, State.DECLINED, State.CANCELLED, State.VOIDED)
LATE = (Order.Status.EXPIRED, Order.Status.CANCELLED)

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


def apply_status(payment_id: int, status: GatewayStatus) -> Outcome:
    """Write one answer of the provider down. One short transaction; calls nobody outside."""
    return apply_to(known_payment(payment_id).payment, status)


def apply_to(payment: AnyPayment, status: GatewayStatus) -> Outcome:
    """:func:`apply_status` for a payment that was read before. What it stood at then decides nothing."""
    with transaction.atomic():
        order = lock_order(payment.order_id)
        if status.state is GatewayState.CAPTURED:
            return _captured(order, payment, status)
        if status.state is GatewayState.REFUNDED:
            return _refunded(order, payment, status)
        return _moved(order, payment, status)


def _move(payment: AnyPayment, target: State, status: GatewayStatus, message: str = "") -> bool:
    """From an allowed state, unless a newer answer is written there."""
    older = Payment.objects.filter(pk=payment.pk, state__in=BEFORE[target], sequence__lte=status.sequence)
    return bool(
        older.update(
            state=target,
            sequence=status.sequence,
            message=(message or status.message)[:MAX_MESSAGE_LENGTH],
            updated_at=timezone.now(),
        )
    )


def _moved(order: LockedOrder, payment: AnyPayment, status: GatewayStatus) -> Outcome:
    target = PLAIN[status.state]
    if not _move(payment, target, status):
        return Outcome.UNCHANGED
    if status.amount != order.total:
        note(order.pk, "amount_differs", f"{payment}: {target} {status.amount}, the order is {order.total}")
    elif target in CLOSED:
        note(order.pk, f"payment_{target}", " ".join(filter(None, [str(payment), status.message])))
    return Outcome.MOVED


def _captured(order: LockedOrder, payment: AnyPayment, status: GatewayStatus) -> Outcome:
    if status.amount != order.total:
        told = f"captured {status.amount}, the order is {order.total}"
        if not _move(payment, State.MISMATCH, status, told):
            return Outcome.UNCHANGED
        note(order.pk, "amount_differs", f"{payment}: {told}")
        return Outcome.MISMATCH
    if not _move(payment, State.CAPTURED, status):
        return Outcome.UNCHANGED
    if _pay(order):
        note(order.pk, "paid" if order.is_awaiting_payment else "paid_late", f"{payment}: {status.amount}")
        outbox.write(order.pk, OutboxMessage.Kind.CONFIRMATION)
        return Outcome.PAID
    Payment.objects.filter(pk=payment.pk, state=State.CAPTURED).update(state=State.SURPLUS)
    why = "the stock is gone" if order.status in LATE else f"the order is {order.status}"
    note(order.pk, "payment_surplus", f"{payment}: {status.amount} goes back, {why}")
    return Outcome.SURPLUS


def _pay(order: LockedOrder) -> bool:
    """Make the order paid, once. After its time only if the stock could be taken again."""
    if move_order(order.pk, "pay", only_from=[Order.Status.AWAITING_PAYMENT], paid_at=timezone.now()):
        commit_hold(order.token)
        return True
    if order.status not in LATE or not reacquire_hold(order.token):
        return False
    if not move_order(order.pk, "pay", only_from=LATE, paid_at=timezone.now()):
        raise RuntimeError(f"order {order.pk} changed under its lock")  # undoes the taking
    return True


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
