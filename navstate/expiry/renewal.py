"""Renew a session for requests that the visitor caused, and for no others (R12).

Document navigations renew it, and htmx requests whose ``X-Nav-Seq`` continues the sequence of their tab. Polls, badges,
prefetches and requests out of sequence do not: what they write does not move the session's end.

Renewing is cheap: the end is moved only when a tenth of the session's time has passed since the last move
(``NAVSTATE_RENEWAL_SHARE``), so most requests write nothing. Public pages read no session (R8) and do not renew it.
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings

from navstate.conf import setting
from navstate.decorators import PUBLIC, Declaration
from navstate.request.nav import NavRequest
from navstate.rules.arrival import Position, is_htmx, position_of
from navstate.sessions import NAV_ID_KEY
from navstate.sessions.limits import BEGAN_KEY, absolute_age, idle_age

SEQUENCES_KEY = "_nav_seq"
"""The session key of the last ``X-Nav-Seq`` that renewed the session, by tab."""

MAX_TABS = 8
"""Tabs whose sequence is remembered; the one with the oldest renewal is dropped first."""


def warning_ms() -> int:
    """Return ``NAVSTATE_WARNING`` in milliseconds: how long before the end a page warns, at most half the idle time."""
    asked = float(setting("NAVSTATE_WARNING"))
    idle = idle_age() or settings.SESSION_COOKIE_AGE
    return int(min(asked, idle / 2) * 1000)


def renew_if_active(request: NavRequest, declared: Declaration) -> None:
    """Before the view runs, renew the session if the visitor caused the request and it is due; else keep its end."""
    if _is_none_of_ours(request, declared):
        return
    if not request.nav.is_shoppers:
        request.session.keeps_expiry = True  # type: ignore[attr-defined]
        return
    request.session.get(NAV_ID_KEY)
    _renew_if_due(request)


async def arenew_if_active(request: NavRequest, declared: Declaration) -> None:
    if _is_none_of_ours(request, declared):
        return
    if not request.nav.is_shoppers:
        request.session.keeps_expiry = True  # type: ignore[attr-defined]
        return
    await request.session.aget(NAV_ID_KEY)
    _renew_if_due(request)


def renew(request: NavRequest) -> None:
    """Have the session, which has been read, saved with a new end, as late as its limits allow."""
    session: Any = request.session
    session.keeps_expiry = False
    session.modified = True
    # For the page. The save after the view sets it again.
    session.expires_at_ms = now_ms() + _age_ms(session)


def note_beginning(session: Any) -> None:
    """After the view, note the time in a session that is about to be written for the first time."""
    if absolute_age() is None or not session.modified or session.is_empty():
        return
    if hasattr(session, "_session_cache") and BEGAN_KEY not in session:
        session[BEGAN_KEY] = int(time.time())


def _is_none_of_ours(request: NavRequest, declared: Declaration) -> bool:
    """Return True if there is no session to renew, and for views that never renew one."""
    if declared.cache == PUBLIC or declared.is_passive or declared.is_cross_site:
        return True
    return settings.SESSION_COOKIE_NAME not in request.COOKIES


def _renew_if_due(request: NavRequest) -> None:
    session: Any = request.session
    ends = getattr(session, "expires_at_ms", None)
    if ends is None:  # gone, or of another engine, which renews according to Django's settings
        return
    nav = request.nav
    position = None if nav.is_usual or not is_htmx(nav.headers) else position_of(nav.headers)
    if position is not None and not _continues(session, position):
        session.keeps_expiry = True
        return
    if not is_due(session, ends):
        return
    if position is not None:
        _remember(session, position)
    renew(request)


def is_due(session: Any, ends: int) -> bool:
    """Tell whether ``NAVSTATE_RENEWAL_SHARE`` of a loaded session's time has passed. ``ends``: ms since the epoch."""
    now, share, most = time.time_ns() // 1_000_000, setting("NAVSTATE_RENEWAL_SHARE"), setting("NAVSTATE_IDLE_AGE")
    # No session lives longer than the idle time: with more than this left it is not due, whatever its own age is.
    if most is not None and ends - now > most * 1000 * (1 - share):
        return False
    age_ms = _age_ms(session)
    return bool(now + age_ms - ends >= age_ms * share)


def _continues(session: Any, position: Position) -> bool:
    last: int = session.get(SEQUENCES_KEY, {}).get(position.tab, -1)
    return position.seq > last


def _remember(session: Any, position: Position) -> None:
    others = {tab: seq for tab, seq in session.get(SEQUENCES_KEY, {}).items() if tab != position.tab}
    kept = dict(list(others.items())[-MAX_TABS + 1 :])
    session[SEQUENCES_KEY] = {**kept, position.tab: position.seq}


def _age_ms(session: Any) -> int:
    """Return the milliseconds that a session saved now would live. It must have been read: nothing is loaded here."""
    return int(session.get_expiry_age() * 1000)


def now_ms() -> int:
    return time.time_ns() // 1_000_000
