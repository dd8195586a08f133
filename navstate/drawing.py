"""The page that a request for an address would be answered with, drawn for nobody to see: to be compared with one that is
on a screen (R9).
"""

from __future__ import annotations

import copy
from inspect import iscoroutine
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.messages.storage.base import BaseStorage
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import get_language

from navstate.decorators import Declaration
from navstate.guard import answer
from navstate.nav import Nav, NavRequest
from navstate.pages import match_at, path_info_of
from navstate.passage import Passage

AS_A_DOCUMENT = {
    "REQUEST_METHOD": "GET",
    "HTTP_ACCEPT": "text/html",
    "HTTP_SEC_FETCH_MODE": "navigate",
    "HTTP_SEC_FETCH_DEST": "document",
    "HTTP_SEC_PURPOSE": "prefetch",
}
"""What the request says of itself. Nobody sees the page, so nothing is done about its being seen."""


class NoNotices(BaseStorage):
    """Notices wait for the page that somebody sees: here there are none, and nobody stores what is added."""

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        return [], True


def asked_at(request: NavRequest, path: str, query: str, declared: Declaration) -> NavRequest:
    """The request, as if it were one for the page at ``path``, by the same browser."""
    asked: Any = copy.copy(request)
    asked.__dict__.pop("headers", None)  # remembered from what it was asked for really
    asked.method = "GET"
    asked.path, asked.path_info = path, path_info_of(path)
    ours = {name: value for name, value in request.META.items() if not name.startswith("HTTP_HX_")}
    asked.META = {**ours, **AS_A_DOCUMENT, "PATH_INFO": asked.path_info, "QUERY_STRING": query}
    asked.GET, asked.POST = QueryDict(query), QueryDict()
    asked.LANGUAGE_CODE = get_language()
    asked.nav = Nav(asked)
    asked.nav.cache_class = declared.cache
    asked._messages = NoNotices(asked)
    return asked  # type: ignore[no-any-return]


def draw(asked: NavRequest, path: str, passage: Passage | None) -> HttpResponse | None:
    """What the view at ``path`` answers, redirects included; ``None`` where only a real request can tell."""
    match = match_at(path)
    if match is None:
        return None
    asked.resolver_match = match
    if passage is not None:
        asked.nav.passage = passage
    try:
        response: Any = answer(asked, passage) if passage is not None else None
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
