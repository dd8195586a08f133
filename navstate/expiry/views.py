"""``/api/session/valid``: tell whether a session exists. ``/api/session/renew``: renew it by one click (R11, R12)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from navstate.conf import setting
from navstate.decorators import passive, private, public_form
from navstate.expiry import renewal
from navstate.http import PRIVATE_NO_CACHE, redirect_with_history
from navstate.request.nav import NavRequest
from navstate.rules.arrival import Channel, channel_of
from navstate.sessions import NAV_ID_KEY
from navstate.sessions.liveness import atime_left, time_left

LIVENESS_PATH = "/api/session/valid"
"""Where ``LivenessMiddleware`` answers. At another path the view answers, at the cost of the whole stack."""

LEFT, EXPIRES = "X-Session-Left", "X-Session-Expires"
"""Headers with the session's end: in milliseconds from now, for clocks that are wrong, and since the epoch."""


@passive
def valid(request: HttpRequest) -> HttpResponse:
    """Answer 204 with the session's end, or 401 with less than the threshold left. Reads only the time to live."""
    return respond_about_session(request)


@require_POST
@private
@public_form
def renew(request: NavRequest) -> HttpResponse:
    """Renew the session for the warning's button: a script gets the new end, a browser a redirect to its page."""
    request.session.get(NAV_ID_KEY)
    ends: int | None = getattr(request.session, "expires_at_ms", None)
    if ends is not None:
        renewal.renew(request)
    if channel_of(request.headers) is Channel.JSON:
        session: Any = request.session
        return liveness_response(session.expires_at_ms - renewal.now_ms() if ends is not None else 0)
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect_with_history(request, back if is_ours else get_script_prefix(), replace=True)


def respond_about_session(request: HttpRequest) -> HttpResponse:
    return _refuse_method(request) or liveness_response(time_left(_session_key(request)))


async def arespond_about_session(request: HttpRequest) -> HttpResponse:
    return _refuse_method(request) or liveness_response(await atime_left(_session_key(request)))


def liveness_response(left_ms: int) -> HttpResponse:
    """Return 204 with the session's end, or 401 for a session with less than the threshold left."""
    is_there = left_ms > 0 and left_ms >= threshold_ms()
    headers = {"Cache-Control": PRIVATE_NO_CACHE, "Vary": "Cookie"}
    if is_there:
        headers |= {EXPIRES: str(renewal.now_ms() + left_ms), LEFT: str(left_ms)}
    return HttpResponse(status=204 if is_there else 401, headers=headers)


def threshold_ms() -> int:
    """Return ``NAVSTATE_THRESHOLD`` (s) in milliseconds. A session with less left is too short and counts as gone."""
    return int(setting("NAVSTATE_THRESHOLD") * 1000)


def _session_key(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")


def _refuse_method(request: HttpRequest) -> HttpResponse | None:
    return None if request.method in {"GET", "HEAD"} else HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
