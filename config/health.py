"""Whether this process lives, and whether it can serve: for load balancers and orchestrators."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse

from checkout.services.background import oldest_due
from navstate.decorators import private

logger = logging.getLogger(__name__)

ASKED_FOR = 0.7
"""Seconds after which a store that has not answered counts as silent, whatever it would have said."""

ROOM = 8 * 1024 * 1024
"""Bytes that a disk must have left: SQLite may still write into what it has, and fails with the next order."""

WORDS = {"disk full": ("full", "no space", "maxmemory"), "read-only": ("readonly", "read-only"), "locked": ("locked",)}
"""What is said about a store, by what its error says."""


class NotReady(Exception):
    """What is wrong with a store that does answer."""


def ask_database() -> None:
    database: Any = connections["default"]
    if database.vendor == "sqlite":
        return ask_sqlite(str(database.settings_dict["NAME"]))
    parameters = {**database.get_connection_params(), "connect_timeout": 2}
    # Not from the pool, whose connections may all be in use.
    with database.Database.connect(**parameters) as asked:
        row = asked.execute("SELECT current_setting('transaction_read_only')").fetchone()
    if row != ("off",):
        raise NotReady("it is read-only")
    return None


def ask_sqlite(name: str) -> None:
    """Write, since a disk that is full or a lock that stays lets everybody read. ``name``: of the file."""
    if "memory" in name:  # of tests: it is part of this process
        return
    # Not made anew where it is missing.
    address = f"file:{quote(name)}?mode=rw"
    with contextlib.closing(sqlite3.connect(address, uri=True, timeout=ASKED_FOR / 2, isolation_level=None)) as asked:
        asked.execute("BEGIN IMMEDIATE")
        ((number,),) = asked.execute("PRAGMA user_version").fetchall()
        asked.execute(f"PRAGMA user_version = {number:d}")
        asked.execute("COMMIT")
    disk = os.statvfs(Path(name).parent)
    if disk.f_bavail * disk.f_frsize < ROOM:
        raise NotReady("the disk is full")


def ask_cache() -> None:
    cache.set("readyz", 1, 5)  # written: sessions are


class Store:
    """Something that is asked in a thread of its own, one at a time: a store may take longer than anybody waits."""

    def __init__(self, name: str, ask: Callable[[], None]) -> None:
        self.name = name
        self._ask = ask
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._trouble: Exception | None = None

    def begin(self) -> threading.Thread:
        """Ask, unless the last answer is still waited for."""
        with self._lock:
            if self._asking is None or not self._asking.is_alive():
                self._asking = threading.Thread(target=self._find_out, name=f"readyz {self.name}", daemon=True)
                self._asking.start()
            return self._asking

    def found(self, asking: threading.Thread) -> str:
        """Empty where it answered well; else its name and, where that is known, what is wrong."""
        if asking.is_alive():
            logger.error("Not ready: %s has not answered within %g s", self.name, ASKED_FOR)
            return self.name
        if self._trouble is None:
            return ""
        logger.error("Not ready: %s", self.name, exc_info=self._trouble)
        said = str(self._trouble).lower()
        reason = next((reason for reason, signs in WORDS.items() if any(sign in said for sign in signs)), "")
        return f"{self.name} ({reason})" if reason else self.name

    def _find_out(self) -> None:
        try:
            self._ask()
            self._trouble = None
        except Exception as trouble:  # whatever a driver says: it does not serve
            self._trouble = trouble


STORES = (Store("database", lambda: ask_database()), Store("cache", lambda: ask_cache()))


def _answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


@private
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers. Asks no store: a restart would not cure a database that is down."""
    return _answer(200, "ok")


@private
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every store answers and takes what is written; 503, within a second, with the names of those that do not.

    Why is said in the log only. A second line says for how long the oldest task of the background has been due, where
    one is.
    """
    until = time.monotonic() + ASKED_FOR
    asked = [(store, store.begin()) for store in STORES]
    for _, asking in asked:
        asking.join(max(0.0, until - time.monotonic()))
    silent = [said for store, asking in asked if (said := store.found(asking))]
    return _answer(503, f"no answer: {', '.join(silent)}") if silent else _answer(200, f"ok{_backlog()}")


def _backlog() -> str:
    """How far the background worker is behind. No reason for 503: taking the pages away would not bring it back."""
    try:
        waited = oldest_due()
    except DatabaseError:  # gone in this very moment: the next probe says so
        return ""
    return "" if waited is None else f"\noldest due task: {waited.total_seconds():.0f} s"
