"""Amounts: how they are read, and how they are written, ``129.00 €``. One place: mails, pages and facts must agree.

How many digits stand behind the point follows from the currency: two for EUR, none for JPY, three for KWD. The database
keeps three for all of them.
"""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.numbers import get_currency_precision, get_currency_symbol, parse_pattern
from django.conf import settings
from django.utils.translation import get_language, to_locale
from djmoney.money import Money

STORED_DIGITS = 3
"""Digits behind the point in the database; no currency that a shop may have needs more."""

_STORED = Decimal(1).scaleb(-STORED_DIGITS)


@cache
def digits_of(currency: str) -> int:
    """Digits behind the point of an amount: 2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


@cache
def _step(currency: str) -> Decimal:
    return Decimal(1).scaleb(-digits_of(currency))


def tidy(amount: Decimal, currency: str) -> Decimal:
    """The amount with the digits of its currency. One that has more keeps them: what is stored is not rounded away."""
    rounded = amount.quantize(_step(currency))
    return rounded if rounded == amount else amount.normalize()


def amount(value: Any) -> Decimal:
    """A column's value, as a database driver gives it: SQLite has no decimals, but floats and whole numbers."""
    return value if isinstance(value, Decimal) else Decimal(str(value)).quantize(_STORED)


def money_of(value: Any, currency: str) -> Money:
    """An amount and its currency, from two columns as a database driver gives them."""
    return Money(tidy(amount(value), currency), currency)


def money_text(amount: Money) -> str:
    """The amount in the language that is active now."""
    return _formatted(amount.amount, amount.currency.code, get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=8192)  # Babel takes some 60 µs an amount; a list page shows forty
def _formatted(amount: Decimal, currency: str, language: str) -> str:
    locale = Locale.parse(to_locale(language))
    exponent = tidy(amount, currency).as_tuple().exponent
    digits = max(0, -exponent) if isinstance(exponent, int) else 0
    pattern = copy(_pattern() if language == settings.LANGUAGE_CODE else locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return str(pattern.apply(amount, locale, currency=currency, currency_digits=False))


@cache
def _pattern() -> Any:
    """The shop's own way for its first language: the sign behind the amount."""
    return parse_pattern("#,##0.00\xa0¤")


@cache
def is_sign_of(mark: str, currency: str) -> bool:
    """Whether ``mark``, which stands at a price, can mean ``currency``: its code, its sign, or a word for any money."""
    symbol = get_currency_symbol(currency, "en")
    written = mark.upper().rstrip(".")
    if len(written) == 3 and written.isalpha() and written.isascii():
        return written == currency
    sign = [character for character in mark if not character.isalpha() and character != "."]
    return not sign or sign == [character for character in symbol if not character.isalpha()]


def money_fact(amount: Money) -> str:
    """The amount as a fact: independent of the language, such as ``129.00 EUR``."""
    return f"{tidy(amount.amount, amount.currency.code):f} {amount.currency.code}"


def no_money() -> Money:
    return Money(0, settings.DEFAULT_CURRENCY)


def like_euros(amount: Decimal, currency: str) -> Decimal:
    """An amount of the demo shop, which is thought in euros: in a currency without decimals a hundred times as much."""
    return tidy(amount if digits_of(currency) else amount * 100, currency)
