"""``manage.py auditshop``: whether every charge has its order, every unit its place, every paid order its mail.

Changes nothing, and can run beside live traffic. Ends with 1 when something does not agree.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from checkout.models import Order
from checkout.services import audit

PROMISES = {
    "charges": "every charge has one order, every paid order one charge",
    "totals": "an order costs what its lines and its delivery cost",
    "stock": "stock is what it was, less sold and held, plus returned",
    "hanging": "no hold, payment or surplus is left hanging",
    "mail": "every paid order is mailed once",
    "carts": "no cart is lost with an order that was given up",
    "tasks": "no task is stuck, late or failed for good",
    "provider": "every provider answers for its payments",
}
MAX_SHOWN = 50
"""Findings printed in words; JSON has all of them."""


def seconds(text: str) -> timedelta:
    if not text.isdecimal() or int(text) > 7 * 24 * 3600:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds up to a week")
    return timedelta(seconds=int(text))


class Command(BaseCommand):
    help = (
        "Compares orders, payments, stock, mails and tasks with each other. Changes nothing; 1 when they do not agree."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ask", action="store_true", help="ask the providers about every payment as well")
        parser.add_argument(
            "--grace",
            type=seconds,
            default=timedelta(minutes=15),
            metavar="SECONDS",
            help="what may be under way so long",
        )
        parser.add_argument("--write-baseline", type=Path, metavar="FILE", help="note the units there are, and end")
        parser.add_argument("--baseline", type=Path, metavar="FILE", help="compare the units with those of that time")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write_baseline"]:
            return self._write_baseline(options["write_baseline"])
        start = _read_baseline(options["baseline"]) if options["baseline"] else None
        findings = self._orders(options["ask"], options["grace"])
        findings += audit.audit_rest(grace=options["grace"])
        if start is not None:
            findings += audit.audit_stock(start)
        checks = [name for name in PROMISES if name != "provider" or options["ask"]]
        self._print(findings, checks, as_json=options["json"])
        if findings:
            sys.exit(1)
        return None

    def _orders(self, ask: bool, grace: timedelta) -> list[audit.Finding]:
        findings: list[audit.Finding] = []
        with tqdm(desc="orders", total=Order.objects.count(), unit=" orders", disable=None, leave=False) as bar:
            for page in audit.orders_pages():
                findings += audit.audit_orders(page, grace=grace)
                if ask:
                    findings += audit.ask_providers(page)
                bar.update(len(page))
        return findings

    def _print(self, findings: list[audit.Finding], checks: list[str], *, as_json: bool) -> None:
        counted = Counter(finding.check for finding in findings)
        orders = Order.objects.count()
        if as_json:
            told = {
                "audit": "dirty" if findings else "clean",
                "orders": orders,
                "checks": {name: counted[name] for name in checks},
                "findings": [finding._asdict() for finding in findings],
            }
            self.stdout.write(json.dumps(told))
            return
        for name in checks:
            self.stdout.write(f"{name:9} {counted[name] or 'ok':>6}  {PROMISES[name]}")
        self.stdout.write(f"{orders} orders, {len(findings)} findings")
        for finding in findings[:MAX_SHOWN]:
            self.stdout.write(f"  {finding.check}: {finding.subject}: {finding.text}")
        if len(findings) > MAX_SHOWN:
            self.stdout.write(f"  and {len(findings) - MAX_SHOWN} more; --json prints all of them")

    def _write_baseline(self, path: Path) -> None:
        units = audit.units_by_variant()
        path.write_text(json.dumps({str(pk): count for pk, count in units.items()}))
        self.stdout.write(f"{len(units)} variants noted in {path}")


def _read_baseline(path: Path) -> dict[int, int]:
    try:
        told = json.loads(path.read_text())
        return {int(pk): int(units) for pk, units in told.items()}
    except (OSError, ValueError, AttributeError, TypeError) as failure:
        raise CommandError(f"{path} is no baseline: {failure}") from failure
