"""What the provider answers to a merchant, and how that travels as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from djmoney.money import Money

from checkout.payments.demo.models import Session

REFERENCE = re.compile(r"[A-Za-z0-9_.-]{1,100}")
AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,4})?")
CURRENCY = re.compile(r"[A-Z]{3}")
MAX_ADDRESS = 1000
MAX_SEQUENCE = 9_000_000_000_000_000_000


class DemoError(Exception):
    """The provider said no."""


class NoSuchSession(DemoError):
    """The reference names no payment of this provider."""


class KeyReused(DemoError):
    """The idempotency key was used before for another payment."""


class Unreachable(Exception):
    """The provider did not answer, or nothing that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """``hosted_url``: absolute address of the page where the shopper pays. ``sequence``: number of the last change."""

    reference: str
    state: str
    amount: Money
    sequence: int
    hosted_url: str


def to_json(view: SessionView) -> dict[str, Any]:
    return {
        "reference": view.reference,
        "state": view.state,
        "amount": str(view.amount.amount),
        "currency": view.amount.currency.code,
        "sequence": view.sequence,
        "hosted_url": view.hosted_url,
    }


def from_json(told: Any) -> SessionView:
    """Read an answer, strictly. Raises ``ValueError`` for all that is none."""
    if not isinstance(told, Mapping):
        raise ValueError("not an object")
    sequence = told.get("sequence")
    if not isinstance(sequence, int) or isinstance(sequence, bool) or not 0 <= sequence <= MAX_SEQUENCE:
        raise ValueError("sequence")
    url = _text(told, "hosted_url")
    if not url.startswith(("http://", "https://")) or len(url) > MAX_ADDRESS or not url.isascii():
        raise ValueError("hosted_url")
    return SessionView(
        reference=_matching(told, "reference", REFERENCE),
        state=Session.State(_text(told, "state")),
        amount=money_of(told),
        sequence=sequence,
        hosted_url=url,
    )


def money_of(told: Mapping[str, Any]) -> Money:
    """Read an amount of two texts. Raises ``ValueError``."""
    try:
        return Money(Decimal(_matching(told, "amount", AMOUNT)), _matching(told, "currency", CURRENCY))
    except InvalidOperation as wrong:
        raise ValueError("amount") from wrong


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise ValueError(name)
    return value


def _matching(told: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = _text(told, name)
    if not pattern.fullmatch(value):
        raise ValueError(name)
    return value
