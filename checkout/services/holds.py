"""Orders that were not paid in time: found, asked about, and given up or settled. Used by ``releaseholds``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from checkout.models import Order, Payment
from checkout.payments.base import GatewayUnavailable
from checkout.payments.registry import gateways
from checkout.services.giveup import CancelOutcome, expire
from checkout.services.settling import ask_at_last, close_payment, settle_or_close
from shop.stock.models import Hold


class Released(StrEnum):
    EXPIRED = "expired"
    PAID = "paid"
    """The money was there all the time, or came just now."""
    LEFT = "left"
    """The provider cannot be reached or does not know yet: the next run asks again."""
    GONE = "gone"
    """Somebody else ended it meanwhile."""


def overdue_orders(now: datetime | None = None) -> QuerySet[Order]:
    """Return orders awaiting payment whose holds have expired; those without holds, after the same time."""
    now = now or timezone.now()
    held = Hold.objects.filter(reference=OuterRef("token"), state=Hold.State.HELD)
    is_late = Exists(held.filter(expires_at__lte=now)) | Q(~Exists(held), placed_at__lte=now - settings.HOLD_TIME)
    return Order.objects.filter(is_late, status=Order.Status.AWAITING_PAYMENT).order_by("pk")


def open_without_need() -> QuerySet[Payment]:
    """Return payments that can still be paid although their order is not waiting any more."""
    waiting = Order.Status.AWAITING_PAYMENT
    return Payment.objects.filter(state__in=Payment.OPEN).exclude(order__status=waiting).order_by("pk")


def surplus() -> QuerySet[Payment]:
    """Return payments that could not be sent back yet."""
    return Payment.objects.filter(state=Payment.State.SURPLUS).order_by("pk")


def unasked() -> QuerySet[Payment]:
    """Return payments that were closed while their gateway was not configured, and can be asked about now."""
    return Payment.objects.filter(unasked_at__isnull=False, gateway__in=list(gateways())).order_by("pk")


def carts_to_reopen() -> QuerySet[Order]:
    """Return orders that were given up by a process that ended before it opened their cart again."""
    return Order.objects.filter(reopen_due_at__isnull=False).order_by("pk")


def in_batches(pks: QuerySet[Order] | QuerySet[Payment], size: int) -> Iterator[list[int]]:
    """Yield primary keys in batches, each read anew, so that memory stays the same and no row comes twice."""
    last = 0
    while batch := list(pks.filter(pk__gt=last).values_list("pk", flat=True)[:size]):
        yield batch
        last = batch[-1]


def release_order(order_id: int) -> Released:
    """Ask the provider about an overdue order: paid → settle it; else void there first, then expire it, stock back.

    A provider that refuses, or that nobody can ask because its gateway is not configured, does not keep the stock.
    Safe beside live traffic: what is decided here is decided by conditional updates, once.
    """
    try:
        for payment_id in Payment.objects.filter(order_id=order_id, state__in=Payment.OPEN).values_list(
            "pk", flat=True
        ):
            settle_or_close(payment_id)
        given_up = expire(order_id)
    except GatewayUnavailable:
        return Released.LEFT
    return RELEASED[given_up]


def close_needless(payment_id: int) -> bool:
    """Void a payment that nobody needs. False when the provider cannot be reached."""
    try:
        close_payment(Payment.objects.get(pk=payment_id))
    except GatewayUnavailable:
        return False
    return True


def ask_again(payment_id: int) -> bool:
    """Ask about a payment that was closed without asking. False when the provider cannot be reached."""
    try:
        ask_at_last(payment_id)
    except GatewayUnavailable:
        return False
    return True


RELEASED = {
    CancelOutcome.DONE: Released.EXPIRED,
    CancelOutcome.PAID: Released.PAID,
    CancelOutcome.PENDING: Released.LEFT,
    CancelOutcome.ALREADY: Released.GONE,
}
