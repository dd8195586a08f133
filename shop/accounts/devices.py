"""Browsers that an account was logged in from before (OWASP "device cookies"), and how often each may try a password.

Wrong passwords are counted in three ways. By IP address and account together (django-axes,
:mod:`shop.accounts.lockout`): this stops one guesser and nobody else. By account over all IP addresses: this stops a
guesser with a thousand of them. That alone would let anybody lock a customer out, so it does not apply to a browser
that has logged in to the account before: it has a signed cookie and a count of its own. A customer without such a
browser can wait, or set a new password by mail, which makes the browser a known one (ADR 17).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.decorators import sync_and_async_middleware

from navstate import throttle
from shop.accounts.lockout import attempted_login
from shop.accounts.models import User

COOKIE = "device"
COOKIE_AGE = 365 * 24 * 3600
MAX_ACCOUNTS = 4
"""Accounts that a browser's cookie holds; the one with the oldest login is dropped first."""
SALT = "shop.accounts.devices"
BY_ACCOUNT, BY_DEVICE = "login-account", "login-device"
ACCOUNT_SECONDS = 3600
TIMES = 5
"""Tries per account and hour for all unknown browsers together, as a multiple of ``AXES_FAILURE_LIMIT``."""


class TriesBackend:
    """An authentication backend that logs nobody in: it comes first and stops a visitor who has tried too often."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        email = attempted_login(request, credentials) if request is not None else None
        if request is None or email is None:
            return
        seconds = _spend(request, email)
        if seconds:
            request.login_waits = seconds  # type: ignore[attr-defined]
            request.axes_locked_out = True  # type: ignore[attr-defined]
            raise PermissionDenied("too many tries")


def is_known_device(request: HttpRequest, credentials: Mapping[str, Any] | None) -> bool:
    """Exempt a known browser from django-axes: it is counted here, since a guesser may share its IP address."""
    email = attempted_login(request, credentials)
    return bool(email and nonce_of(request, email))


def nonce_of(request: HttpRequest, email: str) -> str:
    """Return this browser's nonce for an account; empty when the account was never logged in to here."""
    return _known(request).get(_digest(email), "")


def note_device(request: HttpRequest, email: str) -> None:
    """Have the response set the cookie by which this browser is known for the account."""
    request.device_of = email  # type: ignore[attr-defined]


def forget_tries(request: HttpRequest, email: str) -> None:
    """Reset the counts of an account and of this browser for it, after its owner has proved to read its mail."""
    throttle.forget(BY_ACCOUNT, email)
    throttle.forget(BY_DEVICE, email, nonce_of(request, email))


@sync_and_async_middleware
def device_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Set the cookie after a login on any page: the shop's login, the staff login or the registration."""
    if iscoroutinefunction(get_response):

        async def amiddleware(request: HttpRequest) -> HttpResponseBase:
            return _remembered(request, await get_response(request))

        return amiddleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return _remembered(request, get_response(request))

    return middleware


def _remembered(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if hasattr(request, "counted_try"):
        _look_at_try(request)
    email = getattr(request, "device_of", "")
    if not email:
        return response
    known = _known(request)
    nonce = known.pop(_digest(email), "") or secrets.token_urlsafe(9)
    kept = [*known.items(), (_digest(email), nonce)][-MAX_ACCOUNTS:]
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=COOKIE_AGE,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def _look_at_try(request: HttpRequest) -> None:
    """After a right password, take the try back from the count and make the browser a known one."""
    counted, user = request.counted_try, request.user  # type: ignore[attr-defined]
    if type(user) is User and user.email.lower() == counted[1]:  # set by a login; without one it is a lazy object
        throttle.take_back(*counted)
        note_device(request, user.email)


def _known(request: HttpRequest) -> dict[str, str]:
    """Return nonces by digest of the account's address; none for a cookie that this shop did not sign."""
    try:
        return dict(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_AGE))
    except signing.BadSignature:
        return {}


def _digest(email: str) -> str:
    return salted_hmac(SALT, email.lower(), algorithm="sha256").hexdigest()[:20]


def _spend(request: HttpRequest, email: str) -> int:
    """Count one try. Return 0 if it is allowed, else the longest time to wait, in seconds."""
    limit, nonce = settings.AXES_FAILURE_LIMIT, nonce_of(request, email)
    cool_off = int(settings.AXES_COOLOFF_TIME.total_seconds())
    counted = (BY_DEVICE, email, nonce) if nonce else (BY_ACCOUNT, email)
    request.counted_try = counted  # type: ignore[attr-defined]
    if nonce:
        return 0 if throttle.spend(*counted, limit=limit, seconds=cool_off) else cool_off
    return 0 if throttle.spend(*counted, limit=TIMES * limit, seconds=ACCOUNT_SECONDS) else ACCOUNT_SECONDS
