"""Numbers as people, spreadsheets and scripts write them: ``1,299.00``, ``1.299,00``, ``1e3``, ``58.120000000000005``."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

_SKIPPED = re.compile("[\\s'’\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]")
_NUMBER = re.compile(r"([+-]?)([0-9]+(?:[.,][0-9]+)*[.,]?|[.,][0-9]+)(?:e([+-]?[0-9]{1,2}))?", re.IGNORECASE)
# What stands before a number, the number, what stands behind it.
_PARTS = re.compile(r"([^0-9+-]*?)([+-]?[.,]?[0-9](?:[0-9.,\s'’]*[0-9.,])?(?:e[+-]?[0-9]+)?)([^0-9]*)", re.IGNORECASE)
_SIGN = re.compile(r"[A-Za-z]{0,3}[$¢£¤¥֏؋৲৳฿៛₠-⃀﷼][A-Za-z]{0,3}")
_WORDS = frozenset(
    {
        *(
            "kr",
            "kr.",
            "zł",
            "kč",
            "ft",
            "lei",
            "лв",
            "лв.",
            "руб",
            "руб.",
            "р.",
            "ден",
            "din",
            "дин",
            "fr",
            "fr.",
            "sfr",
        ),
        *("rs", "rs.", "rp", "rm", "tl", "yen", "euro", "円", "元", "원", "đ"),
    }
)
_CODE = re.compile(r"[A-Z]{3}")
_DIGITS = 15
_NOISE = Decimal("0.000001")
"""Binary fractions differ by less from what was meant; so does a price that went through a spreadsheet."""

GRAMS = {
    "g": Decimal(1),
    "gr": Decimal(1),
    "gram": Decimal(1),
    "gramme": Decimal(1),
    "kg": Decimal(1000),
    "kilo": Decimal(1000),
    "kilogram": Decimal(1000),
    "mg": Decimal("0.001"),
    "oz": Decimal("28.349523125"),
    "ounce": Decimal("28.349523125"),
    "lb": Decimal("453.59237"),
    "pound": Decimal("453.59237"),
}


class NotANumberError(ValueError):
    """The message is the end of a sentence about the text, such as ``is negative``."""


def decimal_of(text: str, *, decimal_comma: bool = False, fraction: int = 2) -> Decimal | None:
    """Return the number that ``text`` writes; ``None`` when it writes none, or more than one could be meant.

    ``decimal_comma``: what a single comma before three digits is taken for. ``fraction``: digits that an amount has
    behind its point; where that is three, ``1,299`` could be both.
    """
    found = _NUMBER.fullmatch(_SKIPPED.sub("", _plain_digits(text)))
    if found is None:
        return None
    sign, body, exponent = found.groups()
    plain = _without_groups(body, decimal_comma=decimal_comma, fraction=fraction)
    if plain is None or len(plain) > 40:
        return None
    number = Decimal(sign + plain).scaleb(int(exponent or 0))
    return number if number.adjusted() < _DIGITS else None


def price_of(text: str, digits: int, *, decimal_comma: bool = False) -> tuple[Decimal, str]:
    """Read an amount with ``digits`` behind the point, and the sign or code of a currency that stands with it.

    Raises NotANumberError. Only the noise of binary fractions is rounded away: ``58.129`` is no price.
    """
    mark, written = _without_mark(text)
    number = decimal_of(written, decimal_comma=decimal_comma, fraction=digits)
    if number is None:
        raise NotANumberError("is not a price such as 129.00")
    if number < 0:
        raise NotANumberError("is negative")
    amount = abs(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    is_noise = abs(number - amount) <= max(_NOISE, amount * Decimal("1e-7")) and _places(number) >= digits + 4
    if amount != number and not is_noise:
        raise NotANumberError(f"is not a price such as 129.00: it has {_places(number)} digits behind the point")
    if amount.adjusted() > 9:
        raise NotANumberError("is not a price such as 129.00: it has more than ten digits")
    return amount, mark


def grams_of(text: str, unit: str, *, decimal_comma: bool = False) -> int:
    """Return the nearest whole number of grams.

    ``unit``: of the column, where the text names none. Raises NotANumberError.
    """
    found = _PARTS.fullmatch(_plain_digits(text).strip())
    named = (found[3].strip().rstrip(".").casefold() if found else "") or unit.strip().casefold()
    factor = GRAMS.get(named) or GRAMS.get(named.removesuffix("s"))
    number = decimal_of(found[2], decimal_comma=decimal_comma) if found and not found[1].strip() else None
    if number is None or factor is None:
        raise NotANumberError("is not a weight")
    if number < 0:
        raise NotANumberError("is negative")
    return int((number * factor).to_integral_value(ROUND_HALF_UP))


def _plain_digits(text: str) -> str:
    """Return digits of any script and width as ASCII, and the signs between them."""
    if text.isascii():
        return text
    digits = (str(unicodedata.decimal(character, character)) for character in text)
    return unicodedata.normalize("NFKC", "".join(digits)).translate(_SEPARATORS)


_SEPARATORS = str.maketrans({"−": "-", "٫": ".", "٬": ",", "、": ",", "。": ".", "–": "-", "—": "-"})


def _without_groups(body: str, *, decimal_comma: bool, fraction: int) -> str | None:
    """Return the digits with a point where the fraction begins; ``None`` when that cannot be known."""
    commas, points = body.count(","), body.count(".")
    if commas and points:
        point, group = (",", ".") if body.rfind(",") > body.rfind(".") else (".", ",")
    elif commas + points > 1:
        point, group = (",", ".") if points else (".", ",")
    elif commas and not decimal_comma and _is_grouped(body, ","):
        if fraction > 2:
            return None
        point, group = ".", ","
    elif points and decimal_comma and _is_grouped(body, "."):
        point, group = ",", "."
    else:
        point, group = (",", ".") if commas else (".", ",")
    whole, *rest = body.split(point)
    if len(rest) > 1 or (group in whole and not _is_grouped(whole, group)) or any(group in part for part in rest):
        return None
    return f"{whole.replace(group, '') or '0'}.{''.join(rest)}".rstrip(".")


def _is_grouped(whole: str, group: str) -> bool:
    """Tell whether digits are grouped by thousands, or as in India by hundreds."""
    sign = re.escape(group)
    return re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:{sign}[0-9]{{2,3}})*{sign}[0-9]{{3}}", whole) is not None


def _without_mark(text: str) -> tuple[str, str]:
    """Return the currency that stands before or behind the number, and the number."""
    plain = _plain_digits(text).strip()
    found = _PARTS.fullmatch(plain)
    if found is None:
        return "", plain
    before, number, behind = (part.strip() for part in found.groups())
    if number.endswith((".", ",")):
        behind = behind.lstrip("-").strip()  # 12.- is a round amount, 12- is below zero
    marks = [mark for mark in (before, behind) if mark]
    if len(marks) > 1 or not all(_is_currency(mark) for mark in marks):
        return "", plain
    return "".join(marks), number


def _is_currency(mark: str) -> bool:
    return bool(_SIGN.fullmatch(mark) or _CODE.fullmatch(mark.upper()) or mark.casefold() in _WORDS)


def _places(number: Decimal) -> int:
    """Count the digits behind the point, without zeros at the end."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
