"""Start paying an order: open a payment at a provider, or find the one that is open.

An order is paid when its provider says so, never because a browser came back: what it says is written down in
:mod:`checkout.services.settling`. Providers are called outside any transaction, with an idempotency key.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from checkout.models import Order, Payment
from checkout.payments import registry
from checkout.payments.base import GatewayRefused, StartRequest
from checkout.services.settling import close_payment, mark_paid, record_refused_start, record_start
from checkout.services.status import LockedOrder, lock_order

State = Payment.State


def start(order_id: int, *, gateway: str, origin: str) -> str:
    """Return where the shopper pays the order: at the provider, or on the shop's own page when there is nothing to pay.

    At most one payment of an order is open; one at another ``gateway`` is closed first. ``origin``: scheme and host of the
    shop as the shopper sees it. Raises ``GatewayUnavailable``: the payment stays, and the same call tries it again with
    the same key.
    """
    registry.gateway(gateway)  # an unknown one is refused before anything is written
    order, payment = _find_or_open(order_id, gateway, origin)
    if payment is not None and payment.gateway != gateway:
        close_payment(payment)
        order, payment = _find_or_open(order_id, gateway, origin)
    own_page = reverse("pay", args=[order.token])
    if payment is None or payment.state in (State.PROCESSING, State.AUTHORISED):
        return own_page
    if payment.redirect_url:
        return payment.redirect_url
    try:
        started = registry.gateway(payment.gateway).start(_request(order, payment))
    except GatewayRefused as refusal:
        record_refused_start(payment, str(refusal))
        return own_page
    return record_start(payment, started) or own_page


def resume(order_id: int, *, gateway: str, origin: str) -> str:
    """Return where a twin of the submit that ordered leads: to the same payment, as long as it is open.

    It may be the one that opens it, when it is faster than the first. Once the shopper has tried and it came to nothing
    (declined, left), none is opened by itself: the shop's own page asks what to do.
    """
    tries = Payment.objects.filter(order_id=order_id)
    if tries.exists() and not tries.filter(state__in=Payment.OPEN).exists():
        return reverse("pay", args=[Order.objects.values_list("token", flat=True).get(pk=order_id)])
    return start(order_id, gateway=gateway, origin=origin)


def _find_or_open(order_id: int, gateway: str, origin: str) -> tuple[LockedOrder, Payment | None]:
    """Lock the order and return it with its open payment, a new one if there is none; ``None``: it is not to be paid."""
    with transaction.atomic():
        order = lock_order(order_id)
        if not order.is_awaiting_payment:
            return order, None
        if order.total.amount <= 0:
            mark_paid(order, "nothing to pay")
            return order, None
        tries = list(Payment.objects.filter(order_id=order_id).order_by("pk"))
        if any(payment.state == State.MISMATCH for payment in tries):
            return order, None  # money of another amount is there: staff look before anybody is asked to pay again
        if found := next((payment for payment in tries if payment.state in Payment.OPEN), None):
            return order, found
        if order.payment_method != gateway:
            Order.objects.filter(pk=order_id).update(payment_method=gateway)
        return order, Payment.objects.create(
            order_id=order_id,
            gateway=gateway,
            key=f"{order.attempt}:{len(tries) + 1}",
            amount=order.total,
            origin=settings.SHOP_URL.rstrip("/") or origin,
        )


def _request(order: LockedOrder, payment: Payment) -> StartRequest:
    return StartRequest(
        key=payment.key,
        amount=order.total,
        order_number=order.number,
        return_url=payment.origin + reverse("pay-return", args=[payment.gateway]),
        webhook_url=payment.origin + reverse("pay-webhook", args=[payment.gateway]),
        language=order.language,
        email=order.email,
    )
