"""Find out how long a session has left without loading it: no data is read, nothing is renewed (R11).

One reader per engine: the time to live of one key in Redis, one column of one row in SQL. An engine's module may define
``liveness_reader``, so that this module imports nothing that a project may not have installed.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Protocol

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import router
from django.utils import timezone

from navstate.sessions.base import is_plausible_key
from navstate.sessions.sql import columns_of


class Reader(Protocol):
    """Returns the milliseconds that the session of a key has left; 0 or less when it is gone."""

    def left_ms(self, session_key: str) -> int: ...

    async def aleft_ms(self, session_key: str) -> int: ...


class RowReader:
    """For engines that store a session as a row with an ``expire_date``: navstate's and Django's."""

    def __init__(self, model: type[AbstractBaseSession]) -> None:
        self._model = model

    def left_ms(self, session_key: str) -> int:
        # Read where writes go: a replica may still have a session that was flushed a moment ago.
        rows = columns_of(self._model, router.db_for_write(self._model), "expire_date")
        for (expires,) in rows.filter(session_key=session_key):
            return int((expires - timezone.now()).total_seconds() * 1000)
        return 0

    async def aleft_ms(self, session_key: str) -> int:
        return await sync_to_async(self.left_ms)(session_key)


class LoadingReader:
    """For any other engine, which has to load the session. It returns the session's full age, not the time left."""

    def __init__(self, store: type[SessionBase]) -> None:
        self._store = store

    def left_ms(self, session_key: str) -> int:
        session = self._store(session_key)
        return session.get_expiry_age() * 1000 if session.exists(session_key) else 0

    async def aleft_ms(self, session_key: str) -> int:
        return await sync_to_async(self.left_ms)(session_key)


def time_left(session_key: str) -> int:
    """Return the milliseconds until the session ends; 0 or less for one that is gone and for an invalid key."""
    return _reader(settings.SESSION_ENGINE).left_ms(session_key) if is_plausible_key(session_key) else 0


async def atime_left(session_key: str) -> int:
    return await _reader(settings.SESSION_ENGINE).aleft_ms(session_key) if is_plausible_key(session_key) else 0


@cache
def _reader(engine: str) -> Reader:
    module = import_module(engine)
    if hasattr(module, "liveness_reader"):
        reader: Reader = module.liveness_reader()
        return reader
    store = module.SessionStore
    return RowReader(store.get_model_class()) if hasattr(store, "get_model_class") else LoadingReader(store)
