"""The contract of a store of claims, the same for every backend: who carries a press out, and what came of it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol, cast

from django.utils.module_loading import import_string

from navstate.conf import setting


class Found(NamedTuple):
    """A claim that somebody else holds. ``outcome``: empty while the view runs. ``payload``: digest of what was sent."""

    payload: str
    outcome: str


class Claims(Protocol):
    """Keeps one row per press: claimed by one ``owner``, then either released or finished with an outcome.

    A claim that has expired counts as absent: a finished one is forgotten, and one that is still running belonged to a
    process that was killed. Each method has an async twin. The exceptions of the store itself (``DatabaseError``,
    ``RedisError``) are passed on.
    """

    def claim(self, name: str, *, owner: str, payload: str, seconds: float) -> Found | None:
        """Take the press; ``None`` when it is ours. The claim lapses after ``seconds`` unless it is finished."""
        ...

    def finish(self, name: str, *, owner: str, outcome: str, seconds: float) -> bool:
        """Write what came of it. False, and nothing is written, where the claim lapsed and was taken by another."""
        ...

    def release(self, name: str, *, owner: str) -> None:
        """Leave no trace: the press can be made again."""
        ...

    def shorten(self, name: str, *, seconds: float) -> None:
        """Have a finished claim end after ``seconds``, if it would not end sooner."""
        ...

    async def aclaim(self, name: str, *, owner: str, payload: str, seconds: float) -> Found | None: ...

    async def afinish(self, name: str, *, owner: str, outcome: str, seconds: float) -> bool: ...

    async def arelease(self, name: str, *, owner: str) -> None: ...

    async def ashorten(self, name: str, *, seconds: float) -> None: ...


def get_claims() -> Claims:
    """The store named by the setting ``NAVSTATE_ONCE_STORAGE``, one object per process."""
    return _claims_at(setting("NAVSTATE_ONCE_STORAGE"))


@lru_cache
def _claims_at(path: str) -> Claims:
    return cast(Claims, import_string(path)())
