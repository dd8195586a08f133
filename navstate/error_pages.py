"""Error pages that ask nothing: not the query, the body, the session or the database, since one of them may be the trouble.

A project names them in its URLconf::

    handler400 = "navstate.error_pages.bad_request"
    handler403 = "navstate.error_pages.permission_denied"
    handler404 = "navstate.error_pages.page_not_found"
    handler500 = "navstate.error_pages.server_error"

and brings templates ``400.html`` … ``503.html``, which are given ``request.path``, ``exception`` (its text) and ``was_sent``
(an unsafe request), and no context processor. ``500.html`` is taken as it is. Where a template is missing or breaks, one
sentence stands in for it. JSON is answered with a problem document, a fragment with that sentence.

``server_error`` also tells an outage from a mistake: what passes is 503 with ``Retry-After`` (:mod:`navstate.outages`).
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.template import engines
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from navstate.http import PRIVATE_NO_STORE, Problem
from navstate.languages import language_of
from navstate.outages import causes, outage_of
from navstate.request.headers import Headers
from navstate.rules.arrival import SAFE_METHODS, Channel, channel_of

logger = logging.getLogger("navstate.outages")

RETRY_AFTER = 5
"""Seconds. Most outages are a restart."""

SENTENCES = {
    400: _("This request could not be read"),
    403: _("This is not open to you"),
    404: _("No path leads here"),
    409: _("This has changed since you looked"),
    413: _("This is more than the shop takes at once"),
    429: _("A little slower, please"),
    500: _("Something broke on our side"),
    503: _("One moment, please: the shop cannot reach its records"),
}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 403, exception=str(exception or ""))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return error_page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to an exception that nobody took: Django calls this while it is handled, whichever layer raised it."""
    problem = sys.exc_info()[1]
    if store := outage_of(problem):
        return unavailable(request, store, problem)
    if any(isinstance(each, UnreadablePostError) for each in causes(problem)):
        return bad_request(request)  # whoever sent it has gone, or sent less than was announced
    return error_page(request, 500)


def unavailable(request: HttpRequest, store: str, problem: BaseException | None = None) -> HttpResponse:
    """503: come back in a moment. Whether something that was sent has been carried out is not known, and not said."""
    response = error_page(request, 503, is_away=True)  # so that nothing on it asks again by itself
    response.headers["Retry-After"] = str(RETRY_AFTER)
    cause = problem.__cause__ or problem if problem else None
    logger.warning("No answer from %s: 503 for %s %s (%r)", store, request.method, request.path, cause)
    response._has_been_logged = True  # type: ignore[attr-defined]  # a line for each, and no traceback
    return response


def error_page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    """``context``: what the template is told beside ``request.path`` and ``was_sent``."""
    headers = Headers(request.META)
    with translation.override(language_of(request.path_info)):
        if channel_of(headers) is Channel.JSON:
            response: HttpResponse = Problem(status, str(SENTENCES[status]))
        elif channel_of(headers) is Channel.HTMX:
            response = HttpResponse(format_html('<p role="alert">{}</p>', SENTENCES[status]), status=status)
        else:
            response = HttpResponse(_document(request, status, context), status=status)
    response.headers["Cache-Control"] = PRIVATE_NO_STORE
    return response


def _document(request: HttpRequest, status: int, context: dict[str, Any]) -> str:
    try:
        if status == 500:
            return _as_it_stands()
        path = "/" + request.path.lstrip("/")  # two slashes would begin the name of a host
        asked = {"path": path, "get_full_path": path}
        was_sent = request.method not in SAFE_METHODS
        return render_to_string(f"{status}.html", {"request": asked, "was_sent": was_sent, **context})
    except Exception:  # whatever a template stumbles over: there is always a sentence
        logger.exception("The error page %s cannot be drawn", status)
    plain = '<!doctype html><html lang="{}"><meta charset="utf-8"><title>{}</title><h1>{}</h1></html>'
    return format_html(plain, translation.get_language() or "en", SENTENCES[status], SENTENCES[status])


def _as_it_stands() -> str:
    """``500.html``, whose addresses are written for a site at the top of its host."""
    text: str = engines.all()[0].get_template("500.html").template.source  # type: ignore[attr-defined]
    return text.replace('="/', f'="{get_script_prefix()}')
