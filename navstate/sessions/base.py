"""What both session engines tell beyond Django's contract, and how they know what a request changed."""

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
"""Characters of the column that Django keeps a session key in."""


OWN_PREFIX = "_nav_"
"""How session keys begin that navstate writes for itself."""


class NavSession(LimitedSession):
    """
    ``expires_at_ms``: when the session ends, in ms since the epoch, as of the load or the save; ``None`` while unknown.

    ``keeps_expiry``: the next saves write values only; the session ends when it would have without them (R12).

    ``is_lost``: there was a key, but no session of that key.

    ``nav_prefetched``: navigation state of ``session[NAV_ID_KEY]`` by flow, read in the same round trip as the session
    itself, so that the store need not be asked again; ``None`` for a flow of which nothing is stored, and no entry for
    one that was not read. It is what was true at the load: a write of a flow's state takes that flow out.
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
        """The response is on its way: whoever changes the session from here on is told that it is too late."""
        self._is_sealed = True

    def is_empty(self) -> bool:
        """False for a session that is merely gone.

        A slow request may still carry the key from before a login. Answering it with a deleted cookie, as Django does
        for an empty session, would throw away the fresh one (R14). Only a flush takes the cookie back.
        """
        if self.is_lost and not self.modified:
            return False
        return super().is_empty()

    @property
    def has_own_changes(self) -> bool:
        """Whether a save would write a value that a view set or removed: moving the end is none, nor is our own note."""
        own = self._own_changes()
        return self._is_cleared or any(not key.startswith(OWN_PREFIX) for key in [*own.changed, *own.removed])

    def flush(self) -> None:
        """Delete the session at once. Never too late: it does not wait for the end of the response."""
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
        """What was read is no longer what a save compares with."""
        self.nav_prefetched = {}

    def _stored_values(self) -> dict[str, bytes]:
        """The values as they were read or written last, serialised, by session key."""
        raise NotImplementedError

    def _own_changes(self) -> Delta:
        """What this request changed since it read the session."""
        return delta(self._stored_values(), self._serialised(self._session_cache))

    def _keep_own_changes(self) -> None:
        """The session was flushed meanwhile: what was read from it must not live on, what this request set may."""
        own = self._own_changes().changed
        values = {key: value for key, value in self._session_cache.items() if str(key) in own}
        self._forget_stored()
        self._session_key = None
        self._session_cache = values

    def _serialised(self, values: Mapping[str, Any]) -> dict[str, bytes]:
        serializer = self.serializer()
        return {str(key): serializer.dumps(value) for key, value in values.items()}

    def _lose(self) -> None:
        """There is no session of this key: the next write begins another, under a key of its own."""
        self._session_key = None
        self.is_lost = True
        self.expires_at_ms = None

    def _validate_session_key(self, key: str | None) -> bool:
        """A cookie may say anything. What no engine can have given out is not looked for (a database refuses NUL)."""
        return bool(super()._validate_session_key(key)) and is_plausible_key(str(key))  # type: ignore[misc]


def new_session_key() -> str:
    """As long as Django's. Not asked for beforehand: creating and moving refuse a key that is taken."""
    return get_random_string(32, VALID_KEY_CHARS)


def is_plausible_key(key: str) -> bool:
    return len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isalnum()


def epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
