"""Django's session middleware, changed for visitors whose requests overlap.

Put it in the place of Django's. It differs in five points. A session that another request deleted meanwhile (a logout,
a login that moved it) is not answered with 400: the browser is redirected, with the cookie that it has by then. A key
without a session does not delete the browser's cookie, which may be the new one of a login. A key is sent only once, so
that a late response cannot put an old one back. Changes that will not be saved are reported
(:mod:`navstate.sessions.late`). A response that read the session or sets a cookie is kept out of shared caches.

Works natively in sync and async stacks: an asynchronous engine costs no thread.
"""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from navstate.http import SeeOther, ended_sentence, session_gone
from navstate.rules.arrival import SAFE_METHODS
from navstate.sessions import late

SHARED = ("public", "s-maxage")
"""Directives of ``Cache-Control`` that allow a shared cache to store a response."""


class SessionMiddleware(DjangoSessionMiddleware):
    """Attaches ``request.session`` and saves it, as Django's middleware does."""

    def __call__(self, request: HttpRequest) -> Any:
        if self.async_mode:
            return self.__acall__(request)
        self.process_request(request)
        response: Any = self.get_response(request)
        return self.process_response(request, response)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        self.process_request(request)
        response: Any = self.get_response(request)
        return await self.aprocess_response(request, await response)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note the exception, so that the unsaved session is only a warning beside the view's own error."""
        request.session_view_raised = True  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:  # type: ignore[override]
        session: Any = getattr(request, "session", None)
        if session is None:
            return response
        if wants_saving(session):
            session.get_expire_at_browser_close()  # loads the session, which may turn out to be gone
        if not is_to_be_saved(session, response):
            return settled(request, response)
        try:
            session.save()
        except UpdateError:
            return settled(request, self._interrupted(request, response))
        remember(request, response)
        return settled(request, response)

    async def aprocess_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        session: Any = getattr(request, "session", None)
        if session is None:
            return response
        if wants_saving(session):
            await session.aget_expire_at_browser_close()
        if not is_to_be_saved(session, response):
            return settled(request, response)
        try:
            await session.asave()
        except UpdateError:
            return settled(request, await sync_to_async(self._interrupted)(request, response))
        remember(request, response)
        return settled(request, response)

    def _interrupted(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Answer a request whose session another request deleted: redirect, without a session cookie.

        Raises ``SessionInterrupted``, as Django does, if that is not what happened: the view deleted a session that it
        had made, or the engine says so of a session that exists (a cache without its row). Redirecting might never end.
        """
        key = request.session.session_key
        now: Any = self.SessionStore(key)
        now.load()
        if key != request.COOKIES.get(settings.SESSION_COOKIE_NAME) or now.session_key is not None:
            raise SessionInterrupted("The request's session was deleted before the request completed.")
        answer = lead_on(request, response)
        answer.cookies.update(response.cookies)
        return answer


def wants_saving(session: Any) -> bool:
    return (session.modified or settings.SESSION_SAVE_EVERY_REQUEST) and not session.is_empty()


def is_to_be_saved(session: Any, response: HttpResponseBase) -> bool:
    """Tell whether to save: not for a failed request, and not for a session that is gone and was only read."""
    is_only_read = getattr(session, "is_lost", False) and not session.modified
    return wants_saving(session) and response.status_code < 500 and not is_only_read


def lead_on(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Answer a request whose session was deleted while it ran.

    The browser sends a safe request again, perhaps with a new cookie, which alone says who it is. An unsafe request has
    been carried out: if its view redirects or refuses, that response stands; else a stage's input is kept and shown
    again.
    """
    if request.method in SAFE_METHODS:
        return SeeOther(request.get_full_path())
    nav: Any = getattr(request, "nav", None)
    if response.status_code >= 300 or leads_htmx(response) or (nav is not None and nav.has_changed):
        return response
    if nav is None or not nav.has_passage or nav.passage.stage.holds is not None:
        return session_gone(request, page_of(request), _("Your visit had ended. Please look, and do it again."))
    title = ended_sentence(is_kept=nav.passage.keep())
    return session_gone(request, request.get_full_path(), title)


def leads_htmx(response: HttpResponseBase) -> bool:
    return "HX-Location" in response.headers or "HX-Redirect" in response.headers


def page_of(request: HttpRequest) -> str:
    """Return the page of this site that a form was sent from, by the Referer; else the URL that it was sent to."""
    page = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts=hosts, require_https=request.is_secure())
    return page if is_ours else request.get_full_path()


def settled(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Finish a response, whether the session was saved or not: cookie, ``Vary``, caching, seal."""
    session: Any = request.session
    if response.status_code >= 500 and wants_saving(session):
        drop(request, response)
    if session.is_empty() and settings.SESSION_COOKIE_NAME in request.COOKIES:
        forget(response)
    if session.accessed or settings.SESSION_COOKIE_NAME in response.cookies:
        patch_vary_headers(response, ["Cookie"])
    if session.accessed or response.cookies:
        keep_from_shared_caches(response)
    if hasattr(session, "seal"):
        session.seal()
    return response


def drop(request: HttpRequest, response: HttpResponseBase) -> None:
    """Report the changes of a failed request, which are not saved.

    The cookie is still set if the session was moved to a new key: the former key is no longer valid.
    """
    session: Any = request.session
    former = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if former and session.session_key and session.session_key != former:
        remember(request, response)
    if not getattr(session, "has_own_changes", session.modified):
        return
    message = late.IN_A_FAILED_REQUEST.format(request.method, request.path, response.status_code)
    if getattr(request, "session_view_raised", False):
        late.logger.warning(message)
    else:
        late.report(message)


def remember(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the cookie if the browser does not have this key yet.

    A key is not sent twice: of two responses the one to the earlier request may arrive last, and would put back the key
    that the later request, a login, replaced. It is sent again if the view gave the session an expiry of its own, which
    may turn a persistent cookie into a session cookie; with ``SESSION_SAVE_EVERY_REQUEST``; and for engines other than
    navstate's, as Django does.
    """
    session: Any = request.session
    is_known = session.session_key == request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    is_asked_for = settings.SESSION_SAVE_EVERY_REQUEST and not getattr(session, "keeps_expiry", False)
    if is_known and not (is_asked_for or getattr(session, "expiry_was_set", True)):
        return
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        session.session_key,
        max_age=cookie_age(session),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=settings.SESSION_COOKIE_HTTPONLY,
        **place_of_cookie(),
    )


def cookie_age(session: Any) -> int | None:
    if hasattr(session, "get_cookie_age"):
        return session.get_cookie_age()  # type: ignore[no-any-return]
    return None if session.get_expire_at_browser_close() else session.get_expiry_age()


def forget(response: HttpResponseBase) -> None:
    response.delete_cookie(settings.SESSION_COOKIE_NAME, **place_of_cookie())


def place_of_cookie() -> dict[str, Any]:
    return {
        "path": settings.SESSION_COOKIE_PATH,
        "domain": settings.SESSION_COOKIE_DOMAIN,
        "samesite": settings.SESSION_COOKIE_SAMESITE,
    }


def keep_from_shared_caches(response: HttpResponseBase) -> None:
    """Make ``Cache-Control`` private, since the response or its cookie is for one visitor only."""
    directives = [each.strip() for each in response.headers.get("Cache-Control", "").split(",") if each.strip()]
    names = {each.partition("=")[0].lower() for each in directives}
    is_private = bool(names & {"private", "no-store"})
    if is_private and not names & set(SHARED):
        return
    kept = [each for each in directives if each.partition("=")[0].lower() not in SHARED]
    response.headers["Cache-Control"] = ", ".join(kept if is_private else ["private", *kept])
