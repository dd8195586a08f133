"""Mails on their way out: written in the transaction that causes them, together with the task that sends them.

The row is the promise; the task only makes it quick. What the task has given up (a mail server that was down for a day) is
made up for by :func:`enqueue_due`.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from checkout.models import OutboxMessage
from checkout.services.mail import unclaimed
from checkout.tasks import send_message

logger = logging.getLogger(__name__)

OVERDUE = timedelta(minutes=15)
"""A message that is still unsent after this time has lost its task, or that one has given up."""
MAX_TRIES = 30
"""After that many tries the message is left to staff."""


def write(order_id: int, kind: OutboxMessage.Kind) -> None:
    """Promise a mail, at most one of each kind per order. Call it inside the transaction that it belongs to."""
    message, is_new = OutboxMessage.objects.get_or_create(order_id=order_id, kind=kind)
    if not is_new:
        return
    try:
        with transaction.atomic():  # the queue is in the same database: no crash can come between the two
            send_message.enqueue(message.pk)
    except Exception:  # but trouble with the queue is no reason to lose an order
        logger.exception("Mail %s has no task; cleanup gives it one", message.pk)


def enqueue_due(*, limit: int = 500, dry_run: bool = False) -> int:
    """Give overdue messages a task again, oldest first; return how many.

    Never sends twice: sending claims the message.
    """
    due = OutboxMessage.objects.filter(
        unclaimed(), sent_at=None, tries__lt=MAX_TRIES, created_at__lt=timezone.now() - OVERDUE
    )
    chosen = list(due.order_by("created_at").values_list("pk", flat=True)[:limit])
    for message_id in [] if dry_run else chosen:
        send_message.enqueue(message_id)
    return len(chosen)


def given_up() -> QuerySet[OutboxMessage]:
    """Return mails that had all their tries: dead letters, until staff try them again."""
    return OutboxMessage.objects.filter(sent_at=None, tries__gte=MAX_TRIES)


def send_again(message_ids: list[int]) -> int:
    """Send unsent mails once more, however often they failed, as staff want it. Return how many were enqueued."""
    unsent = list(OutboxMessage.objects.filter(pk__in=message_ids, sent_at=None).values_list("pk", flat=True))
    OutboxMessage.objects.filter(pk__in=unsent, sent_at=None).update(tries=0)
    for message_id in unsent:
        send_message.enqueue(message_id)
    return len(unsent)
