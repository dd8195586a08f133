"""A provider that does as it is told, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from djmoney.money import Money

from checkout.payments.base import (
    BadSignature,
    GatewayRefused,
    GatewayState,
    GatewayStatus,
    GatewayUnavailable,
    Started,
    StartRequest,
    WebhookEvent,
)

OPEN = {GatewayState.WAITING, GatewayState.PROCESSING, GatewayState.AUTHORISED}


@dataclass
class Provider:
    """``payments``: status by reference. ``calls``: (what, reference or key). ``down``, ``refuses``: names of calls."""

    payments: dict[str, GatewayStatus] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    requests: list[StartRequest] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    refuses: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def ask(self, what: str, reference: str) -> None:
        self.calls.append((what, reference))
        if what in self.down:
            raise GatewayUnavailable(f"{what}: no answer")
        if what in self.refuses:
            raise GatewayRefused(f"{what}: no")

    def set(self, reference: str, state: GatewayState, amount: Money | None = None, **fields: object) -> None:
        """The provider's truth changes, one number up."""
        with self.lock:
            known = self.payments[reference]
            changed = {"state": state, "amount": amount or known.amount, "sequence": known.sequence + 1, **fields}
            self.payments[reference] = replace(known, **changed)

    def move(self, reference: str, state: GatewayState, key: str, frm: set[GatewayState]) -> GatewayStatus:
        with self.lock:
            if self.payments[reference].state in frm:
                self.set(reference, state)
                self.moved.append((state, key))
            return self.payments[reference]


PROVIDER = Provider()


def new_provider() -> Provider:
    """A provider without a past, for the next test."""
    PROVIDER.__init__()  # type: ignore[misc]
    return PROVIDER


class FakeGateway:
    label = "Fake card"
    description = "Does as it is told."
    runs_here = True  # what a test hangs into a call shares the transaction of the test

    def start(self, request: StartRequest) -> Started:
        PROVIDER.ask("start", request.key)
        with PROVIDER.lock:
            PROVIDER.requests.append(request)
            reference = PROVIDER.references.setdefault(request.key, f"ref-{request.key}")
            PROVIDER.payments.setdefault(reference, GatewayStatus(state=GatewayState.WAITING, amount=request.amount))
        return Started(reference=reference, redirect_url=f"https://pay.example/{reference}")

    def status(self, reference: str) -> GatewayStatus:
        PROVIDER.ask("status", reference)
        return PROVIDER.payments[reference]

    def capture(self, reference: str, *, key: str) -> GatewayStatus:
        PROVIDER.ask("capture", reference)
        return PROVIDER.move(reference, GatewayState.CAPTURED, key, {GatewayState.AUTHORISED})

    def void(self, reference: str, *, key: str) -> GatewayStatus:
        PROVIDER.ask("void", reference)
        return PROVIDER.move(reference, GatewayState.VOIDED, key, OPEN)

    def refund(self, reference: str, amount: Money, *, key: str) -> GatewayStatus:
        PROVIDER.ask("refund", reference)
        return PROVIDER.move(reference, GatewayState.REFUNDED, key, {GatewayState.CAPTURED})

    def parse_return(self, parameters: Mapping[str, str]) -> str:
        if parameters.get("signature") != "ok":
            raise BadSignature("return")
        return parameters.get("reference", "")

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        if headers.get("Fake-Signature") != "ok":
            raise BadSignature("webhook")
        event_id, reference, kind, sequence = body.decode().split(" ")
        return WebhookEvent(id=event_id, reference=reference, kind=kind, sequence=int(sequence))
