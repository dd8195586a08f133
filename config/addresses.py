"""An address without its last slash, or in other letters, is the address that was meant.

Who looks at one is led to the right spelling, and the answer says how long that may be kept: with a page that everybody
sees alike, as that page; else not at all, and never as a permanent one, since it leads into a flow (navigation.md R8).
What is sent to one is taken as if it had been sent to the right one: a redirect would lose the body.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import translation
from django.utils.http import escape_leading_slashes

from navstate.decorators import PUBLIC, declaration_of
from navstate.dualmode import DualMode
from navstate.http import SAFE_METHODS, SeeOther
from navstate.languages import language_of

KEPT_AS_THE_PAGE = {"Cache-Control": "public, no-cache"}


class AddressMiddleware(DualMode):
    """Takes the place of Django's ``APPEND_SLASH``. A right address costs a look-up when something is sent to it only."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.method not in SAFE_METHODS:
            meant = meant_by(request.path_info)
            if meant is not None:
                put_right(request, meant)
            return self.get_response(request)
        if self.is_async:
            return self._acall(request)
        return led(request, self.get_response(request))

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        return led(request, await self.get_response(request))


def led(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """``response``, or the redirect to the right spelling where there was no such address."""
    if response.status_code != 404 or is_page(request.resolver_match):
        return response
    meant = meant_by(request.path_info)
    match = meant and match_of(meant)
    if meant is None or not match:
        return response
    put_right(request, meant)
    to = escape_leading_slashes(request.get_full_path())
    if declaration_of(match.func).cache == PUBLIC:
        return HttpResponsePermanentRedirect(to, headers=KEPT_AS_THE_PAGE)
    return SeeOther(to)


def meant_by(path: str) -> str | None:
    """The address that ``path`` is another spelling of; ``None`` for one that is right, and for one that is none."""
    if match_of(path):
        return None
    spellings = [path.lower()] if path.endswith("/") else [f"{path}/", path.lower(), f"{path.lower()}/"]
    for spelling in spellings:
        match = match_of(spelling)
        # Letters of a token or a file's name are its own.
        if match and (spelling[: len(path)] == path or match.kwargs.keys() <= {"slug"}):
            return spelling
    return None


def match_of(path: str) -> ResolverMatch | None:
    """The page at exactly this path, in the language that it names."""
    with translation.override(language_of(path)):
        try:
            match = resolve(path)
        except Resolver404:
            return None
    return match if is_page(match) else None


def is_page(match: ResolverMatch | None) -> bool:
    """Not the staff pages' own answer to whatever does not exist below them."""
    return match is not None and getattr(match.func, "should_append_slash", True)


def put_right(request: HttpRequest, path: str) -> None:
    before = request.path.removesuffix(request.path_info)
    request.path_info = request.META["PATH_INFO"] = path
    request.path = f"{before}{path}"
