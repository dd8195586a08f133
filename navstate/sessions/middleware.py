"""Django's session middleware, without what it does to a shopper whose requests overlap.

Put it where Django's own stands. It is Django's own but for five things. A session that another request deleted
meanwhile (a logout, a login that moved it) is no 400: the browser is led on, with the cookie that it holds by then.
A key that is merely gone does not take the browser's cookie away: it may be the fresh one of a login. A key is sent
once, so that an answer that comes late cannot put an old one back. A change that nobody will save is told (``late``).
What read the session or sets a cookie is kept out of shared caches.

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
"""Directives of ``Cache-Control`` that allow a shared cache to keep an answer."""


class SessionMiddleware(DjangoSessionMiddleware):
    """Attaches ``request.session`` and saves it, as Django's does."""

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
        """Remembered: whoever looks at the error of a view need not be told that its session was not saved either."""
        request.session_view_raised = True  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:  # type: ignore[override]
        session: Any = getattr(request, "session", None)
        if session is None:
            return response
        if wants_saving(session):
            session.get_expire_at_browser_close()  # reads what was not read yet: it may turn out to be gone
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
        """Another request deleted the session. The answer leads on and carries no cookie of a session.

        As Django has it where that is not what happened: the view deleted a session of its own making, or the engine
        says so of a session that is there (a cache that outlives its row). Leading on could go on for ever.
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
    """A failed request changes nothing. Reading a session that is gone begins no other."""
    is_only_read = getattr(session, "is_lost", False) and not session.modified
    return wants_saving(session) and response.status_code < 500 and not is_only_read


def lead_on(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Whom a request answers whose session was deleted while it ran.

    What is safe is made once more, by the browser: it may hold a fresh cookie by now, and that alone says who it is. An
    unsafe request has run. Where its view leads on, or refuses, that stands; a stage's input is kept and shown again.
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
    """The page of ours that a form was sent from, as far as the browser says; else the address it was sent to."""
    page = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts=hosts, require_https=request.is_secure())
    return page if is_ours else request.get_full_path()


def settled(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What is true of every answer, saved or not."""
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
    """A request that fails saves nothing. But the browser learns the key that its session was moved to: the session is
    as it was before, and its former key is dead."""
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
    """Set the cookie, where the browser does not hold this key yet.

    Never again for the same key: of two answers the one of the earlier request may arrive last, and would put back the
    key that the later one, a login, replaced. It is sent again for a view that gives the session an expiry of its own,
    since that may turn a cookie that stays into one that ends with the browser; where ``SESSION_SAVE_EVERY_REQUEST``
    asks for it; and for engines that are not ours, as Django does.
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
    """Make ``Cache-Control`` private: one visitor's answer, or their cookie, is nobody else's."""
    directives = [each.strip() for each in response.headers.get("Cache-Control", "").split(",") if each.strip()]
    names = {each.partition("=")[0].lower() for each in directives}
    is_private = bool(names & {"private", "no-store"})
    if is_private and not names & set(SHARED):
        return
    kept = [each for each in directives if each.partition("=")[0].lower() not in SHARED]
    response.headers["Cache-Control"] = ", ".join(kept if is_private else ["private", *kept])
