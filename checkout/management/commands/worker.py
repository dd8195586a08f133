"""``manage.py worker``: sends mail and notifications, gives unpaid stock back. As many as wanted; ended by SIGTERM."""

from __future__ import annotations

import signal
from argparse import ArgumentTypeError
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from checkout.worker import INTERVAL, BackgroundWorker

MAX_INTERVAL = 60.0


def interval(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.05 <= seconds <= MAX_INTERVAL:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from 0.05 to {MAX_INTERVAL:g}")
    return seconds


class Command(BaseCommand):
    help = (
        "Works off the background's tasks: mail, notifications, orders that were not paid in time. Goes on when the "
        "database was away, and makes up for workers that died. SIGTERM ends it after the task under way."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--interval", type=interval, default=INTERVAL, metavar="SECONDS", help="between two looks for work"
        )

    def handle(self, *args: Any, interval: float, **options: Any) -> None:
        worker = BackgroundWorker(interval)

        def end(signum: int, frame: FrameType | None) -> None:
            self.stdout.write("Ending after the task under way.")
            worker.stop()

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, end)
        self.stdout.write(f"Worker {worker.worker_id} looks for work.")
        worker.run()
