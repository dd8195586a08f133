"""Limit how long a session may live: idle, and in total.

Both limits shorten the one expiry that every engine stores, so that the time to live alone says whether a session
exists: a read has nothing else to compare.
"""

from __future__ import annotations

import math
import time
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from navstate.conf import setting

BEGAN_KEY = "_nav_began"
"""The session key of the time at which the session, or the last login in it, began, in seconds since the epoch."""

MAX_COOKIE_SECONDS = 400 * 24 * 3600
"""Seconds: browsers keep no cookie for longer (RFC 6265bis)."""


def idle_age() -> int | None:
    """Return ``NAVSTATE_IDLE_AGE``: most seconds between two acts of the visitor; ``None``: Django's settings apply."""
    age: int | None = setting("NAVSTATE_IDLE_AGE")
    return age


def absolute_age() -> int | None:
    """Return ``NAVSTATE_ABSOLUTE_AGE``: most seconds that a session lives, even a busy one; ``None``: no limit."""
    age: int | None = setting("NAVSTATE_ABSOLUTE_AGE")
    return age


class LimitedSession(SessionBase):
    """A session whose expiry is never later than the limits allow.

    ``expiry_was_set``: this request gave the session an expiry of its own.
    """

    expiry_was_set = False

    def set_expiry(self, value: datetime | timedelta | int | None) -> None:
        super().set_expiry(value)
        self.expiry_was_set = True

    async def aset_expiry(self, value: datetime | timedelta | int | None) -> None:
        await super().aset_expiry(value)
        self.expiry_was_set = True

    def get_cookie_age(self) -> int | None:
        """Return the seconds that a browser is to keep the key of a loaded session; ``None``: until it is closed.

        It is as long as the session may live at all, because a key is sent only once, so that a late response cannot
        put back a key that a login replaced meanwhile. If the session ends earlier, the server knows.
        """
        if self.get_expire_at_browser_close():
            return None
        limit, began = absolute_age(), getattr(self, "_session_cache", {}).get(BEGAN_KEY)
        if limit is None:
            return max(MAX_COOKIE_SECONDS, math.ceil(self.get_expiry_age()))
        return limit if began is None else max(1, math.ceil(began + limit - time.time()))

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Return seconds, with a fraction if a limit shortens them: rounding would let many writes move the end."""
        return min([super().get_expiry_age(**kwargs), *self._most()])  # type: ignore[return-value]

    async def aget_expiry_age(self, **kwargs: Any) -> int:
        return min([await super().aget_expiry_age(**kwargs), *self._most()])  # type: ignore[return-value]

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        return self._limited(super().get_expiry_date(**kwargs), **kwargs)

    async def aget_expiry_date(self, **kwargs: Any) -> datetime:
        return self._limited(await super().aget_expiry_date(**kwargs), **kwargs)

    def _limited(self, moment: datetime, **kwargs: Any) -> datetime:
        start = kwargs.get("modification") or timezone.now()
        return min([moment, *(start + timedelta(seconds=most) for most in self._most())])

    def _most(self) -> list[float]:
        """Return the seconds from now that each active limit leaves."""
        now = time.time()
        idle, limit, began = idle_age(), absolute_age(), getattr(self, "_session_cache", {}).get(BEGAN_KEY)
        most = [] if idle is None else [float(idle)]
        if limit is not None and began is not None:
            most.append(began + limit - now)
        return most
