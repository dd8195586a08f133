"""What the shop does in the background. Kept in the database, so a restart loses none of it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from checkout.services import mail


@task()
def send_message(message_id: int) -> None:
    """Send one mail; after a failure the next try is enqueued for later."""
    pause = mail.send(message_id)
    if pause is not None:
        send_message.using(run_after=timezone.now() + timedelta(seconds=pause)).enqueue(message_id)
