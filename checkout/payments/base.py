"""What a payment provider is to the shop: one protocol, and the plain values that cross it.

The shop never believes a browser or the content of a notification: both only say *when* to ask. What is true is what
:meth:`Gateway.status` answers. Every call that can move money carries an idempotency key, so that a repeated call, from
here or by a broken line, has one effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from djmoney.money import Money


class GatewayState(StrEnum):
    """Where a payment stands at its provider."""

    WAITING = "waiting"
    """Open; the shopper has not acted yet."""
    PROCESSING = "processing"
    """The shopper has acted; the provider does not know yet how it ends."""
    AUTHORISED = "authorised"
    """Reserved. Has to be captured, or voided, by us."""
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    """Given up by the shopper on the provider's page."""
    VOIDED = "voided"
    """Given up by us before any money moved."""
    REFUNDED = "refunded"
    """The whole amount went back."""


class GatewayError(Exception):
    """Base of all that goes wrong with a provider."""


class GatewayUnavailable(GatewayError):
    """No answer, or none that can be used. Nothing is known; the same call with the same key may be repeated."""


class GatewayMissing(GatewayUnavailable):
    """The gateway is not configured (any more): nobody can be asked until it is again, which may be never."""


class GatewayRefused(GatewayError):
    """The provider understood and said no. Repeating does not help."""


class BadSignature(GatewayError):
    """A notification or a return that the provider did not sign."""


class StaleEvent(GatewayError):
    """Signed, but too long ago: somebody may be replaying it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """``key``: idempotency key. ``return_url``, ``webhook_url``: absolute. ``language``: BCP 47, as Django names it."""

    key: str
    amount: Money
    order_number: str
    return_url: str
    webhook_url: str
    language: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """``reference``: the provider's id of the payment. ``redirect_url``: its hosted page for the shopper."""

    reference: str
    redirect_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    """``sequence`` never falls at one payment: of two answers the one with the higher number is the newer one.

    A provider without such a number gives 0 for all. ``message``: why it was declined, in the provider's words.
    """

    state: GatewayState
    amount: Money
    sequence: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """A notification whose signature was right. ``sequence``: as in :class:`GatewayStatus`, 0 when it has none."""

    id: str
    reference: str
    kind: str
    sequence: int = 0


class Gateway(Protocol):
    """One provider. Stateless; one instance serves all threads.

    ``label`` and ``description`` are shown at the payment stage; they may be lazily translated. A gateway whose provider
    lives in this process may set ``runs_here``; all others are called in a thread, within a limit of time.
    All calls raise :class:`GatewayUnavailable` when the provider cannot be reached, :class:`GatewayRefused` when it says no.
    """

    @property
    def label(self) -> str: ...

    @property
    def description(self) -> str: ...

    def start(self, request: StartRequest) -> Started:
        """Open a payment. The same key gives the same payment."""
        ...

    def status(self, reference: str) -> GatewayStatus: ...

    def capture(self, reference: str, *, key: str) -> GatewayStatus:
        """Take an authorised amount. The answer says where the payment stands now, also when it was captured before."""
        ...

    def void(self, reference: str, *, key: str) -> GatewayStatus:
        """Give an unpaid payment up. When money has moved already it is left alone, and the answer says so."""
        ...

    def refund(self, reference: str, amount: Money, *, key: str) -> GatewayStatus:
        """Send captured money back, once per key."""
        ...

    def parse_return(self, parameters: Mapping[str, str]) -> str:
        """Return the reference that a returning shopper brings. Raises :class:`BadSignature`."""
        ...

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a notification. ``headers``: case-insensitive.

        Raises :class:`BadSignature` (also for garbage) and :class:`StaleEvent`.
        """
        ...
