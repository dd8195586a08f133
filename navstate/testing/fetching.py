"""Make requests for the history client: through Django's test client, or over HTTP to a running server."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.test import Client


@dataclass(frozen=True)
class Request:
    """One request. ``url``: path and query. ``fields``: those of a form that is posted."""

    method: str
    url: str
    fields: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """One response. ``headers``: names in lower case. ``cookies``: those that it set, ``None`` for a deleted one."""

    status: int
    text: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str | None]


Fetch = Callable[[Request], Answer]
"""Makes one request and follows no redirect. The browser passes its cookies in and takes them from the answer."""

REDIRECTS = frozenset({301, 302, 303})


def through_client(client: Client | None = None) -> Fetch:
    """Return a fetch within this process, by default with CSRF checks, as for a browser."""
    client = client or Client(enforce_csrf_checks=True)

    def fetch(request: Request) -> Answer:
        headers = {**request.headers, "Cookie": _cookie_line(request.cookies)}
        call = getattr(client, request.method.lower())
        response: Any = call(request.url, dict(request.fields), headers=headers)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        return Answer(
            status=response.status_code,
            text=content.decode(errors="replace"),
            headers={name.lower(): value for name, value in response.items()},
            cookies=_changes(response.cookies.values()),
        )

    return fetch


class OverHttp:
    """Fetches from a running server, ``http://host:port``, over one connection, reopened if the server closed it."""

    def __init__(self, origin: str, *, timeout: float = 30) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=timeout)

    def __call__(self, request: Request) -> Answer:
        try:
            response = self._once(request)
        except (http.client.RemoteDisconnected, ConnectionError):
            self.close()
            response = self._once(request)
        morsels: SimpleCookie = SimpleCookie()
        for line in response.headers.get_all("Set-Cookie") or ():
            morsels.load(line)
        return Answer(
            status=response.status,
            text=response.read().decode(errors="replace"),
            headers={name.lower(): value for name, value in response.getheaders()},
            cookies=_changes(morsels.values()),
        )

    def close(self) -> None:
        self.connection.close()

    def _once(self, request: Request) -> http.client.HTTPResponse:
        headers = {**request.headers, "Cookie": _cookie_line(request.cookies)}
        body = None
        if request.method == "POST":
            body, headers["Content-Type"] = urlencode(request.fields), "application/x-www-form-urlencoded"
        self.connection.request(request.method, request.url, body, headers)
        return self.connection.getresponse()


def _cookie_line(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _changes(morsels: Iterable[Morsel[str]]) -> dict[str, str | None]:
    """Return changed cookies by name, with values as sent (quoted if needed)."""
    return {morsel.key: None if str(morsel["max-age"]) == "0" else morsel.coded_value for morsel in morsels}
