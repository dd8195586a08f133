"""/healthz and /readyz."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections
from django.test import Client

from config import health

Broken = Callable[[], None]


def broken(problem: Exception) -> Broken:
    def ask() -> None:
        raise problem

    return ask


def ready(client: Client) -> tuple[int, str]:
    answer = client.get("/readyz")
    assert answer["Cache-Control"] == "private, no-store"
    return answer.status_code, answer.content.decode().strip()


def test_healthz_asks_no_store(client: Client) -> None:
    """Without the mark for the database any query would fail this test."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.cookies


@pytest.mark.django_db
def test_readyz_asks_every_store(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for name in ("ask_database", "ask_cache"):
        ask = getattr(health, name)
        monkeypatch.setattr(health, name, lambda ask=ask, name=name: (ask(), asked.append(name)))
    assert ready(client) == (200, "ok")
    assert sorted(asked) == ["ask_cache", "ask_database"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("store", "problem", "said"),
    [
        ("database", DatabaseError("password of the database"), "database"),
        ("cache", ConnectionError("no route to host"), "cache"),
        ("database", health.NotReady("the disk is full"), "database (disk full)"),
        ("database", sqlite3.OperationalError("database or disk is full"), "database (disk full)"),
        ("database", sqlite3.OperationalError("attempt to write a readonly database"), "database (read-only)"),
        ("database", sqlite3.OperationalError("database is locked"), "database (locked)"),
        ("database", health.NotReady("it is read-only"), "database (read-only)"),
        ("cache", ValueError("OOM command not allowed when used memory > 'maxmemory'"), "cache (disk full)"),
    ],
)
def test_o3_readyz_names_what_is_silent_and_says_why_in_the_log_only(client, monkeypatch, caplog, store, problem, said):
    monkeypatch.setattr(health, f"ask_{store}", broken(problem))
    assert ready(client) == (503, f"no answer: {said}")
    assert str(problem) in caplog.text


@pytest.mark.django_db
def test_o3_readyz_does_not_wait_for_what_is_slow_and_asks_it_once(client: Client, monkeypatch) -> None:
    answered, asked = threading.Event(), []

    def slow() -> None:
        asked.append(1)
        answered.wait(20)

    monkeypatch.setattr(health, "ask_cache", slow)
    began = time.monotonic()
    assert ready(client) == (503, "no answer: cache")
    assert time.monotonic() - began < 1
    assert ready(client) == (503, "no answer: cache")
    assert asked == [1]
    answered.set()
    (asking,) = [thread for thread in threading.enumerate() if thread.name == "readyz cache"]
    asking.join(10)
    monkeypatch.undo()
    assert ready(client) == (200, "ok")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "a shop.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (x)")
        database.execute("PRAGMA user_version = 7")
    yield path


class TestSqlite:
    def test_o3_a_file_that_can_be_written_is_ready_and_stays_as_it_is(self, file: Path) -> None:
        health.ask_sqlite(str(file))
        with contextlib.closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA user_version").fetchone() == (7,)

    def test_o3_a_lock_that_stays_is_not(self, file: Path) -> None:
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                health.ask_sqlite(str(file))

    def test_o3_a_disk_without_room_is_not(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "ROOM", 2**62)
        with pytest.raises(health.NotReady, match="the disk is full"):
            health.ask_sqlite(str(file))

    def test_o3_a_file_that_is_missing_is_not_and_is_not_made(self, tmp_path: Path) -> None:
        with pytest.raises(sqlite3.OperationalError):
            health.ask_sqlite(str(tmp_path / "nothing.sqlite3"))
        assert not list(tmp_path.iterdir())

    def test_what_is_in_memory_is_part_of_the_process(self) -> None:
        health.ask_sqlite("file:memorydb_default?mode=memory&cache=shared")


@pytest.mark.services
@pytest.mark.django_db
def test_o3_a_postgresql_that_only_reads_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    health.ask_database()
    given = connection.get_connection_params()
    only_reads = {**given, "options": "-c default_transaction_read_only=on"}
    monkeypatch.setattr(type(connections["default"]), "get_connection_params", lambda self: only_reads)
    with pytest.raises(health.NotReady, match="read-only"):
        health.ask_database()
