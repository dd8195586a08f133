"""Responses that keep the browser's history correct, for documents, htmx and JSON; and how a request was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _

from navstate.request.nav import NavRequest
from navstate.rules.arrival import SAFE_METHODS, Channel, Kind, channel_of, is_prefetch, makes_entry

__all__ = [
    "MAIN",
    "NO_STORE",
    "PRIVATE_NO_CACHE",
    "PRIVATE_NO_STORE",
    "REVALIDATED",
    "SAFE_METHODS",
    "Channel",
    "Kind",
    "NavRequest",
    "Problem",
    "SeeOther",
    "channel_of",
    "ended_sentence",
    "htmx_location",
    "htmx_navigation",
    "is_prefetch",
    "makes_entry",
    "redirect_with_history",
    "session_gone",
    "with_context",
]

REVALIDATED = "public, no-cache"
NO_STORE = "no-store"
PRIVATE_NO_STORE = "private, no-store"
PRIVATE_NO_CACHE = "private, no-cache"
"""Values of ``Cache-Control`` by cache class (R8)."""

MAIN = "#main"
"""The element that holds a page's content; htmx replaces it with that of another page."""


class SeeOther(HttpResponseRedirect):
    """303: fetch ``to`` with GET, whatever the method was. Never stored."""

    status_code = 303

    def __init__(self, to: str) -> None:
        super().__init__(to, headers={"Cache-Control": "no-store"})


class Problem(JsonResponse):
    """An RFC 9457 problem document. ``extra``: further members, such as ``changes`` or ``url``."""

    def __init__(self, status: int, title: str, **extra: Any) -> None:
        body = {"type": "about:blank", "title": title, "status": status, **extra}
        super().__init__(body, status=status, content_type="application/problem+json")


def redirect_with_history(
    request: HttpRequest,
    to: str,
    *,
    replace: bool = False,
    state: Mapping[str, str | int] | None = None,
    full: bool = False,
    created: bool = False,
) -> HttpResponse:
    """Redirect to ``to`` with the right history entry. The one place that knows table R6.

    ``replace``: the server forces the redirect, so htmx replaces the entry instead of pushing one. ``state``: light
    context for display (``{"from": "cart", "step": 2}``), carried in the query. ``full``: the layout changes, or it is
    another site, so htmx navigates instead of swapping. ``created``: JSON gets 201 instead of 200.
    """
    to = with_context(to, state) if state else to
    channel = channel_of(request.headers)
    if channel is Channel.JSON:
        return JsonResponse({"url": to}, status=201 if created else 200)
    if channel is Channel.HTMX:
        return htmx_navigation(to) if full else htmx_location(to, replace=replace)
    return SeeOther(to)


def htmx_location(to: str, *, replace: bool) -> HttpResponse:
    """Have htmx fetch ``to``, swap its main part in and push or replace the entry."""
    location = {
        "path": to,
        "target": MAIN,
        "select": MAIN,
        "swap": "outerHTML",
        "replace" if replace else "push": "true",
    }
    return HttpResponse(headers={"HX-Location": json.dumps(location), "Cache-Control": "no-store"})


def htmx_navigation(to: str, *, status: int = 200) -> HttpResponse:
    """Have htmx navigate to ``to`` as a link does."""
    return HttpResponse(status=status, headers={"HX-Redirect": to, "Cache-Control": "no-store"})


def session_gone(request: HttpRequest, url: str, title: str) -> HttpResponse:
    """Redirect to ``url`` in the request's channel, because the session that a submit relied on is gone (R4)."""
    channel = channel_of(request.headers)
    if channel is Channel.JSON:
        return Problem(401, title, url=url)
    return htmx_navigation(url, status=401) if channel is Channel.HTMX else SeeOther(url)


def ended_sentence(*, is_kept: bool) -> str:
    """Return the sentence for a visitor whose session is gone. Input that is too long is not kept."""
    if is_kept:
        return _("Your visit had ended. What you entered is kept: check it and go on.")
    return _("Your visit had ended, and what you entered was too long to be kept. Please enter it again.")


def with_context(url: str, context: Mapping[str, str | int]) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(context)]))
    return urlunsplit(parts._replace(query=query))
