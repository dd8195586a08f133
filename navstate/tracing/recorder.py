"""Write entries to the store from a separate thread, in batches, so that no request waits for the store or fails by it.

Entries that a killed process had not written yet (about :data:`LINGER` seconds' worth) are lost, and so are those that
come in faster than the store takes them; both only leave a gap in a trace.
"""

from __future__ import annotations

import atexit
import logging
import os
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import NamedTuple

from django.db import close_old_connections

from navstate.tracing.base import Line, get_traces
from navstate.tracing.entry import Entry, Hints, ServerState, attempt_digest, encode, understood, visitor_digest

logger = logging.getLogger(__name__)

LINGER = 0.5
"""Seconds that the first entry of a batch waits for others."""
MAX_BATCH = 500
MAX_WAITING = 5000
"""Entries in memory at most; further ones are dropped until the store catches up."""


class Taken(NamedTuple):
    """One entry as the request left it: the thread does what takes time (digests, parsing, encoding).

    ``nav_id``, ``attempt``: the secrets themselves, in memory only; the line has digests of them. ``asked``, ``shown``:
    as in :class:`BrowserReport`. ``begins``: see :class:`Line`.
    """

    nav_id: str
    at: int
    hints: Hints
    held: ServerState
    asked: str
    shown: int | None = None
    begins: bool = False
    attempt: str = ""

    def line(self) -> Line:
        said = understood(self.hints, asked=self.asked, shown=self.shown)
        attempt = attempt_digest(self.attempt) if self.attempt else ""
        return Line(visitor_digest(self.nav_id), self.at, encode(Entry(self.at, said, self.held)), self.begins, attempt)


class Recorder:
    """Queues entries and writes them. ``has_thread``: without one, only :meth:`flush` writes (tests, commands).

    Only the thread waits for the store, and :meth:`stop` for a limited time. The thread is a daemon, so that a store
    that never answers does not keep a process from ending.
    """

    def __init__(self, *, has_thread: bool = True) -> None:
        self.has_thread = has_thread
        self.reset()

    def reset(self) -> None:
        """Start again with an empty queue: in a forked process the parent writes the entries that are waiting.

        Locks are new as well: a thread of the parent may have held them at the fork.
        """
        self._waiting: SimpleQueue[Taken | None] = SimpleQueue()
        self._hurry = Event()
        self._thread: Thread | None = None
        self._is_failing = self._is_full = self._is_closed = False
        self._starting = Lock()
        self.process = os.getpid()  # once, because each call is a system call

    def put(self, taken: Taken) -> bool:
        """Queue an entry, in some microseconds and without a round trip. Return False when it was dropped."""
        if self._waiting.qsize() >= MAX_WAITING or self._is_closed:
            self._drop()
            return False
        self._waiting.put(taken)
        if self._thread is None and self.has_thread:
            self._start()
        return True

    def flush(self) -> None:
        """Write what is waiting, in the calling thread."""
        while batch := self._next_batch():
            self._write(batch)

    def stop(self, timeout: float = 2.0) -> None:
        """Have the thread write what is waiting and end; wait ``timeout`` seconds at most."""
        thread = self._thread
        if thread is not None:
            self._hurry.set()
            self._waiting.put(None)  # wakes it if it waits for a first entry
            thread.join(timeout)
            self._thread = None

    def close(self) -> None:
        """Write what is waiting and take no more: the process ends, and no thread can be started any more."""
        self._is_closed = True
        self.stop()

    def _drop(self) -> None:
        if not self._is_full:
            logger.error("Traces are dropped: %s entries wait for the store", self._waiting.qsize())
        self._is_full = True

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                # an event per thread: one that was left behind, waiting for a store, still sees that it must end
                self._hurry = Event()
                self._thread = Thread(target=self._run, args=(self._hurry,), name="navstate-trace", daemon=True)
                self._thread.start()

    def _run(self, hurry: Event) -> None:
        """Until :meth:`stop`, take the first entry, wait :data:`LINGER` seconds for others, and write them all."""
        is_over = False
        while not is_over:
            first = self._waiting.get()
            hurry.wait(LINGER)
            self._write([first, *self._next_batch()], is_own_thread=True)
            is_over = hurry.is_set()  # read before the queue: what was put before stop() is still written
            while batch := self._next_batch():
                self._write(batch, is_own_thread=True)

    def _next_batch(self) -> list[Taken | None]:
        batch: list[Taken | None] = []
        with suppress(Empty):
            while len(batch) < MAX_BATCH:
                batch.append(self._waiting.get_nowait())
        return batch

    def _write(self, batch: list[Taken | None], *, is_own_thread: bool = False) -> None:
        """Write a batch. If the store fails, the batch is lost, and the log gets one line until it works again."""
        try:
            lines = [taken.line() for taken in batch if taken is not None]
            if lines:
                (append_around if is_own_thread else append)(lines)
                self._is_failing = self._is_full = False
        except Exception:  # after any error the thread goes on
            if not self._is_failing:
                logger.exception("Traces cannot be written")
            self._is_failing = True


def append(lines: list[Line]) -> None:
    get_traces().append(lines)


def append_around(lines: list[Line]) -> None:
    """Close old database connections around a batch, as Django does around a request."""
    close_old_connections()
    try:
        append(lines)
    finally:
        close_old_connections()


recorder = Recorder()
atexit.register(recorder.close)
os.register_at_fork(after_in_child=recorder.reset)
