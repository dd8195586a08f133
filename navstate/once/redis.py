"""Claims in Redis: one hash per press, created in one atomic step if there is none. Redis deletes expired ones."""

from __future__ import annotations

from collections.abc import Sequence

from navstate.once.base import Found
from navstate.storage.lua import Script, key_prefix

# Each script may be sent again after its reply was lost: it then finds its own work done.
CLAIM = Script("""
-- KEYS: the claim. ARGV: owner, payload, milliseconds to live
local found = redis.call('HMGET', KEYS[1], 'owner', 'payload', 'outcome')
if found[1] and found[1] ~= ARGV[1] then return {found[2], found[3] or ''} end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'payload', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return false
""")

FINISH = Script("""
-- KEYS: the claim. ARGV: owner, outcome, milliseconds to live
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'outcome', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
""")

RELEASE = Script("""
-- KEYS: the claim. ARGV: owner
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then redis.call('DEL', KEYS[1]) end
""")

SHORTEN = Script("""
-- KEYS: the claim. ARGV: milliseconds to live
if redis.call('HEXISTS', KEYS[1], 'outcome') == 1 and redis.call('PTTL', KEYS[1]) > tonumber(ARGV[1]) then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
""")


class RedisClaims:
    """One round trip per method."""

    def claim(self, name: str, *, owner: str, payload: str, seconds: float) -> Found | None:
        return _found(CLAIM.run([claim_key(name)], [owner, payload, _ms(seconds)]))

    async def aclaim(self, name: str, *, owner: str, payload: str, seconds: float) -> Found | None:
        return _found(await CLAIM.arun([claim_key(name)], [owner, payload, _ms(seconds)]))

    def finish(self, name: str, *, owner: str, outcome: str, seconds: float) -> bool:
        return bool(FINISH.run([claim_key(name)], [owner, outcome, _ms(seconds)]))

    async def afinish(self, name: str, *, owner: str, outcome: str, seconds: float) -> bool:
        return bool(await FINISH.arun([claim_key(name)], [owner, outcome, _ms(seconds)]))

    def release(self, name: str, *, owner: str) -> None:
        RELEASE.run([claim_key(name)], [owner])

    async def arelease(self, name: str, *, owner: str) -> None:
        await RELEASE.arun([claim_key(name)], [owner])

    def shorten(self, name: str, *, seconds: float) -> None:
        SHORTEN.run([claim_key(name)], [_ms(seconds)])

    async def ashorten(self, name: str, *, seconds: float) -> None:
        await SHORTEN.arun([claim_key(name)], [_ms(seconds)])


def claim_key(name: str) -> str:
    return f"{key_prefix()}once:{name}"


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))  # with 0, Redis deletes the key at once


def _found(answer: Sequence[bytes] | None) -> Found | None:
    return None if answer is None else Found(answer[0].decode(), answer[1].decode())
