"""What providers tell us by notification: kept once, acknowledged when it has been acted on, or cannot ever be."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone

from checkout.models import PaymentEvent
from checkout.payments.base import GatewayRefused, WebhookEvent
from checkout.services.known import find_payment
from checkout.services.settling import settle_known

logger = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=15)
"""How long a notification that cannot be matched is asked for again. It may overtake our own write, or the provider's answer
may be older than it, by seconds; what is not cleared up by then never will be, and is left to staff.
"""


class NotYet(Exception):
    """The notification cannot be settled now; the provider has to send it again."""


def handle_event(gateway: str, event: WebhookEvent) -> None:
    """Keep a notification and bring its payment up to date by asking the provider.

    A repeated one that was settled does nothing. For the time of :data:`PATIENCE` raises :class:`NotYet` while its payment
    is not known here, or the provider's answer is older than the notification or a refusal; afterwards it is kept unsettled
    and acknowledged. Raises ``GatewayUnavailable`` however often the provider cannot be asked.
    """
    kept, _ = PaymentEvent.objects.get_or_create(
        gateway=gateway,
        event_id=event.id[:100],
        defaults={"kind": event.kind[:60], "reference": event.reference[:100]},
    )
    if kept.settled_at:
        return
    try:
        payment_id = _settled(gateway, event)
    except NotYet as reason:
        if kept.received_at > timezone.now() - PATIENCE:
            raise
        logger.warning("Event %s of %s is not asked for again: %s", kept.pk, gateway, reason)
        return
    PaymentEvent.objects.filter(pk=kept.pk).update(payment_id=payment_id, settled_at=timezone.now())


def _settled(gateway: str, event: WebhookEvent) -> int:
    """Ask the provider about the payment of a notification. Return its primary key."""
    known = find_payment(gateway, event.reference)
    if known is None:
        raise NotYet("unknown reference")
    try:
        settled = settle_known(known)
    except GatewayRefused as refusal:
        raise NotYet(f"the provider refused to say more: {refusal}") from refusal
    if not settled.is_final and settled.answered < event.sequence:
        raise NotYet("the provider's answer is older than its notification")
    return known.payment.pk
