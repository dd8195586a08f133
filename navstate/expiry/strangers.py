"""Limits for strangers, visitors of whom nothing is known: little of their input is kept, for an hour.

A request without cookies may come from a visitor whose session has ended, whose input must not be lost. It may also be
one of a million, each of which would have a session and 16 kB of input kept for weeks. So a stranger gets an hour and
2 kB, and each IP address a limited number of strangers. When something of a stranger's is accepted, the limits end.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from navstate.conf import setting
from navstate.throttle import network_of, spend

STRANGER_KEY = "_nav_stranger"
"""The session key that marks a session which was made only to keep a stranger's input."""

EXPIRY_KEY = "_session_expiry"
"""Django's session key, written directly: ``set_expiry`` would send the cookie again, also after a login moved it."""

STRANGER_AGE = 3600
MAX_STRANGER_CHARS = 2000
PER_SECONDS = 600


def is_stranger(session: Any) -> bool:
    """Return True if there is no session (any more), and for a session that was made for a stranger."""
    return bool(session.get(STRANGER_KEY)) or session.session_key is None


def may_keep(request: HttpRequest) -> bool:
    """Count one more stranger from this network. Return False after ``NAVSTATE_STRANGERS`` in ten minutes."""
    return spend("strangers", network_of(request), limit=setting("NAVSTATE_STRANGERS"), seconds=PER_SECONDS)


def keep_briefly(session: Any) -> None:
    """Have the session end after an hour, unless something is accepted until then."""
    session[STRANGER_KEY] = True
    session[EXPIRY_KEY] = STRANGER_AGE


def become_known(session: Any) -> None:
    """Have the session live as long as any other, because something was accepted."""
    if session.pop(STRANGER_KEY, None):
        session.pop(EXPIRY_KEY, None)
