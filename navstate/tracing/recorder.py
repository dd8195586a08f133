"""Hands entries to the store from a thread of its own, in batches: a request waits for no store and never fails by one.

What a process that is killed had not written yet (:data:`LINGER` seconds at most) is lost, and so is what comes in faster
than the store takes it; both only leave a gap in a trace.
"""

from __future__ import annotations

import atexit
import logging
import os
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread

from django.db import close_old_connections

from navstate.trace import Entry, encode
from navstate.tracing.base import Line, get_traces

logger = logging.getLogger(__name__)

LINGER = 0.5
"""Seconds that the first entry of a batch waits for others."""
MOST_IN_BATCH = 500
MOST_WAITING = 5000
"""Entries in memory at most; further ones are dropped until the store has caught up."""


class Taken:
    """One entry as the request left it; it is encoded in the recorder's thread."""

    __slots__ = ("attempt", "begins", "entry", "visitor")

    def __init__(self, visitor: str, entry: Entry, *, begins: bool, attempt: str) -> None:
        self.visitor = visitor
        self.entry = entry
        self.begins = begins
        self.attempt = attempt

    def line(self) -> Line:
        return Line(self.visitor, self.entry.at, encode(self.entry), self.begins, self.attempt)


class Recorder:
    """``has_thread``: without one, nothing is written until :meth:`flush` (tests, commands)."""

    def __init__(self, *, has_thread: bool = True) -> None:
        self.has_thread = has_thread
        self.reset()

    def reset(self) -> None:
        """Begin anew, without what is waiting: in a forked process that belongs to its parent, who writes it."""
        self._waiting: SimpleQueue[Taken | None] = SimpleQueue()
        self._hurry = Event()
        self._thread: Thread | None = None
        self._is_failing = False
        self._starting = Lock()

    def put(self, taken: Taken) -> bool:
        """Some microseconds, and no round trip. False when it was dropped."""
        if self._waiting.qsize() >= MOST_WAITING:
            return False
        self._waiting.put(taken)
        if self._thread is None and self.has_thread:
            self._start()
        return True

    def flush(self) -> None:
        """Write what is waiting now, in this thread."""
        while batch := self._next_batch():
            self._write(batch)

    def stop(self, timeout: float = 2.0) -> None:
        """Have the thread write what is waiting and end; waits ``timeout`` seconds at most."""
        self._hurry.set()
        thread = self._thread
        if thread is not None:
            self._waiting.put(None)  # wakes it where it waits for a first entry
            thread.join(timeout)
            self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._hurry.clear()
                self._thread = Thread(target=self._run, name="navstate-trace", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        """Until :meth:`stop`: take the first entry, give others the time to come, write them all."""
        is_over = False
        while not is_over:
            first = self._waiting.get()
            is_over = self._hurry.wait(LINGER)
            close_old_connections()
            self._write([first, *self._next_batch()])
            self.flush()
            close_old_connections()

    def _next_batch(self) -> list[Taken | None]:
        batch: list[Taken | None] = []
        with suppress(Empty):
            while len(batch) < MOST_IN_BATCH:
                batch.append(self._waiting.get_nowait())
        return batch

    def _write(self, batch: list[Taken | None]) -> None:
        """A store that fails costs these entries and one line in the log, until it works again."""
        lines = [taken.line() for taken in batch if taken is not None]
        if not lines:
            return
        try:
            get_traces().append(lines)
        except Exception:  # whatever it is, the thread goes on
            if not self._is_failing:
                logger.exception("Traces cannot be written")
            self._is_failing = True
        else:
            self._is_failing = False


recorder = Recorder()
atexit.register(recorder.stop)
os.register_at_fork(after_in_child=recorder.reset)
