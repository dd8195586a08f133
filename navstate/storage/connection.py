"""A connection to Redis of each thread's own.

A request asks Redis one thing about its visitor. A pool that lends a connection for each command takes as long over that
as sending the command and reading its answer. So a thread keeps one, made as the pool of django-redis makes its own; it
does not count as one of the pool's. Where the server has closed it meanwhile (a restart, a time limit), the command is sent
once more, on a new one. Every command of ours may be: one that was carried out though its answer was lost finds its own
work done, and each of them can be beaten by somebody else's anyway.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from django.conf import settings

from navstate.conf import setting
from navstate.outages import SilenceGuard
from navstate.storage.clients import RedisConnectionError, RedisTimeoutError, ResponseError, get_redis_connection

Argument = bytes | str | int


class _Kept:
    """A connection, and the setting and the alias that it was made from. Closed as soon as its thread lets go of it."""

    __slots__ = ("connection", "made_for")

    def __init__(self, connection: Any, made_for: tuple[Any, str]) -> None:
        self.connection, self.made_for = connection, made_for

    def __del__(self) -> None:
        self.connection.disconnect()  # by itself it would wait for the garbage collector: it is part of a ring


class _Own(threading.local):
    kept: _Kept | None = None


_own = _Own()
_watch = SilenceGuard(RedisConnectionError, RedisTimeoutError)


def command(*words: Argument) -> Any:
    """What Redis answers, as bytes, whole numbers, lists and ``None``. Raises ``RedisError``.

    Tried again as often as the pool's connections would be, where a project has asked for that. While the server is known
    to be away one thread at a time waits for it.
    """
    return _watch.call(lambda: _command(words))


def _command(words: tuple[Argument, ...]) -> Any:
    connection = _connection()
    was_connected = connection.is_connected
    try:
        return _asked(connection, words)
    except RedisConnectionError:
        retries = connection.retry
        if not (was_connected or retries.get_retries()):
            raise
        return retries.call_with_retry(lambda: _asked(connection, words), lambda _: None)


def cache_alias() -> str:
    """The cache whose Redis holds sessions and navigation state."""
    return str(setting("NAVSTATE_REDIS_ALIAS"))


def close() -> None:
    """Close this thread's connection. The next command opens another."""
    _own.kept = None


def _asked(connection: Any, words: tuple[Argument, ...]) -> Any:
    try:
        connection.send_command(*words)
        return connection.read_response(disable_decoding=True)
    except ResponseError:
        raise
    except BaseException:  # whatever broke in: an answer that nobody fetched must not be that of the next command
        connection.disconnect()
        raise


def _connection() -> Any:
    made_for = (settings.CACHES, cache_alias())
    kept = _own.kept
    if kept is None or kept.made_for != made_for:
        pool = get_redis_connection(made_for[1]).connection_pool
        kept = _own.kept = _Kept(pool.connection_class(**pool.connection_kwargs), made_for)
    return kept.connection


# A forked process would share the connection with its parent, and each would read the other's answers.
os.register_at_fork(after_in_child=close)
