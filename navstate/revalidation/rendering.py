"""Render a page as a request for it would be answered now, to compare it with the page on the screen (R9)."""

from __future__ import annotations

import copy
from inspect import iscoroutine
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.messages.storage.base import BaseStorage
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import get_language

from navstate.answers import respond
from navstate.decorators import Declaration
from navstate.request.nav import Nav, NavRequest
from navstate.request.passage import Passage
from navstate.urlcache import match_at, path_info_of

AS_A_DOCUMENT = {
    "REQUEST_METHOD": "GET",
    "HTTP_ACCEPT": "text/html",
    "HTTP_SEC_FETCH_MODE": "navigate",
    "HTTP_SEC_FETCH_DEST": "document",
    "HTTP_SEC_PURPOSE": "prefetch",
}
"""Headers of the request. It is a prefetch, since nobody sees the page: it must not count as seen."""


class NoMessages(BaseStorage):
    """Has no messages and stores none: they wait for the next page that the visitor sees."""

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        return [], True


def request_for(request: NavRequest, path: str, query: str, declared: Declaration) -> NavRequest:
    """Copy the request into one for the page at ``path`` by the same browser."""
    asked: Any = copy.copy(request)
    asked.__dict__.pop("headers", None)  # cached from the real request
    asked.method = "GET"
    asked.path, asked.path_info = path, path_info_of(path)
    ours = {name: value for name, value in request.META.items() if not name.startswith("HTTP_HX_")}
    asked.META = {**ours, **AS_A_DOCUMENT, "PATH_INFO": asked.path_info, "QUERY_STRING": query}
    asked.GET, asked.POST = QueryDict(query), QueryDict()
    asked.LANGUAGE_CODE = get_language()
    asked.nav = Nav(asked)
    asked.nav.cache_class, asked.nav.is_check = declared.cache, True
    asked._messages = NoMessages(asked)
    return asked  # type: ignore[no-any-return]


def render_page(asked: NavRequest, path: str, passage: Passage | None) -> HttpResponse | None:
    """Return the response of the view at ``path``, redirects included; ``None`` if only a real request can tell."""
    match = match_at(path)
    if match is None:
        return None
    asked.resolver_match = match
    if passage is not None:
        asked.nav.passage = passage
    try:
        response: Any = respond(asked, passage) if passage is not None else None
        if response is None:
            response = match.func(asked, *match.args, **match.kwargs)
        if iscoroutine(response):
            response = async_to_sync(_awaited)(response)
        if hasattr(response, "render"):
            response = response.render()
    except (Http404, PermissionDenied):
        return None
    return response if isinstance(response, HttpResponse) else None


async def _awaited(coroutine: Any) -> Any:
    return await coroutine
