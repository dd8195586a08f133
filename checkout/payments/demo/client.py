"""The provider's library for merchants: what a shop would install to talk to it.

Every call answers with a :class:`SessionView`, and none raises for being repeated: a call with a key that was used before
says where the payment stands now.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse
from djmoney.money import Money

from checkout.payments.demo.books import SessionRow, open_session, read_session
from checkout.payments.demo.models import Session
from checkout.payments.demo.services import move

State = Session.State


class DemoError(Exception):
    """The provider said no."""


class NoSuchSession(DemoError):
    """The reference is not one of ours."""


class KeyReused(DemoError):
    """The idempotency key was used before for another payment."""


class Unreachable(Exception):
    """The provider did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """``hosted_url``: absolute address of the page where the shopper pays. ``sequence``: number of the last change."""

    reference: str
    state: str
    amount: Money
    sequence: int
    hosted_url: str


def create_session(
    *,
    key: str,
    amount: Money,
    order_number: str,
    return_url: str,
    webhook_url: str = "",
    email: str = "",
    language: str = "en",
    return_method: str = "GET",
    capture: str = Session.Capture.AUTOMATIC,
) -> SessionView:
    """Open a payment, or find the one that was opened with this key. Raises :class:`KeyReused`, :class:`DemoError`."""
    if amount.amount <= 0:
        raise DemoError("the amount must be above zero")
    session = open_session(
        merchant_key=key,
        amount=amount,
        order_number=order_number,
        return_url=return_url,
        webhook_url=webhook_url,
        email=email,
        language=language,
        return_method=return_method,
        capture=capture,
    )
    if session.amount != amount or session.order_number != order_number:
        raise KeyReused(key)
    return _view(session)


def get(reference: str) -> SessionView:
    return _view(_find(reference))


def capture(reference: str, *, key: str) -> SessionView:
    """Take a reserved amount. Raises :class:`DemoError` for a payment that was never authorised."""
    if _find(reference).state in (State.CREATED, State.DELAYED):
        raise DemoError("nothing is authorised")
    move(reference, State.CAPTURED, key=key)
    return get(reference)


def void(reference: str, *, key: str) -> SessionView:
    """Give a payment up before money moved. When it has moved, nothing happens and the answer says so."""
    _find(reference)
    move(reference, State.VOIDED, key=key)
    return get(reference)


def refund(reference: str, amount: Money, *, key: str) -> SessionView:
    """Send the whole captured amount back; this provider knows no part refunds."""
    session = _find(reference)
    if session.amount != amount:
        raise DemoError("only the whole amount can be refunded")
    if session.state not in (State.CAPTURED, State.REFUNDED):
        raise DemoError("nothing is captured")
    move(reference, State.REFUNDED, key=key)
    return get(reference)


def _find(reference: str) -> SessionRow:
    try:
        return read_session(reference)
    except Session.DoesNotExist:
        raise NoSuchSession(reference) from None
    except DatabaseError as failure:
        raise Unreachable(str(failure)) from failure


def _view(session: SessionRow) -> SessionView:
    return SessionView(
        reference=session.reference,
        state=session.state,
        amount=session.amount,
        sequence=session.sequence,
        hosted_url=_origin(session) + reverse("demo-gateway-pay", args=[session.reference]),
    )


def _origin(session: SessionRow) -> str:
    """Its pages live beside the merchant's, unless the settings give them an address of their own."""
    own: str = settings.DEMO_GATEWAY_ORIGIN
    merchant = urlsplit(session.return_url)
    return own or f"{merchant.scheme}://{merchant.netloc}"
