"""Traces in Redis: one capped list for each visitor, newest first, and one key from each run to its visitor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from navstate.storage.lua import key_prefix, redis_client
from navstate.tracing.base import Line, age, length


class RedisTraces:
    """One round trip for each method. Redis itself forgets what has expired."""

    def append(self, lines: Sequence[Line]) -> None:
        milliseconds = age() * 1000
        with redis_client().pipeline(transaction=False) as pipe:
            for line in lines:
                key = trace_key(line.visitor)
                (pipe.lpush if line.begins else pipe.lpushx)(key, line.text)
                if line.attempt:
                    pipe.set(attempt_key(line.attempt), line.visitor, px=milliseconds)
            for visitor in {line.visitor for line in lines}:
                pipe.ltrim(trace_key(visitor), 0, length() - 1)
                pipe.pexpire(trace_key(visitor), milliseconds)
            pipe.execute()

    def read(self, visitor: str) -> list[str]:
        client: Any = redis_client()  # its answers are annotated as possibly awaitable
        return [line.decode() for line in reversed(client.lrange(trace_key(visitor), 0, length() - 1))]

    def visitor_of(self, attempt: str) -> str:
        client: Any = redis_client()
        found = client.get(attempt_key(attempt)) if attempt else None
        return found.decode() if found else ""

    def forget(self, visitor: str) -> None:
        redis_client().delete(trace_key(visitor))


def trace_key(visitor: str) -> str:
    return f"{key_prefix()}trace:{visitor}"


def attempt_key(attempt: str) -> str:
    return f"{key_prefix()}trace-attempt:{attempt}"
