"""Cookies that no other host can have set: under https each goes by a name that begins with ``__Host-``.

A browser takes such a cookie only from this very host, over https, for all paths. Inside the shop every cookie keeps its
plain name; this middleware translates at the door, so that nothing else knows of it.

A release may land in the middle of a checkout (R17): a browser that still holds a plain cookie goes on with it, and while it
sends one, that is kept in step with the new one, so that former code finds it as well. ``PLAIN_COOKIES=1`` writes plain
ones for everybody, for as long as workers of both releases run side by side.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from http.cookies import Morsel
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from navstate.dualmode import DualMode

PREFIX = "__Host-"


class HostCookiesMiddleware(DualMode):
    """Stands before whatever reads or sets a cookie."""

    def __call__(self, request: HttpRequest) -> Any:
        if self.is_async:
            return self._acall(request)
        plain = take_off(request)
        return put_on(self.get_response(request), plain)

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        plain = take_off(request)
        return put_on(await self.get_response(request), plain)


def take_off(request: HttpRequest) -> frozenset[str]:
    """Have the shop find each cookie under its plain name; the names that the browser sent plain."""
    cookies = request.COOKIES
    plain = frozenset(name for name in cookies if not name.startswith(PREFIX))
    for name in [name for name in cookies if name.startswith(PREFIX)]:
        cookies[name.removeprefix(PREFIX)] = cookies.pop(name)
    return plain


def put_on(response: HttpResponseBase, plain: frozenset[str]) -> HttpResponseBase:
    """``plain``: the names to be kept in step."""
    for name, morsel in list(response.cookies.items()):
        del response.cookies[name]
        for given, cookie in written(name, morsel, is_plain=settings.PLAIN_COOKIES or name in plain):
            response.cookies[given] = cookie
    return response


def written(name: str, morsel: Morsel[str], *, is_plain: bool) -> Iterator[tuple[str, Morsel[str]]]:
    own: Morsel[str] = copy.copy(morsel)
    own.set(PREFIX + name, morsel.value, morsel.coded_value)
    own["path"], own["domain"], own["secure"] = "/", "", True
    yield own.key, own
    if is_plain:
        yield name, morsel
