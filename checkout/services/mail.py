"""The mails that belong to an order: claimed, composed in the order's language, sent, marked as sent.

A mail that cannot be sent never touches its order: the error is kept on the message, and it is tried again. A process
that dies between the mail server's "accepted" and our mark sends it twice at worst; both copies carry the same
Message-ID, by which mail programs and servers recognise the second one.
"""

from __future__ import annotations

import logging
import math
from datetime import timedelta
from email.utils import parseaddr
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from djmoney.money import Money

from checkout.models import Order, OrderLine, OutboxMessage

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=3)
"""How long a sender has a message to itself; after that it is taken to have died. ``EMAIL_TIMEOUT`` is far below it."""
PAUSES = (10, 60, 300, 1800, 7200, 21600)
"""Seconds until the next try after each failed one; after the last, only ``cleanup`` tries again."""
TEMPLATES = {
    OutboxMessage.Kind.CONFIRMATION: "order_confirmation",
    OutboxMessage.Kind.REFUNDED: "refunded",
    OutboxMessage.Kind.RETURNED: "returned",
}


def send(message_id: int) -> int | None:
    """Send one message, unless it was sent or another process is at it.

    Answers the seconds until the next try when this one failed and should be repeated, or when another process has the
    message and may have died with it; else ``None``.
    """
    if not _claim(message_id):
        return _seconds_claimed(message_id)
    message = OutboxMessage.objects.select_related("order").get(pk=message_id)
    try:
        compose(message).send()
    except (OSError, SMTPException, ValueError) as failure:  # ValueError: an address that cannot be written
        return _failed(message, failure)
    OutboxMessage.objects.filter(pk=message_id).update(sent_at=timezone.now(), error="")
    return None


def unclaimed() -> Q:
    """Return the condition that nobody is sending a message right now."""
    return Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIM)


def compose(message: OutboxMessage) -> EmailMultiAlternatives:
    """Return subject, text and HTML of a message, in its order's language."""
    order, template = message.order, f"emails/{TEMPLATES[OutboxMessage.Kind(message.kind)]}"
    with translation.override(order.language):
        origin = origin_of(order)
        receipt = origin + reverse("receipt", args=[order.token])
        context = {
            "order": order,
            "lines": [_Line(line) for line in order.lines.all()],
            "delivery": ", ".join(filter(None, [gettext("Delivery"), order.shipping_name])),
            "address": _address(order),
            "receipt_url": receipt,
            "shop_name": settings.SHOP_NAME,
        }
        subject = " ".join(render_to_string(f"{template}.subject.txt", context).split())
        mail = EmailMultiAlternatives(subject, render_to_string(f"{template}.txt", context), to=[order.email])
        mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    mail.extra_headers["Message-ID"] = f"<{message.kind}.{order.number}@{domain}>"
    return mail


def origin_of(order: Order) -> str:
    """Return scheme and host for links: the configured address, else the one under which this order was paid."""
    configured: str = settings.SHOP_URL.rstrip("/")
    return configured or order.payments.exclude(origin="").values_list("origin", flat=True).last() or ""


class _Line:
    """An order line as a mail shows it."""

    def __init__(self, line: OrderLine) -> None:
        title = ", ".join(filter(None, [line.title, line.variant_label]))
        self.in_words = f"{line.quantity} × {title}"
        self.total: Money = line.unit_price * line.quantity


def _address(order: Order) -> list[str]:
    """Return the lines of the address label."""
    town = ", ".join(filter(None, [f"{order.postcode} {order.city}".strip(), order.region]))
    return [part for part in (order.name, order.line1, order.line2, town, str(order.country.name)) if part]


def _claim(message_id: int) -> bool:
    free = OutboxMessage.objects.filter(unclaimed(), pk=message_id, sent_at=None)
    return free.update(claimed_at=timezone.now(), tries=F("tries") + 1) == 1


def _seconds_claimed(message_id: int) -> int | None:
    """Return how long a message is claimed by the process that sends it; ``None`` for one that is sent or gone."""
    claimed = OutboxMessage.objects.filter(pk=message_id, sent_at=None).values_list("claimed_at", flat=True).first()
    if claimed is None:
        return None
    return max(1, math.ceil((claimed + CLAIM - timezone.now()).total_seconds()))


def _failed(message: OutboxMessage, failure: Exception) -> int | None:
    told = f"{type(failure).__name__}: {failure}"[:400]
    logger.warning("Mail %s of order %s was not sent: %s", message.kind, message.order.number, type(failure).__name__)
    OutboxMessage.objects.filter(pk=message.pk).update(claimed_at=None, error=told)
    return PAUSES[message.tries - 1] if message.tries <= len(PAUSES) else None
