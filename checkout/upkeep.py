"""What a background worker does beside its tasks: show that it lives, and see that nothing is left lying."""

from __future__ import annotations

import logging
import threading
from time import monotonic

from django.db import close_old_connections, connections
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from checkout.services import background
from checkout.services.giveup import reopen_due
from checkout.services.holds import Released, carts_to_reopen, in_batches, overdue_orders, release_order

logger = logging.getLogger(__name__)

EVERY = 3
"""Beats between two looks for what is left lying."""
BATCH = 50
MAX_SECONDS = 30.0
"""How long one task asks providers: mails wait behind it. The next one goes on."""
MAX_LEFT = 3
"""After so many orders whose provider is silent, the others are left as well."""


@task()
def release_overdue() -> None:
    """Give the stock of orders back that were not paid in time, and open carts again that were left closed.

    The same as ``releaseholds``, so that it does not take a clock; in small pieces, so that mail does not wait for it.
    """
    for batch in in_batches(carts_to_reopen(), BATCH):
        for order_id in batch:
            reopen_due(order_id)
    ends_at, left = monotonic() + MAX_SECONDS, 0
    for batch in in_batches(overdue_orders(), BATCH):
        for order_id in batch:
            left += release_order(order_id) is Released.LEFT
            if left >= MAX_LEFT or monotonic() > ends_at:
                return


def look_after(worker_id: str, *, may_judge: bool) -> None:
    """Look once. ``may_judge``: this worker has seen the database long enough to know that a silent one has died."""
    if may_judge and (count := background.put_back_stale()):
        logger.warning("%d tasks of workers that died are due again", count)
    if count := background.retry_failed():
        logger.info("%d tasks that failed are tried again", count)
    if (overdue_orders().exists() or carts_to_reopen().exists()) and not _is_under_way():
        release_overdue.enqueue()


def _is_under_way() -> bool:
    unfinished = [TaskResultStatus.READY, TaskResultStatus.RUNNING]
    return DBTaskResult.objects.filter(task_path=release_overdue.module_path, status__in=unfinished).exists()


class Pulse(threading.Thread):
    """A thread that beats until it is stopped, whatever happens to the database."""

    def __init__(self, worker_id: str) -> None:
        super().__init__(name="worker-pulse", daemon=True)
        self.worker_id = worker_id
        self._stopping = threading.Event()
        self._steady_since: float | None = None
        self._beats = 0

    def run(self) -> None:
        while not self._stopping.is_set():
            self.beat_once()
            self._stopping.wait(background.BEAT)
        connections.close_all()

    def stop(self) -> None:
        """End, and take the worker's beat away."""
        self._stopping.set()
        if self.is_alive():
            self.join(background.BEAT)
        try:
            background.retire(self.worker_id)
        except Exception:
            logger.warning("The database is away: this worker is taken for dead soon")

    def beat_once(self) -> None:
        try:
            close_old_connections()
            background.beat(self.worker_id)
            if self._beats % EVERY == 0:
                look_after(self.worker_id, may_judge=self._is_steady())
        except Exception:
            logger.exception("A beat was missed")
            self._steady_since = None
            connections.close_all()
        self._beats += 1

    def _is_steady(self) -> bool:
        """Tell whether others had time to beat as well since the database came back."""
        now = monotonic()
        if self._steady_since is None:
            self._steady_since = now
        return now - self._steady_since >= background.DEAD_AFTER.total_seconds()
