"""The contract of a store of claims, the same for every backend: which request carries a press out, and its outcome."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol, cast

from django.utils.module_loading import import_string

from navstate.conf import setting


class Found(NamedTuple):
    """Another request's claim. ``outcome``: empty while its view runs. ``payload``: digest of what was sent."""

    payload: str
    outcome: str


class Claims(Protocol):
    """Keeps one row per press: claimed by one ``owner``, then either released or finished with an outcome.

    A claim that has expired counts as absent, also an unfinished one: its process was killed or takes too long.
    Each method has an async variant. Exceptions of the store itself (``DatabaseError``, ``RedisError``) are passed on.
    """

    def claim(self, name: str, *, owner: str, payload: str, seconds: float) -> Found | None:
        """Claim the press and return ``None``, or return another's claim. An unfinished claim lapses in ``seconds``."""
        ...

    def finish(self, name: str, *, owner: str, outcome: str, seconds: float) -> bool:
        """Write the outcome. Return False, with nothing written, when the claim lapsed and has another owner now."""
        ...

    def release(self, name: str, *, owner: str) -> None:
        """Delete the owner's claim, so that the press can be made again."""
        ...

    def shorten(self, name: str, *, seconds: float) -> None:
        """Have a finished claim expire in ``seconds``, unless it expires sooner."""
        ...

    async def aclaim(self, name: str, *, owner: str, payload: str, seconds: float) -> Found | None: ...

    async def afinish(self, name: str, *, owner: str, outcome: str, seconds: float) -> bool: ...

    async def arelease(self, name: str, *, owner: str) -> None: ...

    async def ashorten(self, name: str, *, seconds: float) -> None: ...


def get_claims() -> Claims:
    """Return the store named by the setting ``NAVSTATE_ONCE_STORAGE``, one object per process."""
    return _claims_at(setting("NAVSTATE_ONCE_STORAGE"))


@lru_cache
def _claims_at(path: str) -> Claims:
    return cast(Claims, import_string(path)())
