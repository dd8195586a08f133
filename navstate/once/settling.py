"""Keep the response to a press for its twins, or release the claim, before the response is sent (R20)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.http.response import HttpResponseBase

from navstate.conf import setting
from navstate.once.answers import still_running
from navstate.once.base import get_claims
from navstate.once.outcome import Outcome, is_kept, outcome_of, path_of
from navstate.once.press import Claimed, Press, Proof, name_in_session
from navstate.request.nav import NavRequest
from navstate.rules.arrival import SAFE_METHODS, is_prefetch

logger = logging.getLogger("navstate.once")

COOKIE = "navonce"
"""Cookie with the press of a public form that led to a page: once that page was served, the next press is a new one."""

GRACE = 1 / 3
"""Share of the window in which a served page reaches the screen. Until then a second press of the form is a mistake."""

GetResponse = Callable[[NavRequest], Any]


class Superseded(RuntimeError):
    """The view took longer than ``NAVSTATE_ONCE_LOCK_TIMEOUT``, and a twin took its place."""


def run(request: NavRequest, get_response: GetResponse) -> HttpResponseBase:
    """Run the rest of the stack, and settle the press that it claimed.

    An exception that arrives here ends the process or its thread; the claim then lapses.
    """
    try:
        response: HttpResponseBase = get_response(request)
    except BaseException as error:
        if request.nav.claimed:
            request.nav.claimed.transaction.__exit__(type(error), error, error.__traceback__)
        raise
    if request.nav.claimed:
        return _settle(request, request.nav.claimed, response)
    if name := _press_shown_by(request, response):
        with _logged(request):
            get_claims().shorten(name, seconds=_window() * GRACE)
    return response


async def arun(request: NavRequest, get_response: GetResponse) -> HttpResponseBase:
    """Do the same in the event loop. An unsafe request runs to its end even if its browser left (a second click)."""
    if request.method not in SAFE_METHODS:
        return await asyncio.shield(asyncio.ensure_future(_arun_unsafe(request, get_response)))
    response: HttpResponseBase = await get_response(request)
    if name := _press_shown_by(request, response):
        with _logged(request):
            await get_claims().ashorten(name, seconds=_window() * GRACE)
    return response


async def _arun_unsafe(request: NavRequest, get_response: GetResponse) -> HttpResponseBase:
    response: HttpResponseBase = await get_response(request)
    return await _asettle(request, request.nav.claimed, response) if request.nav.claimed else response


def _settle(request: NavRequest, claimed: Claimed, response: HttpResponseBase) -> HttpResponseBase:
    press = claimed.press
    if not is_kept(press, response):
        try:
            claimed.transaction.close()
        finally:
            with _logged(request):
                get_claims().release(press.name, owner=press.owner)
        return response
    outcome = outcome_of(request, press, response, save_session(request))
    name = kept_name(request, press, outcome)
    if not claimed.is_shared:
        with _logged(request):
            _warn_unless(_write(press, name, outcome), request)
        return mark(response, press, outcome, name)
    try:
        with claimed.transaction:
            _write_or_undo(press, name, outcome)
    except Superseded:
        return still_running(request, press)
    return mark(response, press, outcome, name)


async def _asettle(request: NavRequest, claimed: Claimed, response: HttpResponseBase) -> HttpResponseBase:
    press = claimed.press
    if not is_kept(press, response):
        with _logged(request):
            await get_claims().arelease(press.name, owner=press.owner)
        return response
    session = await asave_session(request)
    has_told = getattr(getattr(request, "_messages", None), "added_new", False)
    outcome = await (sync_to_async(outcome_of) if has_told else _at_once)(request, press, response, session)
    name = kept_name(request, press, outcome)
    with _logged(request):
        _warn_unless(await _awrite(press, name, outcome), request)
    return mark(response, press, outcome, name)


@contextmanager
def _logged(request: NavRequest) -> Iterator[None]:
    """Log errors instead of raising them: the view has had its effect, and its response is right without the store."""
    try:
        yield
    except Exception:
        logger.exception("What came of a press could not be kept: %s %s", request.method, request.path)


async def _at_once(*arguments: Any) -> Outcome:
    return outcome_of(*arguments)


def _write_or_undo(press: Press, name: str, outcome: Outcome) -> None:
    """Keep the outcome in the view's transaction. Raises :class:`Superseded`, which rolls it back."""
    if not _write(press, name, outcome):
        raise Superseded(press.name)


def _write(press: Press, name: str, outcome: Outcome) -> bool:
    """Keep the outcome under ``name``. Return False when a twin has taken the press over meanwhile."""
    claims = get_claims()
    if name == press.name:
        text = outcome.to_json()
        return claims.finish(name, owner=press.owner, outcome=text, seconds=press.seconds)
    if name:
        claims.claim(name, owner=press.owner, payload=press.payload, seconds=press.seconds)
        claims.finish(name, owner=press.owner, outcome=outcome.to_json(), seconds=press.seconds)
    claims.release(press.name, owner=press.owner)
    return True


async def _awrite(press: Press, name: str, outcome: Outcome) -> bool:
    claims = get_claims()
    if name == press.name:
        return await claims.afinish(name, owner=press.owner, outcome=outcome.to_json(), seconds=press.seconds)
    if name:
        await claims.aclaim(name, owner=press.owner, payload=press.payload, seconds=press.seconds)
        await claims.afinish(name, owner=press.owner, outcome=outcome.to_json(), seconds=press.seconds)
    await claims.arelease(press.name, owner=press.owner)
    return True


def _warn_unless(is_written: bool, request: NavRequest) -> None:
    if not is_written:
        logger.warning("Longer than NAVSTATE_ONCE_LOCK_TIMEOUT, and a twin ran: %s %s", request.method, request.path)


def kept_name(request: NavRequest, press: Press, outcome: Outcome) -> str:
    """Return the name under which to keep the outcome; empty to keep none.

    An unknown visitor may receive a session or a cookie by the press. Another visitor without one on the same network
    must not receive it too. So the outcome is kept for the visitor with the new session only, and a twin that was sent
    without it begins a session of its own.
    """
    if press.is_known or press.proof is Proof.KEY or not (outcome.session or outcome.cookies):
        return press.name
    return name_in_session(request, press, outcome.session) if outcome.session else ""


def mark(response: HttpResponseBase, press: Press, outcome: Outcome, name: str) -> HttpResponseBase:
    """Set the cookie by which the request for the next page says which press of a public form led to it."""
    if press.proof is Proof.WINDOW and name:
        ends = int((time.time() + _window()) * 1000)
        response.set_cookie(
            COOKIE,
            f"{name}.{ends}.{_short(path_of(outcome))}",
            path=settings.SESSION_COOKIE_PATH,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


def _press_shown_by(request: NavRequest, response: HttpResponseBase) -> str:
    """Return the name of the press that led to this page, within its window; empty for all other pages."""
    name, _, told = request.COOKIES.get(COOKIE, "").partition(".")
    ends, _, path = told.partition(".")
    if not told or response.status_code != 200 or request.method != "GET" or path != _short(request.path):
        return ""
    is_current = name.isalnum() and ends.isdecimal() and len(ends) < 15 and int(ends) > time.time() * 1000
    return name if is_current and not is_prefetch(request.nav.headers) else ""


def save_session(request: NavRequest) -> str:
    """Save the session, so that a twin's page finds what the view wrote; return its key if the browser lacks it."""
    session: Any = getattr(request, "session", None)
    if session is None or not session.modified or session.is_empty():
        return ""
    try:
        session.save()
    except Exception as error:
        return _not_saved(request, error)
    return _unknown_key(request)


async def asave_session(request: NavRequest) -> str:
    session: Any = getattr(request, "session", None)
    if session is None or not session.modified or session.is_empty():
        return ""
    try:
        await session.asave()
    except Exception as error:
        return _not_saved(request, error)
    return _unknown_key(request)


def _not_saved(request: NavRequest, error: Exception) -> str:
    """Log the error only: the press had its effect, and the session middleware saves again and handles a failure."""
    if not isinstance(error, UpdateError):  # UpdateError: the session was deleted meanwhile
        logger.exception("What a press put into the session could not be saved: %s %s", request.method, request.path)
    return ""


def _unknown_key(request: NavRequest) -> str:
    key = request.session.session_key or ""
    return "" if key == request.COOKIES.get(settings.SESSION_COOKIE_NAME) else key


def _window() -> float:
    return float(setting("NAVSTATE_ONCE_WINDOW"))


def _short(path: str) -> str:
    return blake2b(path.encode("utf-8", "replace"), digest_size=4).hexdigest()
