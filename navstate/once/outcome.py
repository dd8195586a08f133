"""How a press was answered: kept for its twins, and told again to them."""

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
"""Of an answer to a program. A longer one is told again without its body."""

MAX_COOKIE_CHARS = 4_000
MAX_MESSAGES = 5
KEPT_HEADERS = ("Location", "HX-Location", "HX-Redirect", "Content-Type", "ETag", "Cache-Control")
Message = list[Any]
"""Level, text, tags; as JSON has it."""

REPLAYED = "Idempotency-Replayed"
"""Header of an answer that was given before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``session``: key of the session that the press began or moved, whose cookie the browser may not have got.

    ``cookies``: as in ``Set-Cookie``. ``told``: messages for the next page. ``has_changed``: as ``request.nav`` has it.
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
        """The address that a browser goes to; empty for an answer that leads nowhere."""
        if location := self.headers.get("HX-Location", ""):
            return str(json.loads(location)["path"]) if location.startswith("{") else location
        return self.headers.get("Location") or self.headers.get("HX-Redirect", "")

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        return cls(**json.loads(text))


def is_kept(press: Press, response: HttpResponseBase) -> bool:
    """Whether an answer says that the press had its effect: it leads on, or, to a program, it is no refusal."""
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
    """Answer a twin as the first was answered, in the manner of whoever asks."""
    if press.proof is Proof.KEY:
        response = HttpResponse(outcome.body, status=outcome.status, headers={**outcome.headers, REPLAYED: "true"})
    elif channel_of(request.nav.headers) == outcome.channel:
        response = HttpResponse(status=outcome.status, headers=outcome.headers)
    else:
        response = redirect_with_history(request, outcome.led_to)
    request.nav.has_changed = outcome.has_changed  # the first answer, which said so, may never have arrived
    for cookie in outcome.cookies:
        response.cookies.load(cookie)
    if outcome.session:
        _take_session(request, outcome.session)
    _tell_again(request, outcome.told)
    return response


def path_of(outcome: Outcome) -> str:
    return urlsplit(outcome.led_to).path or "/"


def _body_of(response: HttpResponseBase) -> str:
    """Text of a bounded length; of files and streams nothing is kept."""
    if not isinstance(response, HttpResponse) or len(response.content) > MAX_BODY_BYTES:
        return ""
    try:
        return response.content.decode(response.charset)
    except UnicodeDecodeError:
        return ""


def _take_session(request: NavRequest, key: str) -> None:
    """Go on in the session of the first answer. It has the same cookie, token and payload behind it: the same browser."""
    if request.COOKIES.get(settings.SESSION_COOKIE_NAME) != key:
        session: Any = type(request.session)(key)
        session.modified = True  # so that its cookie is sent
        request.session = session


def _messages_of(request: NavRequest) -> list[Message]:
    """What the view told the shopper; it waits as before."""
    return _waiting(request)[-MAX_MESSAGES:] if getattr(getattr(request, "_messages", None), "added_new", False) else []


def _tell_again(request: NavRequest, told: list[Message]) -> None:
    if not told:
        return
    waiting = _waiting(request)
    _add(request, [message for message in told if message not in waiting])


def _waiting(request: NavRequest) -> list[Message]:
    """To look at messages takes them out of their store, so they are put back."""
    waiting = [[each.level, str(each), each.extra_tags or ""] for each in messages.get_messages(request)]
    _add(request, waiting)
    return waiting


def _add(request: NavRequest, told: list[Message]) -> None:
    for level, text, tags in told:
        messages.add_message(request, level, text, extra_tags=tags)
