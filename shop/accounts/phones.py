"""Telephone numbers: kept as people write them, checked by the numbering plans of the world."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from shop.accounts.text import clean_code

POSSIBLE = frozenset({ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY})
SIGNS = re.compile(r"(?:tel\.?:? ?)?[+(]*\d[\d()/ .,~*#;x-]*", re.IGNORECASE)
"""A number without a word for an extension."""
EXTENSION = re.compile(r"(?P<number>[+(]*\d[\d()/ .-]+?)[ ,;.-]*(?:[^\W\d_]{1,14}\.?:?|#|[,;]) ?(?P<extension>\d{1,7})")
"""A number with an extension, with the word for it in any language."""
WITH_LETTERS = re.compile(r"[+(]*\d[\d()/ .-]*[A-Za-z]{3,8}")
"""A number whose end is dialled by its letters, such as 1-800-FLOWERS."""
LEAST_DIGITS, MAX_DIGITS = 4, 15
FALLBACK_EXAMPLE = "+49 30 123456"


def normal_phone(typed: str, country: str) -> str | None:
    """Return a number in plain digits, spaces and dashes, as it is stored; ``None`` if it is not a number.

    ``country``: code of the country whose numbers need no prefix; empty for none.
    """
    text = clean_code(typed)
    return text if any(_is_possible(number, country) for number in _numbers_in(text)) else None


@lru_cache(maxsize=256)
def example_phone(country: str) -> str:
    """Return a number of this country, with its prefix."""
    number = phonenumbers.example_number(country) if country else None
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) if number else FALLBACK_EXAMPLE


def _numbers_in(text: str) -> list[str]:
    """Return the readings to try: the whole text, what stands before an extension, and each with + for 00."""
    found = [text] if SIGNS.fullmatch(text) or WITH_LETTERS.fullmatch(text) else []
    if with_extension := EXTENSION.fullmatch(text):
        found.append(with_extension["number"])
    return [*found, *("+" + number[2:] for number in found if number.startswith("00"))]


def _is_possible(text: str, country: str) -> bool:
    if sum(map(str.isalnum, text)) < LEAST_DIGITS:
        return False
    try:
        number = PhoneNumber.from_string(text, region=country or None)
    except NumberParseException:
        return not country and not text.startswith("+") and sum(map(str.isdigit, text)) <= MAX_DIGITS
    return phonenumbers.is_possible_number_with_reason(number) in POSSIBLE
