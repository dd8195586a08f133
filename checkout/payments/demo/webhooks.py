"""Notifications to the merchant: signed, over HTTP, tried again until they are taken."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import timedelta
from http.client import HTTPException
from typing import Any

from django.db.models import F
from django.utils import timezone
from django_tasks import task

from checkout.payments.demo.models import Delivery, Event
from checkout.payments.demo.signing import HEADER, header_of

PAUSES = (1, 5, 30, 120, 600, 1800, 7200)
"""Seconds between one try and the next; after the last one the provider gives up (the merchant can still ask)."""
TIMEOUT = 10
"""Seconds that the merchant's server has to answer."""


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A redirected notification would arrive as a GET without body: it counts as not taken."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


# Without the environment's proxies: a merchant's address is reached directly.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere)


@task()
def deliver(event_pk: int) -> bool:
    """Try once, and enqueue the next try when the merchant did not take it. Return whether it was taken."""
    tries = _claim(event_pk)
    if tries is None:
        return False
    event = Event.objects.select_related("session").get(pk=event_pk)
    is_taken, answer = send(event.session.webhook_url, body_of(event))
    outcome: dict[str, Any] = {"answer": answer[:200], "next_try_at": None}
    if is_taken:
        outcome["delivered_at"] = timezone.now()
    elif tries <= len(PAUSES):
        outcome["next_try_at"] = timezone.now() + timedelta(seconds=PAUSES[tries - 1])
    Delivery.objects.filter(pk=event_pk).update(**outcome)
    if outcome["next_try_at"]:
        deliver.using(run_after=outcome["next_try_at"]).enqueue(event_pk)
    return is_taken


def send_again(event_pks: list[int]) -> int:
    """Send notifications that the merchant has not taken anew, with all their tries. Return how many."""
    untaken = Delivery.objects.filter(pk__in=event_pks, delivered_at=None)
    pks = list(untaken.values_list("pk", flat=True))
    untaken.update(tries=0, next_try_at=timezone.now())
    for pk in pks:
        deliver.enqueue(pk)
    return len(pks)


def _claim(event_pk: int) -> int | None:
    """Return the number of this try, counted from 1; ``None`` when it was taken already or another worker is at it."""
    delivery = Delivery.objects.filter(pk=event_pk, delivered_at=None).first()
    if delivery is None:
        return None
    same = Delivery.objects.filter(pk=event_pk, delivered_at=None, tries=delivery.tries)
    return delivery.tries + 1 if same.update(tries=F("tries") + 1) else None


def body_of(event: Event) -> bytes:
    """Say what happened, without what it is worth: the merchant is meant to ask."""
    return json.dumps(
        {
            "id": event.event_id,
            "kind": event.kind,
            "reference": event.session.reference,
            "sequence": event.sequence,
            "created": int(event.created_at.timestamp()),
        }
    ).encode()


def send(url: str, body: bytes) -> tuple[bool, str]:
    """POST a signed body. Return whether it was taken, and what the server said."""
    if not url.startswith(("http://", "https://")):
        return False, "not an address"
    headers = {"Content-Type": "application/json", HEADER: header_of(int(timezone.now().timestamp()), body)}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - checked above
    try:
        with _opener.open(request, timeout=TIMEOUT) as answer:
            return 200 <= answer.status < 300, f"{answer.status}"
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return False, f"{refusal.code}"
    except (OSError, HTTPException, ValueError) as failure:
        return False, f"{type(failure).__name__}"
