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
from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache as kept_pages
from django.http import HttpResponse, HttpResponseNotModified, QueryDict
from django.utils.translation import get_language

from navstate.nav import NavRequest
from shop.catalog.services import catalog_version

logger = logging.getLogger(__name__)

KEPT_FOR = 3600  # seconds
SHOWN_SETTINGS = ("SHOP_NAME", "SHOP_URL", "PAGE_SIZE", "STATIC_URL", "MEDIA_URL", "DEFAULT_CURRENCY")
SOURCES = (
    ("templates", "*"),
    ("static", "*.*s"),
    ("locale", "*.mo"),
    ("shop/catalog", "*.py"),
    ("navstate/templates", "*"),
    ("navstate/static", "*.*s"),
)

View = Callable[..., HttpResponse]


class NotKept(HttpResponse):
    """A page that is not kept: its address is one of endlessly many that show the same."""


def cached_page(canonical: Callable[[QueryDict], str], *, keep: bool = True) -> Callable[[View], View]:
    """``canonical``: the one spelling of the query that the view reads. ``keep=False``: only the ETag, no kept page.

    The view is run with the canonical query in place of the one sent, so that the page cannot depend on anything else.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: NavRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if settings.DEBUG or (request.GET and request.nav.context):
                return view(request, *args, **kwargs)
            _canonicalise(request, canonical(request.GET))
            version = catalog_version()
            is_fragment = request.nav.wants_fragment
            key = _key(request, version, is_fragment)
            etag = f'"{key}"'
            if not is_fragment and etag in request.headers.get("If-None-Match", ""):
                return _headed(HttpResponseNotModified(), etag)
            may_keep = keep and version > 0  # 0: nothing ever grew the number, so it says nothing
            body = _recall(key) if may_keep else None
            response = HttpResponse(body) if body is not None else view(request, *args, **kwargs)
            if may_keep and body is None and type(response) is HttpResponse and response.status_code == 200:
                _keep(key, response.content)
            return response if is_fragment else _headed(response, etag)

        return answer

    return decorate


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


def _recall(key: str) -> bytes | None:
    try:
        body: bytes | None = kept_pages.get(key)
    except Exception:  # whatever the store says: a page can always be built
        logger.warning("cannot read kept pages", exc_info=True)
        return None
    return body


def _keep(key: str, body: bytes) -> None:
    try:
        kept_pages.set(key, body, KEPT_FOR)
    except Exception:
        logger.warning("cannot keep pages", exc_info=True)


@cache
def build_id() -> str:
    """Digest of all that pages are made of besides data: after a release no old page is served, by no process."""
    digest = hashlib.blake2b(digest_size=12)
    for name in SHOWN_SETTINGS:
        digest.update(f"{name}={getattr(settings, name, '')}\0".encode())
    for path in _sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    base = Path(settings.BASE_DIR)
    for folder, pattern in SOURCES:
        yield from sorted(path for path in (base / folder).rglob(pattern) if path.is_file())
