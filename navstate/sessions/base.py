"""What both session engines tell beyond Django's contract."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from navstate.storage.base import Stored


class NavSession(SessionBase):
    """
    ``expires_at_ms``: when the session ends, in ms since the epoch, as of the load or the save; ``None`` while unknown.

    ``nav_prefetched``: navigation state of ``session[NAV_ID_KEY]`` by flow, read in the same round trip as the session
    itself, so that the store need not be asked again; ``None`` for a flow of which nothing is stored, and no entry for
    one that was not read. It is what was true at the load: whoever writes a flow's state calls :meth:`forget_nav`.
    """

    _session_cache: dict[str, Any]

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.expires_at_ms: int | None = None
        self.nav_prefetched: dict[str, Stored | None] = {}
        self._is_lost = False

    def forget_nav(self, flow: str) -> None:
        """The state of this flow was written: the one read along with the session is no longer true."""
        self.nav_prefetched.pop(flow, None)

    def is_empty(self) -> bool:
        """False for a session that is merely gone.

        A slow request may still carry the key from before a login. Answering it with a deleted cookie, as Django does
        for an empty session, would throw away the fresh one (R14). Only a flush takes the cookie back.
        """
        if self._is_lost and not self.modified:
            return False
        return super().is_empty()

    def clear(self) -> None:
        super().clear()
        self.nav_prefetched = {}

    def _lose(self) -> None:
        """There is no session of this key: the next write begins another, under a key of its own."""
        self._session_key = None
        self._is_lost = True
        self.expires_at_ms = None


def epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
