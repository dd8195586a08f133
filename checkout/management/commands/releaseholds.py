"""End orders that were not paid in time, and finish what a provider was not there for. Safe beside live traffic."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import QuerySet
from tqdm import tqdm

from checkout.services import holds
from checkout.services.giveup import reopen_due
from checkout.services.settling import return_surplus

LARGEST_BATCH = 10_000


def batch_size(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_BATCH:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to {LARGEST_BATCH}")
    return int(text)


class Command(BaseCommand):
    help = (
        "Asks the providers about orders whose stock was held long enough: paid ones are settled, the others expire and "
        "give their stock back. Also voids payments that nobody needs, returns money that came twice or too late, asks "
        "about payments whose gateway was away from the settings, and opens carts that a process which ended left closed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count only, ask and change nothing")
        parser.add_argument("--batch", type=batch_size, default=200, metavar="ORDERS", help="rows read at a time")

    def handle(self, *args: Any, dry_run: bool, batch: int, **options: Any) -> None:
        if dry_run:
            self.stdout.write(f"orders: {holds.overdue_orders().count()} would be asked about")
            self.stdout.write(f"payments: {holds.open_without_need().count()} would be voided")
            self.stdout.write(f"payments: {holds.surplus().count()} would be returned")
            self.stdout.write(f"payments: {holds.unasked().count()} would be asked about at last")
            self.stdout.write(f"carts: {holds.carts_to_reopen().count()} would be opened again")
            return
        orders = self._each("orders", holds.overdue_orders(), batch, holds.release_order)
        self.stdout.write("orders: " + ", ".join(f"{orders[kind]} {kind}" for kind in holds.Released))
        voided = self._each("voids", holds.open_without_need(), batch, holds.close_needless)
        self.stdout.write(f"payments: {voided[True]} voided, {voided[False]} left")
        returned = self._each("returns", holds.surplus(), batch, return_surplus)
        self.stdout.write(f"payments: {returned[True]} returned, {returned[False]} left")
        asked = self._each("asked at last", holds.unasked(), batch, holds.ask_again)
        self.stdout.write(f"payments: {asked[True]} asked about at last, {asked[False]} left")
        reopened = self._each("carts", holds.carts_to_reopen(), batch, reopen_due)
        self.stdout.write(f"carts: {reopened[True]} opened again, {reopened[False]} left to their accounts")

    def _each(self, name: str, rows: QuerySet[Any], size: int, act: Callable[[int], Any]) -> Counter[Any]:
        """Do ``act`` for each row, with progress; return how often it answered what."""
        answers: Counter[Any] = Counter()
        with tqdm(desc=name, total=rows.count(), unit=" rows", disable=None, leave=False) as bar:
            for batch in holds.in_batches(rows, size):
                for pk in batch:
                    answers[act(pk)] += 1
                    bar.update()
        return answers
