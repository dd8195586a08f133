"""Texts that a shopper must be able to see."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by name, but nothing is drawn for them (fillers of Hangul, the empty Braille pattern)."""


def is_visible(text: str) -> bool:
    """Whether anything of it stands on the page: a letter, a digit, a sign."""
    return any(unicodedata.category(sign)[0] in "LNPS" and sign not in BLANK for sign in text)


def check_visible(text: str) -> None:
    """A validator of forms. Raises ``ValidationError``."""
    if text and not is_visible(text):
        raise ValidationError(gettext("Nothing of this can be seen on the page: please write a name that can."))
