"""The background worker: works off the tasks kept in the database, and survives the database.

``manage.py worker`` runs one as a process; the embedded set-up runs one in a thread of its only process. Any number may
run at once, as each task is claimed. The tasks themselves are run by the library's worker (django-tasks-db), which ends
with the first error of the database; this one goes on.
"""

from __future__ import annotations

import atexit
import logging
import threading

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils.crypto import get_random_string
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from checkout.services.background import put_back_own
from checkout.upkeep import Pulse

logger = logging.getLogger(__name__)

INTERVAL = 0.3
"""Seconds between two looks for work; a look is one read of an index."""
AFTER_ERROR = (1.0, 2.0, 5.0, 10.0)
"""Seconds of rest after the first, second, … error in a row, such as a database that is away."""
GRACE = 10.0
"""Seconds that a task under way gets at the end of the process. One that is cut off is put back by another worker."""


class BackgroundWorker:
    """A worker that looks for work until it is stopped. No error ends it."""

    def __init__(self, interval: float = INTERVAL) -> None:
        self.interval = interval
        self.worker_id = get_random_string(32)
        self._stopping = threading.Event()
        self._errors = 0
        self._at_work: Worker | None = None

    def run(self) -> None:
        pulse = Pulse(self.worker_id)
        pulse.start()
        try:
            while not self._stopping.is_set():
                self._stopping.wait(self.look())
        finally:
            pulse.stop()
            connections.close_all()

    def stop(self) -> None:
        """Let the task under way end, and then no other one begin. Safe in a signal's handler."""
        self._stopping.set()
        if self._at_work is not None:
            self._at_work.running = False

    def look(self) -> float:
        """Work off what is due. Return how many seconds to rest afterwards."""
        try:
            close_old_connections()
            if self._errors:
                put_back_own(self.worker_id)
            if DBTaskResult.objects.ready().exists():
                self._drain()
            self._errors = 0
        except Exception:
            logger.exception("The background worker goes on after an error")
            connections.close_all()
            self._errors += 1
            return AFTER_ERROR[min(self._errors, len(AFTER_ERROR)) - 1]
        return self.interval

    def _drain(self) -> None:
        """Run the library's worker once: until nothing is due any more."""
        self._at_work = Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=self.worker_id,
            excluded_queue_names=[],
        )
        self._at_work.running = not self._stopping.is_set()
        try:
            self._at_work.run()
        finally:
            self._at_work = None


class EmbeddedWorker(threading.Thread):
    """A worker in a thread of the process that serves pages."""

    def __init__(self) -> None:
        super().__init__(name="embedded-worker", daemon=True)
        self.worker = BackgroundWorker()

    def run(self) -> None:
        self.worker.run()

    def stop(self, timeout: float = GRACE) -> None:
        """Let the task under way end, and the thread with it."""
        self.worker.stop()
        if self.is_alive():
            self.join(timeout)


_started: EmbeddedWorker | None = None
_starting = threading.Lock()


def start_embedded_worker() -> EmbeddedWorker | None:
    """Start the worker thread if ``settings.EMBEDDED_WORKER`` asks for it; once per process, however often it is called.

    Call it where a server process begins, after the apps are loaded. It stops with the process.
    """
    global _started
    if not settings.EMBEDDED_WORKER:
        return None
    with _starting:
        if _started is None or not _started.is_alive():
            _started = EmbeddedWorker()
            _started.start()
            atexit.register(_started.stop)
    return _started
