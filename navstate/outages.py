"""Tell an outage from a mistake: the errors of a store that will be back.

A database that restarts, a Redis that is still loading, a full disk: whoever asks again later is answered. Such an error is
a 503 and never a 500; a missing table or a wrong statement is a mistake of ours and stays one. Drivers are told by the names
of their classes, so that nothing has to be installed for it; :data:`PASSING` may be added to.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import Error as DatabaseFamily
from django.db import InterfaceError, OperationalError, ProgrammingError

Answer = TypeVar("Answer")

DATABASE, REDIS, DISK = "database", "cache", "disk"
"""The names of what does not answer, as ``/readyz`` and the log say them."""

PASSING: dict[str, str] = {
    "redis.exceptions.ConnectionError": REDIS,  # refused, lost, loading its data, no password yet
    "redis.exceptions.TimeoutError": REDIS,
    "redis.exceptions.ReadOnlyError": REDIS,
    "redis.exceptions.OutOfMemoryError": REDIS,
    "redis.exceptions.TryAgainError": REDIS,
    "redis.exceptions.ClusterDownError": REDIS,
    "redis.exceptions.MasterDownError": REDIS,
    "redis.exceptions.MaxConnectionsError": REDIS,
    "django_redis.exceptions.ConnectionInterrupted": REDIS,
    "psycopg_pool.PoolTimeout": DATABASE,
    "psycopg_pool.PoolClosed": DATABASE,
    "psycopg_pool.TooManyRequests": DATABASE,
    "navstate.request.stored_state.Contended": DATABASE,  # others were quicker, each time: later is soon enough
    "navstate.sessions.sql.SessionContended": DATABASE,
}
"""Classes by their full names, and the store that each tells about."""

REDIS_SAYS = ("MISCONF", "LOADING", "OOM", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "BUSY")
"""How an answer of Redis begins that is no fault of the command: it cannot save, or is not ready."""

SQLITE_PASSING = frozenset({"PERM", "BUSY", "LOCKED", "NOMEM", "READONLY", "IOERR", "FULL", "CANTOPEN", "PROTOCOL"})
"""Primary result codes of SQLite, without ``SQLITE_``: whatever the file system or another writer is the cause of."""

POSTGRES_PASSING = ("08", "25006", "28", "40", "53", "55P03", "57", "58")
"""How an SQLSTATE begins that passes: no connection, a server that only reads after a failover, a deadlock, no room or
too many connections, a lock that was not given, a shutdown or a statement stopped by a limit, the file system."""

NO_CONNECTION = "Cannot open a new connection in an atomic block."
"""What Django says where a transaction lost its connection and somebody went on."""

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
DEPTH = 10
"""How many causes are looked through: a chain may be a ring."""


def outage_of(problem: BaseException | None) -> str:
    """The store that this error says is away for now (:data:`DATABASE`, …); empty for any other error."""
    return next(filter(None, (_told_by(each) for each in causes(problem))), "")


def is_outage(problem: BaseException | None) -> bool:
    """Whether asking again later may be answered. A worker waits and tries again; a request is answered with 503."""
    return bool(outage_of(problem))


def causes(problem: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from. Not what was merely being handled: a mistake in a rescue is a mistake."""
    for _ in range(DEPTH):
        if problem is None:
            return
        yield problem
        problem = problem.__cause__


def _told_by(problem: BaseException) -> str:
    for name in names_of(type(problem)):
        if name in PASSING:
            return PASSING[name]
    if isinstance(problem, DatabaseFamily):
        return DATABASE if _passes(problem) else ""
    if type(problem).__module__.startswith("redis.") and str(problem).startswith(REDIS_SAYS):
        return REDIS
    if isinstance(problem, OSError) and problem.errno in DISK_FULL:
        return DISK
    return ""


def names_of(kind: type) -> Iterator[str]:
    for each in kind.__mro__:
        yield f"{each.__module__}.{each.__qualname__}"


def _passes(problem: DatabaseFamily) -> bool:
    """``problem``: as Django raises it, with the driver's own as its cause."""
    cause, text = problem.__cause__, str(problem)
    if code := getattr(cause, "sqlite_errorname", None):
        return code.split("_")[1] in SQLITE_PASSING
    if state := getattr(cause, "sqlstate", None):
        return str(state).startswith(POSTGRES_PASSING)
    if isinstance(problem, ProgrammingError):
        return text == NO_CONNECTION
    if isinstance(problem, InterfaceError):
        return "connection" in text  # and not "the cursor is closed"
    return isinstance(problem, OperationalError)


PATIENCE = 0.2
"""Seconds that the others wait for the one who finds out: a store that is back answers sooner."""


class SilenceGuard:
    """Guards the calls to one store: while it is silent one caller finds out whether it is back, the others fail soon.

    A store that is away costs each caller the whole time limit. With a few threads for pages all of them would soon wait,
    and what needs no store (a kept page, a probe) would wait behind them. ``silence``: the errors that say that it is
    away; the first of them is raised here.
    """

    def __init__(self, *silence: type[Exception]) -> None:
        self._silence = silence
        self.is_silent = False
        """Whether it did not answer when it was asked last."""
        self._finding_out = threading.Lock()

    def call(self, ask: Callable[[], Answer]) -> Answer:
        """What ``ask`` returns. Raises one of ``silence`` while another thread is finding out and hears nothing."""
        if not self.is_silent:
            return self._asked(ask)
        if not self._finding_out.acquire(timeout=PATIENCE):
            raise self._silence[0]("it did not answer a moment ago, and somebody is asking already")
        try:
            return self._asked(ask)
        finally:
            self._finding_out.release()

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        try:
            answer = ask()
        except self._silence:
            self.is_silent = True
            raise
        self.is_silent = False
        return answer
