"""How the tests of the stores drive synchronous and asynchronous methods, and look into Redis."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connections

from navstate.storage.lua import close_async_client, redis_client


@async_to_sync
async def finish(awaitable: Awaitable[Any]) -> Any:
    """Await in an event loop of its own, and leave no connection behind."""
    try:
        return await awaitable
    finally:
        await close_async_client()


class Driver:
    """Calls a method by its name, or its async twin (``a`` in front), so that one test holds for both."""

    def __init__(self, kind: str) -> None:
        self.is_async = kind == "async"

    def __call__(self, target: Any, name: str, *args: Any, **options: Any) -> Any:
        if self.is_async:
            return finish(getattr(target, f"a{name}")(*args, **options))
        return getattr(target, name)(*args, **options)

    def set(self, session: Any, key: str, value: Any) -> None:
        if self.is_async:
            finish(session.aset(key, value))
        else:
            session[key] = value


@contextmanager
def commands_sent() -> Iterator[list[str]]:
    """The commands that Redis was sent from outside during the block, in this test's database."""
    client = redis_client()
    database = client.connection_pool.connection_kwargs["db"]
    sent: list[str] = []
    end = f"end of the block {uuid.uuid4()}"  # the server tells of everybody's blocks
    with client.monitor() as monitor:
        yield sent
        client.echo(end)
        while end not in (seen := monitor.next_command())["command"]:
            if seen["db"] == database and seen["client_type"] != "lua":
                sent.append(seen["command"].split()[0])


def in_threads(task: Callable[[int], Any], count: int) -> list[Any]:
    """Run ``task(number)`` in ``count`` threads at once; what each returned. Their database connections are closed."""
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        try:
            results[number] = task(number)
        except BaseException as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
