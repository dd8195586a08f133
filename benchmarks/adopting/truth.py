"""What is true now: what a fresh GET of an address gives to the same browser, asked for where asking changes nothing."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit

from benchmarks.adopting.sites import Site

REDIRECTS = {301, 302, 303, 307, 308}
MAX_REDIRECTS = 8
PATIENCE = 300  # seconds for an answer, on a machine that is busy with other things
AS_A_BROWSER = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "en",
    "User-Agent": "Mozilla/5.0",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "same-origin",
}


@dataclass(frozen=True)
class Truth:
    """``url``: where the address leads now, with its query. ``html``: what stands there."""

    url: str
    status: int
    html: str


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Each redirect is seen, and its cookies."""

    def redirect_request(self, *given: Any, **named: Any) -> None:
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def fetch(
    url: str, cookies: Mapping[str, str], *, host: str = "", data: bytes | None = None, headers: Mapping[str, str] = {}
) -> tuple[int, Message, str]:
    """One request and its answer: status, headers, text. ``host``: who the server is to think it is."""
    line = "; ".join(f"{name}={value}" for name, value in cookies.items())
    own = {**AS_A_BROWSER, **headers} | ({"Cookie": line} if line else {}) | ({"Host": host} if host else {})
    try:
        with OPENER.open(urllib.request.Request(url, data=data, headers=own), timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read().decode(errors="replace")


def take_cookies(cookies: dict[str, str], headers: Message) -> None:
    """As a browser would; one that is to be forgotten has a ``Max-Age`` of 0."""
    for line in headers.get_all("Set-Cookie") or ():
        for name, morsel in SimpleCookie(line).items():
            if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                cookies.pop(name, None)
            else:
                cookies[name] = morsel.coded_value  # as it came, quotes and all


def path_of(url: str) -> str:
    """Path and query."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def fresh(site: Site, path: str, cookies: Mapping[str, str]) -> Truth:
    """What a browser with these cookies would get at the path, wherever it is led. Kept until something is written."""
    key = (str(site.folder), path, *sorted(cookies.items()), site.database.stat().st_mtime_ns)
    if key not in _kept:
        _kept.clear()
        _kept[key] = ask(site, path, cookies)
    return _kept[key]


_kept: dict[tuple[object, ...], Truth] = {}


def ask(site: Site, path: str, cookies: Mapping[str, str]) -> Truth:
    site.copy_now()
    held, host = dict(cookies), urlsplit(site.origin).netloc
    for _ in range(MAX_REDIRECTS):
        status, headers, html = fetch(site.copy + path, held, host=host)
        take_cookies(held, headers)
        if status not in REDIRECTS:
            return Truth(path, status, html)
        path = path_of(urljoin(path, headers["Location"]))
    raise AssertionError(f"{path} leads in a circle")
