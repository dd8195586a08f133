"""``manage.py democheckout``: ways of delivery to try the checkout with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand
from djmoney.money import Money

from checkout.models import ShippingMethod
from shop.money import like_euros

NEAR = ["AT", "BE", "CH", "CZ", "DE", "DK", "FR", "IT", "LI", "LU", "NL", "PL"]


class Method(NamedTuple):
    """Amounts in euros, or what is like them in the shop's currency; ``countries`` empty: all of them."""

    code: str
    name: str
    description: str
    price: str
    free_over: str | None
    countries: list[str]
    days: tuple[int, int]


METHODS = (
    Method("pickup-point", "Parcel shop", "Collect it from a parcel shop near you.", "3.90", "60.00", NEAR, (3, 5)),
    Method("standard", "Standard delivery", "To your door, with a tracking number.", "5.90", "100.00", NEAR, (2, 4)),
    Method("express", "Express delivery", "The next working day, ordered before noon.", "12.90", None, NEAR, (1, 1)),
    Method("international", "International delivery", "By air mail, tracked.", "19.90", "250.00", [], (5, 12)),
)


class Command(BaseCommand):
    help = "Adds the demo shop's ways of delivery; those that are there stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        added = sum(_add(position, method) for position, method in enumerate(METHODS))
        self.stdout.write(f"Ways of delivery: {added} added, {len(METHODS) - added} already there")


def _add(position: int, method: Method) -> bool:
    """Add a row unless it is there: what staff changed is not put back. True when it was added."""
    currency = settings.DEFAULT_CURRENCY
    defaults = {
        "position": position,
        "name": method.name,
        "description": method.description,
        "price": Money(like_euros(Decimal(method.price), currency), currency),
        "free_over": None
        if method.free_over is None
        else Money(like_euros(Decimal(method.free_over), currency), currency),
        "countries": method.countries,
        "min_days": method.days[0],
        "max_days": method.days[1],
    }
    return ShippingMethod.objects.get_or_create(code=method.code, defaults=defaults)[1]
