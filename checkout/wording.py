"""What changed between what a form showed and what is so now, in the shopper's words.

The older facts come back from the browser. They have proved that they are what was shown, but a liar may show themselves
anything: nothing here trusts their shape, and nothing is decided by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_countries.fields import Country
from djmoney.money import Money

from checkout.models import ShippingMethod
from checkout.payments.registry import label_of
from navstate.registry import Change
from shop.money import money_text

NONE = "–"


def describe(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Name what differs between two sets of shown facts, in the shopper's words; the total comes last."""
    changes: list[Change] = []
    for name in now:
        if was.get(name) == now[name] or (name == "shipping_method" and "shipping_name" in now):
            continue  # nothing, or what the next one tells by its name
        if name == "lines":
            changes += _line_changes(was.get(name), now[name])
        elif name in LABELS and name in was:
            words = WORDS.get(name, _words)
            changes.append(Change(_(LABELS[name]), words(was[name]), words(now[name])))
    return changes


def group_names(groups: Iterable[str]) -> str:
    """Return names of facts in one line, such as those of the groups of a draft."""
    return ", ".join(_(LABELS[name]) for name in groups)


def _line_changes(was: Any, now: Any) -> list[Change]:
    before, after = _by_sku(was), _by_sku(now)
    return [
        Change((after.get(sku) or before[sku])[1], _line_words(before.get(sku)), _line_words(after.get(sku)))
        for sku in {**before, **after}
        if before.get(sku) != after.get(sku)
    ]


def _by_sku(lines: Any) -> dict[str, list[Any]]:
    """Return lines of facts by their SKU; what a browser sent back may be anything."""
    if not isinstance(lines, list):
        return {}
    return {str(line[0]): line for line in lines if isinstance(line, list) and len(line) == 4}


def _line_words(line: list[Any] | None) -> str:
    return f"{line[2]} × {_words(line[3])}" if line else _("not in the cart")


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_words(part) for part in value) or NONE
    found = MONEY_FACT.fullmatch(str(value))
    return money_text(Money(*found.groups())) if found else str(value or NONE)


def _address_words(value: Any) -> str:
    parts = value if isinstance(value, Mapping) else {}
    words = [_country_words(part) if name == "country" else str(part) for name, part in parts.items() if part]
    return ", ".join(words) or NONE


def _country_words(value: Any) -> str:
    return str(Country(str(value)[:2]).name or NONE)


def _method_words(value: Any) -> str:
    """Return the name of a way of delivery; its code for one that is gone."""
    code = str(value or "").replace("\x00", "")[:40]
    return ShippingMethod.objects.filter(code=code).values_list("name", flat=True).first() or code or NONE


def _delivery_price_words(value: Any) -> str:
    found = MONEY_FACT.fullmatch(str(value))
    return _("free") if found and not float(found[1]) else _words(value)


def _option_words(value: Any) -> str:
    options = value if isinstance(value, list) else []
    pairs = [option for option in options if isinstance(option, list) and len(option) == 2]
    return ", ".join(f"{_method_words(code)} {_delivery_price_words(price)}" for code, price in pairs) or NONE


def _payment_words(value: Any) -> str:
    codes = value if isinstance(value, list) else [value]
    return ", ".join(label_of(str(code)) for code in codes if code) or NONE


MONEY_FACT = re.compile(r"(\d{1,13}(?:\.\d{1,3})?) ([A-Z]{3})")

WORDS: dict[str, Callable[[Any], str]] = {
    "address": _address_words,
    "country": _country_words,
    "shipping_options": _option_words,
    "shipping_method": _method_words,
    "shipping_price": _delivery_price_words,
    "payment_options": _payment_words,
    "payment_method": _payment_words,
}

LABELS = {
    "email": gettext_noop("E-mail"),
    "address": gettext_noop("Address"),
    "country": gettext_noop("Country"),
    "shipping_options": gettext_noop("Delivery methods"),
    "shipping_method": gettext_noop("Delivery"),
    "shipping_name": gettext_noop("Delivery"),
    "shipping_price": gettext_noop("Delivery"),
    "payment_options": gettext_noop("Payment methods"),
    "payment_method": gettext_noop("Payment"),
    "total": gettext_noop("Total"),
}
