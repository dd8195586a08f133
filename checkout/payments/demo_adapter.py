"""The demo provider as one of the shop's gateways: its library on one side, our protocol on the other."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from checkout.payments.base import (
    BadSignature,
    GatewayRefused,
    GatewayState,
    GatewayStatus,
    GatewayUnavailable,
    StaleEvent,
    Started,
    StartRequest,
    WebhookEvent,
)
from checkout.payments.demo import client, signing
from checkout.payments.demo.client import State
from checkout.payments.guard import seconds_left

TOLERANCE = 300
"""Seconds between the signature of a notification and its arrival; an older one may be a replay."""

STATES = {
    State.CREATED: GatewayState.WAITING,
    State.DELAYED: GatewayState.PROCESSING,
    State.AUTHORISED: GatewayState.AUTHORISED,
    State.CAPTURED: GatewayState.CAPTURED,
    State.DECLINED: GatewayState.DECLINED,
    State.CANCELLED: GatewayState.CANCELLED,
    State.VOIDED: GatewayState.VOIDED,
    State.REFUNDED: GatewayState.REFUNDED,
}
NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""What ids, references and kinds look like; anything else is garbage, however well signed."""
SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


class DemoGateway:
    label = _("Card (test)")
    description = _("Pay on the pages of a test provider. No money moves.")

    @property
    def runs_here(self) -> bool:
        return client.runs_here()

    def start(self, request: StartRequest) -> Started:
        session = _asked(
            client.create_session,
            key=request.key,
            amount=request.amount,
            order_number=request.order_number,
            return_url=request.return_url,
            webhook_url=request.webhook_url,
            email=request.email,
            language=request.language,
            return_method=settings.DEMO_GATEWAY_RETURN,
            capture=settings.DEMO_GATEWAY_CAPTURE,
        )
        return Started(reference=session.reference, redirect_url=session.hosted_url)

    def status(self, reference: str) -> GatewayStatus:
        return _status(_asked(client.get, reference))

    def capture(self, reference: str, *, key: str) -> GatewayStatus:
        return _status(_asked(client.capture, reference, key=key))

    def void(self, reference: str, *, key: str) -> GatewayStatus:
        return _status(_asked(client.void, reference, key=key))

    def refund(self, reference: str, amount: Money, *, key: str) -> GatewayStatus:
        return _status(_asked(client.refund, reference, amount, key=key))

    def parse_return(self, parameters: Mapping[str, str]) -> str:
        reference, signature = parameters.get("reference", ""), parameters.get("signature", "")
        if not _same(signing.return_signature(reference), signature):
            raise BadSignature("return")
        return reference

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        signed = SIGNATURE.fullmatch(headers.get(signing.HEADER, ""))
        if signed is None:
            raise BadSignature("no signature")
        timestamp = int(signed[1])
        if not _same(signing.signature_of(timestamp, body), signed[2]):
            raise BadSignature("signature")
        if abs(timezone.now().timestamp() - timestamp) > TOLERANCE:
            raise StaleEvent(f"{TOLERANCE} seconds are over")
        return _event(body)


def _event(body: bytes) -> WebhookEvent:
    """Read strictly: JSON knows numbers and depths that Python does not survive, and true is a number to it."""
    try:
        told = json.loads(body)
        names = [told[name] for name in ("id", "reference", "kind")]
        sequence = told["sequence"]
    except (ValueError, KeyError, TypeError, RecursionError) as garbage:
        raise BadSignature("not a notification") from garbage
    if not all(isinstance(name, str) and NAME.fullmatch(name) for name in names):
        raise BadSignature("not a notification")
    if type(sequence) is not int:
        raise BadSignature("not a notification")
    return WebhookEvent(id=names[0], reference=names[1], kind=names[2], sequence=sequence)


def _same(wanted: str, given: str) -> bool:
    """Compare in constant time, so that the time taken tells nothing about the right one."""
    return hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))


def _asked(call: Any, *arguments: Any, **named: Any) -> client.SessionView:
    """Return the provider's answer, with its errors in the words of the gateway protocol."""
    try:
        with _statements_limited_to(seconds_left()) if client.runs_here() else nullcontext():
            view: client.SessionView = call(*arguments, **named)
    except client.Unreachable as failure:
        raise GatewayUnavailable("the demo provider does not answer") from failure
    except client.DemoError as refusal:
        raise GatewayRefused(str(refusal)) from refusal
    return view


@contextmanager
def _statements_limited_to(seconds: float) -> Iterator[None]:
    """Limit the provider's own transaction: PostgreSQL ends it, SQLite waits no longer than ``timeout`` for a lock."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(max(1, int(seconds * 1000)))])
        yield


def _status(session: client.SessionView) -> GatewayStatus:
    declined = session.state == State.DECLINED
    return GatewayStatus(
        state=STATES[State(session.state)],
        amount=session.amount,
        sequence=session.sequence,
        message="The card was declined." if declined else "",
    )
