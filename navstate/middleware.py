"""Enforces what views declare: stages, cache classes, same-origin. Thin: the rules are in ``machine``, answers in ``guard``.

Works natively in sync and async stacks: each has its own path, no thread hop is added by the middleware itself.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation

from navstate import renewal
from navstate.arrival import SAFE_METHODS, Site, is_prefetch
from navstate.decorators import PRIVATE, PUBLIC, Declaration, declaration_of
from navstate.guard import (
    answer,
    is_for_view,
    keeps_input,
    open_passage,
    read_arrival,
    refuse_cross_site,
    site_of_request,
)
from navstate.http import ASKED_ANEW, BY_HTMX, NO_STORE, NOT_KEPT, REVALIDATED, add_vary, lines_of
from navstate.languages import language_of
from navstate.nav import Nav, NavRequest
from navstate.passage import Passage
from navstate.sessions import NAV_ID_KEY
from navstate.shown import REVISION_COOKIE, stamp
from navstate.storage.prefetched import astored_of, stored_of
from navstate.tracing.observe import observe
from navstate.views import ask_to_confirm

GetResponse = Callable[[HttpRequest], Any]
View = Callable[..., Any]

CHANGED = "X-Nav-Changed"
"""Tells a page that fetched something that a change was accepted, so that it tells the other tabs (R9)."""


class BothWays:
    """Sync and async in one class: Django asks for neither to be adapted.

    ``__call__`` answers with a response, or with an awaitable of one where ``is_async``. Whoever does nothing after the
    response hands on what the next one answers, whichever it is.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            mark: Any = markcoroutinefunction  # annotated as taking functions only
            mark(self)


class NavMiddleware(BothWays):
    """Attaches ``request.nav``, lets a stage view run only when it may, and sets the headers of the cache class."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        # Django adapts hooks by what they are: in an async stack ours must be a coroutine, or it would cost a thread.
        self.process_view = self._aprocess_view if self.is_async else self._process_view

    def __call__(self, request: NavRequest) -> Any:
        if self.is_async:
            return self._acall(request)
        began = time.perf_counter()
        request.nav = Nav(request)
        return finish(request, self.get_response(request), began)

    async def _acall(self, request: NavRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request.nav = Nav(request)
        return finish(request, await self.get_response(request), began)

    def _process_view(
        self, request: NavRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        declared = declaration_of(view)
        request.nav.cache_class, request.nav.is_passive = declared.cache, declared.is_passive
        if request.method in SAFE_METHODS:
            if declared.cache == PUBLIC:
                return None
        elif refusal := check_origin(request, declared):
            return refusal
        renewal.attend(request, declared)
        if not declared.stage:
            return None
        nav_id = request.session.get(NAV_ID_KEY, "")
        registered, nav_id = open_passage(request, declared, nav_id)
        stored = stored_of(request, nav_id, declared.flow)
        passage = Passage(request.nav, registered, registered.flow[declared.stage], nav_id, stored)
        request.nav.passage = passage
        arrival = read_arrival(request, passage)
        passage.decide(arrival)
        if arrival.submit and keeps_input(passage):
            passage.keep()
        return None if is_for_view(request, passage) else answer(request, passage)

    async def _aprocess_view(
        self, request: NavRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        declared = declaration_of(view)
        request.nav.cache_class, request.nav.is_passive = declared.cache, declared.is_passive
        if request.method in SAFE_METHODS:
            if declared.cache == PUBLIC:
                return None
        elif refusal := await sync_to_async(check_origin)(request, declared):  # it reads forms and draws pages
            return refusal
        await renewal.aattend(request, declared)
        if not declared.stage:
            if declared.cache == PRIVATE:
                await sync_to_async(read_account)(request)
            return None
        nav_id = await request.session.aget(NAV_ID_KEY, "")
        # What the project answers (seed, facts, outcomes) is synchronous and asks the database: that has a thread.
        registered, nav_id = await sync_to_async(open_passage)(request, declared, nav_id)
        stored = await astored_of(request, nav_id, declared.flow)
        passage = Passage(request.nav, registered, registered.flow[declared.stage], nav_id, stored)
        request.nav.passage = passage
        await sync_to_async(decide_in_thread)(request, passage)
        if request.method not in SAFE_METHODS and keeps_input(passage):
            await passage.akeep()
        return None if is_for_view(request, passage) else await sync_to_async(answer)(request, passage)


def check_origin(request: NavRequest, declared: Declaration) -> HttpResponse | None:
    """The refusal of an unsafe request that is not, or not surely, from a page of ours (R15)."""
    if declared.is_cross_site:
        return None
    if refusal := refuse_cross_site(request):
        return refusal
    if declared.is_public_form and site_of_request(request) is Site.UNKNOWN and not has_token(request):
        return ask_to_confirm(request)
    return None


def decide_in_thread(request: NavRequest, passage: Passage) -> None:
    """Decide, and read on the way what a template in the event loop could not read any more: the account."""
    passage.decide(read_arrival(request, passage))
    read_account(request)


def read_account(request: NavRequest) -> None:
    """Whose page it is, a page says of itself; its template cannot ask the database in the event loop."""
    bool(getattr(request, "user", None))


def has_token(request: NavRequest) -> bool:
    """True when Django's own CSRF check, which the view is exempt from, would let the request through."""
    # The check asks for a view and for what comes after it; neither is called.
    return CsrfViewMiddleware(HttpResponse).process_view(request, HttpResponse, (), {}) is None


def finish(request: NavRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
    """The trace, headers of the cache class (R8), ``Vary`` (R7), and the cookie that a change changes.

    ``began``: ``time.perf_counter()`` when the request came in.
    """
    nav: Nav = request.nav
    if nav.cache_class != PUBLIC or nav.has_changed:
        observe(nav, status=response.status_code, began=began)
    settle(request)
    keep_token(request)
    if nav.has_changed:
        tell_of_change(response)
    if not nav.cache_class:
        keep_undeclared(request, response)
        return response
    if nav.cache_class != PUBLIC:
        stamp(response)
    add_vary(response, BY_HTMX)
    lines = lines_of(response)
    if response.status_code in REDIRECTS and not (nav.cache_class == PUBLIC and response.status_code in PERMANENT):
        lines["cache-control"] = NO_STORE
    elif nav.cache_class != PUBLIC:
        lines["cache-control"] = ASKED_ANEW if nav.is_passive else NOT_KEPT
    elif nav.wants_fragment or response.status_code >= 400:
        lines["cache-control"] = NO_STORE
    else:
        lines.setdefault("cache-control", REVALIDATED)
    return response


def keep_token(request: HttpRequest) -> None:
    """Leave the token of forms that the browser has as it is.

    Django sends it anew with each form, for its age. But Chromium keeps no ``no-store`` page for Back that set a cookie
    (``docs/adr/0024``). A year after it was given it is given anew.
    """
    if request.META.get("CSRF_COOKIE") == request.COOKIES.get(settings.CSRF_COOKIE_NAME):
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)


def tell_of_change(response: HttpResponseBase) -> None:
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


def keep_undeclared(request: NavRequest, response: HttpResponseBase) -> None:
    """A view that declares nothing (the staff pages) decides for itself. Where it did not: what read the session is kept
    nowhere, and neither is an error, which browsers may keep by default (404, 405, 410).
    """
    session = getattr(request, "session", None)
    if response.status_code >= 400 or getattr(session, "accessed", False):
        lines_of(response).setdefault("cache-control", NOT_KEPT)


def settle(request: NavRequest) -> None:
    """What is left to do about session and notices after the view and before they are saved."""
    session, notices = getattr(request, "session", None), getattr(request, "_messages", None)
    is_modified = session is not None and session.modified
    if not is_modified and (notices is None or not (notices.used or notices.added_new)):
        return  # nothing is going to be written
    if is_prefetch(request.nav.headers):
        leave_no_trace(request)
    if is_modified:
        renewal.note_beginning(session)


def leave_no_trace(request: NavRequest) -> None:
    """A prefetch writes nothing (R1): nobody has read the notices it drew, and the session stays as it was.

    But for a session that got another key meanwhile: keeping that from the browser would log it out.
    """
    notices = getattr(request, "_messages", None)
    if notices is not None:
        notices.used = notices.added_new = False
    if request.session.session_key == request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        request.session.modified = False


REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
"""Of a public page they are kept like the page itself: asked about each time, since a former address may be used again."""


class LanguageFromPathMiddleware(BothWays):
    """The language is in the path and nowhere else (R19): no header or cookie makes one address two documents.

    Activates only. Unlike Django's LocaleMiddleware it neither redirects nor adds ``Vary: Accept-Language``.
    """

    def __call__(self, request: NavRequest) -> Any:
        request.LANGUAGE_CODE = language = language_of(request.path_info)
        translation.activate(language)
        return self.get_response(request)
