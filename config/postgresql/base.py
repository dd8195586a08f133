"""Django's backend for PostgreSQL, for a server that may be away.

A connection is looked at when the pool lends it, so that a restart of the server costs no page. Where one is dead the others
are as well, and all are replaced at once: a look by the pool itself waits longer after each that it finds. The look has a
time limit, since a server that is frozen, or gone without a word, takes what is sent and never answers. And while the server
is known to be away, one thread waits for it and no other (``navstate.storage.silence``).
"""

from __future__ import annotations

import select
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg.pq import ExecStatus

from navstate.outages import SilenceGuard

_watch = SilenceGuard(psycopg.OperationalError)


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> Any:
        options = self.settings_dict["OPTIONS"].get("pool")
        if options:
            options.setdefault("connection_class", WatchedConnection)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        return _watch.call(lambda: self._lent(conn_params))

    def _lent(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if not isinstance(connection, WatchedConnection):  # of a set-up without a pool: made just now
            return connection
        try:
            is_good = connection.answers()
        except SilentError:
            self.pool.putconn(connection)
            raise
        if is_good:
            return connection
        self.pool.putconn(connection)
        self.pool.drain()
        return super().get_new_connection(conn_params)


class SilentError(psycopg.OperationalError):
    """A server that takes what is sent and says nothing."""


class WatchedConnection(psycopg.Connection[Any]):
    """A connection of the pool that can be asked whether it still is one."""

    def answers(self) -> bool:
        """``False``, and closed, where the server has ended it; :class:`SilentError` after ``STORE_TIMEOUT`` seconds."""
        wire, is_good = self.pgconn, True
        try:
            wire.send_query(b"")
            wire.flush()
            while wire.is_busy():
                if not select.select([wire.socket], [], [], settings.STORE_TIMEOUT)[0]:
                    self.close()
                    raise SilentError(f"no answer within {settings.STORE_TIMEOUT:g} s")
                wire.consume_input()
            while answer := wire.get_result():  # a server that goes says so in place of an answer
                is_good = is_good and answer.status == ExecStatus.EMPTY_QUERY
        except SilentError:
            raise
        except psycopg.OperationalError:
            is_good = False
        if not is_good:
            self.close()
        return is_good
