"""Remove expired sessions, navigation state, traces and presses. Safe beside live traffic; run it daily by a timer."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from navstate import retention
from navstate.once.base import get_claims
from navstate.once.sql import SqlClaims
from navstate.storage.base import get_storage
from navstate.storage.sql import SqlStorage
from navstate.tracing.base import get_traces
from navstate.tracing.sql import SqlTraces

# tqdm is optional.
progress_bar: Any = import_module("tqdm").tqdm if find_spec("tqdm") else None

MAX_ROWS = 10_000


def batch_size(text: str) -> int:
    """Parse 1 to 10,000 rows: databases limit the number of values in one statement."""
    if not text.isdecimal() or not 1 <= int(text) <= MAX_ROWS:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to {MAX_ROWS}")
    return int(text)


class Command(BaseCommand):
    help = "Remove expired sessions, navigation state, traces and presses from the database, in batches."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=batch_size, default=1000, metavar="ROWS", help="rows a transaction (1000)")
        parser.add_argument("--dry-run", action="store_true", help="count only, delete nothing")

    def handle(self, *args: Any, batch: int, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        model = session_model()
        if model is None:
            self._has_nothing_to_do("sessions")
        else:
            batches = retention.prune_sessions(model, now, size=batch, dry_run=dry_run)
            self._run("sessions", batches, retention.expired_sessions(model, now), dry_run)
        if not isinstance(get_storage(), SqlStorage):
            self._has_nothing_to_do("navigation state")
        else:
            records = retention.prune_records(now, size=batch, dry_run=dry_run)
            self._run("navigation state", records, retention.expired_records(now), dry_run)
        if not isinstance(get_traces(), SqlTraces):
            self._has_nothing_to_do("traces")
        else:
            traces = retention.prune_traces(now, size=batch, dry_run=dry_run)
            self._run("traces", traces, retention.expired_traces(now), dry_run)
        if not isinstance(get_claims(), SqlClaims):
            self._has_nothing_to_do("presses")
        else:
            presses = retention.prune_presses(now, size=batch, dry_run=dry_run)
            self._run("presses", presses, retention.expired_presses(now), dry_run)

    def _has_nothing_to_do(self, what: str) -> None:
        self.stdout.write(f"{what}: nothing to do, the store forgets what has expired by itself (Redis)")

    def _run(self, what: str, batches: Iterator[retention.Batch], expired: QuerySet[Any], dry_run: bool) -> None:
        """Run the batches and report the number of rows, also after an interruption."""
        deleted = kept = 0
        report = f"{what}: {{}} {'would be deleted' if dry_run else 'deleted'}{{}}"
        try:
            with progress(what, expired) as bar:
                for batch in batches:
                    deleted, kept = deleted + batch.deleted, kept + batch.kept
                    bar.update(batch.deleted + batch.kept)
        except KeyboardInterrupt:
            message = f"{report.format(deleted, '')}, then interrupted; the next run goes on"
            raise CommandError(message, returncode=130) from None
        self.stdout.write(report.format(deleted, f", {kept} kept: still needed" if kept else ""))


def session_model() -> type[AbstractBaseSession] | None:
    """Return the model of the session engine; ``None`` if it does not use SQL."""
    engine = import_module(settings.SESSION_ENGINE).SessionStore
    return engine.get_model_class() if issubclass(engine, DatabaseSessionStore) else None


class NoBar:
    """Replaces the progress bar when tqdm is not installed."""

    def update(self, rows: int) -> None:
        """Show nothing."""


def progress(what: str, expired: QuerySet[Any]) -> Any:
    """Return a progress bar on a terminal, nothing elsewhere; the rows are counted only for the bar."""
    if progress_bar is None:
        return nullcontext(NoBar())
    bar = progress_bar(desc=what, unit=" rows", disable=None, leave=False)
    if not bar.disable:
        bar.reset(total=expired.count())
    return bar
