"""Mails on their way out: written in the transaction that causes them, sent after it by a task.

The row is the promise; the task only makes it quick. A task that was lost (a crash right after the commit, a mail server
that was down for a day) is made up for by :func:`enqueue_due`.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from checkout.models import OutboxMessage
from checkout.services.mail import unclaimed
from checkout.tasks import send_message
from shop.catalog.prepared_writes import PreparedInsert

OVERDUE = timedelta(minutes=15)
"""A message that is still unsent after this time has lost its task, or that one has given up."""
MOST_TRIES = 30
"""After that many tries the message is left to staff."""

_write = PreparedInsert(OutboxMessage, or_nothing=True)


def write(order_id: int, kind: OutboxMessage.Kind) -> None:
    """Promise a mail, at most one of each kind per order. Call it inside the transaction that it belongs to."""
    message_id = _write.run(order_id=order_id, kind=kind)
    if message_id is not None:
        # A queue that is down must not fail what has been committed. (Django wants a name of a robust hook: no partial.)
        transaction.on_commit(lambda: send_message.enqueue(message_id), robust=True)


def enqueue_due(*, limit: int = 500, dry_run: bool = False) -> int:
    """Give overdue messages a task again, oldest first. How many. Never sends twice: sending claims the message."""
    due = OutboxMessage.objects.filter(
        unclaimed(), sent_at=None, tries__lt=MOST_TRIES, created_at__lt=timezone.now() - OVERDUE
    )
    chosen = list(due.order_by("created_at").values_list("pk", flat=True)[:limit])
    for message_id in [] if dry_run else chosen:
        send_message.enqueue(message_id)
    return len(chosen)


def send_again(message_ids: list[int]) -> int:
    """Staff want these unsent mails tried once more, however often they failed. How many were enqueued."""
    unsent = list(OutboxMessage.objects.filter(pk__in=message_ids, sent_at=None).values_list("pk", flat=True))
    OutboxMessage.objects.filter(pk__in=unsent, sent_at=None).update(tries=0)
    for message_id in unsent:
        send_message.enqueue(message_id)
    return len(unsent)
