"""Lua scripts for Redis, and its clients for synchronous and asynchronous code."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from django.conf import settings

from navstate.conf import setting
from navstate.storage.clients import NoScriptError, Redis, get_redis_connection, redis_asyncio
from navstate.storage.connection import Argument, cache_alias, command

CONNECTION_OPTIONS = {
    "USERNAME": "username",
    "PASSWORD": "password",
    "SOCKET_TIMEOUT": "socket_timeout",
    "SOCKET_CONNECT_TIMEOUT": "socket_connect_timeout",
}
"""Names in redis-py of the django-redis options for a connection."""

_async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, redis_asyncio.Redis] = WeakKeyDictionary()


class Script:
    """A Lua script: one atomic step and one round trip, called by its digest.

    A server that does not know the digest (restarted, failed over) gets the text, and knows it from then on.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def run(self, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        try:
            return command("EVALSHA", self.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return command("EVAL", self.text, len(keys), *keys, *arguments)

    async def arun(self, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        client: Any = async_redis_client()
        try:
            return await client.execute_command("EVALSHA", self.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return await client.execute_command("EVAL", self.text, len(keys), *keys, *arguments)


def redis_client() -> Redis:
    """Return django-redis's client; its connections are pooled for the process."""
    return cast(Redis, get_redis_connection(cache_alias()))


def async_redis_client() -> redis_asyncio.Redis:
    """Return a client for the running event loop: a connection belongs to the loop that opened it."""
    loop = asyncio.get_running_loop()
    if loop not in _async_clients:
        _async_clients[loop] = _connect()
    return _async_clients[loop]


async def close_async_client() -> None:
    """Close the connections of the running event loop, if there are any, before a program ends the loop."""
    client = _async_clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()


def key_prefix() -> str:
    """Return the prefix of all of navstate's keys."""
    return str(setting("NAVSTATE_KEY_PREFIX"))


def _connect() -> redis_asyncio.Redis:
    cache = settings.CACHES[cache_alias()]
    location = cache["LOCATION"]
    primary = location.split(",")[0] if isinstance(location, str) else location[0]
    given = cache.get("OPTIONS", {})
    options = {ours: given[name] for name, ours in CONNECTION_OPTIONS.items() if given.get(name) is not None}
    return redis_asyncio.Redis.from_url(primary, **options)
