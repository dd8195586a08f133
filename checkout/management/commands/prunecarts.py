"""Remove carts that were left behind. Safe beside live traffic; ``cleanup`` runs it."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Q
from django.utils import timezone
from tqdm import tqdm

from checkout.models import Order
from shop.cart.retention import BATCH_SIZE, left_behind, prune_carts

LARGEST_BATCH = 10_000  # carts; databases limit the values of one statement
# Given up, it opens its cart again.
NEEDED = Q(orders__status=Order.Status.AWAITING_PAYMENT)


def batch_size(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_BATCH:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to {LARGEST_BATCH}")
    return int(text)


class Command(BaseCommand):
    help = "Remove carts that nobody has touched for CART_DAYS: guests' open ones, merged and ordered ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count only, delete nothing")
        parser.add_argument("--batch", type=batch_size, default=BATCH_SIZE, metavar="CARTS", help="carts a transaction")

    def handle(self, *args: Any, dry_run: bool, batch: int, **options: Any) -> None:
        before = timezone.now() - settings.CART_AGE
        total = left_behind(before, NEEDED).count()
        if dry_run:
            self.stdout.write(f"carts: {total} would be deleted")
            return
        deleted = 0
        with tqdm(desc="carts", total=total, unit=" carts", disable=None, leave=False) as bar:
            for count in prune_carts(before, keep=NEEDED, size=batch):
                deleted += count
                bar.update(count)
        self.stdout.write(f"carts: {deleted} deleted")
