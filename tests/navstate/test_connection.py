"""The connection to Redis that each thread has for itself: what breaks it, and who must not share it."""

from __future__ import annotations

import os
import threading
import uuid
from typing import Any

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.retry import Retry

from navstate.storage import connection
from navstate.storage.connection import command
from navstate.storage.lua import Script, redis_client
from tests import servers
from tests.navstate.stores import Driver, in_threads

pytestmark = pytest.mark.services


@pytest.fixture(autouse=True)
def _own():
    """Begins and ends with none."""
    connection.close()
    yield
    connection.close()


def own_id() -> int:
    return command("CLIENT", "ID")


def test_a_thread_keeps_its_connection() -> None:
    assert own_id() == own_id()


def test_each_thread_has_another() -> None:
    together = threading.Barrier(4)

    def ask(number: int) -> tuple[int, int]:
        together.wait(10)
        first = own_id()
        together.wait(10)
        return first, own_id()

    found = in_threads(ask, 4)
    assert len({first for first, _ in found}) == 4
    assert all(first == second for first, second in found)


def test_it_is_closed_with_its_thread() -> None:
    (key,) = in_threads(lambda number: own_id(), 1)
    servers.wait_until(lambda: not any(int(each["id"]) == key for each in redis_client().client_list()), 10, "the end")


def test_what_redis_says_comes_as_bytes_numbers_and_lists(settings) -> None:
    cache = settings.CACHES["default"]
    options = {**cache["OPTIONS"], "CONNECTION_POOL_KWARGS": {"decode_responses": True}}
    for caches in (settings.CACHES, {"default": {**cache, "OPTIONS": options}}):
        settings.CACHES = caches
        assert command("HSET", "answers", "a", "\u00e9") in (0, 1)
        assert command("HMGET", "answers", "a", "b") == ["\u00e9".encode(), None]


def test_one_that_the_server_closed_is_opened_anew() -> None:
    before = own_id()
    redis_client().execute_command("CLIENT", "KILL", "ID", before)
    assert own_id() != before


def test_a_refusal_leaves_it_open() -> None:
    before = own_id()
    with pytest.raises(ResponseError):
        command("HGET", "too few")
    assert own_id() == before


def test_an_answer_that_nobody_fetched_is_not_that_of_the_next_command(monkeypatch) -> None:
    before = own_id()
    taken: list[Any] = []

    class Stopped(BaseException):
        """As a server ends a worker that takes too long."""

    def stop(self: Any, *args: Any, **named: Any) -> None:
        taken.append(self)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(type(connection._connection()), "read_response", stop)
        with pytest.raises(Stopped):
            command("ECHO", "nobody reads this")
    assert taken
    assert command("ECHO", "this") == b"this"
    assert own_id() != before


def test_where_nothing_listens_it_says_so_and_works_as_soon_as_something_does(settings) -> None:
    cache = settings.CACHES["default"]
    with servers.redis_server() as url:
        settings.CACHES = {"default": {**cache, "LOCATION": f"{url}/0"}}
        assert command("SET", "a", "1") in (b"OK", "OK")
    with pytest.raises(RedisConnectionError):
        command("GET", "a")
    with pytest.raises(RedisConnectionError):
        command("GET", "a")


def test_it_is_tried_again_as_often_as_a_project_has_its_pool_try(settings, monkeypatch) -> None:
    cache = settings.CACHES["default"]
    tries: list[int] = []
    for retries in (0, 2):
        again = Retry(NoBackoff(), retries)
        options = {**cache["OPTIONS"], "CONNECTION_POOL_KWARGS": {"retry": again}}
        location = f"redis://127.0.0.1:{servers.free_port()}/0"
        settings.CACHES = {"default": {**cache, "LOCATION": location, "OPTIONS": options}}
        asked = 0

        def counted(own: Any, words: Any, ask: Any = connection._asked) -> Any:
            nonlocal asked
            asked += 1
            return ask(own, words)

        with monkeypatch.context() as patch:
            patch.setattr(connection, "_asked", counted)
            with pytest.raises(RedisConnectionError):
                command("PING")
        tries.append(asked)
    assert tries == [1, 1 + 1 + 2]


def test_another_server_gets_another_connection(settings) -> None:
    command("SET", "where", "here")
    cache = settings.CACHES["default"]
    with servers.redis_server() as url:
        settings.CACHES = {"default": {**cache, "LOCATION": f"{url}/0"}}
        assert command("GET", "where") is None
        settings.CACHES = {"default": cache}
        assert command("GET", "where") == b"here"


def test_a_forked_process_does_not_share_it() -> None:
    before = own_id()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:  # pragma: no cover
        try:
            os.write(writing, str(own_id()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        theirs = told.read()
    os.waitpid(child, 0)
    assert theirs.isdigit()
    assert int(theirs) != before
    assert own_id() == before


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_script_that_the_server_does_not_know_is_sent_as_text(kind: str) -> None:
    script, call = Script(f"return ARGV[1] -- {uuid.uuid4()}"), Driver(kind)
    assert redis_client().script_exists(script.digest) == [False]
    assert call(script, "run", [], ["first"]) == b"first"
    assert redis_client().script_exists(script.digest) == [True]
    assert call(script, "run", [], ["second"]) == b"second"
