"""The middleware classes of a project's ``MIDDLEWARE``. Thin: rules, answers and headers live in modules of their own.

Each runs natively in sync and async stacks: a path for either, and no thread hop of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from navstate.answers import is_for_view, keep_untaken_input, must_keep_input, respond
from navstate.checks import check_start
from navstate.confirmation import check_origin
from navstate.declarations import declaration_for
from navstate.decorators import PRIVATE, PUBLIC, Declaration
from navstate.dualmode import DualMode, GetResponse
from navstate.expiry import renewal
from navstate.expiry.views import LIVENESS_PATH, arespond_about_session, respond_about_session
from navstate.finalizing import finalize
from navstate.foreign import accept_for_view, has_to_accept
from navstate.languages import language_of
from navstate.once import guard, settling
from navstate.request.current import current_nav
from navstate.request.incoming import read_arrival
from navstate.request.nav import IS_CHECK, Nav, NavRequest
from navstate.request.passage import Passage
from navstate.revalidation.rendering import NoMessages
from navstate.rules.arrival import SAFE_METHODS

View = Callable[..., Any]


class NavMiddleware(DualMode):
    """Attach ``request.nav``, run a stage's view only when it may, and set the headers of the cache class.

    Of what a view answers ``once`` (R20), a twin is answered here, and the first is settled around all that is further in.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        check_start()  # a WSGI or ASGI server runs no system checks by itself
        # Django adapts hooks by what they are: in an async stack ours must be a coroutine, or it would cost a thread.
        self.process_view = self._aprocess_view if self.is_async else self._process_view

    def __call__(self, request: NavRequest) -> Any:
        if self.is_async:
            return self._acall(request)
        began = time.perf_counter()
        begin(request)
        return finalize(request, settling.run(request, self._respond), began)

    def _respond(self, request: NavRequest) -> HttpResponseBase:
        response: HttpResponseBase = self.get_response(request)
        if has_to_accept(request):
            accept_for_view(request, response)
        return response

    async def _acall(self, request: NavRequest) -> HttpResponseBase:
        began = time.perf_counter()
        begin(request)
        return finalize(request, await settling.arun(request, self._arespond), began)

    async def _arespond(self, request: NavRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.get_response(request)
        if has_to_accept(request):
            await sync_to_async(accept_for_view)(request, response)
        return response

    def _process_view(
        self, request: NavRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        declared = declare(request, view)
        response = self._enter(request, declared)
        if response is None and declared.once and request.method not in SAFE_METHODS:
            return guard.claim(request, view)
        return response

    def _enter(self, request: NavRequest, declared: Declaration) -> HttpResponse | None:
        if request.method not in SAFE_METHODS:
            if refusal := check_origin(request, declared):
                return refusal
        elif declared.cache == PUBLIC:
            return None
        renewal.renew_if_active(request, declared)
        if not declared.stage:
            return None
        passage = request.nav.passage = Passage.opened(request.nav, declared.flow, declared.stage)
        passage.decide(read_arrival(request, passage))
        if request.method not in SAFE_METHODS:
            keep_untaken_input(passage)
        return respond(request, passage)

    async def _aprocess_view(
        self, request: NavRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        declared = declare(request, view)
        response = await self._aenter(request, declared)
        if response is None and declared.once and request.method not in SAFE_METHODS:
            return await guard.aclaim(request)
        return response

    async def _aenter(self, request: NavRequest, declared: Declaration) -> HttpResponse | None:
        if request.method not in SAFE_METHODS:
            if refusal := await sync_to_async(check_origin)(request, declared):  # it reads forms and renders pages
                return refusal
        elif declared.cache == PUBLIC:
            return None
        await renewal.arenew_if_active(request, declared)
        if not declared.stage:
            if declared.cache == PRIVATE:
                await sync_to_async(read_account)(request)
            return None
        passage = request.nav.passage = await Passage.aopened(request.nav, declared.flow, declared.stage)
        await sync_to_async(decide_in_thread)(request, passage)
        if request.method not in SAFE_METHODS and must_keep_input(passage):
            await passage.akeep()
        return None if is_for_view(request, passage) else await sync_to_async(respond)(request, passage)


class LivenessMiddleware(DualMode):
    """Answer ``/api/session/valid`` before anything else reads the request. Its place: as far outside as cookies allow."""

    def __call__(self, request: NavRequest) -> Any:
        if request.path_info != LIVENESS_PATH:
            return self.get_response(request)
        return arespond_about_session(request) if self.is_async else respond_about_session(request)


class LanguageFromPathMiddleware(DualMode):
    """Activate the language of the path, and no other (R19): no header or cookie makes one address two documents.

    Unlike Django's LocaleMiddleware it neither redirects nor adds ``Vary: Accept-Language``.
    """

    def __call__(self, request: NavRequest) -> Any:
        request.LANGUAGE_CODE = language = language_of(request.path_info)
        translation.activate(language)
        return self.get_response(request)


def begin(request: NavRequest) -> None:
    """Attach ``request.nav``. A page that is only checked uses no messages up: they wait for one that somebody sees."""
    request.nav = Nav(request)
    current_nav.set(request.nav)
    if IS_CHECK in request.META and request.method == "GET":
        request.nav.is_check = True
        request._messages = NoMessages(request)  # type: ignore[attr-defined]


def declare(request: NavRequest, view: View) -> Declaration:
    """Note on ``request.nav`` what the view declares, and return it.

    A view that declares nothing and that Django's CSRF check leaves out is another app's webhook, payment return or API.
    """
    declared = declaration_for(view, getattr(request.resolver_match, "view_name", ""))
    if not declared.cache and getattr(view, "csrf_exempt", False):
        declared = replace(declared, is_cross_site=True)
    nav = request.nav
    nav.cache_class, nav.is_passive = declared.cache, declared.is_passive
    nav.is_by_name, nav.is_cross_site = declared.is_by_name, declared.is_cross_site
    return declared


def decide_in_thread(request: NavRequest, passage: Passage) -> None:
    """Decide, and read the account too, which a template in the event loop could not do any more."""
    passage.decide(read_arrival(request, passage))
    read_account(request)


def read_account(request: NavRequest) -> None:
    """Load the account that a page names; its template cannot ask the database in the event loop."""
    bool(getattr(request, "user", None))
