"""``manage.py democheckout``: ways of delivery to try the checkout with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from djmoney.money import Money

from checkout.models import ShippingMethod

NEAR = ["AT", "BE", "CH", "CZ", "DE", "DK", "FR", "IT", "LI", "LU", "NL", "PL"]
# Code, name, description, price, free from, countries (none: all), days at least and at most.
METHODS: tuple[tuple[str, str, str, str, str | None, list[str], int, int], ...] = (
    ("pickup-point", "Parcel shop", "Collect it from a parcel shop near you.", "3.90", "60.00", NEAR, 3, 5),
    ("standard", "Standard delivery", "To your door, with a tracking number.", "5.90", "100.00", NEAR, 2, 4),
    ("express", "Express delivery", "On the next working day when ordered before noon.", "12.90", None, NEAR, 1, 1),
    ("international", "International delivery", "By air mail, with a tracking number.", "19.90", "250.00", [], 5, 12),
)


class Command(BaseCommand):
    help = "Adds the demo shop's ways of delivery; those that are there stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        added = [code for position, (code, *rest) in enumerate(METHODS) if _add(code, position, *rest)]
        self.stdout.write(f"Ways of delivery: {len(added)} added, {len(METHODS) - len(added)} already there")


def _add(
    code: str,
    position: int,
    name: str,
    description: str,
    price: str,
    free_over: str | None,
    countries: list[str],
    min_days: int,
    max_days: int,
) -> bool:
    """True when it was not there yet: what staff changed is not put back."""
    currency = settings.DEFAULT_CURRENCY
    defaults = {
        "position": position,
        "name": name,
        "description": description,
        "price": Money(price, currency),
        "free_over": None if free_over is None else Money(free_over, currency),
        "countries": countries,
        "min_days": min_days,
        "max_days": max_days,
    }
    return ShippingMethod.objects.get_or_create(code=code, defaults=defaults)[1]
