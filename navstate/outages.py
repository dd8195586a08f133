"""Tell an outage from a bug: recognise the errors of a store that will be back.

A database restarts, Redis is still loading, a disk is full: a later request will succeed, so such an error is answered
with 503. A missing table or a wrong statement is a bug and stays a 500. Drivers are recognised by their class names, so
that none has to be installed; projects may add to :data:`PASSING`.
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
"""The names of the stores in ``/readyz`` and in the log."""

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
    "navstate.request.stored_state.Contended": DATABASE,  # other writes won each time: a retry will do
    "navstate.sessions.sql.SessionContended": DATABASE,
}
"""The store that an error is about, by the full name of the error's class."""

REDIS_SAYS = ("MISCONF", "LOADING", "OOM", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "BUSY")
"""How error replies of Redis begin that are not the command's fault: it cannot save, or is not ready."""

SQLITE_PASSING = frozenset({"PERM", "BUSY", "LOCKED", "NOMEM", "READONLY", "IOERR", "FULL", "CANTOPEN", "PROTOCOL"})
"""Primary result codes of SQLite, without ``SQLITE_``, that are caused by the file system or another writer."""

POSTGRES_PASSING = ("08", "25006", "28", "40", "53", "55P03", "57", "58")
"""How the SQLSTATE of an outage begins: no connection, a read-only server after a failover, authorization, a deadlock,
no resources or too many connections, a lock that was not available, a shutdown or a cancelled statement, the file
system."""

NO_CONNECTION = "Cannot open a new connection in an atomic block."
"""Django's error when code goes on in a transaction that lost its connection."""

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
DEPTH = 10
"""How many causes are followed: a chain of causes may be circular."""


def outage_of(problem: BaseException | None) -> str:
    """Return the store that this error reports as away (:data:`DATABASE`, …); empty for any other error."""
    return next(filter(None, (_told_by(each) for each in causes(problem))), "")


def is_outage(problem: BaseException | None) -> bool:
    """Tell whether a later try may succeed. A worker waits and tries again; a request is answered with 503."""
    return bool(outage_of(problem))


def causes(problem: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and its explicit causes (``__cause__``, not ``__context__``: a bug in a handler stays a bug)."""
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
    """Tell whether an error will pass. ``problem``: as Django raises it, with the driver's error as its cause."""
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
"""Seconds that other callers wait for the one that is trying: a store that is back answers sooner."""


class SilenceGuard:
    """Guards the calls to one store: while it does not answer, one caller at a time tries and the others fail soon.

    A store that is away costs each caller the whole timeout. With a few threads, all of them would soon wait, and
    requests that need no store (a cached page, a probe) would wait behind them. ``silence``: the errors that mean that
    the store is away; the first of them is raised here.
    """

    def __init__(self, *silence: type[Exception]) -> None:
        self._silence = silence
        self.is_silent = False
        """Whether the last call got no answer."""
        self._finding_out = threading.Lock()

    def call(self, ask: Callable[[], Answer]) -> Answer:
        """Return what ``ask`` returns. Raises one of ``silence`` while another thread tries and gets no answer."""
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
