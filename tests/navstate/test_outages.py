"""O3: which errors pass, and that each of them is a 503 wherever in a request it comes from; a mistake stays a 500."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from importlib import import_module

import psycopg
import psycopg_pool
import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError, connection, connections
from django.http import HttpRequest, UnreadablePostError
from django.template.response import TemplateResponse
from django.test import AsyncClient, Client, RequestFactory
from django_redis.exceptions import ConnectionInterrupted
from psycopg import errors as postgres

from navstate import error_pages, finalizing, middleware, outages
from navstate.request.stored_state import Contended
from navstate.sessions.sql import SessionContended
from shop.cart import views as cart_views

GONE = OperationalError("server closed the connection unexpectedly")


def raised_from(problem: Exception, cause: BaseException) -> Exception:
    problem.__cause__ = cause
    return problem


def sqlite_error(name: str) -> Exception:
    cause = sqlite3.OperationalError("says SQLite")
    cause.sqlite_errorname = name
    return raised_from(OperationalError("says SQLite"), cause)


PASSING = {
    "database, connection lost": (GONE, "database"),
    "database, no pool": (raised_from(OperationalError("x"), psycopg_pool.PoolTimeout("30 s")), "database"),
    "database, connection closed": (InterfaceError("connection already closed"), "database"),
    "database, lost in a transaction": (ProgrammingError(outages.NO_CONNECTION), "database"),
    "database, shut down": (raised_from(OperationalError("x"), postgres.AdminShutdown("x")), "database"),
    "database, deadlock": (raised_from(OperationalError("x"), postgres.DeadlockDetected("x")), "database"),
    "database, disk full": (raised_from(OperationalError("x"), postgres.DiskFull("x")), "database"),
    "database, statement stopped": (raised_from(OperationalError("x"), postgres.QueryCanceled("x")), "database"),
    "database, only reads": (raised_from(InternalError("x"), postgres.ReadOnlySqlTransaction("x")), "database"),
    **{
        f"sqlite, {name}": (sqlite_error(f"SQLITE_{name}"), "database")
        for name in (
            "FULL",
            "READONLY",
            "READONLY_DBMOVED",
            "BUSY",
            "BUSY_SNAPSHOT",
            "LOCKED",
            "IOERR_WRITE",
            "CANTOPEN",
        )
    },
    "redis, refused": (redis.ConnectionError("refused"), "cache"),
    "redis, slow": (redis.TimeoutError("slow"), "cache"),
    "redis, loading": (redis.BusyLoadingError("loading"), "cache"),
    "redis, only reads": (redis.exceptions.ReadOnlyError("replica"), "cache"),
    "redis, full": (redis.exceptions.OutOfMemoryError("maxmemory"), "cache"),
    "redis, cannot save": (redis.ResponseError("MISCONF Redis is configured to save"), "cache"),
    "redis, busy with a script": (redis.ResponseError("BUSY Redis is busy running a script"), "cache"),
    "cache": (ConnectionInterrupted(None), "cache"),
    "contended state": (Contended("8 writes"), "database"),
    "contended session": (SessionContended("64 saves"), "database"),
    "a disk": (OSError(errno.ENOSPC, "No space left on device"), "disk"),
    "a cause": (raised_from(RuntimeError("x"), raised_from(RuntimeError("y"), redis.ConnectionError("z"))), "cache"),
}
MISTAKES = {
    "sqlite, no such table": sqlite_error("SQLITE_ERROR"),
    "postgres, too much": raised_from(OperationalError("x"), postgres.StatementTooComplex("x")),
    "postgres, no such table": raised_from(ProgrammingError("x"), postgres.UndefinedTable("x")),
    "postgres, a failed transaction": raised_from(InternalError("x"), postgres.InFailedSqlTransaction("x")),
    "a statement": ProgrammingError("syntax error"),
    "a cursor": InterfaceError("the cursor is closed"),
    "redis, wrong type": redis.ResponseError("WRONGTYPE Operation against a key"),
    "redis, a script": redis.ResponseError("ERR user_script:1: oops"),
    "a file": FileNotFoundError(errno.ENOENT, "No such file"),
    "code": KeyError("sku"),
}


@pytest.mark.parametrize(("problem", "store"), PASSING.values(), ids=PASSING)
def test_o3_what_passes(problem: Exception, store: str) -> None:
    assert outages.outage_of(problem) == store
    assert outages.is_outage(problem)


@pytest.mark.parametrize("problem", MISTAKES.values(), ids=MISTAKES)
def test_o3_what_is_a_mistake(problem: Exception) -> None:
    assert outages.outage_of(problem) == ""
    assert not outages.is_outage(problem)


def test_o3_a_mistake_in_a_rescue_is_a_mistake() -> None:
    try:
        try:
            raise redis.ConnectionError("refused")
        except redis.ConnectionError:
            raise KeyError("fallback")  # noqa: B904
    except KeyError as mistake:
        assert not outages.is_outage(mistake)


def test_o3_nothing_and_a_ring_of_causes_are_no_outage() -> None:
    ring = ValueError("x")
    ring.__cause__ = ring
    assert not outages.is_outage(ring)
    assert not outages.is_outage(None)


@pytest.mark.django_db(transaction=True)
def test_o3_what_the_database_itself_says_of_a_mistake() -> None:
    with pytest.raises((OperationalError, ProgrammingError)) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    assert not outages.is_outage(caught.value)


def test_o3_what_sqlite_itself_says_of_a_full_disk(tmp_path) -> None:
    with sqlite3.connect(tmp_path / "small.sqlite3") as database:
        database.execute("CREATE TABLE t (x)")
        database.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError) as caught:
            database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    database.close()
    assert outages.is_outage(raised_from(OperationalError(*caught.value.args), caught.value))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_o3_what_postgresql_itself_says_of_a_lost_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        number = cursor.fetchone()[0]
        with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [number])
        with pytest.raises(OperationalError) as caught:
            cursor.execute("SELECT 1")
    connection.close()
    assert outages.is_outage(caught.value)


# --- at any point of any request ---


def at_the_view(monkeypatch: pytest.MonkeyPatch, fail) -> None:
    monkeypatch.setattr(cart_views, "count_units", fail)


def at_the_template(monkeypatch: pytest.MonkeyPatch, fail) -> None:
    monkeypatch.setattr(cart_views, "render", lambda *a, **k: LazyPage(fail))


def at_the_middleware(monkeypatch: pytest.MonkeyPatch, fail) -> None:
    async def afail(*args, **options):
        fail()

    monkeypatch.setattr(middleware.renewal, "renew_if_active", fail)
    monkeypatch.setattr(middleware.renewal, "arenew_if_active", afail)


def after_the_view(monkeypatch: pytest.MonkeyPatch, fail) -> None:
    monkeypatch.setattr(finalizing, "finalize_session", fail)


class LazyPage(TemplateResponse):
    """Drawn by the handler, after the view."""

    def __init__(self, fail) -> None:
        super().__init__(RequestFactory().get("/"), "x.html")
        self._fail = fail

    @property
    def rendered_content(self):
        self._fail()


def at_the_load(monkeypatch: pytest.MonkeyPatch, fail) -> None:
    async def afail(*args, **options):
        fail()

    def count(request: HttpRequest) -> int:
        return int(request.session.get("any", 0))

    monkeypatch.setattr(session_store(), "load", fail)
    monkeypatch.setattr(session_store(), "aload", afail)
    monkeypatch.setattr(cart_views, "count_units", count)


def at_the_save(monkeypatch: pytest.MonkeyPatch, fail) -> None:
    async def afail(*args, **options):
        fail()

    def count(request: HttpRequest) -> int:
        request.session["any"] = 1
        return 1

    monkeypatch.setattr(session_store(), "save", fail)
    monkeypatch.setattr(session_store(), "asave", afail)
    monkeypatch.setattr(cart_views, "count_units", count)


def session_store():
    return import_module(settings.SESSION_ENGINE).SessionStore


POINTS = (at_the_view, at_the_template, at_the_middleware, after_the_view, at_the_load, at_the_save)
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html"}
COOKIE = "a" * 32


def sync_answer(url: str, headers: dict[str, str]):
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = COOKIE
    return client.get(url, headers=headers)


def async_answer(url: str, headers: dict[str, str]):
    async def ask():
        client = AsyncClient(raise_request_exception=False)
        client.cookies["sessionid"] = COOKIE
        try:
            return await client.get(url, headers=headers)
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(ask())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer_of", [sync_answer, async_answer], ids=["wsgi", "asgi"])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("problem", "status"), [(GONE, 503), (redis.TimeoutError("slow"), 503), (KeyError("x"), 500)])
def test_o3_at_any_point_of_a_request(monkeypatch, answer_of, point, problem, status) -> None:
    def fail(*args, **options):
        raise problem

    point(monkeypatch, fail)
    answer = answer_of("/cart/badge/", NAVIGATION)
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert answer["Cache-Control"] in {"private, no-store", "no-store", "private, no-cache"}


# --- the answer ---


def unavailable(method: str = "GET", **headers: str):
    return error_pages.unavailable(RequestFactory().generic(method, "/cart/", headers=headers), "cache", GONE)


def test_o3_a_reader_is_told_what_is_kept() -> None:
    answer = unavailable()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "your cart and your orders are kept" in answer.content.decode()
    assert "cart-badge" not in answer.content.decode()
    assert "hx-get" not in answer.content.decode()
    assert '<a class="button button--primary" href="">Try again</a>' in answer.content.decode()


def test_o3_who_sent_something_is_not_told_that_it_was_not_done() -> None:
    text = unavailable("POST").content.decode()
    assert "cannot say whether what you just sent was carried out" in text
    assert 'href="/cart/"' in text
    assert "are kept" not in text


def test_o3_json_and_fragments_are_answered_in_their_own_manner() -> None:
    problem, fragment = unavailable(Accept="application/json"), unavailable(HX_Request="true")
    assert problem["Content-Type"] == "application/problem+json"
    assert (problem.status_code, problem["Retry-After"]) == (503, "5")
    assert fragment.content.decode().startswith('<p role="alert">One moment, please')
    assert (fragment.status_code, fragment["Retry-After"]) == (503, "5")


def test_o3_an_outage_is_one_line_of_the_log(caplog) -> None:
    error_pages.unavailable(RequestFactory().get("/cart/"), "cache")
    unavailable()
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "No answer from cache: 503 for GET /cart/" in caplog.text
    assert "server closed the connection" in caplog.text
    assert not any(record.exc_info for record in caplog.records)


def test_n11_a_body_that_ended_early_is_no_500() -> None:
    try:
        raise UnreadablePostError("Apache: request body read error")
    except UnreadablePostError:
        assert error_pages.server_error(RequestFactory().post("/login/")).status_code == 400
