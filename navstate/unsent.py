"""What a form sent and nobody has taken, waiting for one click (R15): kept in the session, shown at an address of its own.

A page that answered the POST itself would be sent again by Reload. What is kept lapses by time, gives way to the next
refused form, and goes with the session. Passwords are not kept.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import NoReverseMatch, get_script_prefix
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from navstate import registry
from navstate.addresses import address_of
from navstate.arrival import makes_entry
from navstate.decorators import private
from navstate.guard import tell
from navstate.http import redirect_with_history
from navstate.languages import language_in
from navstate.nav import NavRequest
from navstate.pages import declared_at
from navstate.route import way_from
from navstate.sent import MOST_KEPT
from navstate.strangers import MAX_STRANGER_CHARS, is_stranger, keep_briefly, may_keep

KEY = "_nav_unsent"
KEPT_FOR = 600
"""Seconds after which nothing is offered any more."""


def sent_in(request: NavRequest) -> dict[str, Any]:
    """``action``: where to; ``fields``: names and values, without token and passwords; ``has_password``: one was typed."""
    fields = [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    has_password = any("password" in name for name in request.POST)
    return {"action": request.get_full_path(), "fields": fields, "has_password": has_password}


def ask_later(request: NavRequest, sent: dict[str, Any]) -> HttpResponse | None:
    """Keep what was sent and lead to the page that offers it again.

    ``None`` where that cannot be: nobody is to be led (``makes_entry``), no session of theirs is there to keep it in,
    it is too long or too often, or ``navstate.urls`` is not included.
    """
    if not makes_entry(request.headers) or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    try:
        url = address_of("nav-unsent")
    except NoReverseMatch:
        return None
    is_unknown = is_stranger(request.session)
    if len(str(sent)) > (MAX_STRANGER_CHARS if is_unknown else MOST_KEPT):
        return None
    if is_unknown:
        if not may_keep(request):
            return None
        keep_briefly(request.session)
    request.session[KEY] = {**sent, "at": time.time()}
    return redirect_with_history(request, url, replace=True)


@require_safe
@private
def unsent(request: NavRequest) -> HttpResponse:
    """The form that was sent last and not taken, with a fresh token and one button; to the top of the site without one.

    A third click on the button that logs in, or makes an account, comes with the token from before: it ends where the
    first one led.
    """
    kept = request.session.get(KEY)
    if not kept or not 0 <= time.time() - kept["at"] < KEPT_FOR:
        return redirect_with_history(request, get_script_prefix(), replace=True)
    language = language_in(kept["action"])
    translation.activate(language)
    request.LANGUAGE_CODE = language
    # Of a form with a password nothing is offered but its page; whose login has come through meanwhile belongs elsewhere.
    if kept["has_password"] and (way := way_from(request, kept["action"])).url:
        del request.session[KEY]
        tell(request, way.why or _("This has been completed already."))  # it may have been sent for another account
        return redirect_with_history(request, way.url, replace=True)
    return page_of(request, kept, status=200)


def page_of(request: NavRequest, sent: dict[str, Any], *, status: int) -> HttpResponse:
    get_token(request)
    context = {**sent, "button": button_of(request, sent["action"])}
    response = render(request, "navstate/confirm.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def button_of(request: NavRequest, action: str) -> str:
    """What the button says where the form of a stage is offered again: one that orders says so, and for how much."""
    declared = declared_at(urlsplit(action).path)
    if not declared.stage:
        return ""
    registered = registry.get(declared.flow)
    return registered.button(request, registered.flow[declared.stage])
