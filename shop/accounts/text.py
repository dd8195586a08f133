"""Normalise text that people type or paste, to store and compare it.

Pasted text brings invisible characters: direction marks around a number, non-breaking spaces, combining accents. They
are normalised, never refused: the person who pasted the text sees nothing wrong with it.
"""

from __future__ import annotations

import re
import unicodedata

LINE_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Direction marks, soft hyphens and the like. Not U+200C and U+200D: Persian and Indian scripts spell with them."""
PLAIN_SPACE = re.compile("[\u00a0\u2007\u202f]")


def clean_line(text: str) -> str:
    """Return the text as one stripped line in NFC, without control characters and direction marks."""
    text = PLAIN_SPACE.sub(" ", CONTROLS.sub("", LINE_BREAKS.sub(" ", text)))
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text)).strip()


def clean_code(text: str) -> str:
    """Return a postcode or telephone number with the digits of every script, spaces and dashes in ASCII."""
    plain = unicodedata.normalize("NFKC", clean_line(text).replace("\u200c", "").replace("\u200d", ""))
    return re.sub(" {2,}", " ", "".join(_plain_sign(sign) for sign in plain)).strip()


def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    kind = unicodedata.category(sign)
    if kind == "Pd" or sign in "\u2212\u30fc":  # minus sign; the Japanese sign for a long vowel, typed between digits
        return "-"
    return " " if kind == "Zs" else sign
