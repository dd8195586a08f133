"""One spelling for text: how it is stored, what of it can be an address, and what is the same for a search."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Marks that are added to letters of many scripts, and the points of Hebrew and Arabic, which are mostly left out. The
# vowel signs of other scripts are marks as well, but without them it would be another word.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\ufe20-\ufe2f]"
)
_APOSTROPHES = "'`´\u02b9\u02bb\u02bc\u02be\u02bf\u02c8\u2018\u2019\u201a\u201b\u2032\u2035\ua78c\uff07\uff40"
_UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
_DROPPED = re.compile(f"[{_APOSTROPHES}{_UNSEEN}]")
# Letters that no normal form takes apart, and signs that are typed as another.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "ŋ": "n",
        "ƒ": "f",
        "ɨ": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ə": "e",
        "ĸ": "k",
        "ɓ": "b",
        "ɗ": "d",
        "ƙ": "k",
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        **dict.fromkeys("“”„‟″«»", '"'),
    }
)


def nfc(text: str) -> str:
    """Return the form that text is stored and looked up in: ``é`` is one character, however it was typed."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return what text is compared by in a search: the same for any accent, apostrophe, width and case."""
    if text.isascii():
        return _DROPPED.sub("", text).lower()
    plain = unicodedata.normalize("NFKD", _DROPPED.sub("", text)).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    return unicodedata.normalize("NFC", _DROPPED.sub("", bare.translate(_LETTERS)))


SLUG = r"[^\x00-\x2c\x2e\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\xa0]"
"""One character of a slug, for a route: no ASCII but letters, digits, ``-`` and ``_``; ``is_slug`` looks at the rest."""

_JOINERS = "\u200c\u200d"
"""They tell letters apart in Persian and in the scripts of India."""


def is_slug(text: str) -> bool:
    """Whether ``text`` can be an address. Unlike ``\\w``, with vowel signs: ``हरी-चाय``."""
    return bool(text) and all(_can_stand(character) for character in text)


def _can_stand(character: str) -> bool:
    return character.isalnum() or character in "-_" + _JOINERS or unicodedata.category(character)[0] == "M"


def validate_slug(text: str) -> None:
    """Raise ValidationError for what cannot be an address."""
    if not is_slug(text):
        raise ValidationError(_("An address has letters, digits, hyphens and underscores only."), code="invalid")


def slug_of(name: str) -> str:
    """Return a name as an address, in its own script; empty when it has no letter or digit."""
    text = unicodedata.normalize("NFKC", name).lower()
    kept = "".join(character for character in text if character.isspace() or _can_stand(character))
    return re.sub(r"[-\s]+", "-", kept).strip("-_")
