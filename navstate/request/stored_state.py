"""The stored navigation state of one visitor in one flow: read once, written by compare-and-set."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from django.http import HttpRequest, QueryDict

from navstate.expiry.strangers import STRANGER_AGE, become_known, keep_briefly
from navstate.rules.state import NavState, read_state
from navstate.sessions import NAV_ID_KEY
from navstate.storage.base import Stored, get_storage, time_to_live

MAX_TRIES = 8
"""How often a write is tried. Each try that fails means that another write succeeded."""


class Contended(RuntimeError):
    """Navigation state changed under every one of :data:`MAX_TRIES` writes."""


class Submission(Protocol):
    """The part of ``request.nav`` that a passage uses."""

    request: HttpRequest
    has_changed: bool

    @property
    def posted(self) -> QueryDict: ...

    @property
    def payload(self) -> dict[str, list[str]]: ...

    @property
    def payload_digest(self) -> str: ...


class StoredState(ABC):
    """The state, its version, and conditional writes. ``nav_id``: empty until the first write for a new visitor."""

    def __init__(self, nav: Submission, flow_name: str, nav_id: str, stored: Stored | None) -> None:
        self.nav = nav
        self.nav_id = nav_id
        self.flow_name = flow_name
        self._was_known = bool(nav_id)
        self._state: NavState
        self._version: int | None
        self._take(stored)

    def ensure_visitor(self) -> str:
        """Return the visitor's ``nav_id``; make one for a new visitor, for whom something is about to be written."""
        if not self.nav_id:
            self.nav_id = secrets.token_urlsafe(18)
            self._take(None)
        return self.nav_id

    @property
    @abstractmethod
    def _base(self) -> NavState:
        """Return the state that a change is applied to."""

    def _reload(self) -> None:
        self._take(get_storage().load(self.nav_id, self.flow_name))

    def _take(self, stored: Stored | None) -> None:
        self._version = stored.version if stored else None
        # A visitor whose state cannot be parsed counts as new: the next write replaces it.
        self._state = read_state(stored.state if stored else "") or NavState.virtual(self.nav_id, self.flow_name)

    def _write(self, change: Callable[[NavState], NavState], *, is_brief: bool = False) -> None:
        """Apply ``change`` to the stored state, again after each write that lost.

        ``is_brief``: only input of an unknown visitor is kept, for an hour. Raises :class:`Contended`.
        """
        self.ensure_visitor()
        session = self.nav.request.session
        if session.get(NAV_ID_KEY) != self.nav_id:
            session[NAV_ID_KEY] = self.nav_id
        (keep_briefly if is_brief else become_known)(session)
        ttl = STRANGER_AGE if is_brief else time_to_live()
        for _ in range(MAX_TRIES):
            state = change(self._base)
            written = get_storage().compare_and_set(
                self.nav_id, self.flow_name, expected=self._version, state=state.to_json(), ttl=ttl
            )
            if written:
                return self._written(state)
            self._reload()
        raise Contended(f"{self.flow_name}: {MAX_TRIES} writes lost in a row")

    async def _awrite(self, change: Callable[[NavState], NavState], *, is_brief: bool = False) -> None:
        self.ensure_visitor()
        session = self.nav.request.session
        if await session.aget(NAV_ID_KEY) != self.nav_id:
            await session.aset(NAV_ID_KEY, self.nav_id)
        (keep_briefly if is_brief else become_known)(session)  # it has been loaded, so this needs no query
        ttl = STRANGER_AGE if is_brief else time_to_live()
        for _ in range(MAX_TRIES):
            state = change(self._base)
            written = await get_storage().acompare_and_set(
                self.nav_id, self.flow_name, expected=self._version, state=state.to_json(), ttl=ttl
            )
            if written:
                return self._written(state)
            self._take(await get_storage().aload(self.nav_id, self.flow_name))
        raise Contended(f"{self.flow_name}: {MAX_TRIES} writes lost in a row")

    def _written(self, state: NavState) -> None:
        self._state = state
        self._version = (self._version or 0) + 1
        self.nav.has_changed = True
        # The state that was read with the session is from before this write.
        getattr(self.nav.request.session, "nav_prefetched", {}).pop(self.flow_name, None)
