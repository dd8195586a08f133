"""Under ``DEBUG``: tell the developer in the browser's console what a page lacks, where the middleware cannot mend it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.urls import NoReverseMatch
from django.utils.html import format_html

from navstate.conf import setting
from navstate.page_scripts import END_OF_HEAD, has_scripts, is_document, is_marked, nonce_of, replace_content
from navstate.request.nav import Nav, NavRequest
from navstate.urlcache import address_of

MAIN = re.compile(rb"<main\b", re.IGNORECASE)
ASKS_FOR_ITSELF = b" data-nav-check="


def give_advice(request: NavRequest, response: HttpResponseBase) -> None:
    """Put a script into the page that writes each sentence of :func:`advice_for` to the console."""
    if request.nav.is_check or not is_document(response):
        return
    sentences = list(advice_for(request.nav, response))
    end = END_OF_HEAD.search(response.content)
    if not sentences or end is None:
        return
    nonce = nonce_of(request)
    script = format_html(
        '<script src="{}" data-advice="{}"{}></script>',
        static("navstate/advice.js"),
        json.dumps(sentences),
        format_html(' nonce="{}"', nonce) if nonce else "",
    )
    page = response.content
    replace_content(response, page[: end.start()] + script.encode() + page[end.start() :])


def advice_for(nav: Nav, response: HttpResponse) -> Iterator[str]:
    """What keeps this page from being asked about when it comes back, or from being mended in place."""
    if not (has_scripts(response) or setting("NAVSTATE_SCRIPTS")):
        yield (
            "NAVSTATE_SCRIPTS is off and this page does not include navstate/scripts.html: it stays as it was when it "
            "comes back."
        )
        return
    if not _has_urls():
        yield "navstate.urls is not in the URLconf: no page is asked about when it comes back."
    if not nav.cache_class or (is_marked(response) and ASKS_FOR_ITSELF in response.content):
        return  # it is compared as a whole
    if not MAIN.search(response.content):
        yield (
            "This page has no <main>: when something has changed, it is loaded anew instead of being mended in place, "
            "and what was typed into it is lost."
        )


def _has_urls() -> bool:
    try:
        address_of("nav-route")
    except NoReverseMatch:
        return False
    return True
