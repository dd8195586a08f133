"""Public pages are built once and kept until the catalogue changes.

Why no kept page outlives what it shows. The catalogue has one number (``services.catalog_version``). Every change that
a public page could show makes it grow in the change's own transaction. A request reads the number *before* it builds,
and keeps the page under that number. So:

* what is kept under ``n`` was read after ``n`` was committed: it shows all that belongs to ``n``, or newer things;
* a change that commits while the page is being built leaves the page under ``n``, but nobody asks for ``n`` any more;
* a change that is rolled back takes its number with it.

The ETag is made of the same parts, so a 304 needs one small query and nothing else. An hour is the most a page is kept:
it bounds the memory, not the truth.

What may enter the key is bounded too: only queries in their one spelling (``forms``), pages that exist, variants that
exist. Searches are never kept, nor is a page with light context (``?from=…&ref=…``), which it prints on ``<html>``.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache as kept_pages
from django.http import HttpResponse, HttpResponseNotModified, QueryDict
from django.template.loader import render_to_string
from django.utils.translation import get_language

from navstate.http import NavRequest
from navstate.outages import SilenceGuard, is_outage
from shop.catalog.release import build_id
from shop.catalog.services import catalog_version

logger = logging.getLogger(__name__)

KEPT_FOR = 3600  # seconds
PLACE_FOR_NOTICE = b"<!-- stale -->"
"""Stands in the layout where the page says that it is an old one."""

View = Callable[..., HttpResponse]
Seen = tuple[int, float]
"""A number of the catalogue, and when the database told it (seconds since the epoch)."""

STALE = {"Warning": '110 - "Response is Stale"', "Cache-Control": "no-store"}
NEVER: Seen = (0, 0.0)
SEEN = "catalog-seen"
"""Where it is kept for a process that has not asked the database yet, or not lately."""

_seen = NEVER
_watch = SilenceGuard(ConnectionError, Exception)


class NotKept(HttpResponse):
    """A page that is not kept: its address is one of endlessly many that show the same."""


def cached_page(canonical: Callable[[QueryDict], str], *, keep: bool = True) -> Callable[[View], View]:
    """Keep a page, or with ``keep=False`` only its ETag. ``canonical``: the one spelling of the query the view reads.

    The view is run with the canonical query in place of the one sent, so that the page cannot depend on anything else.
    While the database is away, what is still kept is shown in its place, and says so (:func:`_as_it_was`).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: NavRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if settings.DEBUG:
                return view(request, *args, **kwargs)
            query = canonical(request.GET)
            try:
                if request.GET and request.nav.context:
                    return view(request, *args, **kwargs)
                _canonicalise(request, query)
                return _answer(request, lambda: view(request, *args, **kwargs), keep=keep)
            except Exception as problem:
                if not is_outage(problem):
                    raise
                _canonicalise(request, query)
                was = _as_it_was(request)
                if was is None:
                    raise
                return was

        return answer

    return decorate


def _answer(request: NavRequest, build: Callable[[], HttpResponse], *, keep: bool) -> HttpResponse:
    version = catalog_version()
    if not version:  # nothing ever grew the number, so it says nothing: neither of what is kept nor of an ETag
        return build()
    note_version(version)
    is_fragment = request.nav.wants_fragment
    key = _key(request, version, is_fragment)
    etag = f'"{key}"'
    if not is_fragment and etag in request.headers.get("If-None-Match", ""):
        return _headed(HttpResponseNotModified(), etag)
    body = _recall(key) if keep else None
    response = HttpResponse(body) if body is not None else build()
    if keep and body is None and type(response) is HttpResponse and response.status_code == 200:
        _keep(key, response.content)
    return response if is_fragment else _headed(response, etag)


def _as_it_was(request: NavRequest) -> HttpResponse | None:
    """Return the page as kept while the database last answered; ``None`` where it was not, or too long ago.

    It carries no ETag, so that it is never taken for the page itself, and a sentence where a reader sees it.
    """
    version, at = max(_seen, _recall(SEEN) or NEVER, key=lambda seen: seen[1])
    age = time.time() - at
    if age > settings.STALE_PAGES_SECONDS:
        return None
    body = _recall(_key(request, version, request.nav.wants_fragment))
    if body is None:
        return None
    notice = render_to_string("catalog/_stale.html")
    response = HttpResponse(body.replace(PLACE_FOR_NOTICE, notice.encode(), 1))
    for name, value in STALE.items():
        response[name] = value
    response["Age"] = str(int(age))
    return response


def note_version(version: int) -> None:
    """Note the number of the catalogue as the database gave it just now."""
    global _seen
    _seen = (version, time.time())


def _canonicalise(request: NavRequest, query: str) -> None:
    request.META["QUERY_STRING"] = query
    request.GET = QueryDict(query)


def _key(request: NavRequest, version: int, is_fragment: bool) -> str:
    parts = (build_id(), request.path, request.META["QUERY_STRING"], get_language() or "", str(is_fragment))
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
    return f"page-{version}-{digest}"


def _headed(response: HttpResponse, etag: str) -> HttpResponse:
    if response.status_code in {200, 304}:
        response["ETag"] = etag
        response["Cache-Control"] = "public, no-cache"
    return response


def _recall(key: str) -> Any:
    try:
        return _watch.call(lambda: kept_pages.get(key))
    except Exception:  # whatever the store says: a page can always be built
        logger.warning("cannot read kept pages", exc_info=True)
        return None


def _keep(key: str, body: bytes) -> None:
    if _watch.is_silent:
        return  # it was just asked for this very page
    try:
        _watch.call(lambda: kept_pages.set(key, body, KEPT_FOR))
        _watch.call(lambda: kept_pages.set(SEEN, _seen, KEPT_FOR))
    except Exception:
        logger.warning("cannot keep pages", exc_info=True)
