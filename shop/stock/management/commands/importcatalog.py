"""``manage.py importcatalog FILE``. In this room and not in the catalogue's, because it writes stock as well."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from shop.catalog.importing import shopify
from shop.catalog.importing.base import CatalogFormat, CategoryRecord, Report, WrongFileError
from shop.catalog.importing.pictures import Fetcher
from shop.catalog.importing.run import import_file
from shop.catalog.importing.text import one_line
from shop.catalog.importing.upsert import Writer
from shop.stock.intake import CountedStock

FORMATS: dict[str, CatalogFormat] = {"shopify": shopify}

HELP = """\
Imports a catalogue that another shop exported.

A product's address is its Handle, letter for letter, so old links go on working. A variant is its Handle and its options;
a SKU that several have is reported and costs nothing, and so is a weight or barcode that cannot be read. Importing a file
again changes what differs and nothing else; it can be stopped at any time and started again. Nothing is deleted. Rows
that cannot be understood are left out and named with their line.

Columns are read under Shopify's older and newer names, in any letter case, separated by commas, semicolons or tabs, in
UTF-8, UTF-16 or cp1252; numbers as spreadsheets write them.

Stock is set when a variant has none recorded yet. A later import leaves it alone, because units sold since the file was
written are missing here and not there. --set-stock sets it to the file's numbers all the same. A variant whose
inventory tracker is blank is not counted and sells without limit; "continue" sells on when none is left. Where a file
has no number for what it counts, the stock that is recorded stays.

Pictures are fetched from public http and https addresses only, at most 8 MB and 40 million pixels each; a later import
fetches those that are still missing.
"""


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=sorted(FORMATS), default="shopify")
        parser.add_argument("--dry-run", action="store_true", help="Say what would change; change and fetch nothing.")
        parser.add_argument("--category", default="Imported", help="For products without a type or tag (%(default)s).")
        parser.add_argument("--currency", default=settings.DEFAULT_CURRENCY, help="Of the prices (%(default)s).")
        parser.add_argument("--limit-errors", type=int, default=20, metavar="N", help="Name the first N (%(default)s).")
        parser.add_argument("--set-stock", action="store_true", help="Set stock that is already recorded as well.")
        parser.add_argument("--no-images", action="store_true", help="Fetch no pictures.")
        parser.add_argument(
            "--allow-host",
            action="append",
            default=[],
            metavar="HOST",
            help="Fetch from this host though it is private.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file. Raises CommandError, in one line, when nothing could be read or the import stopped."""
        writer = self._writer(options)
        report = Report(limit=max(0, options["limit_errors"]))
        wants_pictures = not (options["dry_run"] or options["no_images"])
        pictures = Fetcher(options["allow_host"]) if wants_pictures else None
        try:
            import_file(
                options["file"], FORMATS[options["format"]], writer, pictures, report, quiet=options["verbosity"] == 0
            )
        except WrongFileError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            self._say(report)
            raise CommandError(f"Stopped: {error}. Start the import again to go on.") from error
        except OperationalError as error:
            self._say(report)
            raise CommandError(f"The database gave up: {error}. Start the import again to go on.") from error
        except KeyboardInterrupt:
            self._say(report)
            raise CommandError("Interrupted. Start the import again to go on.", returncode=130) from None
        self._finish(report, options)

    def _writer(self, options: dict[str, Any]) -> Writer:
        currency = options["currency"].upper()
        if currency not in settings.CURRENCIES:
            raise CommandError(f"This shop has no prices in {currency}, only in {', '.join(settings.CURRENCIES)}.")
        name = one_line(options["category"])
        if not 0 < len(name) <= 120:
            raise CommandError("The name of a category has 1 to 120 characters.")
        return Writer(
            currency=currency,
            intake=CountedStock(overwrite=options["set_stock"]),
            fallback=CategoryRecord(name),
            is_rehearsal=options["dry_run"],
        )

    def _finish(self, report: Report, options: dict[str, Any]) -> None:
        self._say(report)
        if not report.read_count:
            raise CommandError(f"No product could be read from {options['file']}.")
        if options["dry_run"]:
            self.stdout.write("This was a dry run: nothing was changed.")
        elif not report.has_changed:
            self.stdout.write("Nothing had to be changed.")

    def _say(self, report: Report) -> None:
        self.stdout.write("\n".join(report.lines()))
