"""One connection to Redis per thread.

A request sends Redis one command about its visitor. To borrow a connection from a pool takes as long as sending the
command and reading the reply. So each thread keeps a connection, made with the settings of django-redis's pool but not
counted by it. If the server has closed it meanwhile (a restart, a timeout), the command is sent once more on a new one.
All of navstate's commands allow that: if the first was carried out and only its reply was lost, the second finds its
work done or reports a conflict, which its caller handles; only a trace may get an entry twice.
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
    """A connection, with the setting and alias that it was made from. Closed as soon as its thread drops it."""

    __slots__ = ("connection", "made_for")

    def __init__(self, connection: Any, made_for: tuple[Any, str]) -> None:
        self.connection, self.made_for = connection, made_for

    def __del__(self) -> None:
        self.connection.disconnect()  # otherwise it stays open until the garbage collector breaks a reference cycle


class _Own(threading.local):
    kept: _Kept | None = None


_own = _Own()
_watch = SilenceGuard(RedisConnectionError, RedisTimeoutError)


def command(*words: Argument) -> Any:
    """Return Redis's reply, made of bytes, whole numbers, lists and ``None``. Raises ``RedisError``.

    The command is tried again as often as the pool's connections are configured to. While the server is known to be
    away, one thread at a time waits for it (:class:`~navstate.outages.SilenceGuard`).
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
    """Return the alias of the cache whose Redis has sessions and navigation state."""
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
    except BaseException:  # an unread reply must not become that of the next command
        connection.disconnect()
        raise


def _connection() -> Any:
    made_for = (settings.CACHES, cache_alias())
    kept = _own.kept
    if kept is None or kept.made_for != made_for:
        pool = get_redis_connection(made_for[1]).connection_pool
        kept = _own.kept = _Kept(pool.connection_class(**pool.connection_kwargs), made_for)
    return kept.connection


# A forked process would share the connection with its parent, and each would read the other's replies.
os.register_at_fork(after_in_child=close)
