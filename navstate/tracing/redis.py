"""Traces in Redis: one capped list for each visitor, newest first, and one key from each run to its visitor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from navstate.storage.connection import Argument
from navstate.storage.lua import Script, key_prefix, redis_client
from navstate.tracing.base import Line, age, length

APPEND = Script("""
-- KEYS: traces, and one key for each run that an entry belongs to, as they come in ARGV.
-- ARGV: entries kept, milliseconds to live, number of traces; then for each trace the number of its entries, and in turn
-- 1 (a trace may begin with it) or 0, and an entry; then the visitor of each run
-- Sent again after its answer was lost, it finds its last entry on top and adds none.
local next, problem = 4, nil
local function attempt(...)
    local said = redis.pcall(...)
    problem = problem or type(said) == 'table' and said.err and said
end
for key = 1, tonumber(ARGV[3]) do
    local count = tonumber(ARGV[next])
    local is_here = redis.pcall('LINDEX', KEYS[key], 0) == ARGV[next + 2 * count]
    for entry = next + 1, next + 2 * count, 2 do
        if not is_here then
            attempt(ARGV[entry] == '1' and 'LPUSH' or 'LPUSHX', KEYS[key], ARGV[entry + 1])
        end
    end
    next = next + 2 * count + 1
    attempt('LTRIM', KEYS[key], 0, ARGV[1] - 1)
    attempt('PEXPIRE', KEYS[key], ARGV[2])
end
for key = ARGV[3] + 1, #KEYS do
    attempt('SET', KEYS[key], ARGV[next], 'PX', ARGV[2])
    next = next + 1
end
return problem
""")


TRACES = "{trace}"
"""Prefix of the keys. The braces put all of them into one slot of a Redis Cluster, since one command writes many."""


class RedisTraces:
    """One round trip per method, and one command per batch. Redis itself deletes what has expired."""

    def append(self, lines: Sequence[Line]) -> None:
        by_visitor: dict[str, list[Argument]] = {}
        for line in lines:
            by_visitor.setdefault(line.visitor, []).extend((int(line.begins), line.text))
        runs = [line for line in lines if line.attempt]
        keys = [*map(trace_key, by_visitor), *(attempt_key(line.attempt) for line in runs)]
        arguments: list[Argument] = [length(), age() * 1000, len(by_visitor)]
        for entries in by_visitor.values():
            arguments += [len(entries) // 2, *entries]
        APPEND.run(keys, [*arguments, *(line.visitor for line in runs)])

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
    return f"{key_prefix()}{TRACES}:{visitor}"


def attempt_key(attempt: str) -> str:
    return f"{key_prefix()}{TRACES}-attempt:{attempt}"
