"""The shop's one currency, looked at before anything starts."""

from __future__ import annotations

from babel.numbers import get_currency_precision
from django.core.exceptions import ImproperlyConfigured
from moneyed import CURRENCIES

MAX_DIGITS = 3


def known_currency(code: str) -> str:
    """The code in capitals. Raises ImproperlyConfigured for none, and for one with more digits than an amount has here."""
    currency = code.strip().upper()
    if currency not in CURRENCIES:
        raise ImproperlyConfigured(f"DEFAULT_CURRENCY={code!r} is no currency; it takes a code such as EUR.")
    if get_currency_precision(currency) > MAX_DIGITS:
        raise ImproperlyConfigured(
            f"DEFAULT_CURRENCY={currency} has {get_currency_precision(currency)} digits behind the point; the shop keeps"
            f" {MAX_DIGITS}."
        )
    return currency
