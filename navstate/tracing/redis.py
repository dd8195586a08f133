"""Traces in Redis: one capped list for each visitor, newest first, and one key from each run to its visitor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from navstate.storage.lua import Argument, Script, key_prefix, redis_client, run_all
from navstate.tracing.base import Line, age, length

APPEND = Script("""
-- KEYS: the trace. ARGV: entries kept, milliseconds to live, then in turn 1 (a trace may begin with it) or 0, and an entry
for i = 3, #ARGV, 2 do
    redis.call(ARGV[i] == '1' and 'LPUSH' or 'LPUSHX', KEYS[1], ARGV[i + 1])
end
redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
""")


class RedisTraces:
    """One round trip for each method. Redis itself forgets what has expired."""

    def append(self, lines: Sequence[Line]) -> None:
        milliseconds = age() * 1000
        by_visitor: dict[str, list[Argument]] = {}
        with redis_client().pipeline(transaction=False) as pipe:
            for line in lines:
                by_visitor.setdefault(line.visitor, [length(), milliseconds]).extend((int(line.begins), line.text))
                if line.attempt:
                    pipe.set(attempt_key(line.attempt), line.visitor, px=milliseconds)
            run_all(pipe, [(APPEND, [trace_key(visitor)], entries) for visitor, entries in by_visitor.items()])

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
