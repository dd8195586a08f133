"""Everything that keeps the shop lean, in one command for the clock. docs/operations.md lists the parts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db.models import QuerySet
from django.utils import timezone

from checkout.models import Order, PaymentEvent
from checkout.services import background
from checkout.services.outbox import enqueue_due
from shop.staff.files import KEPT_FOR, prune_kept

logger = logging.getLogger(__name__)

LOGIN_RECORDS_KEPT = timedelta(days=30)
UNMATCHED_EVENTS_KEPT = timedelta(days=90)
"""Notifications that belong to no payment here. The others are kept with their orders."""
ORIGINS_KEPT = timedelta(days=1)
BATCH_SIZE = 1000  # rows

Part = Callable[[OutputWrapper, bool], object]
"""Takes where to report to and whether to count only."""


def _command(name: str) -> Part:
    return lambda out, dry_run: call_command(name, stdout=out, dry_run=dry_run)


def send_waiting_mail(out: OutputWrapper, dry_run: bool) -> None:
    count = enqueue_due(dry_run=dry_run)
    out.write(f"mail: {count} {'would be tried' if dry_run else 'tried'} again")


def look_after_tasks(out: OutputWrapper, dry_run: bool) -> None:
    """Do what workers do every few seconds, for a shop whose workers are all gone: they find it due when they come back."""
    stale = background.old_beats()
    if dry_run:
        out.write(f"tasks: {background.dead_letters().count()} failed for good, {stale.count()} dead workers on record")
        return
    put_back, retried = background.put_back_stale(), background.retry_failed()
    out.write(
        f"tasks: {put_back} put back, {retried} tried again, {sum(delete_in_batches(stale))} dead workers forgotten"
    )


def forget_unmatched_events(out: OutputWrapper, dry_run: bool) -> None:
    old = PaymentEvent.objects.filter(payment=None, received_at__lt=timezone.now() - UNMATCHED_EVENTS_KEPT)
    count = old.count() if dry_run else sum(delete_in_batches(old))
    out.write(f"payment events: {count} {'would be ' if dry_run else ''}deleted")


def forget_origins(out: OutputWrapper, dry_run: bool) -> None:
    """Forget where orders were placed from, which is asked only while they are open."""
    old = Order.objects.filter(placed_from__isnull=False, placed_at__lt=timezone.now() - ORIGINS_KEPT)
    closed = old.exclude(status=Order.Status.AWAITING_PAYMENT)
    count = closed.count() if dry_run else closed.update(placed_from=None)
    out.write(f"origins of orders: {count} {'would be ' if dry_run else ''}forgotten")


def forget_logins(out: OutputWrapper, dry_run: bool) -> None:
    """Forget failed logins after their pause, and the record of logins, which is personal, after a month."""
    now = timezone.now()
    records = (
        AccessAttempt.objects.filter(attempt_time__lt=now - settings.AXES_COOLOFF_TIME),
        AccessFailureLog.objects.filter(attempt_time__lt=now - LOGIN_RECORDS_KEPT),
        AccessLog.objects.filter(attempt_time__lt=now - LOGIN_RECORDS_KEPT),
    )
    count = sum(rows.count() if dry_run else sum(delete_in_batches(rows)) for rows in records)
    out.write(f"logins: {count} records {'would be ' if dry_run else ''}deleted")


def forget_kept_files(out: OutputWrapper, dry_run: bool) -> None:
    count = prune_kept(timezone.now() - KEPT_FOR, dry_run=dry_run)
    out.write(f"chosen files of forms never saved: {count} {'would be ' if dry_run else ''}deleted")


def delete_in_batches(rows: QuerySet[Any], size: int = BATCH_SIZE) -> Iterator[int]:
    """Delete the rows, a batch in each transaction; yield how many went."""
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:size]):
        rows.model._default_manager.filter(pk__in=ids).delete()
        yield len(ids)


PARTS: dict[str, Part] = {
    "releaseholds": _command("releaseholds"),
    "clearnavstate": _command("clearnavstate"),
    "prunecarts": _command("prunecarts"),
    "mail": send_waiting_mail,
    "tasks": look_after_tasks,
    "payment events": forget_unmatched_events,
    "origins of orders": forget_origins,
    "task results": _command("prune_db_task_results"),
    "logins": forget_logins,
    "kept files": forget_kept_files,
}


class Command(BaseCommand):
    help = "Release unpaid holds, remove what has expired, try waiting mail again. Run it once an hour."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count only, change nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        failed = [name for name, part in PARTS.items() if not self._run(name, part, dry_run)]
        if failed:
            raise CommandError(f"failed: {', '.join(failed)}; the log says why, the other parts are done.")

    def _run(self, name: str, part: Part, dry_run: bool) -> bool:
        """Run one part; return whether it ran to its end.

        One that fails, for whatever reason, must not stop those after it.
        """
        try:
            part(self.stdout, dry_run)
        except Exception:
            logger.exception("cleanup: %s failed", name)
            return False
        return True
