"""``manage.py foldsearch``: what the search compares, made anew from the text itself."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from shop.catalog.models import Category, Product, Variant
from shop.catalog.searchable import refold


class Command(BaseCommand):
    help = (
        "Brings the columns of the search up to date. Needed once after a release that added them, when a process of the "
        "release before went on adding products, and after anything that wrote to the database beside the shop."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        changed = sum(refold(model) for model in (Category, Product, Variant))
        self.stdout.write(f"{changed} rows brought up to date.")
