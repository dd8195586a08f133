"""Whether a session is there, and one click that keeps it (R11, R12)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from navstate import renewal
from navstate.arrival import Channel, channel_of
from navstate.decorators import passive, private, public_form
from navstate.defaults import setting
from navstate.http import ASKED_ANEW, BY_COOKIE, lines_of, redirect_with_history
from navstate.middleware import BothWays
from navstate.nav import NavRequest
from navstate.sessions import NAV_ID_KEY
from navstate.sessions.liveness import atime_left, time_left

ADDRESS = "/api/session/valid"
"""Where the middleware answers. Included elsewhere, the view answers by itself, at the cost of the whole stack."""

LEFT, EXPIRES = "X-Session-Left", "X-Session-Expires"
"""Milliseconds from now, for clocks that go wrong; milliseconds since the epoch."""


def threshold_ms() -> int:
    """``NAVSTATE_THRESHOLD``: seconds. A session with less left counts as gone: too little to finish anything in."""
    return int(setting("NAVSTATE_THRESHOLD") * 1000)


class LivenessMiddleware(BothWays):
    """Answers ``/api/session/valid`` before anything else looks at the request. Its place: after ``SecurityMiddleware``."""

    def __call__(self, request: NavRequest) -> Any:
        if request.path_info != ADDRESS:
            return self.get_response(request)
        return self._acall(request) if self.is_async else valid(request)

    async def _acall(self, request: NavRequest) -> HttpResponse:
        return refuse_method(request) or told(await atime_left(key_in(request)))


@passive
def valid(request: HttpRequest) -> HttpResponse:
    """204 while the session has more than the threshold left, with its end; 401 otherwise. Reads the time to live only."""
    return refuse_method(request) or told(time_left(key_in(request)))


@require_POST
@private
@public_form
def renew(request: NavRequest) -> HttpResponse:
    """The button of the warning. A script is told the new end; without one the shopper is back on the page at once."""
    request.session.get(NAV_ID_KEY)
    ends: int | None = getattr(request.session, "expires_at_ms", None)
    if ends is not None:
        renewal.renew(request)
    if channel_of(request.headers) is Channel.JSON:
        session: Any = request.session
        return told(session.expires_at_ms - renewal.now_ms() if ends is not None else 0)
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect_with_history(request, back if is_ours else get_script_prefix(), replace=True)


def key_in(request: HttpRequest) -> str:
    return request.COOKIES.get(setting("SESSION_COOKIE_NAME"), "")


def refuse_method(request: HttpRequest) -> HttpResponse | None:
    return None if request.method in {"GET", "HEAD"} else HttpResponse(status=405, headers={"Allow": "GET, HEAD"})


def told(left_ms: int) -> HttpResponse:
    """The answer for a session with so much left."""
    is_there = left_ms > 0 and left_ms >= threshold_ms()
    answer = HttpResponse(status=204 if is_there else 401)
    lines = lines_of(answer)
    lines["cache-control"], lines["vary"] = ASKED_ANEW, BY_COOKIE
    if is_there:
        lines["x-session-expires"] = (EXPIRES, str(renewal.now_ms() + left_ms))
        lines["x-session-left"] = (LEFT, str(left_ms))
    return answer
