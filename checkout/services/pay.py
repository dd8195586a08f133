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
    GatewayMissing,
    GatewayRefused,
    GatewayState,
    GatewayStatus,
    Started,
    StartRequest,
)
from checkout.payments.guard import within
from checkout.services import outbox
from checkout.services.giveup import close_open_payments, close_payment
from checkout.services.known import AnyPayment, Known, PaymentRow, known_payment, payments_of
from checkout.services.ledger import PLAIN, Outcome, apply_status
from checkout.services.refund import logger, record, return_surplus
from checkout.services.status import MAX_MESSAGE_LENGTH, LockedOrder, lock_order, move_order, note
from shop.stock.services import commit_hold

__all__ = [
    "ASK_AGAIN",
    "Settlement",
    "StartResult",
    "apply_status",
    "refresh",
    "resume",
    "settle",
    "settle_known",
    "settle_or_close",
    "start",
]

State = Payment.State

ASK_AGAIN = timedelta(seconds=2)
"""A page that waits has the provider asked at most once in this time, however many of it are open."""


@dataclass(frozen=True, slots=True)
class StartResult:
    """``redirect_url``: where the shopper goes on: the provider's page, or ours when there is nothing to pay (any more)."""

    redirect_url: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """``state``: of the payment now. ``answered``: number of the provider's answer, whether it moved anything or not."""

    state: str
    answered: int
    outcome: Outcome = Outcome.UNCHANGED

    @property
    def is_final(self) -> bool:
        """Nothing that the provider says can move it any more."""
        return self.state == State.REFUNDED


@dataclass(frozen=True, slots=True)
class Opened:
    """An open payment, and its order as it was when that was looked up under the order's lock."""

    order: LockedOrder
    payment: PaymentRow


def start(order_id: int, *, gateway: str, origin: str) -> StartResult:
    """Open a payment of the order, or find the one that is open: at most one per order is.

    ``origin``: scheme and host of the shop as the shopper sees it. Another ``gateway`` than the open payment's closes that
    first. Raises ``GatewayUnavailable``: the payment stays, and the same call tries it again with the same key.
    """
    registry.gateway(gateway)  # an unknown one is refused before anything is written
    opened = _open_payment(order_id, gateway, origin)
    if opened is not None and opened.payment.gateway != gateway:
        close_payment(opened.payment)
        opened = _open_payment(order_id, gateway, origin)
    if opened is None or opened.payment.state in (State.PROCESSING, State.AUTHORISED):
        return _own_page(order_id)
    payment = opened.payment
    if payment.redirect_url:
        return StartResult(payment.redirect_url)
    try:
        started = registry.gateway(payment.gateway).start(_request(opened))
    except GatewayRefused as refusal:
        _refused(payment, str(refusal))
        return _own_page(order_id)
    return _remember(payment, started)


def resume(order_id: int, *, gateway: str, origin: str) -> str:
    """Where a twin of the submit that ordered leads: to the same payment, as long as it is open.

    It may be the one that opens it, when it is faster than the first. Once the shopper has tried and it came to nothing
    (declined, left), none is opened by itself: our own page asks what to do.
    """
    tries = Payment.objects.filter(order_id=order_id)
    if tries.exists() and not tries.filter(state__in=Payment.OPEN).exists():
        return _own_page(order_id).redirect_url
    return start(order_id, gateway=gateway, origin=origin).redirect_url


def settle(payment_id: int) -> Settlement:
    """Ask the provider where a payment stands, and bring payment and order up to date. Safe to call at any time, by many.

    Raises ``GatewayUnavailable``; then nothing was changed.
    """
    return settle_known(known_payment(payment_id))


def settle_known(known: Known) -> Settlement:
    """:func:`settle` for a payment that was read just now."""
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
    """:func:`settle`, and where nobody answers for a payment any more, close it: it can never be paid.

    Raises ``GatewayUnavailable`` while its provider cannot be reached.
    """
    known = known_payment(payment_id)
    try:
        settle_known(known)
    except (GatewayMissing, GatewayRefused):
        close_payment(known.payment)


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
            with within():
                settle(payment_id)
        except GatewayError as failure:
            logger.warning("Payment %s could not be asked about: %s", payment_id, failure)


def _open_payment(order_id: int, gateway: str, origin: str) -> Opened | None:
    """The order's open payment, a new one if there is none; ``None`` when the order is not to be paid (any more)."""
    with transaction.atomic():
        order = lock_order(order_id)
        if not order.is_awaiting_payment or _needs_no_payment(order):
            return None
        tries = payments_of(order_id)
        if any(payment.state == State.MISMATCH for payment in tries):
            return None  # money of another amount is there: nobody is asked to pay again before staff have looked
        found = next((payment for payment in tries if payment.state in Payment.OPEN), None)
        if found is None and order.payment_method != gateway:
            Order.objects.filter(pk=order_id).update(payment_method=gateway)
        return Opened(order, found or _insert_try(order, len(tries) + 1, gateway, origin))


def _insert_try(order: LockedOrder, number: int, gateway: str, origin: str) -> PaymentRow:
    key, origin = f"{order.attempt}:{number}", settings.SHOP_URL.rstrip("/") or origin
    made = Payment.objects.create(order_id=order.pk, gateway=gateway, key=key, amount=order.total, origin=origin)
    return PaymentRow(made.pk, order.pk, gateway, key, "", "", State.CREATED, 0, origin)


def _needs_no_payment(order: Order | LockedOrder) -> bool:
    """An order over nothing is paid at once, inside the caller's transaction."""
    if order.total.amount > 0:
        return False
    if move_order(order.pk, "pay", only_from=[Order.Status.AWAITING_PAYMENT], paid_at=timezone.now()):
        commit_hold(order.token)
        note(order.pk, "paid", "nothing to pay")
        outbox.write(order.pk, OutboxMessage.Kind.CONFIRMATION)
    return True


def _request(opened: Opened) -> StartRequest:
    order, payment = opened.order, opened.payment
    return StartRequest(
        key=payment.key,
        amount=order.total,
        order_number=order.number,
        return_url=payment.origin + reverse("pay-return", args=[payment.gateway]),
        webhook_url=payment.origin + reverse("pay-webhook", args=[payment.gateway]),
        language=order.language,
        email=order.email,
    )


def _remember(payment: PaymentRow, started: Started) -> StartResult:
    """Write the provider's answer down. A parallel start got the same one, as the key was the same."""
    fresh = Payment.objects.filter(pk=payment.pk, state=State.CREATED, reference="")
    answer = {"reference": started.reference, "redirect_url": started.redirect_url, "state": State.PENDING}
    if fresh.update(**answer, updated_at=timezone.now()):
        return StartResult(started.redirect_url)
    now = known_payment(payment.pk).payment
    if now.reference == started.reference:
        return StartResult(now.redirect_url)
    # Closed here while the provider was opening it (cancelled in another tab): nobody may pay it.
    registry.gateway(payment.gateway).void(started.reference, key=f"{payment.key}:void")
    return _own_page(payment.order_id)


def _refused(payment: AnyPayment, why: str) -> None:
    closed = Payment.objects.filter(pk=payment.pk, state=State.CREATED)
    if closed.update(state=State.DECLINED, message=why[:MAX_MESSAGE_LENGTH], updated_at=timezone.now()):
        note(payment.order_id, "payment_declined", f"{payment}: {why}")


def _own_page(order_id: int) -> StartResult:
    token = Order.objects.values_list("token", flat=True).get(pk=order_id)
    return StartResult(reverse("pay", args=[token]))


def _answer_authorisation(gateway: Gateway, known: Known, status: GatewayStatus) -> GatewayStatus:
    """Take the reserved money if the order still wants exactly that, else let it go: nothing has moved yet."""
    payment = known.payment
    if known.is_awaiting_payment and status.amount == known.total:
        return gateway.capture(payment.reference, key=f"{payment.key}:capture")
    return gateway.void(payment.reference, key=f"{payment.key}:void")


def _tidy(payment: PaymentRow, outcome: Outcome) -> None:
    """What follows from an answer but may as well wait: the next run of ``releaseholds`` makes up for it."""
    try:
        if outcome is Outcome.PAID:
            close_open_payments(payment.order_id)
        elif payment.state == State.SURPLUS:
            return_surplus(payment.pk)
    except GatewayError as failure:
        logger.warning("Order %s: an open payment could not be closed yet: %s", payment.order_id, failure)
