"""Where to go after logging in: only ever to a page of this site."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

FIELDS = ("redirect", "next")
"""Names of the parameter with the way back: the storefront's own, and that of Django and allauth."""


MAX_URL_LENGTH = 2000
"""Characters of a URL to go back to; no page of this site has a longer one."""


def is_ours(url: str) -> bool:
    """Tell whether a URL is a path of this site.

    False for another host, ``//host``, ``\\\\host``, ``javascript:`` and relative paths.
    """
    return (
        url.startswith("/") and len(url) <= MAX_URL_LENGTH and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    )


def return_url(request: HttpRequest) -> str:
    """Return the way back from the form or the query; empty when neither names a page of this site."""
    for source in (request.POST, request.GET):
        for name in FIELDS:
            url = source.get(name, "")
            if url and is_ours(url):
                return url
    return ""


def with_return(url: str, back: str) -> str:
    return f"{url}?{urlencode({'redirect': back}, safe='/')}" if back else url
