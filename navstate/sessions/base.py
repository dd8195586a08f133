"""What both session engines have beyond Django's contract, and how they find out what a request changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError
from django.utils.crypto import get_random_string

from navstate.sessions import late
from navstate.sessions.delta import Delta, delta
from navstate.sessions.limits import LimitedSession
from navstate.storage.base import Stored

MAX_KEY_LENGTH = 40
"""Characters of the column in which Django stores a session key."""


OWN_PREFIX = "_nav_"
"""Prefix of the keys that navstate itself writes into a session."""


class NavSession(LimitedSession):
    """The base of both session engines.

    ``expires_at_ms``: when the session ends, in ms since the epoch, as of the load or the save; ``None`` while unknown.

    ``keeps_expiry``: the next saves write values only and do not move the session's end (R12).

    ``is_lost``: there was a key, but no session with that key.

    ``nav_prefetched``: navigation state of ``session[NAV_ID_KEY]`` by flow, read in the same round trip as the session,
    so that the store need not be asked; ``None`` for a flow without stored state, no item for one that was not read. It
    is as old as the load: a write of a flow's state removes that flow.
    """

    keeps_expiry = False
    _session_cache: dict[str, Any]

    def __init__(self, session_key: str | None = None) -> None:
        self._is_sealed = False
        super().__init__(session_key)
        self.expires_at_ms: int | None = None
        self.nav_prefetched: dict[str, Stored | None] = {}
        self.is_lost = False
        self._is_cleared = False

    # --- what a request may know and do ---

    @property
    def modified(self) -> bool:
        return self._is_modified

    @modified.setter
    def modified(self, is_modified: bool) -> None:
        self._is_modified = is_modified
        if is_modified and self._is_sealed:
            late.report(late.AFTER_THE_ANSWER)

    def seal(self) -> None:
        """Report changes of the session from now on as too late: the response is on its way."""
        self._is_sealed = True

    def is_empty(self) -> bool:
        """Return False for a session that is merely gone.

        A slow request may still have the key from before a login. Deleting the cookie in its response, as Django does
        for an empty session, would remove the new one (R14). Only a flush deletes the cookie.
        """
        if self.is_lost and not self.modified:
            return False
        return super().is_empty()

    @property
    def has_own_changes(self) -> bool:
        """Tell whether a save would write what a view set or removed, apart from the end and navstate's own keys."""
        own = self._own_changes()
        return self._is_cleared or any(not key.startswith(OWN_PREFIX) for key in [*own.changed, *own.removed])

    def flush(self) -> None:
        """Delete the session at once. This is never too late, since it needs no save after the response."""
        self._is_sealed = False
        super().flush()

    async def aflush(self) -> None:
        self._is_sealed = False
        await super().aflush()

    # --- what the engines share ---

    def create(self) -> None:
        while True:
            self._session_key = new_session_key()
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    async def acreate(self) -> None:
        while True:
            self._session_key = new_session_key()
            try:
                await self.asave(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def clear(self) -> None:
        super().clear()
        self._forget_stored()
        self._is_cleared = True

    def _forget_stored(self) -> None:
        """Forget what was read, so that a save does not compare with it any more."""
        self.nav_prefetched = {}

    def _stored_values(self) -> dict[str, bytes]:
        """Return the values as last read or written, serialised, by their key in the session."""
        raise NotImplementedError

    def _own_changes(self) -> Delta:
        """Return what this request changed since it read the session."""
        return delta(self._stored_values(), self._serialised(self._session_cache))

    def _keep_own_changes(self) -> None:
        """After another request flushed the session, drop what was read from it and keep what this request set."""
        own = self._own_changes().changed
        values = {key: value for key, value in self._session_cache.items() if str(key) in own}
        self._forget_stored()
        self._session_key = None
        self._session_cache = values

    def _serialised(self, values: Mapping[str, Any]) -> dict[str, bytes]:
        serializer = self.serializer()
        return {str(key): serializer.dumps(value) for key, value in values.items()}

    def _lose(self) -> None:
        """Note that there is no session with this key: the next write begins a new one under a new key."""
        self._session_key = None
        self.is_lost = True
        self.expires_at_ms = None

    def _validate_session_key(self, key: str | None) -> bool:
        """Refuse keys that no engine can have issued: a cookie may contain anything, and a database refuses NUL."""
        return bool(super()._validate_session_key(key)) and is_plausible_key(str(key))  # type: ignore[misc]


def new_session_key() -> str:
    """Return a random key, as long as Django's. It is not checked first: creating and moving refuse a taken key."""
    return get_random_string(32, VALID_KEY_CHARS)


def is_plausible_key(key: str) -> bool:
    return len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isalnum()


def epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
