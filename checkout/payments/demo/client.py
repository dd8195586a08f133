"""The provider's library for merchants: what a shop would install to talk to it.

Every call answers with a :class:`SessionView`, and none raises for being repeated: a call with a key that was used before
says where the payment stands now. Where ``settings.DEMO_GATEWAY_API`` names the address of a provider, it is called over
HTTP; otherwise it runs in this process. Either way a call raises :class:`DemoError` (no), :class:`Unreachable` (silence, or
an answer that is none), and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse
from djmoney.money import Money

from checkout.payments.demo import remote
from checkout.payments.demo.answers import DemoError, KeyReused, NoSuchSession, SessionView, Unreachable
from checkout.payments.demo.models import Session
from checkout.payments.demo.services import find_session, move, open_session

__all__ = [
    "DemoError",
    "KeyReused",
    "NoSuchSession",
    "SessionView",
    "State",
    "Unreachable",
    "capture",
    "create_session",
    "get",
    "refund",
    "runs_here",
    "void",
]

State = Session.State
P = ParamSpec("P")


def runs_here() -> bool:
    """Tell whether the provider is this process, and no other is called."""
    return not settings.DEMO_GATEWAY_API


def _or_over_http(call: Callable[P, SessionView]) -> Callable[P, SessionView]:
    """Ask the provider where it is. Its books fail in many ways, and a merchant cannot tell them apart."""

    @wraps(call)
    def asked(*arguments: P.args, **named: P.kwargs) -> SessionView:
        if not runs_here():
            return remote.call(call.__name__, arguments, named)
        try:
            return call(*arguments, **named)
        except DatabaseError as failure:
            raise Unreachable(type(failure).__name__) from failure

    return asked


@_or_over_http
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


@_or_over_http
def get(reference: str) -> SessionView:
    return _view(_find(reference))


@_or_over_http
def capture(reference: str, *, key: str) -> SessionView:
    """Take a reserved amount. Raises :class:`DemoError` for a payment that was never authorised."""
    if _find(reference).state in (State.CREATED, State.DELAYED):
        raise DemoError("nothing is authorised")
    move(reference, State.CAPTURED, key=key)
    return _view(_find(reference))


@_or_over_http
def void(reference: str, *, key: str) -> SessionView:
    """Give a payment up before money moved. When it has moved, nothing happens and the answer says so."""
    _find(reference)
    move(reference, State.VOIDED, key=key)
    return _view(_find(reference))


@_or_over_http
def refund(reference: str, amount: Money, *, key: str) -> SessionView:
    """Send the whole captured amount back; this provider knows no part refunds."""
    session = _find(reference)
    if session.amount != amount:
        raise DemoError("only the whole amount can be refunded")
    if session.state not in (State.CAPTURED, State.REFUNDED):
        raise DemoError("nothing is captured")
    move(reference, State.REFUNDED, key=key)
    return _view(_find(reference))


def _find(reference: str) -> Session:
    try:
        return find_session(reference)
    except Session.DoesNotExist:
        raise NoSuchSession(reference) from None


def _view(session: Session) -> SessionView:
    return SessionView(
        reference=session.reference,
        state=session.state,
        amount=session.total,
        sequence=session.sequence,
        hosted_url=_origin(session) + reverse("demo-gateway-pay", args=[session.reference]),
    )


def _origin(session: Session) -> str:
    """Return where the provider's pages live: beside the merchant's, unless the settings give them another address."""
    own: str = settings.DEMO_GATEWAY_ORIGIN
    merchant = urlsplit(session.return_url)
    return own or f"{merchant.scheme}://{merchant.netloc}"
