"""Every change of a payment session: one conditional UPDATE, one event, one notification."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import task

from checkout.payments.demo.models import Delivery, Event, Session
from checkout.payments.demo.webhooks import deliver

State = Session.State

BEFORE: dict[State, tuple[State, ...]] = {
    State.AUTHORISED: (State.CREATED,),
    State.DELAYED: (State.CREATED,),
    State.CAPTURED: (State.CREATED, State.DELAYED, State.AUTHORISED),
    State.DECLINED: (State.CREATED, State.DELAYED),
    State.CANCELLED: (State.CREATED,),
    State.VOIDED: (State.CREATED, State.DELAYED, State.AUTHORISED),
    State.REFUNDED: (State.CAPTURED,),
}
"""From which states a state can be reached."""

UNFINISHED = (State.CREATED,)
"""The shopper has still something to decide on the hosted page."""


def find_session(reference: str) -> Session:
    """Find a session by its reference. Raises ``Session.DoesNotExist``."""
    if "\x00" in reference:  # which PostgreSQL refuses to look for
        raise Session.DoesNotExist(reference)
    return Session.objects.get(reference=reference)


def open_session(*, merchant_key: str, **values: Any) -> Session:
    """Open a session, or return the one that was opened with this key. The key is unique, so two at once are one."""
    Session.objects.bulk_create([Session(merchant_key=merchant_key, **values)], ignore_conflicts=True)
    return Session.objects.get(merchant_key=merchant_key)


def move(reference: str, target: State, *, key: str = "") -> bool:
    """Change the state of a session and tell the merchant. False when it does not stand where it could move from.

    A double press, a repeated call and two calls at once have one effect: the row count decides.
    """
    with transaction.atomic():
        movable = Session.objects.filter(reference=reference, state__in=BEFORE[target])
        if not movable.update(state=target, sequence=F("sequence") + 1):
            return False
        session = find_session(reference)
        event = Event.objects.create(session=session, kind=f"payment.{target}", sequence=session.sequence, key=key)
        if session.webhook_url:
            Delivery.objects.create(event=event, next_try_at=timezone.now())
            deliver.enqueue(event.pk)  # the queue is in the same database: no crash can come between the two
    return True


def pay(session: Session) -> bool:
    """Take the money: the shopper pressed "pay"."""
    manual = session.capture == Session.Capture.MANUAL
    return move(session.reference, State.AUTHORISED if manual else State.CAPTURED)


def delay(session: Session) -> bool:
    """Let the money come ``settings.DEMO_GATEWAY_DELAY`` seconds later: the shopper's bank takes its time."""
    with transaction.atomic():
        if not move(session.reference, State.DELAYED):
            return False
        later = timezone.now() + timedelta(seconds=settings.DEMO_GATEWAY_DELAY)
        capture_delayed.using(run_after=later).enqueue(session.reference)
    return True


@task()
def capture_delayed(reference: str) -> None:
    """Take the delayed money, unless the merchant gave the payment up meanwhile."""
    move(reference, State.CAPTURED)
