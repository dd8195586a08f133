"""Sessions in Redis: one hash per session, one field per top-level key in it.

Two requests of one visitor often overlap. If the session were written as one value, the later request would overwrite
what the earlier one wrote with its own, older copy. Here a save sends only the keys that the request changed or
removed, in one Lua call that does nothing when the session is gone, so that a flushed session stays deleted.

Loading also reads the visitor's navigation state, in the same round trip: the script looks up the ``nav_id`` in the
session and adds the hashes of the registered flows, which end up in ``nav_prefetched``. The request then does not query
the store of navigation state. A flow that the script cannot read (a Redis Cluster has the two hashes in different
slots) has no item there, and the store is queried as with any other engine.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any

from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.serializers import JSONSerializer

from navstate.registry import flow_names
from navstate.sessions import NAV_ID_KEY
from navstate.sessions.base import NavSession, new_session_key
from navstate.sessions.delta import Delta, delta
from navstate.storage.connection import Argument, command
from navstate.storage.lua import Script, async_redis_client, key_prefix
from navstate.storage.redis import nav_key_parts, read_fields

logger = logging.getLogger("django.security.SuspiciousSession")

MARK = "\0"
"""A field that every session has, because Redis has no empty hashes. It contains the plain ``nav_id``, so that the
loading script does not need the serialiser."""

EXPIRY_KEY = "_session_expiry"
"""The session key of an expiry set by ``set_expiry()``."""

LOAD = Script("""
-- KEYS: the session. ARGV: MARK, the key of a flow's state before and after its nav_id, flows
local fields = redis.call('HGETALL', KEYS[1])
if #fields == 0 then return false end
local answer = {redis.call('PTTL', KEYS[1]), fields}
local nav_id = redis.call('HGET', KEYS[1], ARGV[1])
if nav_id and nav_id ~= '' then
    for i = 4, #ARGV do
        local state = redis.pcall('HMGET', ARGV[2] .. nav_id .. ARGV[3] .. ARGV[i], 'v', 's')
        answer[#answer + 1] = not state.err and state
    end
end
return answer
""")

SAVE = Script("""
-- KEYS: the session. ARGV: way, milliseconds to live ('' to leave them), the '_session_expiry' they were reckoned from
-- ('*' for whatever is there), number of fields to remove, those, then field and value in turn
local left = redis.call('PTTL', KEYS[1])
if (left ~= -2) == (ARGV[1] == 'create') then return false end
local leaves = ARGV[2] == '' or ARGV[3] ~= '*' and (redis.call('HGET', KEYS[1], '_session_expiry') or '') ~= ARGV[3]
if ARGV[1] == 'replace' then redis.call('DEL', KEYS[1]) end
local first = 5 + tonumber(ARGV[4])
for i = 5, first - 1 do redis.call('HDEL', KEYS[1], ARGV[i]) end
for i = first, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
if not leaves then left = tonumber(ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], left)
return left
""")

MOVE = Script("""
-- KEYS: the session, its new key. ARGV: milliseconds to live
-- Sent once more after its answer was lost, it finds its own work done: nobody else knows a key that was just made up.
if redis.call('EXISTS', KEYS[1]) == 0 then return redis.call('EXISTS', KEYS[2]) == 1 and 1 or -1 end
if redis.call('RENAMENX', KEYS[1], KEYS[2]) == 0 then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return 1
""")


class Way(StrEnum):
    """How a save treats what is stored."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    """After ``clear()``: all other fields are removed."""


@dataclass(frozen=True, slots=True)
class Saving:
    """One save. ``values``: the whole session, serialised; ``delta``: the part to send; ``age_ms``: time to live, empty
    to leave it; ``expiry``: the stored expiry that ``age_ms`` was computed from, ``*`` if this request set it.
    """

    way: Way
    values: dict[str, bytes]
    delta: Delta
    age_ms: int | str
    expiry: bytes

    def arguments(self) -> list[Argument]:
        pairs: Iterator[str | bytes] = chain.from_iterable(self.delta.changed.items())
        return [self.way, self.age_ms, self.expiry, len(self.delta.removed), *self.delta.removed, *pairs]


class SessionStore(NavSession):
    """The session engine. Each load, save, move or deletion is one round trip."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._stored: dict[str, bytes] = {}

    # --- reading ---

    def load(self) -> dict[str, Any]:
        return self._take(LOAD.run([session_redis_key(self.session_key)], _load_arguments()))

    async def aload(self) -> dict[str, Any]:
        return self._take(await LOAD.arun([session_redis_key(self.session_key)], _load_arguments()))

    def exists(self, session_key: str | None) -> bool:
        return bool(session_key) and command("EXISTS", session_redis_key(session_key)) == 1

    async def aexists(self, session_key: str | None) -> bool:
        return bool(session_key) and await async_redis_client().exists(session_redis_key(session_key)) == 1

    # --- writing ---

    def save(self, must_create: bool = False) -> None:
        """Write what this request changed, and renew the session unless ``keeps_expiry``.

        Raises ``UpdateError`` if it was deleted meanwhile, ``CreateError`` if ``must_create`` and the key is taken.
        """
        if self.session_key is None:
            return self.create()
        saving = self._saving(self._get_session(no_load=must_create), must_create)  # type: ignore[attr-defined]
        return self._saved(saving, SAVE.run([session_redis_key(self.session_key)], saving.arguments()))

    async def asave(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return await self.acreate()
        saving = self._saving(await self._aget_session(no_load=must_create), must_create)  # type: ignore[attr-defined]
        return self._saved(saving, await SAVE.arun([session_redis_key(self.session_key)], saving.arguments()))

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key is not None:
            command("DEL", session_redis_key(session_key))

    async def adelete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key is not None:
            await async_redis_client().delete(session_redis_key(session_key))

    def cycle_key(self) -> None:
        """Give the session a new key. It is moved, not copied, with what other requests wrote meanwhile."""
        values = self._get_session()  # type: ignore[attr-defined]
        while self.session_key is not None:
            new_key = new_session_key()
            keys = [session_redis_key(self.session_key), session_redis_key(new_key)]
            if self._moved(new_key, MOVE.run(keys, [self._age_ms(values)])):
                return None
        return self.create()

    async def acycle_key(self) -> None:
        values = await self._aget_session()  # type: ignore[attr-defined]
        while self.session_key is not None:
            new_key = new_session_key()
            keys = [session_redis_key(self.session_key), session_redis_key(new_key)]
            if self._moved(new_key, await MOVE.arun(keys, [self._age_ms(values)])):
                return None
        return await self.acreate()

    @classmethod
    def clear_expired(cls) -> None:
        """Nothing to do: Redis forgets what has expired."""

    @classmethod
    async def aclear_expired(cls) -> None:
        """Nothing to do: Redis forgets what has expired."""

    # --- between Redis and the session ---

    def _take(self, answer: list[Any] | None) -> dict[str, Any]:
        """Return the values of the session from the reply of ``LOAD``."""
        self._forget_stored()
        if answer is None:
            self._lose()
            return {}
        left_ms, fields, *states = answer
        self.expires_at_ms = now_ms() + left_ms
        self._stored = {key.decode(): value for key, value in zip(fields[::2], fields[1::2], strict=True)}
        self._stored.pop(MARK, None)
        for flow, state in zip(flow_names(), states, strict=False):  # no states at all without a nav_id
            if state is not None:
                self.nav_prefetched[flow] = read_fields(state)
        return self._deserialised(self._stored)

    def _deserialised(self, stored: dict[str, bytes]) -> dict[str, Any]:
        serializer = self.serializer()
        try:
            if isinstance(serializer, JSONSerializer):  # parsing all as one list takes half the time
                return dict(zip(stored, serializer.loads(b"[" + b",".join(stored.values()) + b"]"), strict=True))
            return {key: serializer.loads(value) for key, value in stored.items()}
        except Exception:  # anything that the project's serialiser raises; Django too reads such a session as empty
            logger.warning("Session data corrupted")
            self._forget_stored()
            self._is_cleared = True
            return {}

    def _saving(self, values: Mapping[str, Any], must_create: bool) -> Saving:
        way = Way.CREATE if must_create else Way.REPLACE if self._is_cleared else Way.UPDATE
        serialised = self._serialised(values)
        change = delta(self._stored if way is Way.UPDATE else {}, serialised)
        if way is not Way.UPDATE or NAV_ID_KEY in change.changed or NAV_ID_KEY in change.removed:
            change.changed[MARK] = str(values.get(NAV_ID_KEY, "")).encode()
        is_own = way is not Way.UPDATE or EXPIRY_KEY in change.changed or EXPIRY_KEY in change.removed
        expiry = b"*" if is_own else self._stored.get(EXPIRY_KEY, b"")
        age_ms = "" if self.keeps_expiry and way is not Way.CREATE else self._age_ms(values)
        return Saving(way, serialised, change, age_ms, expiry)

    def _saved(self, saving: Saving, left_ms: int | None) -> None:
        if left_ms is None:
            raise CreateError if saving.way is Way.CREATE else UpdateError
        self._stored = saving.values
        self._is_cleared = False
        self.expires_at_ms = now_ms() + left_ms

    def _moved(self, new_key: str, outcome: int) -> bool:
        """Tell whether the session now has its new key; False to try again, with another key or without a session."""
        if outcome == 1:
            self._session_key = new_key
            self.modified = True
            return True
        if outcome == -1:
            self._keep_own_changes()
        return False

    def _stored_values(self) -> dict[str, bytes]:
        return self._stored

    def _forget_stored(self) -> None:
        super()._forget_stored()
        self._stored = {}

    def _age_ms(self, values: Mapping[str, Any]) -> int:
        return int(self.get_expiry_age(expiry=values.get(EXPIRY_KEY)) * 1000)


class RedisReader:
    """Reads the time to live of one key (R11)."""

    def left_ms(self, session_key: str) -> int:
        return int(command("PTTL", session_redis_key(session_key)))

    async def aleft_ms(self, session_key: str) -> int:
        return int(await async_redis_client().pttl(session_redis_key(session_key)))


liveness_reader = RedisReader
"""The reader that :mod:`navstate.sessions.liveness` uses for this engine."""


def session_redis_key(session_key: str | None) -> str:
    return f"{key_prefix()}session:{session_key}"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _load_arguments() -> list[Argument]:
    return [MARK, *nav_key_parts(), *flow_names()]
