"""The embedded set-up's background worker: a thread that works off the tasks kept in the database.

For one process with SQLite. With several processes operators run ``manage.py db_worker`` instead; both may run at once,
as each task is claimed.
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

logger = logging.getLogger(__name__)

INTERVAL = 0.3
"""Seconds between two looks for work; a look is one read of an index."""
AFTER_ERROR = 5.0
"""Seconds of rest after something went wrong, such as a locked database."""
GRACE = 10.0
"""Seconds that a task under way gets at the end of the process. One that is cut off all the same is made up for:
mails by ``cleanup``, payments by ``releaseholds``.
"""


class EmbeddedWorker(threading.Thread):
    """Looks for work until it is told to stop. No error ends it."""

    def __init__(self) -> None:
        super().__init__(name="embedded-worker", daemon=True)
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._rest())
        connections.close_all()

    def stop(self, timeout: float = GRACE) -> None:
        """Let the task under way end, and the thread with it."""
        self._stopping.set()
        if self.is_alive():
            self.join(timeout)

    def _rest(self) -> float:
        """Work off what is due. How many seconds to rest afterwards."""
        try:
            close_old_connections()
            if DBTaskResult.objects.ready().exists():
                _drain()
        except Exception:
            logger.exception("The background worker goes on after an error")
            connections.close_all()
            return AFTER_ERROR
        return INTERVAL


def _drain() -> None:
    """One run of the library's worker: until nothing is due any more."""
    Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    ).run()


_started: EmbeddedWorker | None = None
_starting = threading.Lock()


def start_embedded_worker() -> EmbeddedWorker | None:
    """Start the worker thread if ``settings.EMBEDDED_WORKER`` asks for it; once per process, however often it is called.

    Call it where a server process begins (``config/asgi.py``), after the apps are loaded. It stops with the process.
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
