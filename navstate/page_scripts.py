"""Put navstate's scripts and the page's mark into pages whose templates do not include them.

The scripts go before ``</head>`` of every HTML document, with the request's CSP nonce. Fragments, streamed and encoded
bodies, downloads, and pages whose template has ``{% include "navstate/scripts.html" %}`` stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeGuard

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language

from navstate.conf import setting
from navstate.http import NO_STORE
from navstate.request.nav import NavRequest
from navstate.templatetags.nav import generation_field

HTML = "text/html"
DOCUMENT = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head)\b", re.IGNORECASE | re.DOTALL
)
END_OF_HEAD = re.compile(rb"</head\s*>|<body\b", re.IGNORECASE)
INCLUDED = b"/navstate/navstate."
"""Part of the URLs of style sheet and script, with or without a hash in the name (``navstate.1a2b.js``)."""

MARKED = b" data-nav-"
TOKEN_FIELD = re.compile(rb"""<input\b[^>]*\bname=["']?csrfmiddlewaretoken\b[^>]*>""", re.IGNORECASE)
HTML_TAG = re.compile(rb"<html\b", re.IGNORECASE)
DOCTYPE = re.compile(rb"<!doctype[^>]*>", re.IGNORECASE)
MAX_BEFORE_HTML = 4096
"""Bytes at the start of a page that are searched for the doctype and ``<html>``."""

SCRIPTS, AUTOMATIC, EARLY = "navstate/scripts.html", "navstate/automatic.html", "navstate/early.html"
NONCE = "@nav-nonce@"
"""Placeholder for the nonce, which differs from page to page, in the rendered scripts, which are cached."""


def is_document(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    """Tell whether the response is a whole HTML page that may be changed."""
    headers = response.headers
    return (
        isinstance(response, HttpResponse)
        and response.status_code < 500
        and headers.get("Content-Type", "").startswith(HTML)
        and "Content-Encoding" not in headers
        and not headers.get("Content-Disposition", "").startswith("attachment")
        and DOCUMENT.match(response.content) is not None
    )


def has_scripts(response: HttpResponseBase) -> bool:
    """Tell whether the page's template includes the scripts; True also for a stream, which cannot be changed."""
    return INCLUDED in getattr(response, "content", INCLUDED)


def is_marked(response: HttpResponse) -> bool:
    """Tell whether ``<html>`` has the attributes of ``{% nav_attributes %}``."""
    start = response.content.find(b"<html")
    return MARKED in response.content[start : response.content.find(b">", start)]


def add_scripts(request: NavRequest, response: HttpResponse, *, is_automatic: bool) -> None:
    """Put the scripts that the page lacks before the end of its head. ``is_automatic``: the page checks itself."""
    templates = [AUTOMATIC] if is_automatic else []
    if is_automatic and setting("NAVSTATE_PERSONAL_CACHE") != NO_STORE:
        templates.insert(0, EARLY)
    if not has_scripts(response):
        templates.append(SCRIPTS)
    page = response.content
    if templates and (end := END_OF_HEAD.search(page)):
        head = "".join(drawn_for(request, template) for template in templates).encode()
        replace_content(response, page[: end.start()] + head + page[end.start() :])


def add_marks(response: HttpResponse, marks: Mapping[str, Any]) -> None:
    """Put ``marks`` (``{"check": mark}`` for ``data-nav-check``) on ``<html>``; add the tag if the page omits it."""
    page, attributes = response.content, format_html_join("", ' data-nav-{}="{}"', marks.items()).encode()
    if tag := HTML_TAG.search(page, 0, MAX_BEFORE_HTML):
        replace_content(response, page[: tag.end()] + attributes + page[tag.end() :])
        return
    doctype = DOCTYPE.search(page, 0, MAX_BEFORE_HTML)
    start = doctype.end() if doctype else 0
    replace_content(response, page[:start] + b"<html" + attributes + b">" + page[start:])


def replace_content(response: HttpResponse, page: bytes) -> None:
    response.content = page
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(page))


def add_generations(response: HttpResponse, generation: str) -> None:
    """Put :func:`~navstate.templatetags.nav.generation_field` after the token of each form.

    A form that is fetched again then shows nothing that was typed into it for another account, or sent from it before.
    """
    add_to_forms(response, generation_field(generation))


def add_to_forms(response: HttpResponse, fields: str) -> None:
    """Put fields after the token of each form."""
    replace_content(response, TOKEN_FIELD.sub(lambda token: token[0] + fields.encode(), response.content))


def drawn_for(request: NavRequest, template: str) -> str:
    """Render one of the templates with the request's nonce; cached for each language unless ``DEBUG`` is on."""
    draw = _draw if settings.DEBUG else _drawn
    nonce = nonce_of(request)
    return draw(template, get_language()).replace(NONCE, str(format_html(' nonce="{}"', nonce)) if nonce else "")


def nonce_of(request: NavRequest) -> str:
    """Return the nonce of this response's policy, by django-csp or Django's own middleware (6.0); empty without one.

    Both are lazy: false until they are read, and part of the policy from then on. So compare with None only.
    """
    nonces = (getattr(request, name, None) for name in ("csp_nonce", "_csp_nonce"))
    return next((str(nonce) for nonce in nonces if nonce is not None), "")


def _draw(template: str, language: str | None) -> str:
    return render_to_string(template, {"nav_nonce": NONCE})


_drawn = lru_cache(_draw)
