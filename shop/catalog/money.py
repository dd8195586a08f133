"""How amounts are written: ``129.00 €``. One place, because the mails, the pages and the facts must agree."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency
from django.conf import settings
from django.utils.translation import get_language, to_locale
from djmoney.money import Money


def money_text(amount: Money) -> str:
    """The amount in the language that is active now."""
    return _formatted(amount.amount, amount.currency.code, get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=8192)  # Babel takes some 60 µs an amount; a list page shows forty
def _formatted(amount: Decimal, currency: str, language: str) -> str:
    pattern = "#,##0.00\xa0¤" if language == settings.LANGUAGE_CODE else None
    return format_currency(amount, currency, format=pattern, locale=to_locale(language))


def money_fact(amount: Money) -> str:
    """The amount as a fact: independent of the language, such as ``129.00 EUR``."""
    return f"{amount.amount:.2f} {amount.currency.code}"


def no_money() -> Money:
    return Money(0, settings.DEFAULT_CURRENCY)
