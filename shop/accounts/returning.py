"""Where to go after logging in: only ever to a page of this very site."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

FIELDS = ("redirect", "next")
"""Names under which a way back is sent: the storefront's own, and the one Django and allauth use."""


def is_ours(request: HttpRequest, url: str) -> bool:
    """False for another host, ``//host``, ``\\\\host``, ``javascript:`` and whatever else leaves this site."""
    return url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())


def return_url(request: HttpRequest) -> str:
    """The way back that was asked for, sent along or in the address; empty where there is none of ours."""
    for source in (request.POST, request.GET):
        for name in FIELDS:
            url = source.get(name, "")
            if url and is_ours(request, url):
                return url
    return ""


def with_return(url: str, back: str) -> str:
    return f"{url}?{urlencode({'redirect': back}, safe='/')}" if back else url
