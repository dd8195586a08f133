"""Paying an order: opening a payment at a provider, and bringing ours up to date with what the provider says.

An order is paid when its provider says so, never because a browser came back. Providers are called outside any
transaction; every call carries an idempotency key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from checkout.models import Order, OutboxMessage, Payment
from checkout.payments import registry
from checkout.payments.base import (
    Gateway,
    GatewayError,
    GatewayRefused,
    GatewayState,
    GatewayStatus,
    Started,
    StartRequest,
)
from checkout.services import outbox
from checkout.services.giveup import close_open_payments, close_payment
from checkout.services.ledger import PLAIN, Outcome, apply_status
from checkout.services.refund import logger, record, return_surplus
from checkout.services.status import LONGEST_MESSAGE, lock_order, move_order, note
from shop.stock.services import take_held

__all__ = ["ASK_AGAIN", "Settlement", "StartResult", "apply_status", "refresh", "settle", "start"]

State = Payment.State

ASK_AGAIN = timedelta(seconds=2)
"""A page that waits has the provider asked at most once in this time, however many of it are open."""


@dataclass(frozen=True, slots=True)
class StartResult:
    """``redirect_url``: where the shopper goes on: the provider's page, or ours when there is nothing to pay (any more)."""

    redirect_url: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """``state``: of the payment now. ``sequence``: number of the newest answer it was built from."""

    state: str
    sequence: int
    outcome: Outcome = Outcome.UNCHANGED


def start(order_id: int, *, gateway: str, origin: str) -> StartResult:
    """Open a payment of the order, or find the one that is open: at most one per order is.

    ``origin``: scheme and host of the shop as the shopper sees it. Another ``gateway`` than the open payment's closes that
    first. Raises ``GatewayUnavailable``: the payment stays, and the same call tries it again with the same key.
    """
    registry.gateway(gateway)  # an unknown one is refused before anything is written
    payment = _open_payment(order_id, gateway, origin)
    if payment is not None and payment.gateway != gateway:
        close_payment(payment)
        payment = _open_payment(order_id, gateway, origin)
    if payment is None or payment.state in (State.PROCESSING, State.AUTHORISED):
        return _own_page(order_id)
    if payment.redirect_url:
        return StartResult(payment.redirect_url)
    try:
        started = registry.gateway(payment.gateway).start(_request(payment))
    except GatewayRefused as refusal:
        _refused(payment, str(refusal))
        return _own_page(order_id)
    return _remember(payment, started)


def settle(payment_id: int) -> Settlement:
    """Ask the provider where a payment stands, and bring payment and order up to date. Safe to call at any time, by many.

    Raises ``GatewayUnavailable``; then nothing was changed.
    """
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    outcome = Outcome.UNCHANGED
    if payment.reference and payment.state != State.REFUNDED:
        gateway = registry.gateway(payment.gateway)
        status = gateway.status(payment.reference)
        if status.state is GatewayState.AUTHORISED:
            status = _answer_authorisation(gateway, payment, status)
        elif (PLAIN.get(status.state), status.sequence) == (payment.state, payment.sequence):
            return Settlement(payment.state, payment.sequence)  # nothing new: spares a page that waits the write
        outcome = record(payment_id, status)
        _tidy(payment, outcome)
    payment = Payment.objects.get(pk=payment_id)
    return Settlement(payment.state, payment.sequence, outcome)


def refresh(order_id: int) -> None:
    """What a waiting page does: have the provider asked about the open payment, unless that was done just now.

    An unreachable provider changes nothing: the page goes on waiting.
    """
    now = timezone.now()
    due = Q(asked_at=None) | Q(asked_at__lt=now - ASK_AGAIN)
    waiting = Payment.objects.filter(due, order_id=order_id, state__in=Payment.OPEN).exclude(reference="")
    for payment_id in waiting.values_list("pk", flat=True):
        if not Payment.objects.filter(due, pk=payment_id).update(asked_at=now):
            continue
        try:
            settle(payment_id)
        except GatewayError as failure:
            logger.warning("Payment %s could not be asked about: %s", payment_id, failure)


def _open_payment(order_id: int, gateway: str, origin: str) -> Payment | None:
    """The order's open payment, a new one if there is none; ``None`` when the order is not to be paid (any more)."""
    with transaction.atomic():
        order = lock_order(order_id)
        if not order.is_awaiting_payment or _needs_no_payment(order) or _is_flagged(order):
            return None
        found = Payment.objects.filter(order=order, state__in=Payment.OPEN).select_related("order").first()
        if found:
            return found
        Order.objects.filter(pk=order_id).exclude(payment_method=gateway).update(payment_method=gateway)
        number = Payment.objects.filter(order=order).count() + 1
        return Payment.objects.create(
            order=order,
            gateway=gateway,
            key=f"{order.attempt}:{number}",
            amount=order.total,
            origin=settings.SHOP_URL.rstrip("/") or origin,
        )


def _needs_no_payment(order: Order) -> bool:
    """An order over nothing is paid at once, inside the caller's transaction."""
    if order.total.amount > 0:
        return False
    if move_order(order.pk, "pay", only_from=[Order.Status.AWAITING_PAYMENT], paid_at=timezone.now()):
        take_held(order.token)
        note(order.pk, "paid", "nothing to pay")
        outbox.write(order.pk, OutboxMessage.Kind.CONFIRMATION)
    return True


def _is_flagged(order: Order) -> bool:
    """Money of another amount is there: nobody is asked to pay again before staff have looked."""
    return Payment.objects.filter(order=order, state=State.MISMATCH).exists()


def _request(payment: Payment) -> StartRequest:
    order = payment.order
    return StartRequest(
        key=payment.key,
        amount=payment.amount,
        order_number=order.number,
        return_url=payment.origin + reverse("pay-return", args=[payment.gateway]),
        webhook_url=payment.origin + reverse("pay-webhook", args=[payment.gateway]),
        language=order.language,
        email=order.email,
    )


def _remember(payment: Payment, started: Started) -> StartResult:
    """Write the provider's answer down. A parallel start got the same one, as the key was the same."""
    fresh = Payment.objects.filter(pk=payment.pk, state=State.CREATED, reference="")
    answered = {"reference": started.reference, "redirect_url": started.redirect_url, "state": State.PENDING}
    if fresh.update(**answered, updated_at=timezone.now()):
        return StartResult(started.redirect_url)
    known = Payment.objects.get(pk=payment.pk)
    if known.reference == started.reference:
        return StartResult(known.redirect_url)
    # Closed here while the provider was opening it (cancelled in another tab): nobody may pay it.
    registry.gateway(payment.gateway).void(started.reference, key=f"{payment.key}:void")
    return _own_page(payment.order_id)


def _refused(payment: Payment, why: str) -> None:
    closed = Payment.objects.filter(pk=payment.pk, state=State.CREATED)
    if closed.update(state=State.DECLINED, message=why[:LONGEST_MESSAGE], updated_at=timezone.now()):
        note(payment.order_id, "payment_declined", f"{payment}: {why}")


def _own_page(order_id: int) -> StartResult:
    token = Order.objects.values_list("token", flat=True).get(pk=order_id)
    return StartResult(reverse("pay", args=[token]))


def _answer_authorisation(gateway: Gateway, payment: Payment, status: GatewayStatus) -> GatewayStatus:
    """Take the reserved money if the order still wants exactly that, else let it go: nothing has moved yet."""
    order = payment.order
    if order.is_awaiting_payment and status.amount == order.total:
        return gateway.capture(payment.reference, key=f"{payment.key}:capture")
    return gateway.void(payment.reference, key=f"{payment.key}:void")


def _tidy(payment: Payment, outcome: Outcome) -> None:
    """What follows from an answer but may as well wait: the next run of ``releaseholds`` makes up for it."""
    try:
        if outcome is Outcome.PAID:
            close_open_payments(payment.order_id)
        elif payment.state == State.SURPLUS:
            return_surplus(payment.pk)
    except GatewayError as failure:
        logger.warning("Order %s: an open payment could not be closed yet: %s", payment.order_id, failure)
