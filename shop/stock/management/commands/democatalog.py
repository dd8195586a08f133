"""``manage.py democatalog``. In this room and not in the catalogue's, because it writes stock as well."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from tqdm import tqdm

from shop.catalog.demo.catalogue import load
from shop.catalog.importing.base import CategoryRecord, Report, VariantRecord
from shop.catalog.importing.ledger import Ledger
from shop.catalog.importing.run import import_product
from shop.catalog.importing.upsert import Writer
from shop.catalog.models import Product
from shop.money import like_euros
from shop.stock.intake import CountedStock


class Command(BaseCommand):
    help = (
        "Loads the demo catalogue with its drawn pictures. Run again, it puts back what differs; stock is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="Do nothing when there is any product.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Product.objects.exists():
            self.stdout.write("There is a catalogue already.")
            return
        catalogue = load()
        writer = Writer(currency=settings.DEFAULT_CURRENCY, intake=CountedStock(), fallback=CategoryRecord("Demo"))
        report = Report()
        with Ledger() as ledger:
            for record in tqdm(catalogue.products, desc="Demo catalogue", unit="product", disable=_is_quiet(options)):
                record.variants = [_priced(variant) for variant in record.variants]
                import_product(record, writer, catalogue.picture, report, ledger)
        self.stdout.write("\n".join(report.lines("drawn")))


def _priced(variant: VariantRecord) -> VariantRecord:
    """Return the variant with its prices in the shop's currency."""
    before = variant.compare_at
    return replace(
        variant,
        price=like_euros(variant.price, settings.DEFAULT_CURRENCY),
        compare_at=None if before is None else like_euros(before, settings.DEFAULT_CURRENCY),
    )


def _is_quiet(options: dict[str, Any]) -> bool | None:
    """Return tqdm's ``disable``: None shows the bar on a terminal only."""
    return True if options["verbosity"] == 0 else None
