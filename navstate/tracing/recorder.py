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
from typing import NamedTuple

from django.db import close_old_connections

from navstate.tracing.base import Line, get_traces
from navstate.tracing.entry import Entry, Hints, ServerState, attempt_digest, encode, understood, visitor_digest

logger = logging.getLogger(__name__)

LINGER = 0.5
"""Seconds that the first entry of a batch waits for others."""
MAX_BATCH = 500
MAX_WAITING = 5000
"""Entries in memory at most; further ones are dropped until the store has caught up."""


class Taken(NamedTuple):
    """One entry as the request left it: what takes time (digests, understanding, encoding) is left to the thread.

    ``nav_id``, ``attempt``: as they are, so they stay in memory; the line has digests of them. ``asked``, ``shown``: as in
    :class:`BrowserReport`. ``begins``: see :class:`Line`.
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
    """``has_thread``: without one, nothing is written until :meth:`flush` (tests, commands).

    Nothing here waits for the store but the thread itself, and :meth:`stop` for a bounded time. The thread is a daemon, so
    that a store which never answers keeps no process from ending.
    """

    def __init__(self, *, has_thread: bool = True) -> None:
        self.has_thread = has_thread
        self.reset()

    def reset(self) -> None:
        """Begin anew, without what is waiting: in a forked process that belongs to its parent, who writes it.

        Locks are made anew as well: a thread of the parent may have held them when it forked.
        """
        self._waiting: SimpleQueue[Taken | None] = SimpleQueue()
        self._hurry = Event()
        self._thread: Thread | None = None
        self._is_failing = self._is_full = self._is_closed = False
        self._starting = Lock()
        self.process = os.getpid()  # asked for once: each time would be a call into the kernel

    def put(self, taken: Taken) -> bool:
        """Some microseconds, and no round trip. False when it was dropped."""
        if self._waiting.qsize() >= MAX_WAITING or self._is_closed:
            self._drop()
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
        thread = self._thread
        if thread is not None:
            self._hurry.set()
            self._waiting.put(None)  # wakes it where it waits for a first entry
            thread.join(timeout)
            self._thread = None

    def close(self) -> None:
        """The process ends: write what is waiting and take no more, for no thread can be started any longer."""
        self._is_closed = True
        self.stop()

    def _drop(self) -> None:
        if not self._is_full:
            logger.error("Traces are dropped: %s entries wait for the store", self._waiting.qsize())
        self._is_full = True

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                # its own: a thread that was left behind, hanging in a store, still sees that it is over
                self._hurry = Event()
                self._thread = Thread(target=self._run, args=(self._hurry,), name="navstate-trace", daemon=True)
                self._thread.start()

    def _run(self, hurry: Event) -> None:
        """Until :meth:`stop`: take the first entry, give others the time to come, write them all."""
        is_over = False
        while not is_over:
            first = self._waiting.get()
            hurry.wait(LINGER)
            self._write([first, *self._next_batch()], is_own_thread=True)
            is_over = hurry.is_set()  # asked for before the last look: what came before the word to end is written
            while batch := self._next_batch():
                self._write(batch, is_own_thread=True)

    def _next_batch(self) -> list[Taken | None]:
        batch: list[Taken | None] = []
        with suppress(Empty):
            while len(batch) < MAX_BATCH:
                batch.append(self._waiting.get_nowait())
        return batch

    def _write(self, batch: list[Taken | None], *, is_own_thread: bool = False) -> None:
        """A store that fails costs these entries and one line in the log, until it works again."""
        try:
            lines = [taken.line() for taken in batch if taken is not None]
            if lines:
                (append_around if is_own_thread else append)(lines)
                self._is_failing = self._is_full = False
        except Exception:  # whatever it is, the thread goes on
            if not self._is_failing:
                logger.exception("Traces cannot be written")
            self._is_failing = True


def append(lines: list[Line]) -> None:
    get_traces().append(lines)


def append_around(lines: list[Line]) -> None:
    """What Django does around a request, the thread does around a batch."""
    close_old_connections()
    try:
        append(lines)
    finally:
        close_old_connections()


recorder = Recorder()
atexit.register(recorder.close)
os.register_at_fork(after_in_child=recorder.reset)
