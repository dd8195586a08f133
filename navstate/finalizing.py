"""What is done to a response before it leaves: the headers of its cache class, cookies, session and messages (R7, R8)."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from navstate.advice import give_advice
from navstate.conf import setting
from navstate.decorators import PUBLIC
from navstate.expiry import renewal
from navstate.http import NO_STORE, PRIVATE_NO_CACHE, PRIVATE_NO_STORE, REVALIDATED
from navstate.page_scripts import (
    add_generations,
    add_marks,
    add_scripts,
    add_to_forms,
    has_scripts,
    is_document,
    is_marked,
)
from navstate.request.incoming import site_of_request
from navstate.request.nav import Nav, NavRequest
from navstate.revalidation.automatic import Mark, is_personal, mark_of, redirected_check, unchanged
from navstate.revalidation.page_version import REVISION_COOKIE, revision_in, stamp
from navstate.rules.arrival import SAFE_METHODS, Site, is_prefetch
from navstate.templatetags.nav import attributes_of, fields_of
from navstate.tracing.observe import observe, observe_check

CHANGED = "X-Nav-Changed"
"""Tells a page that fetched something that a change was accepted, so that it tells the other tabs (R9)."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
OWN_FIELDS = b'name="nav_attempt"'
"""In a page whose template has ``{% nav_fields %}``."""

PERMANENT = frozenset({301, 308})
"""A public page's are cached like the page itself: revalidated each time, since a former address may be used again."""


def finalize(request: NavRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
    """Write the trace, settle session and messages, set the headers of the cache class, ``Vary`` and ``navrev``.

    ``began``: ``time.perf_counter()`` when the request came in.
    """
    nav: Nav = request.nav
    if nav.cache_class != PUBLIC or nav.has_changed:
        observe(nav, status=response.status_code, began=began)
    finalize_session(request)
    keep_csrf_cookie(request)
    finished = _finished(request, response)
    if settings.DEBUG:
        give_advice(request, finished)
    return finished


def _finished(request: NavRequest, response: HttpResponseBase) -> HttpResponseBase:
    nav = request.nav
    if nav.has_changed or is_undeclared_change(request, response):
        announce_change(response)
    if not nav.cache_class:
        set_default_cache_headers(request, response)
        return complete_page(request, response)
    set_cache_headers(nav, response)
    if nav.cache_class == PUBLIC:
        complete_public_page(request, response)
    elif nav.is_check or lacks_something(nav, response):
        finished = complete_page(request, response)
        if nav.is_check and nav.has_passage:
            note_check(nav, finished)
        return finished
    return response


def lacks_something(nav: Nav, response: HttpResponseBase) -> bool:
    """Tell whether the template of a declared page may leave out what navstate needs of it.

    An error page of a project that includes the scripts is as it should be: it asks neither session nor database.
    """
    if nav.is_by_name or not has_scripts(response):
        return True
    if not isinstance(response, HttpResponse) or response.status_code >= 400:
        return False
    return not is_marked(response) or lacks_fields(nav, response)


def lacks_fields(nav: Nav, response: HttpResponse) -> bool:
    """Tell whether a stage's forms have to be given the fields of R4: a form of it that says nothing is a gate's."""
    if not nav.has_passage or OWN_FIELDS in response.content:
        return False
    stage = nav.passage.stage
    return nav.is_by_name or (stage.holds is None and not stage.outcome)


def note_check(nav: Nav, answer: HttpResponseBase) -> None:
    """Write into the trace that the page of a stage came back, and whether it holds."""
    asked, shown = nav.passage.stage.name, revision_in(nav.headers["X-Nav-Check"])
    status = 204 if answer.status_code == 304 else 200
    observe_check(nav.request, nav.passage, asked=asked, shown=shown, go=nav.passage.decision.stage, status=status)


def complete_public_page(request: NavRequest, response: HttpResponseBase) -> None:
    """Give a page that everybody sees alike what its template lacks: marks on ``<html>`` and the scripts."""
    nav = request.nav
    if not (nav.is_by_name or not has_scripts(response)) or not is_document(response):
        return
    if nav.is_by_name and not is_marked(response):
        add_marks(response, attributes_of(nav))
    if setting("NAVSTATE_SCRIPTS"):
        add_scripts(request, response, is_automatic=False)


def complete_page(request: NavRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Give a page what its template lacks, so that it asks for itself; answer one that asks whether it holds (R9).

    That is: the fields of R4 in a stage's forms, generations, marks on ``<html>``, the scripts.
    """
    nav = request.nav
    if nav.is_check:
        response.cookies.clear()  # nothing is written
        if response.status_code in REDIRECTS:
            return redirected_check()
        response.headers["Cache-Control"] = PRIVATE_NO_CACHE
    has_script = setting("NAVSTATE_SCRIPTS") or has_scripts(response)
    if not is_document(response) or not (nav.is_by_name or has_script):
        return response
    if lacks_fields(nav, response):
        add_to_forms(response, fields_of(nav.passage))
    if nav.cache_class and not nav.is_by_name and is_marked(response):  # it asks /api/route, as its template says
        add_scripts(request, response, is_automatic=False)
        return response
    mark = mark_of(request, response)
    if nav.is_check and mark.is_as_in(nav.headers["X-Nav-Check"]):
        return unchanged(request, mark)
    if not nav.has_passage:
        add_generations(response, mark.end)
    add_marks(response, marks_of(request, mark))
    if has_script:
        add_scripts(request, response, is_automatic=True)
    return response


def marks_of(request: NavRequest, mark: Mark) -> dict[str, Any]:
    """What goes on ``<html>``: ``shown`` only on a page that may be one person's."""
    declared = attributes_of(request.nav, shown=str(mark)) if request.nav.cache_class else {}
    return {**declared, "check": mark, **({"shown": mark} if declared or is_personal(request) else {})}


def is_undeclared_change(request: NavRequest, response: HttpResponseBase) -> bool:
    """Tell whether a view that declares nothing may have changed something: an unsafe request that was not refused.

    What another site or a server sends (a webhook, a payment's return) changes nothing of this browser's.
    """
    nav = request.nav
    if nav.cache_class or request.method in SAFE_METHODS or response.status_code >= 400:
        return False
    return not nav.is_cross_site or site_of_request(request) is Site.OURS


def set_cache_headers(nav: Nav, response: HttpResponseBase) -> None:
    """``Cache-Control`` and ``Vary`` of the declared cache class (R8), and the version of a page that is revalidated."""
    if nav.cache_class != PUBLIC:
        stamp(response)
    patch_vary_headers(response, ["HX-Request"])
    headers = response.headers
    if response.status_code in REDIRECTS and not (nav.cache_class == PUBLIC and response.status_code in PERMANENT):
        headers["Cache-Control"] = NO_STORE
    elif nav.cache_class != PUBLIC:
        headers["Cache-Control"] = PRIVATE_NO_CACHE if nav.is_passive else PRIVATE_NO_STORE
    elif nav.wants_fragment or response.status_code >= 400:
        headers["Cache-Control"] = NO_STORE
    else:
        headers.setdefault("Cache-Control", REVALIDATED)


def set_default_cache_headers(request: NavRequest, response: HttpResponseBase) -> None:
    """For a view that declares nothing and set no header: not cached where the session was read, nor an error.

    Browsers may cache some errors by default (404, 405, 410).
    """
    if response.status_code >= 400:
        response.headers.setdefault("Cache-Control", PRIVATE_NO_STORE)
    elif is_personal(request):
        response.headers.setdefault("Cache-Control", f"private, {setting('NAVSTATE_PERSONAL_CACHE')}")


def keep_csrf_cookie(request: HttpRequest) -> None:
    """Do not send the CSRF cookie that the browser has already.

    Django sends it with each form, for its age. But Chromium's bfcache keeps no ``no-store`` page that set a cookie
    (``docs/adr/0024``). It is renewed a year after it was first sent.
    """
    if request.META.get("CSRF_COOKIE") == request.COOKIES.get(settings.CSRF_COOKIE_NAME):
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)


def announce_change(response: HttpResponseBase) -> None:
    """Change the ``navrev`` cookie, so that stored pages are not used again, and say so to the script that asked."""
    response.headers[CHANGED] = "1"
    response.set_cookie(
        REVISION_COOKIE,
        secrets.token_urlsafe(6),
        max_age=settings.SESSION_COOKIE_AGE,
        path=settings.SESSION_COOKIE_PATH,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def finalize_session(request: NavRequest) -> None:
    """Settle session and messages after the view and before they are saved."""
    session: Any = getattr(request, "session", None)
    messages = getattr(request, "_messages", None)
    is_modified = session is not None and (session.modified or settings.SESSION_SAVE_EVERY_REQUEST)
    if not is_modified and (messages is None or not (messages.used or messages.added_new)):
        return  # nothing is going to be written
    if request.nav.is_check or is_prefetch(request.nav.headers):
        leave_no_trace(request)
    if is_modified:
        renewal.note_beginning(session)


def leave_no_trace(request: NavRequest) -> None:
    """Write nothing for a prefetch or a check (R1): nobody has read the messages, and the session stays as it was.

    Except a session whose key has changed: keeping that from the browser would log it out.
    """
    messages = getattr(request, "_messages", None)
    if messages is not None:
        messages.used = messages.added_new = False
    session: Any = getattr(request, "session", None)
    if session is not None and session.session_key == request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        session.modified = False
        if settings.SESSION_SAVE_EVERY_REQUEST:
            session.save, session.asave = _save_nothing, _asave_nothing


def _save_nothing() -> None:
    """Stands for ``session.save``, which ``SESSION_SAVE_EVERY_REQUEST`` calls whatever was modified."""


async def _asave_nothing() -> None:
    pass
