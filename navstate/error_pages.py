"""Error pages that read neither query, body, session nor database, since one of them may be the cause of the error.

A project names them in its URLconf::

    handler400 = "navstate.error_pages.bad_request"
    handler403 = "navstate.error_pages.permission_denied"
    handler404 = "navstate.error_pages.page_not_found"
    handler500 = "navstate.error_pages.server_error"

and has templates ``400.html`` … ``503.html``. Their context is ``request.path``, ``request.get_full_path``,
``was_sent`` (an unsafe request), ``exception`` (the text of a 403) and ``is_away`` (true for a 503); no context
processor runs. ``500.html`` is not rendered but sent as it is. A missing or failing template is replaced by one
sentence. JSON gets a problem document, an htmx request that sentence.

``server_error`` answers 503 with ``Retry-After`` for an outage that will pass (:mod:`navstate.outages`), 500 for a bug.
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
    """Answer an uncaught exception of any layer. Django calls this while the exception is being handled."""
    problem = sys.exc_info()[1]
    if store := outage_of(problem):
        return unavailable(request, store, problem)
    if any(isinstance(each, UnreadablePostError) for each in causes(problem)):
        return bad_request(request)  # the client has gone, or sent less than it announced
    return error_page(request, 500)


def unavailable(request: HttpRequest, store: str, problem: BaseException | None = None) -> HttpResponse:
    """Answer 503. Nobody knows whether a form that was sent has been carried out, so the page does not say."""
    response = error_page(request, 503, is_away=True)  # so that nothing on the page asks again by itself
    response.headers["Retry-After"] = str(RETRY_AFTER)
    cause = problem.__cause__ or problem if problem else None
    logger.warning("No answer from %s: 503 for %s %s (%r)", store, request.method, request.path, cause)
    response._has_been_logged = True  # type: ignore[attr-defined]  # one line, and no traceback by Django
    return response


def error_page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    """Answer with the page for ``status``. ``context``: what its template gets beside ``request`` and ``was_sent``."""
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
        path = "/" + request.path.lstrip("/")  # two slashes would begin a host name
        asked = {"path": path, "get_full_path": path}
        was_sent = request.method not in SAFE_METHODS
        return render_to_string(f"{status}.html", {"request": asked, "was_sent": was_sent, **context})
    except Exception:  # whatever a template raises: the sentence below is always there
        logger.exception("The error page %s cannot be drawn", status)
    plain = '<!doctype html><html lang="{}"><meta charset="utf-8"><title>{}</title><h1>{}</h1></html>'
    return format_html(plain, translation.get_language() or "en", SENTENCES[status], SENTENCES[status])


def _as_it_stands() -> str:
    """Return the source of ``500.html`` with the script prefix added to its URLs."""
    text: str = engines.all()[0].get_template("500.html").template.source  # type: ignore[attr-defined]
    return text.replace('="/', f'="{get_script_prefix()}')
