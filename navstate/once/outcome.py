"""The response to a press, kept for its twins and replayed to them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from navstate.http import redirect_with_history
from navstate.once.press import Press, Proof
from navstate.request.nav import NavRequest
from navstate.rules.arrival import channel_of

MAX_BODY_BYTES = 16_000
"""Bytes of a JSON response's body that are kept. A longer body is not replayed."""

MAX_COOKIE_CHARS = 4_000
MAX_MESSAGES = 5
KEPT_HEADERS = ("Location", "HX-Location", "HX-Redirect", "Content-Type", "ETag", "Cache-Control")
Message = list[Any]
"""Level, text, tags, as a JSON array."""

REPLAYED = "Idempotency-Replayed"
"""Header of a replayed response."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A response that is kept for twins.

    ``session``: key of the session that the press began or moved, whose cookie the browser may not have received.
    ``cookies``: as in ``Set-Cookie``. ``told``: messages for the next page. ``has_changed``: as in ``request.nav``.
    """

    channel: str
    status: int
    headers: dict[str, str]
    body: str = ""
    session: str = ""
    cookies: list[str] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)
    has_changed: bool = False

    @property
    def led_to(self) -> str:
        """Return the URL that the response redirects to; empty for none."""
        if location := self.headers.get("HX-Location", ""):
            return str(json.loads(location)["path"]) if location.startswith("{") else location
        return self.headers.get("Location") or self.headers.get("HX-Redirect", "")

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        return cls(**json.loads(text))


def is_kept(press: Press, response: HttpResponseBase) -> bool:
    """Tell whether a response means that the press had its effect: a redirect, or, with a key, any status below 400."""
    if press.proof is Proof.KEY:
        return response.status_code < 400
    if 200 <= response.status_code < 300:
        return "HX-Location" in response.headers or "HX-Redirect" in response.headers
    return 300 <= response.status_code < 400 and "Location" in response.headers


def outcome_of(request: NavRequest, press: Press, response: HttpResponseBase, session: str) -> Outcome:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    channel = channel_of(request.nav.headers)
    if press.proof is Proof.KEY:
        return Outcome(channel, response.status_code, headers, _body_of(response))
    cookies = [morsel.OutputString() for morsel in response.cookies.values()]
    if sum(map(len, cookies)) > MAX_COOKIE_CHARS:
        cookies = []
    told, has_changed = _messages_of(request), request.nav.has_changed
    return Outcome(channel, response.status_code, headers, "", session, cookies, told, has_changed)


def replay(request: NavRequest, press: Press, outcome: Outcome) -> HttpResponse:
    """Answer a twin as the first press was answered, in the twin's own channel."""
    if press.proof is Proof.KEY:
        response = HttpResponse(outcome.body, status=outcome.status, headers={**outcome.headers, REPLAYED: "true"})
    elif channel_of(request.nav.headers) == outcome.channel:
        response = HttpResponse(status=outcome.status, headers=outcome.headers)
    else:
        response = redirect_with_history(request, outcome.led_to)
    request.nav.has_changed = outcome.has_changed  # the first response, with its cookie, may never have arrived
    for cookie in outcome.cookies:
        response.cookies.load(cookie)
    if outcome.session:
        _take_session(request, outcome.session)
    _tell_again(request, outcome.told)
    return response


def path_of(outcome: Outcome) -> str:
    return urlsplit(outcome.led_to).path or "/"


def _body_of(response: HttpResponseBase) -> str:
    """Return the body's text; empty for a long or binary body and for a stream."""
    if not isinstance(response, HttpResponse) or len(response.content) > MAX_BODY_BYTES:
        return ""
    try:
        return response.content.decode(response.charset)
    except UnicodeDecodeError:
        return ""


def _take_session(request: NavRequest, key: str) -> None:
    """Continue in the session of the first response: a twin with its cookie, token and payload is the same browser."""
    if request.COOKIES.get(settings.SESSION_COOKIE_NAME) != key:
        session: Any = type(request.session)(key)
        session.modified = True  # so that its cookie is sent
        request.session = session


def _messages_of(request: NavRequest) -> list[Message]:
    """Return the messages that the view added, and keep them waiting."""
    return _waiting(request)[-MAX_MESSAGES:] if getattr(getattr(request, "_messages", None), "added_new", False) else []


def _tell_again(request: NavRequest, told: list[Message]) -> None:
    if not told:
        return
    waiting = _waiting(request)
    _add(request, [message for message in told if message not in waiting])


def _waiting(request: NavRequest) -> list[Message]:
    """Return the waiting messages. Reading takes them out of their store, so they are put back."""
    waiting = [[each.level, str(each), each.extra_tags or ""] for each in messages.get_messages(request)]
    _add(request, waiting)
    return waiting


def _add(request: NavRequest, told: list[Message]) -> None:
    for level, text, tags in told:
        messages.add_message(request, level, text, extra_tags=tags)
