"""Tell one press of a form from another (R20).

* A form with a CSRF token: Django masks the token anew for each page, so the token as rendered identifies one form.
  Together with the browser's secret, the URL and the input it identifies one press, for ``NAVSTATE_ONCE_AGE`` seconds.
* A form of a public page has no token: visitor, URL and input identify one press, for ``NAVSTATE_ONCE_WINDOW`` seconds,
  if the browser says that it navigates. A page that sends a form by script stays, and knows what it has sent.
* An API client sends ``Idempotency-Key``; without one, each of its requests counts as a press of its own.

A token in a header identifies no form: a script sends the same one with each press on a page that stays.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from django.conf import settings
from django.http import HttpRequest

from navstate.conf import setting
from navstate.request.nav import NavRequest
from navstate.rules.arrival import makes_entry
from navstate.throttle import network_of

MAX_KEY_LENGTH = 255
"""Characters of an ``Idempotency-Key``."""

FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class BadKey(ValueError):
    """An ``Idempotency-Key`` that is empty or too long."""


class Proof(StrEnum):
    """What a press is identified by."""

    TOKEN = "token"  # noqa: S105
    WINDOW = "window"
    KEY = "key"


@dataclass(slots=True)
class Press:
    """One press of a form, or one request with an ``Idempotency-Key``.

    ``name``: the same for twins only. ``payload``: digest of what was sent. ``owner``: random id of this request.
    ``is_known``: the visitor is identified by a cookie or credentials; otherwise by network and user agent, which
    others may share.
    """

    name: str
    payload: str
    proof: Proof
    is_known: bool
    owner: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def seconds(self) -> float:
        """Return how long the outcome is kept."""
        return float(setting("NAVSTATE_ONCE_WINDOW" if self.proof is Proof.WINDOW else "NAVSTATE_ONCE_AGE"))


@dataclass(slots=True)
class Claimed:
    """A press that this request carries out.

    ``transaction``: the view's transaction, if the outcome is written in it (``is_shared``); otherwise empty.
    """

    press: Press
    transaction: ExitStack = field(default_factory=ExitStack)
    is_shared: bool = False


def press_of(request: NavRequest) -> Press | None:
    """Return the press of a request; ``None`` if nothing identifies it. Raises :class:`BadKey`."""
    key, payload = request.nav.headers.get("Idempotency-Key"), _payload_of(request)
    if key is not None:
        if not 1 <= len(key) <= MAX_KEY_LENGTH:
            raise BadKey(key)
        visitor = _session_of(request) or _credentials_of(request)
        return Press(_name(request, visitor or _place_of(request), "key", key), payload, Proof.KEY, bool(visitor))
    drawn, secret = _drawn_token(request), _secret_of(request)
    if drawn and secret:
        return Press(_name(request, secret, "token", drawn, payload), payload, Proof.TOKEN, is_known=True)
    if not makes_entry(request.nav.headers):
        return None
    visitor = _session_of(request) or _credentials_of(request) or secret
    name = _name(request, visitor or _place_of(request), "window", payload)
    return Press(name, payload, Proof.WINDOW, bool(visitor))


def name_in_session(request: NavRequest, press: Press, session_key: str) -> str:
    """Return the name that a twin of this press has (``Proof.WINDOW``) once its browser has this session."""
    return _name(request, session_key, "window", press.payload)


def _name(request: NavRequest, visitor: str, *parts: str) -> str:
    told = repr((visitor, request.method, request.get_full_path(), *parts))
    return blake2b(told.encode("utf-8", "replace"), digest_size=20).hexdigest()


def _payload_of(request: NavRequest) -> str:
    if request.method == "POST" and request.content_type in FORM_TYPES:  # Django reads the fields of no other method
        return request.nav.payload_digest
    return blake2b(request.body, digest_size=16).hexdigest()


def _drawn_token(request: HttpRequest) -> str:
    """Return the form's masked token; empty for the bare secret, which scripts may send for all forms alike."""
    token = request.POST.get("csrfmiddlewaretoken", "")
    return "" if token == _secret_of(request) else token


def _secret_of(request: HttpRequest) -> str:
    """Return the secret that the token belongs to. Its cookie is older than the session and outlives it."""
    if settings.CSRF_USE_SESSIONS:
        return _session_of(request)
    return request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")


def _session_of(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")


def _credentials_of(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_AUTHORIZATION", ""))


def _place_of(request: HttpRequest) -> str:
    return f"{network_of(request)} {request.META.get('HTTP_USER_AGENT', '')}"
