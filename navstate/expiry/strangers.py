"""What is kept for a visitor of whom nothing is known: little, and for an hour.

A request without cookies may be a shopper whose session has ended, and then what was typed must not be lost. It may as
well be one of a million, each of which would have a session and 16 kB of input kept for weeks. So a stranger has an hour
and 2 kB, and one address only so many of them, until something is accepted: then it is a visitor like any other.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from navstate.conf import setting
from navstate.throttle import network_of, spend

STRANGER_KEY = "_nav_stranger"
"""The session key that says so of a session which was made for nothing but kept input."""

EXPIRY_KEY = "_session_expiry"
"""Django's own. Written directly: ``set_expiry`` would have the cookie sent again, after a login may have changed it."""

STRANGER_AGE = 3600
MAX_STRANGER_CHARS = 2000
PER_SECONDS = 600


def is_stranger(session: Any) -> bool:
    """True where there is no session (any more), and for one that was made for a stranger."""
    return bool(session.get(STRANGER_KEY)) or session.session_key is None


def may_keep(request: HttpRequest) -> bool:
    """Count one more stranger from this address. False when there are too many: ``NAVSTATE_STRANGERS`` in ten minutes."""
    return spend("strangers", network_of(request), limit=setting("NAVSTATE_STRANGERS"), seconds=PER_SECONDS)


def keep_briefly(session: Any) -> None:
    """What is written into the session now is kept for an hour, until something is accepted."""
    session[STRANGER_KEY] = True
    session[EXPIRY_KEY] = STRANGER_AGE


def become_known(session: Any) -> None:
    """Something was accepted: the session lives as long as any other."""
    if session.pop(STRANGER_KEY, None):
        session.pop(EXPIRY_KEY, None)
