"""What providers tell us by notification: kept once, acknowledged only when it has been acted on."""

from __future__ import annotations

from django.utils import timezone

from checkout.models import PaymentEvent
from checkout.payments.base import WebhookEvent
from checkout.services.known import find_payment
from checkout.services.pay import settle_known


class NotYet(Exception):
    """The notification cannot be settled now; the provider has to send it again."""


def take_notice(gateway: str, event: WebhookEvent) -> None:
    """Keep a notification and bring its payment up to date by asking the provider.

    A repeated one that was settled does nothing. Raises :class:`NotYet` while its payment is not known here (it can
    overtake our own write) or the provider's answer is older than the notification, and ``GatewayUnavailable``.
    """
    kept, _ = PaymentEvent.objects.get_or_create(
        gateway=gateway,
        event_id=event.id[:100],
        defaults={"kind": event.kind[:60], "reference": event.reference[:100]},
    )
    if kept.settled_at:
        return
    known = find_payment(gateway, event.reference)
    if known is None:
        raise NotYet("unknown reference")
    if settle_known(known).sequence < event.sequence:
        raise NotYet("the provider's answer is older than its notification")
    PaymentEvent.objects.filter(pk=kept.pk).update(payment_id=known.payment.pk, settled_at=timezone.now())
