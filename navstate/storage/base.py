"""The contract of a store of navigation state, the same for every backend."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from navstate.conf import setting


class Stored(NamedTuple):
    """The stored state of one visitor in one flow. ``version``: 1 for the first write, +1 with each further one."""

    version: int
    state: str


class NavStorage(Protocol):
    """Keeps one small text per visitor and flow, and replaces it only for a writer that has read the newest version.

    An expired record reads as ``None`` and counts as absent. Each method has an async variant. Exceptions of the store
    itself (``DatabaseError``, ``RedisError``) are passed on.
    """

    def load(self, nav_id: str, flow: str) -> Stored | None: ...

    def compare_and_set(self, nav_id: str, flow: str, *, expected: int | None, state: str, ttl: int) -> bool:
        """Write ``state`` as the next version and have it expire ``ttl`` seconds from now.

        ``expected``: the version that this state was made from; ``None`` for none. Return False, with nothing changed,
        when another write came first.
        """
        ...

    def delete(self, nav_id: str, flow: str) -> None: ...

    async def aload(self, nav_id: str, flow: str) -> Stored | None: ...

    async def acompare_and_set(self, nav_id: str, flow: str, *, expected: int | None, state: str, ttl: int) -> bool: ...

    async def adelete(self, nav_id: str, flow: str) -> None: ...


def get_storage() -> NavStorage:
    """Return the store named by the setting ``NAVSTATE_STORAGE``, one object per process."""
    return _storage_at(setting("NAVSTATE_STORAGE"))


def time_to_live() -> int:
    """Return the seconds that navigation state is kept after its last change.

    ``NAVSTATE_AGE``, by default twice the age of a session, so that a guest whose session was renewed still finds it.
    """
    seconds: int | None = setting("NAVSTATE_AGE")
    return 2 * settings.SESSION_COOKIE_AGE if seconds is None else seconds


@lru_cache
def _storage_at(path: str) -> NavStorage:
    return cast(NavStorage, import_string(path)())
