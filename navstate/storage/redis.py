"""Navigation state in Redis: one hash per visitor and flow, written by one atomic compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence

from navstate.storage.base import Stored
from navstate.storage.connection import command
from navstate.storage.lua import Script, async_redis_client, key_prefix

VERSION, STATE = "v", "s"
"""The fields of a hash."""

COMPARE_AND_SET = Script("""
-- KEYS: the hash. ARGV: expected version ('' for none), next version, state, milliseconds to live
if (redis.call('HGET', KEYS[1], 'v') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[2], 's', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
""")


class RedisStorage:
    """One round trip per method. Redis itself deletes what has expired."""

    def load(self, nav_id: str, flow: str) -> Stored | None:
        return read_fields(command("HMGET", nav_key(nav_id, flow), VERSION, STATE))

    async def aload(self, nav_id: str, flow: str) -> Stored | None:
        return read_fields(await async_redis_client().hmget(nav_key(nav_id, flow), (VERSION, STATE)))  # type: ignore[arg-type]

    def compare_and_set(self, nav_id: str, flow: str, *, expected: int | None, state: str, ttl: int) -> bool:
        return bool(COMPARE_AND_SET.run([nav_key(nav_id, flow)], _arguments(expected, state, ttl)))

    async def acompare_and_set(self, nav_id: str, flow: str, *, expected: int | None, state: str, ttl: int) -> bool:
        return bool(await COMPARE_AND_SET.arun([nav_key(nav_id, flow)], _arguments(expected, state, ttl)))

    def delete(self, nav_id: str, flow: str) -> None:
        command("DEL", nav_key(nav_id, flow))

    async def adelete(self, nav_id: str, flow: str) -> None:
        await async_redis_client().delete(nav_key(nav_id, flow))


def nav_key(nav_id: str, flow: str) -> str:
    before, after = nav_key_parts()
    return f"{before}{nav_id}{after}{flow}"


def nav_key_parts() -> tuple[str, str]:
    """Return a key's parts before and after its ``nav_id``. Braces put a visitor's flows into one slot of a Cluster."""
    return f"{key_prefix()}nav:{{", "}:"


def read_fields(fields: Sequence[bytes | None]) -> Stored | None:
    """Return the state from the values of ``VERSION`` and ``STATE``; ``None`` when nothing is stored."""
    version, state = fields
    if version is None or state is None:
        return None
    return Stored(int(version), state.decode())


def _arguments(expected: int | None, state: str, ttl: int) -> list[str | int]:
    if expected is None:
        return ["", 1, state, ttl * 1000]
    return [expected, expected + 1, state, ttl * 1000]
