"""O3: the connections that the pool lends, after the server has ended or frozen them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from config.postgresql import base
from tests.servers import wait_until

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
HELD = 5
"""More than the pool's own look gets through before it gives up."""


@pytest.fixture
def database() -> Iterator[BaseDatabaseWrapper]:
    """Another user of the test's database."""
    database = connections["default"].copy("its own pool")
    with closing(database):
        yield database
    database.close_pool()


def fill(database: BaseDatabaseWrapper) -> list[int]:
    """Leave nothing but idle connections in its pool; the process ids of their servers."""
    database.pool.open()
    with contextlib.ExitStack() as lent:
        held = [lent.enter_context(database.pool.connection()) for _ in range(HELD)]
        return [connection.info.backend_pid for connection in held]


def answer_of(database: BaseDatabaseWrapper) -> Any:
    with database.cursor() as cursor:
        cursor.execute("SELECT 41 + 1")
        return cursor.fetchone()


def end(pids: list[int]) -> None:
    """What a restart does to them."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [pids])

        def are_gone() -> bool:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", [pids])
            return bool(cursor.fetchone() == (0,))

        wait_until(are_gone, 10, "the connections to end")


def test_o3_the_first_page_after_a_restart_is_answered(database: BaseDatabaseWrapper) -> None:
    end(fill(database))
    assert answer_of(database) == (42,)


def test_o3_control_without_the_look_the_first_page_fails(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base.WatchedConnection, "answers", lambda self: True)
    end(fill(database))
    with pytest.raises(OperationalError):
        answer_of(database)


class SilentServer:
    """As libpq tells of a server that takes what is sent and never answers."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end

    def send_query(self, _: bytes) -> None:
        self.socket.sendall(b"Q")

    def flush(self) -> int:
        return 0

    def is_busy(self) -> bool:
        return True


def test_o3_a_server_that_stays_silent_is_given_up(settings: Any) -> None:
    settings.STORE_TIMEOUT = 0.05
    ours, its = socket.socketpair()
    with ours, its:
        connection = Mock(spec=base.WatchedConnection, pgconn=SilentServer(ours))
        with pytest.raises(base.SilentError, match=r"no answer within 0\.05 s"):
            base.WatchedConnection.answers(connection)
    connection.close.assert_called_once_with()


def test_o3_a_silent_connection_goes_back_and_the_page_is_not_kept_waiting_twice(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(connection: base.WatchedConnection) -> bool:
        connection.close()
        raise base.SilentError

    fill(database)
    monkeypatch.setattr(base.WatchedConnection, "answers", silent)
    with pytest.raises(OperationalError):
        database.ensure_connection()
    monkeypatch.undo()
    assert answer_of(database) == (42,)


def test_what_is_lent_without_a_pool_is_not_looked_at() -> None:
    database = connections["default"].copy("no pool")
    database.settings_dict = {**database.settings_dict, "OPTIONS": {}}
    with closing(database):
        assert answer_of(database) == (42,)
        assert not isinstance(database.connection, base.WatchedConnection)
        assert isinstance(database.connection, psycopg.Connection)
